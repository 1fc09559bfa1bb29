//! What is said about wrong trunks and routes, and what becomes of right ones.

use std::path::PathBuf;

use voice_gateway::{Config, Transport};

use crate::config::{ConfigError, Given, load};

fn config(text: &str, variables: &[(&str, &str)]) -> Result<Option<Config>, ConfigError> {
    let given = Given {
        file: Some((PathBuf::from("souffleur.toml"), text.to_owned())),
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Given::default()
    };
    load(&given).map(|effective| effective.settings.voice_config())
}

#[track_caller]
fn check(text: &str, complaint: &str) {
    let error = config(text, &[]).expect_err("a complaint").to_string();
    assert_eq!(error, format!("souffleur.toml: {complaint}"));
}

const UDP: &str = "[voice]\nudp = [\"127.0.0.1:5060\"]\n";
const ACME: &str = "[[voice.trunk]]\nname = \"acme\"\nhost = \"sip.acme.example\"\n";

#[test]
fn without_an_address_there_are_no_telephones() {
    assert!(config("[voice]\nrealm = \"desk\"", &[]).expect("settings").is_none());
}

#[test]
fn trunks_and_routes_are_taken_as_they_stand() {
    let text = format!(
        "{UDP}tls = [\"[::1]:5061\"]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n{ACME}transport = \"tls\"\nuser = \"us\"\n\
         password_env = \"ACME\"\nregister = true\nprefixes = [\"00\"]\nstrip = 2\nprepend = \"+\"\n\
         sources = [\"192.0.2.7\"]\n[[voice.route]]\ndialled = \"+4930*\"\nto = \"7*\"\ntrunk = \"acme\"\n"
    );
    let config = config(&text, &[("ACME", "secret")]).expect("settings").expect("telephones");
    assert_eq!(config.listeners.len(), 2);
    assert_eq!(config.certificate.expect("a certificate").key, PathBuf::from("k.pem"));
    let trunk = &config.trunks[0];
    assert_eq!((trunk.port, trunk.transport, trunk.registers), (5061, Transport::Tls, true));
    assert_eq!(trunk.account.as_ref().expect("an account").password, "secret");
    assert_eq!((trunk.dialing.strip, trunk.dialing.prepend.as_str()), (2, "+"));
    assert_eq!(trunk.sources, ["192.0.2.7".parse::<std::net::IpAddr>().expect("an address")]);
    assert_eq!((config.routes[0].to.as_str(), config.routes[0].trunk.as_deref()), ("7*", Some("acme")));
}

#[test]
fn what_is_wrong_is_named() {
    for (text, complaint) in [
        (
            "[voice]\nudp = [\"5060\"]",
            "voice.udp: [\"5060\"] is not a list whose entries are each an address with a port, such as 0.0.0.0:5060",
        ),
        (
            "[voice]\ntls = [\"127.0.0.1:5061\"]",
            "voice.tls: needs voice.certificate and voice.key, or tls.certificate and tls.key",
        ),
        ("[voice]\ncertificate = \"c.pem\"", "voice.certificate: needs voice.key, which is not set"),
        ("[voice]\ncodecs = []", "voice.codecs: it needs one at least"),
        ("[voice]\npacket_ms = 25", "voice.packet_ms: must be a multiple of 10"),
        (
            "[voice]\nfirst_rtp_port = 20000\nlast_rtp_port = 20000",
            "voice.last_rtp_port: must be more than voice.first_rtp_port, which is 20000",
        ),
        (
            "[voice]\nmin_registration_seconds = 900\nmax_registration_seconds = 600",
            "voice.max_registration_seconds: must not be less than voice.min_registration_seconds",
        ),
        ("[voice]\ntrunk = 5", "voice.trunk: this is a list of tables; write [[voice.trunk]]"),
        ("[[voice.trunk]]\nhost = \"a\"", "voice.trunk 1: name: it needs one"),
        ("[[voice.trunk]]\nname = \"a\"", "voice.trunk \"a\": host: it needs one"),
        (
            &format!("[voice]\ntcp = [\"127.0.0.1:5060\"]\n{ACME}"),
            "voice.trunk \"acme\": transport: it needs voice.udp, which is not set",
        ),
        (&format!("{UDP}{ACME}{ACME}"), "voice.trunk \"acme\": name: another one has the same"),
        (
            &format!("{UDP}{ACME}register = true"),
            "voice.trunk \"acme\": user: registering, or asking for a password, needs one",
        ),
        (
            &format!("{UDP}{ACME}user = \"us\"\npassword_env = \"NOT_THERE\""),
            "voice.trunk \"acme\": password_env: there is no variable NOT_THERE in the environment",
        ),
        (
            &format!("{UDP}{ACME}tls_server_name = \"x\""),
            "voice.trunk \"acme\": tls_authorities and tls_server_name need transport = \"tls\"",
        ),
        (
            &format!("{UDP}{ACME}prefixes = [\"+a\"]"),
            "voice.trunk \"acme\": prefixes: [\"+a\"] is not a list whose entries are each the beginning of a number",
        ),
        ("[[voice.route]]\nto = \"8000\"", "voice.route 1: dialled: it needs one"),
        ("[[voice.route]]\ndialled = \"1\"", "voice.route \"1\": to: it needs one"),
        (
            "[[voice.route]]\ndialled = \"1\"\nto = \"8000\"\ntrunk = \"bolt\"",
            "voice.route \"1\": trunk: there is no [[voice.trunk]] with the name \"bolt\"",
        ),
        (
            "[[voice.route]]\ndialled = \"1\"\nto = \"8000\"\n[[voice.route]]\ndialled = \"1\"\nto = \"8001\"",
            "voice.route \"1\": dialled: another route has the same",
        ),
        (
            "[[voice.route]]\ndialled = \"*1\"\nto = \"8000\"",
            "voice.route \"*1\": dialled: \"*1\" is not a number, or the beginning of one and *",
        ),
    ] {
        check(text, complaint);
    }
}
