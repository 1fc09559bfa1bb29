//! Telephones.

use std::path::PathBuf;

use voice_gateway::{Srtp, TonePlan};

use super::{number, path_text};
use crate::config::key::{Key, Kind, Number};
use crate::config::voice::{codec, digest};
use crate::config::{Settings, voice};

const MANY: u64 = 10_000_000;
const DAY_S: u64 = 86_400;

pub const KEYS: [Key; 32] = [
    addresses("voice.udp", "Where SIP is spoken over UDP.", |it| &mut it.voice.udp),
    addresses("voice.tcp", "Where SIP is spoken over TCP.", |it| &mut it.voice.tcp),
    addresses("voice.tls", "Where SIP is spoken over TLS.", |it| &mut it.voice.tls),
    Key {
        name: "voice.certificate",
        doc: "The certificate chain for SIP over TLS, PEM. Empty: that of `tls.certificate`.",
        kind: Kind::Text(
            "empty or a path",
            |it| path_text(it.voice.certificate.as_ref()),
            |it, text| put_path(&mut it.voice.certificate, text),
        ),
    },
    Key {
        name: "voice.key",
        doc: "Its private key, PEM. Empty: that of `tls.key`.",
        kind: Kind::Text(
            "empty or a path",
            |it| path_text(it.voice.key.as_ref()),
            |it, text| put_path(&mut it.voice.key, text),
        ),
    },
    Key {
        name: "voice.public_address",
        doc: "The address that telephones are told, for SIP and for sound, if a translator of addresses stands between. \
              Empty: the one that is listened on.",
        kind: Kind::Text(
            "empty or an address without a port",
            |it| it.voice.gateway.advertised.map(|it| it.to_string()).unwrap_or_default(),
            |it, text| {
                it.voice.gateway.advertised = text.parse().ok();
                text.is_empty() || it.voice.gateway.advertised.is_some_and(|it| !it.is_unspecified())
            },
        ),
    },
    Key {
        name: "voice.contact_center",
        doc: "Whose telephones these are, by the contact center's ID. Empty: the first contact center of the server.",
        kind: Kind::Text(
            "empty, or the ID of a contact center",
            |it| it.voice.gateway.contact_center.map(|id| id.to_string()).unwrap_or_default(),
            |it, text| {
                it.voice.gateway.contact_center = text.parse().ok();
                text.is_empty() || it.voice.gateway.contact_center.is_some()
            },
        ),
    },
    Key {
        name: "voice.realm",
        doc: "The realm in which telephones sign in. Passwords are kept in a form that holds it: after a change all \
              have to be set anew.",
        kind: Kind::Text(
            "1 to 64 letters, digits, dots, dashes or underscores",
            |it| it.voice.gateway.realm.clone(),
            |it, text| {
                text.clone_into(&mut it.voice.gateway.realm);
                let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
                (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
            },
        ),
    },
    Key {
        name: "voice.digests",
        doc: "How passwords are asked for, first choice first. Some telephones give up when they see one that they do \
              not know, as baresip 1.0 with \"sha-256\".",
        kind: Kind::List("\"md5\" or \"sha-256\"", |it| &mut it.voice.digests, |text| digest(text).is_some()),
    },
    Key {
        name: "voice.codecs",
        doc: "How speech is coded, first choice first. Where both ends of a call have the same, it is passed on as it \
              comes.",
        kind: Kind::List(
            "\"pcma\", \"pcmu\", \"g722\" or \"opus\"",
            |it| &mut it.voice.codecs,
            |text| codec(text).is_some(),
        ),
    },
    number("voice.packet_ms", "How much sound is in a packet.", (10, 60), |it| {
        Number::Short(&mut it.voice.gateway.packet_ms)
    }),
    Key {
        name: "voice.srtp",
        doc: "Whether sound is encrypted, with keys that travel in SIP. \"optional\": if a telephone offers it, or takes it \
              when it is called over TLS. \
              \"required\": always, for those that speak TLS.",
        kind: Kind::Word(
            &["off", "optional", "required"],
            |it| match it.voice.gateway.srtp {
                Srtp::Off => "off",
                Srtp::Optional => "optional",
                Srtp::Required => "required",
            },
            |it, word| {
                it.voice.gateway.srtp = match word {
                    "off" => Srtp::Off,
                    "required" => Srtp::Required,
                    _ => Srtp::Optional,
                };
            },
        ),
    },
    number("voice.first_rtp_port", "The lowest port for sound. A line takes two.", (1_024, 65_535), |it| {
        Number::Short(&mut it.voice.gateway.first_rtp_port)
    }),
    number("voice.last_rtp_port", "The highest port for sound.", (1_024, 65_535), |it| {
        Number::Short(&mut it.voice.gateway.last_rtp_port)
    }),
    number(
        "voice.media_threads",
        "How many threads carry sound; 0 for one for every two cores.",
        (0, voice_gateway::media::MOST_THREADS as u64),
        |it| Number::Size(&mut it.voice.media_threads),
    ),
    number(
        "voice.rtp_timeout_seconds",
        "How long a line may be silent until it counts as gone.",
        (2, 3_600),
        |it| Number::Seconds(&mut it.voice.gateway.rtp_timeout),
    ),
    Key {
        name: "voice.recordings",
        doc: "The directory for recordings of calls. Empty: nothing is recorded.",
        kind: Kind::Text(
            "empty or a path",
            |it| path_text(it.voice.gateway.recordings.as_ref()),
            |it, text| put_path(&mut it.voice.gateway.recordings, text),
        ),
    },
    Key {
        name: "voice.hold_music",
        doc: "What is heard while waiting: a WAV file. Empty: a melody that needs none.",
        kind: Kind::Text(
            "empty or a path",
            |it| path_text(it.voice.gateway.hold_music.as_ref()),
            |it, text| put_path(&mut it.voice.gateway.hold_music, text),
        ),
    },
    Key {
        name: "voice.ringing",
        doc: "How ringing sounds to a caller whom we play it to.",
        kind: Kind::Word(
            &["europe", "united-kingdom", "north-america", "australia", "japan"],
            |it| match it.voice.gateway.tones {
                TonePlan::Europe => "europe",
                TonePlan::UnitedKingdom => "united-kingdom",
                TonePlan::NorthAmerica => "north-america",
                TonePlan::Australia => "australia",
                TonePlan::Japan => "japan",
            },
            |it, word| {
                it.voice.gateway.tones = match word {
                    "united-kingdom" => TonePlan::UnitedKingdom,
                    "north-america" => TonePlan::NorthAmerica,
                    "australia" => TonePlan::Australia,
                    "japan" => TonePlan::Japan,
                    _ => TonePlan::Europe,
                };
            },
        ),
    },
    number("voice.max_lines", "Lines at a time.", (1, MANY), |it| {
        Number::Size(&mut it.voice.gateway.most_lines)
    }),
    number(
        "voice.max_lines_per_source",
        "Lines at a time that one address has called us over, unless it is a trunk's.",
        (1, MANY),
        |it| Number::Size(&mut it.voice.gateway.most_lines_per_source),
    ),
    number("voice.max_phones", "Devices that have registered telephones.", (1, MANY), |it| {
        Number::Size(&mut it.voice.gateway.most_phones)
    }),
    number(
        "voice.max_phones_per_device",
        "Telephones of one device; a further one displaces the one that was heard of longest ago.",
        (1, 10),
        |it| Number::Size(&mut it.voice.gateway.most_phones_per_device),
    ),
    number(
        "voice.min_registration_seconds",
        "The shortest time for which a telephone may register.",
        (10, DAY_S),
        |it| Number::Seconds(&mut it.voice.gateway.least_registration),
    ),
    number(
        "voice.max_registration_seconds",
        "The longest time, and that of telephones that name none.",
        (10, DAY_S),
        |it| Number::Seconds(&mut it.voice.gateway.most_registration),
    ),
    number("voice.max_connections", "Connections at a time, over TCP and TLS.", (1, MANY), |it| {
        Number::Size(&mut it.voice.gateway.limits.connections)
    }),
    number(
        "voice.max_connections_per_source",
        "Connections of one address at a time; a whole office may sit behind one.",
        (1, MANY),
        |it| Number::Size(&mut it.voice.gateway.limits.connections_per_source),
    ),
    number(
        "voice.messages_per_second",
        "Messages of one address over UDP, and of each connection; what comes beyond is dropped or has to wait.",
        (1, 1_000_000),
        |it| Number::Count(&mut it.voice.gateway.limits.messages_per_second),
    ),
    number("voice.trunk_messages_per_second", "The same for trunks.", (1, 1_000_000), |it| {
        Number::Count(&mut it.voice.gateway.limits.trusted_messages_per_second)
    }),
    number(
        "voice.first_message_timeout_ms",
        "Longest time for a connection's encryption and first message.",
        (100, 3_600_000),
        |it| Number::Milliseconds(&mut it.voice.gateway.limits.first_message_timeout),
    ),
    number(
        "voice.idle_timeout_seconds",
        "Longest silence of a connection over which somebody has registered or called. Longer than telephones register \
         for.",
        (1, DAY_S),
        |it| Number::Seconds(&mut it.voice.gateway.limits.idle_timeout),
    ),
    number(
        "voice.write_timeout_ms",
        "Longest time that a telephone may leave unread what is sent over a connection.",
        (100, 3_600_000),
        |it| Number::Milliseconds(&mut it.voice.gateway.limits.write_timeout),
    ),
];

const fn addresses(
    name: &'static str,
    doc: &'static str,
    place: fn(&mut Settings) -> &mut Vec<String>,
) -> Key {
    Key {
        name,
        doc,
        kind: Kind::List("an address with a port, such as 0.0.0.0:5060", place, voice::is_address),
    }
}

fn put_path(place: &mut Option<PathBuf>, text: &str) -> bool {
    *place = (!text.is_empty()).then(|| PathBuf::from(text));
    true
}
