//! The keys of a route.

use sms_gateway::Route;

use crate::config::key::{Key, Kind};

/// What is set about a route.
#[derive(Clone, Default)]
pub struct RouteSettings(pub Route);

impl RouteSettings {
    pub fn example() -> RouteSettings {
        let (prefix, carriers) = ("+49".to_owned(), vec!["acme".to_owned()]);
        RouteSettings(Route { prefix, carriers, ..Route::default() })
    }
}

/// Everything that can be set about a route.
pub const KEYS: [Key<RouteSettings>; 3] = [
    Key {
        name: "from",
        doc: "Our number that a text comes from, as queues have it. Empty: any. A route for the number counts before \
              those for any.",
        kind: Kind::Text(
            "empty, or + and digits, or digits or letters",
            |it| it.0.from.clone(),
            |it, text| {
                text.clone_into(&mut it.0.from);
                is_beginning(text)
            },
        ),
    },
    Key {
        name: "prefix",
        doc: "How the customer's number begins. The longest beginning counts; a whole number is one, too. Empty: every \
              number for which there is no other route.",
        kind: Kind::Text(
            "empty, or + and digits, or digits or letters",
            |it| it.0.prefix.clone(),
            |it, text| {
                text.clone_into(&mut it.0.prefix);
                is_beginning(text)
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

/// Whether a number may begin like this.
fn is_beginning(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) && (text.is_empty() || !rest.is_empty())
}
