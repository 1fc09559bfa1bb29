//! From numbers as they are dialled to numbers as they are meant: for calls that come in over trunks, and for calls
//! that go out. Pure.

/// Most rules of one server.
pub const MOST_ROUTES: usize = 10_000;
/// Stands for the rest of a number.
const REST: char = '*';

/// A rule for calls that come in over a trunk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Route {
    /// The number as the trunk says it; a `*` at the end stands for any rest.
    pub dialled: String,
    /// The number that is meant: of a queue, of a device, or outside. A `*` is replaced by the rest.
    pub to: String,
    /// The trunk by name; else all trunks.
    pub trunk: Option<String>,
}

/// How numbers that begin so go out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dialing {
    /// What numbers begin with that go out over this trunk. An empty one means all; without any, none goes out.
    pub prefixes: Vec<String>,
    /// How many characters are taken away from the front.
    pub strip: u8,
    /// What is put before the rest.
    pub prepend: String,
}

/// The number that is meant by a dialled one: of all rules that fit the one that says most.
pub(crate) fn meant(routes: &[Route], trunk: &str, dialled: &str) -> Option<String> {
    let mut best: Option<(usize, &Route, &str)> = None;
    for route in routes.iter().filter(|it| it.trunk.as_ref().is_none_or(|name| name == trunk)) {
        let (said, rest) = match route.dialled.strip_suffix(REST) {
            None if route.dialled == dialled => (usize::MAX, ""),
            None => continue,
            Some(prefix) => match dialled.strip_prefix(prefix) {
                Some(rest) => (prefix.len(), rest),
                None => continue,
            },
        };
        if best.is_none_or(|(best, ..)| said > best) {
            best = Some((said, route, rest));
        }
    }
    best.map(|(_, route, rest)| route.to.replace(REST, rest))
}

/// The trunks over which a number goes out, first choice first, each with the number as it wants it. Longer beginnings
/// come first, then the order of the configuration.
pub(crate) fn ways<'a>(
    trunks: impl IntoIterator<Item = (usize, &'a Dialing)>,
    number: &str,
) -> Vec<(usize, String)> {
    let mut ways: Vec<(usize, usize, String)> = trunks
        .into_iter()
        .filter_map(|(trunk, dialing)| {
            let fitting = dialing.prefixes.iter().filter(|prefix| number.starts_with(prefix.as_str()));
            let longest = fitting.map(String::len).max()?;
            let rest: String = number.chars().skip(usize::from(dialing.strip)).collect();
            Some((longest, trunk, format!("{}{rest}", dialing.prepend)))
        })
        .collect();
    ways.sort_by_key(|(longest, ..)| std::cmp::Reverse(*longest));
    ways.into_iter().map(|(_, trunk, number)| (trunk, number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(dialled: &str, to: &str, trunk: Option<&str>) -> Route {
        Route { dialled: dialled.to_owned(), to: to.to_owned(), trunk: trunk.map(str::to_owned) }
    }

    fn check(dialled: &str, trunk: &str, wanted: Option<&str>) {
        let routes = [
            route("+4930123*", "7*", None),
            route("+4930123456", "8000", None),
            route("+4930*", "*", Some("city")),
            route("100", "8001", Some("other")),
        ];
        assert_eq!(meant(&routes, trunk, dialled).as_deref(), wanted, "{dialled} over {trunk}");
    }

    #[test]
    fn of_several_rules_the_one_that_says_most_holds() {
        check("+4930123456", "city", Some("8000"));
        check("+493012388", "city", Some("788"));
        check("+4930123", "city", Some("7"));
        check("+493077", "city", Some("77"));
    }

    #[test]
    fn a_rule_of_one_trunk_says_nothing_about_another() {
        check("+493077", "other", None);
        check("100", "other", Some("8001"));
        check("100", "city", None);
    }

    #[test]
    fn a_number_goes_out_by_the_longest_beginning() {
        let dialing = |prefixes: &[&str], strip, prepend: &str| Dialing {
            prefixes: prefixes.iter().map(|it| (*it).to_owned()).collect(),
            strip,
            prepend: prepend.to_owned(),
        };
        let trunks = [dialing(&["0", ""], 0, ""), dialing(&["00"], 2, "+"), dialing(&["0"], 1, "+49")];
        let check = |number: &str, wanted: &[(usize, &str)]| {
            let found = ways(trunks.iter().enumerate(), number);
            let found: Vec<(usize, &str)> = found.iter().map(|(trunk, it)| (*trunk, it.as_str())).collect();
            assert_eq!(found, wanted, "{number}");
        };
        check("0043123", &[(1, "+43123"), (0, "0043123"), (2, "+49043123")]);
        check("030123", &[(0, "030123"), (2, "+4930123")]);
        check("112", &[(0, "112")]);
        assert_eq!(ways([(0, &Dialing::default())], "112"), []);
    }
}
