//! Writing: a session description of ours, with one audio stream and all other lines declined.

use core::fmt::Write;
use core::net::IpAddr;

use super::Direction;
use super::LocalMedia;
use super::crypto::CryptoLine;
use super::format::{Codec, Format};
use super::offer::Line;

/// What the audio line of ours says.
pub(super) struct OurAudio<'a> {
    pub(super) local: &'a LocalMedia,
    pub(super) transport: &'a str,
    pub(super) formats: &'a [(u8, Format)],
    pub(super) direction: Direction,
    pub(super) crypto: &'a [CryptoLine],
}

/// Everything after the line of the origin, from `s=` on.
pub(super) fn body(lines: &[Line], audio_at: usize, audio: &OurAudio<'_>) -> String {
    let mut text = String::with_capacity(512);
    text.push_str("s=-\r\n");
    line(&mut text, format_args!("c=IN {}", address(audio.local.address)));
    text.push_str("t=0 0\r\n");
    for at in 0..lines.len().max(audio_at + 1) {
        if at == audio_at {
            write_audio(&mut text, audio);
        } else if let Some(declined) = lines.get(at) {
            let Line { media, transport, formats } = declined;
            line(&mut text, format_args!("m={media} 0 {transport} {formats}"));
        }
    }
    text
}

/// The whole description.
pub(super) fn whole(session: u64, version: u64, local: IpAddr, body: &str) -> String {
    let origin = address(local);
    format!("v=0\r\no=- {session} {version} IN {origin}\r\n{body}")
}

fn write_audio(text: &mut String, audio: &OurAudio<'_>) {
    let port = audio.local.port;
    // Writing to a string cannot fail.
    let _ = write!(text, "m=audio {port} {}", audio.transport);
    for (number, _) in audio.formats {
        let _ = write!(text, " {number}");
    }
    text.push_str("\r\n");
    for (number, format) in audio.formats {
        line(text, format_args!("a=rtpmap:{number} {}", format.rtpmap()));
        match format {
            Format::Dtmf(_) => line(text, format_args!("a=fmtp:{number} 0-15")),
            Format::Speech(Codec::Opus) => line(text, format_args!("a=fmtp:{number} useinbandfec=1")),
            Format::Speech(_) => {}
        }
    }
    line(text, format_args!("a=ptime:{}", audio.local.ptime_ms));
    for crypto in audio.crypto {
        line(text, format_args!("a=crypto:{crypto}"));
    }
    line(text, format_args!("a={}", audio.direction.name()));
}

fn line(text: &mut String, words: core::fmt::Arguments<'_>) {
    let _ = write!(text, "{words}\r\n");
}

fn address(address: IpAddr) -> String {
    let family = if address.is_ipv4() { "IP4" } else { "IP6" };
    format!("{family} {address}")
}
