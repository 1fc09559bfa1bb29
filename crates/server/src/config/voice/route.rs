//! The keys of a route for calls that come in.

use voice_gateway::Route;

use crate::config::key::{Key, Kind};

/// What is set about a route.
#[derive(Clone, Default)]
pub struct RouteSettings(pub Route);

impl RouteSettings {
    pub fn example() -> RouteSettings {
        RouteSettings(Route { dialled: "+493012345*".to_owned(), to: "7*".to_owned(), trunk: None })
    }
}

/// Everything that can be set about a route.
pub const KEYS: [Key<RouteSettings>; 3] = [
    Key {
        name: "dialled",
        doc: "The number that a trunk says was dialled; a * at the end stands for any rest. Of all that fit, the one \
              that says most counts.",
        kind: Kind::Text(
            "a number, or the beginning of one and *",
            |it| it.0.dialled.clone(),
            |it, text| {
                text.clone_into(&mut it.0.dialled);
                is_pattern(text) && !text.is_empty()
            },
        ),
    },
    Key {
        name: "to",
        doc: "The number that is meant: of a queue, of a device, or outside. A * is replaced by the rest.",
        kind: Kind::Text(
            "a number, which may hold one *",
            |it| it.0.to.clone(),
            |it, text| {
                text.clone_into(&mut it.0.to);
                let plain = text.replacen('*', "", 1);
                !text.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit() || b"+#".contains(&byte))
            },
        ),
    },
    Key {
        name: "trunk",
        doc: "The trunk that it is for, by its name. Empty: all.",
        kind: Kind::Text(
            "empty or the name of a trunk",
            |it| it.0.trunk.clone().unwrap_or_default(),
            |it, text| {
                it.0.trunk = (!text.is_empty()).then(|| text.to_owned());
                true
            },
        ),
    },
];

fn is_pattern(text: &str) -> bool {
    let number = text.strip_suffix('*').unwrap_or(text);
    number.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+#-_.".contains(&byte))
}
