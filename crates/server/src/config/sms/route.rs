//! The keys of a route.

use sms_gateway::Route;

use crate::config::key::{Key, Kind};

/// What is set about a route.
#[derive(Clone)]
pub struct RouteSettings(pub Route);

impl Default for RouteSettings {
    fn default() -> RouteSettings {
        RouteSettings(Route { prefix: String::new(), carriers: Vec::new() })
    }
}

impl RouteSettings {
    pub fn example() -> RouteSettings {
        RouteSettings(Route { prefix: "+49".to_owned(), carriers: vec!["acme".to_owned()] })
    }
}

/// Everything that can be set about a route.
pub const KEYS: [Key<RouteSettings>; 2] = [
    Key {
        name: "prefix",
        doc: "How the customer's number begins. The longest beginning counts; a whole number is one, too. Empty: every \
              number for which there is no other route.",
        kind: Kind::Text(
            "empty, or + and digits, or digits or letters",
            |it| it.0.prefix.clone(),
            |it, text| {
                it.0.prefix = text.to_owned();
                let rest = text.strip_prefix('+').unwrap_or(text);
                rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) && (text.is_empty() || !rest.is_empty())
            },
        ),
    },
    Key {
        name: "carriers",
        doc: "The carriers by name, the first choice first. The next one gets a text if the first has no connection or \
              cannot take it at the moment.",
        kind: Kind::List("the name of a carrier", |it| &mut it.0.carriers, |text| !text.is_empty()),
    },
];
