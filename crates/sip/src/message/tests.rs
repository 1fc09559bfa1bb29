use core::net::IpAddr;

use proptest::prelude::*;

use super::*;

const OPTIONS: &str = "OPTIONS sip:carol@chicago.example SIP/2.0\r\n\
    Via: SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bKhjhs8ass877\r\nMax-Forwards: 70\r\n\
    To: <sip:carol@chicago.example>\r\nFrom: Alice <sip:alice@atlanta.example>;tag=1928301774\r\n\
    Call-ID: a84b4c76e66710\r\nCSeq: 63104 OPTIONS\r\nX-Ours: yes\r\nContent-Length: 0\r\n\r\n";

fn request(text: &str) -> Request {
    match Message::parse(text.as_bytes()).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => panic!("a response"),
    }
}

fn fault(text: &str) -> Fault {
    Message::parse(text.as_bytes()).unwrap_err().fault
}

#[test]
fn a_plain_request_is_printed_as_it_came() {
    let message = Message::parse(OPTIONS.as_bytes()).unwrap();
    assert_eq!(std::str::from_utf8(&message.to_bytes()).unwrap(), OPTIONS);
}

#[test]
fn compact_forms_folded_lines_and_lists_are_read_alike() {
    let short = "OPTIONS sip:c SIP/2.0\nv : SIP/2.0/UDP a;branch=z9hG4bK1,\n  SIP / 2.0 / TCP  [::1]:5070 ;branch=z9hG4bK2\n\
        f: \"A, <b>\" <sip:a@a>\n\t;tag=1\nt:sip:c;tag=2\ni:x\nCSEQ:   7\tOPTIONS\nk: 100rel , timer\nSUPPORTED: path\nl:0\n\n";
    let it = request(short);
    let vias: Vec<Via<'_>> = it.headers.values(&Name::Via).map(|value| Via::parse(value).unwrap()).collect();
    assert_eq!((vias[0].branch(), vias[1].branch()), (Some("z9hG4bK1"), Some("z9hG4bK2")));
    assert_eq!((vias[1].transport, vias[1].host, vias[1].port), ("TCP", "[::1]", Some(5070)));
    let from = it.from().unwrap();
    assert_eq!((from.display, from.uri, from.tag()), (Some("A, <b>"), "sip:a@a", Some("1")));
    assert_eq!((it.to().unwrap().tag(), it.call_id()), (Some("2"), "x"));
    assert_eq!(it.cseq().unwrap(), CSeq { number: 7, method: Method::Options });
    assert_eq!(it.headers.values(&Name::Supported).collect::<Vec<_>>(), ["100rel", "timer", "path"]);
    assert!(it.headers.lists(&Name::Supported, "TIMER") && !it.headers.lists(&Name::Supported, "time"));
}

#[test]
fn unknown_methods_headers_and_uris_are_kept() {
    let it = request(
        &OPTIONS
            .replace("OPTIONS", "OPTIONSX")
            .replace("sip:carol@chicago.example SIP", "urn:service:sos SIP"),
    );
    assert_eq!(it.method, Method::Other("OPTIONSX".into()));
    assert_eq!((it.uri.as_str(), it.uri.is_sip()), ("urn:service:sos", false));
    assert_eq!(it.headers.first(&Name::of("x-OURS")).unwrap(), "yes");
    // Methods depend on case.
    assert_ne!(request(&OPTIONS.replace("OPTIONS", "options")).method, Method::Options);
}

#[test]
fn a_field_is_set_in_the_place_of_all_of_its_name() {
    let mut headers = Headers::new();
    for (name, value) in [("X-A", "1"), ("X-B", "2"), ("x-a", "3"), ("X-C", "4")] {
        headers.push(Name::of(name), value);
    }
    headers.set(Name::of("x-A"), "5");
    headers.set(Name::of("X-D"), "6\r\nE: 7");
    let all: Vec<String> = headers.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(all, ["X-A=5", "X-B=2", "X-C=4", "X-D=6  E: 7"]);
}

#[test]
fn what_a_message_needs_must_be_there_once_and_well_formed() {
    for (name, word) in
        [("Via", "Via"), ("To", "To"), ("From", "From"), ("Call-ID", "Call-ID"), ("CSeq", "CSeq")]
    {
        let line = OPTIONS.split("\r\n").find(|line| line.starts_with(&format!("{name}:"))).unwrap();
        assert_eq!(fault(&OPTIONS.replace(&format!("{line}\r\n"), "")), Fault::Essential(word));
        assert_eq!(
            fault(&OPTIONS.replace(line, &format!("{name}: \u{1}<"))),
            Fault::Essential(word),
            "{name}"
        );
        if name != "Via" {
            assert_eq!(fault(&OPTIONS.replace(line, &format!("{line}\r\n{line}"))), Fault::Essential(word));
        }
    }
    assert_eq!(fault(&OPTIONS.replace("63104 OPTIONS", "63104 INVITE")), Fault::Method);
    assert_eq!(fault(&OPTIONS.replace("63104", "2147483648")), Fault::Essential("CSeq"));
}

#[test]
fn limits_hold() {
    let with = |lines: String| OPTIONS.replace("X-Ours: yes\r\n", &lines);
    assert!(Message::parse(with("A: b\r\n".repeat(MAX_HEADERS - 7)).as_bytes()).is_ok());
    assert_eq!(fault(&with("A: b\r\n".repeat(MAX_HEADERS - 6))), Fault::TooManyHeaders);
    assert_eq!(fault(&with(format!("A: {}\r\n", "b".repeat(MAX_LINE_OCTETS)))), Fault::LineTooLong);
    assert_eq!(fault(&OPTIONS.replace("carol", &"c".repeat(MAX_LINE_OCTETS))), Fault::LineTooLong);
    assert_eq!(fault(&"x".repeat(MAX_MESSAGE_OCTETS + 1)), Fault::TooLong);
    assert_eq!(
        [fault(""), fault("\r\n\r\n"), fault("OPTIONS sip:a SIP/2.0\r\n")],
        [Fault::Empty, Fault::Empty, Fault::Unended]
    );
    assert!(
        is_keep_alive(b"\r\n\r\n")
            && is_keep_alive(b"")
            && is_keep_alive(&[0; 4])
            && !is_keep_alive(b"\r\nx")
    );
}

#[test]
fn the_body_ends_where_its_length_says() {
    let with = |length: &str, body: &str| {
        OPTIONS.replace("Content-Length: 0\r\n\r\n", &format!("{length}\r\n{body}"))
    };
    assert_eq!(request(&with("Content-Length: 2\r\n", "abcd")).body, "ab");
    assert_eq!(request(&with("", "abcd")).body, "abcd");
    assert_eq!(fault(&with("l: 5\r\n", "abcd")), Fault::BodyCutOff);
    assert_eq!(fault(&with("l: 18446744073709551615\r\n", "abcd")), Fault::BodyCutOff);
    assert_eq!(fault(&with("l: 99999999999999999999999\r\n", "abcd")), Fault::BodyCutOff);
    for wrong in ["-1", "", "1 2", "+1", "0x1"] {
        assert_eq!(fault(&with(&format!("l: {wrong}\r\n"), "abcd")), Fault::ContentLength, "{wrong}");
    }
    assert_eq!(fault(&with("l: 1\r\nContent-Length: 2\r\n", "abcd")), Fault::ContentLength);
}

#[test]
fn uris_are_read_in_their_parts() {
    let cases = [
        // The URI, user, host, port, the parameter `transport`, headers.
        ("sip:a@b", Some("a"), "b", None, None, None),
        (
            "SIPS:a:secret@b.example:5061;transport=tcp?x=y",
            Some("a"),
            "b.example",
            Some(5061),
            Some("tcp"),
            Some("x=y"),
        ),
        ("sip:[2001:db8::1]:5070;lr", None, "[2001:db8::1]", Some(5070), None, None),
        ("sip:a;b=c?d@e;TRANSPORT=TLS", Some("a;b=c?d"), "e", None, Some("TLS"), None),
        ("sip:user_1@under_score.example;lr=\"on\"", Some("user_1"), "under_score.example", None, None, None),
        ("tel:+49-170;phone-context=x", Some("+49-170"), "", None, None, None),
        ("urn:service:sos", None, "", None, None, None),
    ];
    for (text, user, host, port, transport, headers) in cases {
        let uri = Uri::parse(text).unwrap();
        assert_eq!((uri.user(), uri.host(), uri.port()), (user, host, port), "{text}");
        assert_eq!((uri.params().value("transport"), uri.headers()), (transport, headers), "{text}");
        assert_eq!(uri.as_str(), text);
    }
    for wrong in [
        "",
        "a",
        "sip:",
        "sip:@b",
        "sip:a@",
        "sip:a@b:0",
        "sip:a@b:65536",
        "sip:a@b:x",
        "sip:a@[1]",
        "sip:a b@c",
        "<sip:a>",
        "sip:a@b@c",
        ":a",
        "1:a",
        "sip:a@b;c=<d>",
        "sip:a@b\u{7F}",
    ] {
        assert_eq!(Uri::parse(wrong), None, "{wrong}");
    }
    let uri = Uri::parse("sip:%61%20b%zz@H.Example:99;x").unwrap();
    assert_eq!(
        (uri.plain_user().unwrap(), uri.address_of_record()),
        ("a b%zz".into(), "sip:a b%zz@h.example".into())
    );
    assert_eq!(Uri::parse("sip:a@b;c?d=e").unwrap().without_headers().as_str(), "sip:a@b;c");
    assert_eq!(Uri::sip(Some("a b@c"), "h", Some(1)).unwrap().as_str(), "sip:a%20b%40c@h:1");
    assert_eq!(ip_of("[::1]"), Some(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])));
}

#[test]
fn uris_are_compared_as_rfc_3261_19_1_4_shows() {
    let check = |one: &str, two: &str, expected: bool| {
        let (one, two) = (Uri::parse(one).unwrap(), Uri::parse(two).unwrap());
        assert_eq!((one.is_equivalent(&two), two.is_equivalent(&one)), (expected, expected), "{one} {two}");
    };
    check("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true);
    check("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true);
    check("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5", true);
    check("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false);
    check("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false);
    check("sip:bob@biloxi.com", "sip:bob@biloxi.com;user=phone", false);
    check("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false);
    check("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next", false);
}

#[test]
fn answers_have_what_their_requests_say() {
    let mut invite = request(&OPTIONS.replace("OPTIONS", "INVITE"));
    invite.headers.push(Name::RecordRoute, "<sip:p;lr>");
    let ringing = invite.respond(Status::RINGING, Some("ours"));
    assert_eq!((ringing.to().unwrap().tag(), ringing.call_id()), (Some("ours"), "a84b4c76e66710"));
    assert_eq!(ringing.headers.first(&Name::RecordRoute).unwrap(), "<sip:p;lr>");
    assert_eq!(ringing.via(), invite.via());
    assert!(ringing.to_bytes().starts_with(b"SIP/2.0 180 Ringing\r\n"));
    let trying = invite.respond(Status::TRYING, Some("ours"));
    assert_eq!((trying.to().unwrap().tag(), trying.headers.contains(&Name::RecordRoute)), (None, false));
    invite.headers.set(Name::To, "<sip:c>;tag=theirs");
    assert_eq!(invite.respond(Status::OK, Some("ours")).to().unwrap().tag(), Some("theirs"));
}

#[test]
fn a_second_hop_stays_when_the_source_is_noted() {
    let mut it = request(&OPTIONS.replace("ss877", "ss877;rport, SIP/2.0/UDP b;branch=z9hG4bKb"));
    it.note_source("192.0.2.1:99".parse().unwrap());
    let expected = "SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bKhjhs8ass877;received=192.0.2.1;rport=99, SIP/2.0/UDP b;branch=z9hG4bKb";
    assert_eq!(it.headers.first(&Name::Via).unwrap(), expected);
}

/// The same questions to a reader of SIP that others wrote.
#[test]
fn another_reader_finds_the_same_parts() {
    use ezk_sip_types::header::typed::{CSeq as TheirCSeq, Contact as TheirContact, FromTo, Via as TheirVia};
    use ezk_sip_types::{Headers as TheirHeaders, Name as TheirName};
    let vias = [
        "SIP/2.0/UDP a.example:5062;branch=z9hG4bK1;rport",
        "SIP/2.0/TCP [::1];branch=x;received=192.0.2.1",
        "SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK-_.!%*",
    ];
    for text in vias {
        let mut headers = TheirHeaders::new();
        headers.insert(TheirName::VIA, text);
        let (ours, theirs) = (Via::parse(text).unwrap(), headers.get_named::<TheirVia>().unwrap());
        assert_eq!(ours.branch().unwrap(), theirs.params.get_val("branch").unwrap().as_str());
        assert_eq!((ours.port, ours.host), (theirs.sent_by.port, theirs.sent_by.host.to_string().as_str()));
    }
    let addresses = [
        "sip:a@b;tag=1",
        "<sip:a@b;x=1>;tag=2",
        "\"A <B>, C\" <sip:a@b>;tag=3",
        "A B <sips:a@b:5061>;tag=4;x",
    ];
    for text in addresses {
        let mut headers = TheirHeaders::new();
        headers.insert(TheirName::FROM, text);
        headers.insert(TheirName::CONTACT, text);
        let (ours, theirs) = (Address::parse(text).unwrap(), headers.get::<FromTo>(TheirName::FROM).unwrap());
        assert_eq!(ours.tag().unwrap(), theirs.tag.unwrap().as_str(), "{text}");
        let contact = headers.get_named::<TheirContact>().unwrap();
        let uri = Uri::parse(ours.uri).unwrap();
        assert_eq!(
            (uri.host(), uri.port()),
            (contact.uri.uri.host_port.host.to_string().as_str(), contact.uri.uri.host_port.port)
        );
    }
    let mut headers = TheirHeaders::new();
    headers.insert(TheirName::CSEQ, "63104 REFER");
    let (ours, theirs) = (CSeq::parse("63104 REFER").unwrap(), headers.get_named::<TheirCSeq>().unwrap());
    assert_eq!((ours.number, ours.method.as_str()), (theirs.cseq, theirs.method.to_string().as_str()));
}

fn any_word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        prop::sample::select(vec![
            "sip:",
            "<",
            ">",
            "\"",
            "\\",
            ";",
            ",",
            "=",
            "@",
            "tag=",
            "branch=z9hG4bK",
            "SIP/2.0",
            "/UDP ",
            ":",
            "[::1]",
            "%41",
            "\r\n",
            "\r\n ",
            "\n",
            "\0",
            "é",
            "Via: ",
            "From: ",
            "To: ",
            "CSeq: 1 INVITE",
            "Content-Length: ",
            "INVITE ",
            "?",
            "*",
            "expires=",
            " ",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn nothing_that_comes_makes_a_reader_panic(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Message::parse(&octets);
    }

    #[test]
    fn what_was_read_is_printed_and_read_again_alike(
        words in prop::collection::vec(any_word(), 0..40),
        place in 0_usize..400,
    ) {
        let noise = words.concat();
        let place = place.min(OPTIONS.len());
        let text = format!("{}{noise}{}", &OPTIONS[..place], &OPTIONS[place..]);
        if let Ok(message) = Message::parse(text.as_bytes()) {
            let printed = message.to_bytes();
            let again = Message::parse(&printed).expect("what is printed can be read");
            prop_assert_eq!(again.to_bytes(), printed);
        }
        // The views never panic either.
        let _ = (Uri::parse(noise.as_str()), Via::parse(&noise), Address::parse(&noise), CSeq::parse(&noise));
        let _ = Params::of(&noise).iter().count();
    }
}
