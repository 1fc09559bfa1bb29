//! Which carriers a text may go over: by the beginning of the customer's number.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::config::{Carrier, Route};

/// The carriers of a route by their places in the list, the first choice first.
pub(crate) type Choice = Arc<[usize]>;

/// The routes of one contact center.
#[derive(Debug)]
pub(crate) struct Routes {
    by_prefix: HashMap<Box<str>, Choice>,
    /// The lengths of all prefixes.
    lengths: BTreeSet<usize>,
    /// All carriers, if no route leads over any of them.
    otherwise: Option<Choice>,
}

impl Routes {
    /// The routes over these carriers. Carriers of others are passed over, and so are routes that then lead nowhere.
    pub fn new(routes: &[Route], carriers: &[Arc<Carrier>]) -> Routes {
        let mut by_prefix = HashMap::new();
        let mut lengths = BTreeSet::new();
        for route in routes {
            let place = |name: &String| carriers.iter().position(|carrier| carrier.name == *name);
            let choice: Choice = route.carriers.iter().filter_map(place).collect();
            if !choice.is_empty() {
                lengths.insert(route.prefix.len());
                by_prefix.insert(Box::from(route.prefix.as_str()), choice);
            }
        }
        let otherwise = by_prefix.is_empty().then(|| (0..carriers.len()).collect());
        Routes { by_prefix, lengths, otherwise }
    }

    /// The carriers for a customer's number; none if no route leads there.
    pub fn choice(&self, number: &str) -> Option<&Choice> {
        let beginnings = self.lengths.iter().rev().filter_map(|length| number.get(..*length));
        beginnings.filter_map(|beginning| self.by_prefix.get(beginning)).next().or(self.otherwise.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use smpp::Credentials;

    use super::*;

    fn carriers() -> Vec<Arc<Carrier>> {
        let credentials = Credentials::new("us", "", "").unwrap();
        let carrier = |name: &&str| Arc::new(Carrier::new(name, "localhost", 2775, credentials.clone()));
        ["acme", "bolt"].iter().map(carrier).collect()
    }

    fn check(routes: &[(&str, &[&str])], number: &str, wanted: Option<&[usize]>) {
        let route = |(prefix, carriers): &(&str, &[&str])| Route {
            prefix: (*prefix).to_owned(),
            carriers: carriers.iter().map(|name| (*name).to_owned()).collect(),
        };
        let routes: Vec<Route> = routes.iter().map(route).collect();
        let routes = Routes::new(&routes, &carriers());
        assert_eq!(routes.choice(number).map(|choice| &**choice), wanted, "{number}");
    }

    #[test]
    fn the_longest_beginning_counts() {
        let routes: [(&str, &[&str]); 3] =
            [("+49", &["acme", "bolt"]), ("+4917", &["bolt"]), ("+491701234567", &["acme"])];
        check(&routes, "+4930123", Some(&[0, 1]));
        check(&routes, "+491711111111", Some(&[1]));
        check(&routes, "+491701234567", Some(&[0]));
        check(&routes, "+431", None);
        check(&routes, "+4", None);
    }

    #[test]
    fn an_empty_beginning_is_every_number_and_no_routes_are_all_carriers() {
        check(&[("", &["bolt", "acme"])], "72800", Some(&[1, 0]));
        check(&[], "72800", Some(&[0, 1]));
        check(&[("+49", &["somebody else"])], "+431", Some(&[0, 1]));
    }
}
