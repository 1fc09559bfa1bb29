//! What is said about wrong carriers and routes, and what becomes of right ones.

use std::path::PathBuf;

use sms_gateway::{Alphabet, Config, LongTexts};

use crate::config::{Given, load, print};

const ACME: &str = "[[sms.carrier]]\nname = \"acme\"\nhost = \"smpp.acme.example\"\n";

fn given(text: &str, variables: &[(&str, &str)]) -> Given {
    Given {
        file: Some((PathBuf::from("souffleur.toml"), text.to_owned())),
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Given::default()
    }
}

fn config(text: &str, variables: &[(&str, &str)]) -> Config {
    load(&given(text, variables)).unwrap_or_else(|error| panic!("{error}")).settings.sms_config()
}

#[track_caller]
fn check(text: &str, complaint: &str) {
    let found = load(&given(text, &[])).err().expect("a complaint").to_string();
    assert_eq!(found, format!("souffleur.toml: {complaint}"));
}

#[test]
fn carriers_and_routes_reach_the_gateway() {
    let text = format!(
        "{ACME}port = 2776\nsystem_id = \"us\"\nlong_texts = \"sar\"\nalphabets = [\"latin1\", \"ucs2\"]\n\
         [[sms.carrier]]\nname = \"bolt\"\nhost = \"10.0.0.1\"\ntls = true\n\
         [[sms.route]]\nprefix = \"+49\"\ncarriers = [\"bolt\", \"acme\"]\n"
    );
    let Config { carriers, routes } = config(&text, &[]);
    let (acme, bolt) = (&carriers[0], &carriers[1]);
    assert_eq!((acme.name.as_str(), acme.port, acme.credentials.system_id()), ("acme", 2776, "us"));
    assert_eq!(
        (acme.long_texts, &acme.alphabets[..]),
        (LongTexts::Sar, &[Alphabet::Latin1, Alphabet::Ucs2][..])
    );
    assert!(acme.tls.is_none() && bolt.tls.is_some());
    assert_eq!(
        (routes[0].prefix.as_str(), &routes[0].carriers[..]),
        ("+49", &["bolt".to_owned(), "acme".to_owned()][..])
    );
}

#[test]
fn a_password_comes_from_the_file_a_variable_or_a_file_of_its_own() {
    let password = |text: &str, variables: &[(&str, &str)]| {
        config(&format!("{ACME}{text}"), variables).carriers[0].credentials.password().to_owned()
    };
    assert_eq!(password("password = \"hush\"", &[]), "hush");
    assert_eq!(password("password_env = \"ACME\"", &[("ACME", "hush")]), "hush");
    let file = std::env::temp_dir().join(format!("souffleur-password-{}", std::process::id()));
    std::fs::write(&file, "hush\n").expect("a file");
    assert_eq!(password(&format!("password_file = {file:?}"), &[]), "hush");
    std::fs::remove_file(file).expect("the file");
}

#[test]
fn a_password_is_never_shown() {
    let effective = load(&given(&format!("{ACME}password = \"hush\""), &[])).expect("settings");
    let printed = print(&effective);
    assert!(
        printed.contains("name = \"acme\"                                    # souffleur.toml\n"),
        "{printed}"
    );
    assert!(printed.contains("password = \"(hidden)\""), "{printed}");
    assert!(!printed.contains("hush"), "{printed}");
    check(
        &format!("{ACME}password = \"hush, it is too long\""),
        "sms.carrier \"acme\": password: the value is not up to 8 letters or digits",
    );
}

#[test]
fn a_wrong_table_is_named_with_its_key() {
    for (text, complaint) in [
        ("[sms.carrier]\nname = \"acme\"", "sms.carrier: this is a list of tables; write [[sms.carrier]]"),
        ("[[sms.carier]]\nname = \"acme\"", "sms.carier: unknown key; the nearest are sms.carrier"),
        ("sms = 1", "sms: unknown key; `souffleur check-config --example` lists all"),
        ("[[sms.carrier]]\nhost = \"acme\"", "sms.carrier 1: name: it needs one"),
        ("[[sms.carrier]]\nname = \"acme\"", "sms.carrier \"acme\": host: it needs one"),
        (&format!("{ACME}{ACME}"), "sms.carrier \"acme\": name: another one has the same"),
        (
            &format!("{ACME}windw = 3"),
            "sms.carrier \"acme\": windw: unknown key; the nearest are window, bind",
        ),
        (
            &format!("{ACME}window = 0"),
            "sms.carrier \"acme\": window: 0 is not a whole number from 1 to 5000",
        ),
        (
            &format!("{ACME}alphabets = [\"utf8\"]"),
            "sms.carrier \"acme\": alphabets: [\"utf8\"] is not a list whose entries are each \"gsm7\" (the carrier's \
             default), \"latin1\" or \"ucs2\"",
        ),
        (
            &format!("{ACME}tls_server_name = \"acme\""),
            "sms.carrier \"acme\": tls_authorities and tls_server_name need tls = true",
        ),
        (
            &format!("{ACME}password = \"a\"\npassword_env = \"B\""),
            "sms.carrier \"acme\": only one of password, password_env and password_file can be set",
        ),
        (
            &format!("{ACME}password_env = \"NOWHERE\""),
            "sms.carrier \"acme\": password_env: there is no variable NOWHERE in the environment",
        ),
        (
            &format!("{ACME}[[sms.route]]\nprefix = \"+49\"\ncarriers = [\"bolt\"]"),
            "sms.route \"+49\": carriers: there is no [[sms.carrier]] with the name \"bolt\"",
        ),
        (
            &format!("{ACME}[[sms.route]]\nprefix = \"+49\""),
            "sms.route \"+49\": carriers: it needs one at least",
        ),
        (
            &format!("{ACME}[[sms.route]]\nprefix = \"+\"\ncarriers = [\"acme\"]"),
            "sms.route \"+\": prefix: \"+\" is not empty, or + and digits, or digits or letters",
        ),
    ] {
        check(text, complaint);
    }
}
