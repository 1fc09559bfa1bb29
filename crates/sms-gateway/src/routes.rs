//! Which carriers a text may go over: by our number that it comes from, and the beginning of the customer's.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use contact_center::texting::Thread;

use crate::config::{Carrier, Route};

/// The carriers of a route by their places in the list, the first choice first.
pub(crate) type Choice = Arc<[usize]>;

/// The routes of one contact center.
#[derive(Debug)]
pub(crate) struct Routes {
    /// By our number.
    from: HashMap<Box<str>, Prefixes>,
    /// From any number.
    from_any: Prefixes,
    /// All carriers, if no route leads over any of them.
    otherwise: Option<Choice>,
}

/// Carriers by the beginning of the customer's number.
#[derive(Debug, Default)]
struct Prefixes {
    choices: HashMap<Box<str>, Choice>,
    /// The lengths of all beginnings.
    lengths: BTreeSet<usize>,
}

impl Routes {
    /// The routes over these carriers. Carriers of others are passed over, and so are routes that then lead nowhere.
    pub fn new(routes: &[Route], carriers: &[Arc<Carrier>]) -> Routes {
        let mut from: HashMap<Box<str>, Prefixes> = HashMap::new();
        let mut from_any = Prefixes::default();
        let mut leads_nowhere = true;
        for route in routes {
            let place = |name: &String| carriers.iter().position(|carrier| carrier.name == *name);
            let choice: Choice = route.carriers.iter().filter_map(place).collect();
            if choice.is_empty() {
                continue;
            }
            leads_nowhere = false;
            let prefixes = match route.from.as_str() {
                "" => &mut from_any,
                ours => from.entry(Box::from(ours)).or_default(),
            };
            prefixes.lengths.insert(route.prefix.len());
            prefixes.choices.insert(Box::from(route.prefix.as_str()), choice);
        }
        let otherwise = leads_nowhere.then(|| (0..carriers.len()).collect());
        Routes { from, from_any, otherwise }
    }

    /// The carriers for a text; none if no route leads there.
    pub fn choice(&self, thread: &Thread) -> Option<&Choice> {
        let customer = thread.customer.as_str();
        let of_number = self.from.get(thread.ours.as_str()).and_then(|it| it.choice(customer));
        of_number.or_else(|| self.from_any.choice(customer)).or(self.otherwise.as_ref())
    }
}

impl Prefixes {
    /// The carriers of the longest beginning of a number.
    fn choice(&self, number: &str) -> Option<&Choice> {
        let beginnings = self.lengths.iter().rev().filter_map(|length| number.get(..*length));
        beginnings.filter_map(|beginning| self.choices.get(beginning)).next()
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

    fn route((prefix, carriers): &(&str, &[&str])) -> Route {
        let carriers = carriers.iter().map(|name| (*name).to_owned()).collect();
        Route { prefix: (*prefix).to_owned(), carriers, ..Route::default() }
    }

    fn check_all(routes: &[Route], ours: &str, customer: &str, wanted: Option<&[usize]>) {
        let routes = Routes::new(routes, &carriers());
        let thread = Thread { ours: ours.parse().unwrap(), customer: customer.parse().unwrap() };
        assert_eq!(routes.choice(&thread).map(|choice| &**choice), wanted, "{ours} to {customer}");
    }

    fn check(routes: &[(&str, &[&str])], customer: &str, wanted: Option<&[usize]>) {
        check_all(&routes.iter().map(route).collect::<Vec<_>>(), "+4930", customer, wanted);
    }

    #[test]
    fn a_route_for_our_number_counts_before_one_for_any() {
        let of_number = Route { from: "+4930".to_owned(), ..route(&("+49", &["bolt"])) };
        let routes = [route(&("+4917", &["acme"])), of_number];
        check_all(&routes, "+4930", "+4917000", Some(&[1]));
        check_all(&routes, "+4940", "+4917000", Some(&[0]));
        check_all(&routes, "+4930", "+4317000", None);
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
