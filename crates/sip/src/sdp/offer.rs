//! What a session description of the far side says about its audio.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use sdp_types::{Attribute, Connection, Media, Session};

use super::crypto::CryptoLine;
use super::format::Format;
use super::{Direction, MOST_FORMATS, MOST_LINES, MOST_OCTETS, Unacceptable};

/// A session description as the far side sent it, read and found usable, either as an offer or as an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Of each media line what an answer has to repeat.
    pub(super) lines: Vec<Line>,
    /// The audio streams that can be used, each with the place of its line; at least one.
    pub(super) audios: Vec<(usize, Audio)>,
    first: First,
}

/// What is told of the first stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct First {
    remote: SocketAddr,
    is_encrypted: bool,
    direction: Direction,
}

/// What stays of a media line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) media: String,
    pub(super) transport: String,
    pub(super) formats: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Audio {
    pub(super) remote: SocketAddr,
    pub(super) remote_rtcp: SocketAddr,
    pub(super) is_encrypted: bool,
    /// In the order of the media line; None is one that we do not know.
    pub(super) formats: Vec<(u8, Option<Format>)>,
    pub(super) direction: Direction,
    pub(super) ptime_ms: Option<u16>,
    pub(super) crypto: Vec<CryptoLine>,
}

impl Description {
    /// Reads a description. Audio streams count that have a port, a known transport and an address.
    ///
    /// # Errors
    ///
    /// It breaks the grammar or a limit, or no audio stream in it is usable.
    pub fn read(octets: &[u8]) -> Result<Self, Unacceptable> {
        if octets.len() > MOST_OCTETS {
            return Err(Unacceptable::TooLarge);
        }
        let session = Session::parse(octets).map_err(|_| Unacceptable::Malformed)?;
        if session.medias.len() > MOST_LINES {
            return Err(Unacceptable::TooLarge);
        }
        let (mut audios, mut first_fault) = (Vec::with_capacity(1), None);
        for (at, media) in session.medias.iter().enumerate() {
            if media.media == "audio" && media.port != 0 {
                match Audio::read(media, &session) {
                    Ok(audio) => audios.push((at, audio)),
                    Err(fault) => first_fault = first_fault.or(Some(fault)),
                }
            }
        }
        let Some((_, audio)) = audios.first() else {
            return Err(first_fault.unwrap_or(Unacceptable::NoAudio));
        };
        let Audio { remote, is_encrypted, direction, .. } = *audio;
        let first = First { remote, is_encrypted, direction };
        Ok(Self { lines: session.medias.iter().map(Line::of).collect(), audios, first })
    }

    /// Where the far side wishes to receive RTP. Its family says from which of ours it can be reached; the old way of holding
    /// names `0.0.0.0`.
    #[must_use]
    pub const fn remote(&self) -> SocketAddr {
        self.first.remote
    }

    /// Whether it speaks of SRTP.
    #[must_use]
    pub const fn is_encrypted(&self) -> bool {
        self.first.is_encrypted
    }

    /// Who sends, as the far side sees it.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        self.first.direction
    }
}

impl Line {
    fn of(media: &Media) -> Self {
        Self { media: media.media.clone(), transport: media.proto.clone(), formats: media.fmt.clone() }
    }
}

impl Audio {
    fn read(media: &Media, session: &Session) -> Result<Self, Unacceptable> {
        let is_encrypted = match media.proto.as_str() {
            "RTP/AVP" | "RTP/AVPF" => false,
            "RTP/SAVP" | "RTP/SAVPF" => true,
            _ => return Err(Unacceptable::Transport),
        };
        let connection = media.connections.first().or(session.connection.as_ref());
        let address = unicast(connection.ok_or(Unacceptable::Address)?).ok_or(Unacceptable::Address)?;
        let written = direction(&media.attributes).or_else(|| direction(&session.attributes));
        let written = written.unwrap_or(Direction::SendReceive);
        // RFC 3264, section 8.4: the old way of holding.
        let direction = Direction::of(written.sends(), written.receives() && !address.is_unspecified());
        Ok(Self {
            remote: SocketAddr::new(address, media.port),
            remote_rtcp: rtcp(media, address),
            is_encrypted,
            formats: formats(media),
            direction,
            ptime_ms: value(&media.attributes, "ptime").and_then(|it| it.trim().parse().ok()),
            crypto: values(&media.attributes, "crypto")
                .filter_map(CryptoLine::read)
                .take(MOST_LINES)
                .collect(),
        })
    }
}

/// An address to which packets can be sent one by one. Names are not looked up.
fn unicast(connection: &Connection) -> Option<IpAddr> {
    let text = connection.connection_address.split('/').next()?;
    let address: IpAddr = text.parse().ok()?;
    let is_broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
    (!address.is_multicast() && !is_broadcast).then_some(address)
}

/// The port after that of RTP, unless `a=rtcp` names another one (RFC 3605).
fn rtcp(media: &Media, address: IpAddr) -> SocketAddr {
    let next = SocketAddr::new(address, media.port.saturating_add(1));
    let Some(text) = value(&media.attributes, "rtcp") else { return next };
    let mut words = text.split_ascii_whitespace();
    let Some(port) = words.next().and_then(|it| it.parse().ok()).filter(|port| *port != 0) else {
        return next;
    };
    let named = words.nth(2).and_then(|it| it.parse::<IpAddr>().ok());
    let named = named.filter(|it| !it.is_multicast() && it.is_ipv4() == address.is_ipv4());
    SocketAddr::new(named.unwrap_or(address), port)
}

fn formats(media: &Media) -> Vec<(u8, Option<Format>)> {
    let mut maps = values(&media.attributes, "rtpmap").filter_map(|map| {
        let (number, rest) = map.trim_start().split_once(' ')?;
        Some((number.parse::<u8>().ok()?, rest))
    });
    let known: Vec<(u8, &str)> = maps.by_ref().take(2 * MOST_FORMATS).collect();
    let numbers =
        media.fmt.split_ascii_whitespace().take(MOST_FORMATS).filter_map(|it| it.parse::<u8>().ok());
    numbers
        .filter(|number| *number <= 127)
        .map(|number| {
            let map = known.iter().find(|it| it.0 == number);
            let format = match map {
                Some((_, text)) => Format::by_rtpmap(text),
                None => Format::by_static_number(number),
            };
            (number, format)
        })
        .collect()
}

fn direction(attributes: &[Attribute]) -> Option<Direction> {
    use Direction::{Inactive, ReceiveOnly, SendOnly, SendReceive};
    attributes.iter().find_map(|it| {
        [SendReceive, SendOnly, ReceiveOnly, Inactive].into_iter().find(|known| known.name() == it.attribute)
    })
}

fn value<'a>(attributes: &'a [Attribute], name: &'a str) -> Option<&'a str> {
    values(attributes, name).next()
}

fn values<'a>(attributes: &'a [Attribute], name: &'a str) -> impl Iterator<Item = &'a str> {
    attributes.iter().filter(move |it| it.attribute == name).filter_map(|it| it.value.as_deref())
}
