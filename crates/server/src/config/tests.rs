//! Which value wins, and what is said about wrong ones.

use super::*;

const FILE: &str = "souffleur.toml";

fn given(text: &str, variables: &[(&str, &str)], flags: &[(&'static str, &'static str, &str)]) -> Given {
    Given {
        file: Some((PathBuf::from(FILE), text.to_owned())),
        flags: flags.iter().map(|(key, flag, value)| (*key, *flag, (*value).to_owned())).collect(),
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    }
}

/// The settings of a file that is right.
fn settings(text: &str) -> Settings {
    load(&given(text, &[], &[])).unwrap_or_else(|error| panic!("{error}")).settings
}

/// The complaint about what is wrong.
#[track_caller]
fn check(text: &str, variables: &[(&str, &str)], flags: &[(&'static str, &'static str, &str)], line: &str) {
    let complaint = load(&given(text, variables, flags)).err().expect("a complaint").to_string();
    assert_eq!(complaint, line);
    assert!(!complaint.contains('\n'), "one line");
}

#[test]
fn a_wrong_file_is_named_with_its_key_and_the_values_allowed() {
    for (text, line) in [
        ("durability = \"fast\"", "souffleur.toml: durability: \"fast\" is not one of \"full\", \"normal\""),
        ("durability = 1", "souffleur.toml: durability: 1 is not one of \"full\", \"normal\""),
        (
            "http = \"localhost\"",
            "souffleur.toml: http: \"localhost\" is not an address with a port, such as 127.0.0.1:8090",
        ),
        ("data = \"\"", "souffleur.toml: data: \"\" is not a path"),
        (
            "public_url = \"cc.example.com\"",
            "souffleur.toml: public_url: \"cc.example.com\" is not empty, http://HOST[:PORT] or https://HOST[:PORT]",
        ),
        (
            "[push]\ntimeout_ms = -1",
            "souffleur.toml: push.timeout_ms: -1 is not a whole number from 0 to 600000",
        ),
        (
            "[push]\ntimeout_ms = \"30 s\"",
            "souffleur.toml: push.timeout_ms: \"30 s\" is not a whole number from 0 to 600000",
        ),
        (
            "[push]\ntimeout_ms = 30.5",
            "souffleur.toml: push.timeout_ms: 30.5 is not a whole number from 0 to 600000",
        ),
        (
            "[sign_in]\ncsrf_protection = \"yes\"",
            "souffleur.toml: sign_in.csrf_protection: \"yes\" is neither true nor false",
        ),
        (
            "allowed_origins = \"https://crm.example.com\"",
            "souffleur.toml: allowed_origins: \"https://crm.example.com\" is not a list whose entries are each \
             http://HOST[:PORT] or https://HOST[:PORT]",
        ),
        (
            "[log]\nfilter = \"info,=\"",
            "souffleur.toml: log.filter: \"info,=\" is not a filter such as \"info\" or \"info,engine=debug\"",
        ),
        (
            "[push]\ntimeout = 5",
            "souffleur.toml: push.timeout: unknown key; the nearest are push.timeout_ms, \
             push.max_timeout_ms, push.socket_idle_timeout_ms",
        ),
        ("durabilty = \"full\"", "souffleur.toml: durabilty: unknown key; the nearest are durability"),
        (
            "timeout_ms = 5",
            "souffleur.toml: timeout_ms: unknown key; the nearest are push.timeout_ms, \
             limits.body_timeout_ms, limits.header_timeout_ms",
        ),
        (
            "[video]\nx = 1",
            "souffleur.toml: video: unknown key; `souffleur check-config --example` lists all",
        ),
        ("push = 5", "souffleur.toml: push: 5 is not a section; write [push]"),
        ("a = 1\na = 2", "souffleur.toml: line 2, column 1: duplicate key"),
        (
            "data = ",
            "souffleur.toml: line 1, column 8: string values must be quoted, expected literal string",
        ),
        (
            "[tls]\ncertificate = \"chain.pem\"",
            "souffleur.toml: tls.certificate: needs tls.key, which is not set",
        ),
        ("[tls]\nkey = \"key.pem\"", "souffleur.toml: tls.key: needs tls.certificate, which is not set"),
        (
            "[push]\ntimeout_ms = 90000",
            "souffleur.toml: push.timeout_ms: connections end after 90000 ms without a request \
             (limits.idle_timeout_ms), which must be longer than the 90000 ms that a connect is held \
             (push.timeout_ms, push.max_timeout_ms)",
        ),
    ] {
        check(text, &[], &[], line);
    }
}

#[test]
fn a_wrong_variable_or_flag_is_named_itself() {
    check(
        "",
        &[("SOUFFLEUR_DURABILITY", "fast")],
        &[],
        "SOUFFLEUR_DURABILITY: \"fast\" is not one of \"full\", \"normal\"",
    );
    check(
        "",
        &[("SOUFFLEUR_PUSH_TIMEOUT_MS", "soon")],
        &[],
        "SOUFFLEUR_PUSH_TIMEOUT_MS: \"soon\" is not a whole number from 0 to 600000",
    );
    check(
        "",
        &[],
        &[("http", "--http", "8090")],
        "--http: \"8090\" is not an address with a port, such as 127.0.0.1:8090",
    );
}

#[test]
fn a_flag_wins_over_a_variable_that_over_the_file_and_that_over_the_default() {
    let file = "http = \"127.0.0.1:1\"\n[push]\ntimeout_ms = 1000";
    let variable = ("SOUFFLEUR_HTTP", "127.0.0.1:2");
    let flag = ("http", "--http", "127.0.0.1:3");
    let http = |variables: &[(&str, &str)], flags: &[(&'static str, &'static str, &str)]| {
        load(&given(file, variables, flags)).expect("settings").settings.http.port()
    };
    assert_eq!(Settings::default().http.port(), 8090);
    assert_eq!(http(&[], &[]), 1);
    assert_eq!(http(&[variable], &[]), 2);
    assert_eq!(http(&[variable], &[flag]), 3);
}

#[test]
fn every_key_has_a_variable_of_its_own_and_takes_back_what_it_shows() {
    let defaults = Settings::default();
    let mut names: Vec<String> = KEYS.iter().map(Key::variable).collect();
    for key in &KEYS {
        let shown = key.value(&defaults);
        key.put(&mut Settings::default(), &shown).unwrap_or_else(|error| panic!("{}: {error}", key.name));
        assert!(key.doc.ends_with('.') && !key.doc.contains("  "), "{}", key.name);
    }
    names.extend(FURTHER_VARIABLES.map(str::to_owned));
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn every_key_reaches_its_own_place() {
    for (position, key) in KEYS.iter().enumerate() {
        let key::Kind::Number(least, greatest, _) = key.kind else { continue };
        let mut settings = Settings::default();
        let other = if key.value(&settings) == key::Value::Number(least) { greatest } else { least };
        key.put(&mut settings, &key::Value::Number(other)).expect("a number within the range");
        for (beside, other_key) in KEYS.iter().enumerate() {
            let is_changed = other_key.value(&settings) != other_key.value(&Settings::default());
            assert_eq!(is_changed, beside == position, "{} and {}", key.name, other_key.name);
        }
    }
}

#[test]
fn what_check_config_prints_is_a_file_that_sets_the_same() {
    let text =
        "durability = \"normal\"\nallowed_origins = [\"https://crm.example.com\"]\n[push]\ntimeout_ms = 1000";
    let printed = print(&load(&given(text, &[], &[])).expect("settings"));
    let again = print(&load(&given(&printed, &[], &[])).expect("the printed file"));
    let without_sources = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split(" # ").next().unwrap_or("").trim().to_owned()).collect()
    };
    assert_eq!(without_sources(&printed), without_sources(&again));
    assert!(
        printed.contains("durability = \"normal\"                            # souffleur.toml\n"),
        "{printed}"
    );
    assert!(printed.contains("csrf_protection = true                           # default\n"), "{printed}");
}

#[test]
fn every_value_of_the_example_is_taken_and_is_the_default() {
    let uncommented: String = example()
        .lines()
        .filter_map(|line| {
            line.strip_prefix('#')
                .filter(|it| !it.starts_with(' ') && !it.is_empty())
                .or(line.starts_with('[').then_some(line))
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let of_example = settings(&uncommented);
    for key in &KEYS {
        assert!(uncommented.contains(&format!("{} = ", key.section_and_name().1)), "{}", key.name);
        assert_eq!(key.value(&of_example), key.value(&Settings::default()), "{}", key.name);
    }
}

#[test]
fn the_example_in_the_project_is_fresh() {
    let kept = include_str!("../../souffleur.example.toml");
    assert!(
        kept == example(),
        "to be made anew: souffleur check-config --example > crates/server/souffleur.example.toml"
    );
}

#[test]
fn the_public_url_is_taken_with_or_without_the_path_of_the_api() {
    let address = "127.0.0.1:8090".parse().expect("an address");
    for text in ["https://cc.example.com", "https://cc.example.com/", "https://cc.example.com/api/v2"] {
        let settings = settings(&format!("public_url = {text:?}"));
        assert_eq!(settings.web_config(address).public_url, "https://cc.example.com");
    }
    assert_eq!(Settings::default().web_config(address).public_url, "http://127.0.0.1:8090");
}

#[test]
fn a_variable_that_is_nearly_a_key_is_noticed() {
    let variables = [
        ("SOUFFLEUR_PUSH_TIMOUT_MS", "5"),
        ("SOUFFLEUR_SERVICE_HOST", "10.0.0.1"),
        ("SOUFFLEUR_ADMIN_USER", "ada"),
        ("HOME", "/"),
    ];
    let effective = load(&given("", &variables, &[])).expect("settings");
    assert_eq!(effective.suspicious, [("SOUFFLEUR_PUSH_TIMOUT_MS".to_owned(), "push.timeout_ms")]);
}
