//! A telephone that is pjproject, led by `clients/telephone.py`.

use std::path::Path;

use serde_json::{Value, json};
use test_kit::Inbox;

use super::{Answering, Codec, MEDIA_PORTS, Setup, heard};
use crate::outside_process::OutsideProcess;

pub struct Pjsua {
    python: OutsideProcess,
}

impl Pjsua {
    pub async fn start([port, media]: [u16; 2], setup: &Setup, directory: &Path, inbox: &Inbox) -> Pjsua {
        let codecs: Vec<&str> = setup.codecs.iter().map(|codec| codec_name(*codec)).collect();
        let mut settings = json!({
            "user": setup.user, "host": setup.host.to_string(), "password": setup.password, "server": setup.server.map(|it| it.to_string()),
            "wire": setup.wire.name(), "port": port, "authority": setup.authority,
            "tone": setup.tone.0, "codecs": codecs, "encrypted": setup.is_encrypted,
            "answering": answering_name(setup.answering), "directory": heard(directory),
            "mediaPort": media, "mediaPorts": MEDIA_PORTS,
        });
        if let Some((certificate, key)) = &setup.certificate {
            settings["certificate"] = json!(certificate);
            settings["key"] = json!(key);
        }
        let told = inbox.clone();
        let python = OutsideProcess::python("telephone.py", &settings, move |event| {
            let Value::Object(members) = event else { panic!("{event} is no object") };
            for (kind, data) in members {
                assert_ne!(kind, "fault", "{data}");
                told.put(&kind, data);
            }
        });
        inbox.take("a telephone that is ready", |it| it.channel == "ready").await;
        Pjsua { python }
    }

    pub fn kill(&mut self) {
        self.python.kill();
    }

    pub async fn command(&mut self, command: Value) -> Value {
        self.python.command(command).await
    }
}

fn codec_name(codec: Codec) -> &'static str {
    match codec {
        Codec::Pcmu => "PCMU/8000",
        Codec::Pcma => "PCMA/8000",
        Codec::G722 => "G722/16000",
        Codec::Opus => panic!("pjproject's packages come without Opus: take baresip"),
    }
}

fn answering_name(answering: Answering) -> &'static str {
    match answering {
        Answering::Always => "always",
        Answering::Asked => "asked",
        Answering::Never => "never",
    }
}
