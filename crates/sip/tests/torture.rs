//! The torture messages of RFC 4475: each of its cases, in words of our own where the words do not matter.

use sip::message::{Fault, Message, Method, Name, Params, Request, Status, Uri, Via};
use sip::stream::{Frame, Framer};

/// A message with the lines that every one needs, but those that `lines` brings itself.
fn message(first: &str, lines: &str, body: &str) -> String {
    let method = first.split(' ').next().expect("a word");
    let usual = [
        ("Via:", "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKkdj.ue".to_owned()),
        ("To:", "To: <sip:user@example.com>".to_owned()),
        ("From:", "From: <sip:caller@example.net>;tag=1242".to_owned()),
        ("Call-ID:", "Call-ID: torture.2314o@192.0.2.2".to_owned()),
        ("CSeq:", format!("CSeq: 8 {method}")),
    ];
    let mut text = format!("{first}\r\n");
    for (name, line) in usual {
        if !lines.contains(name) {
            text.push_str(&format!("{line}\r\n"));
        }
    }
    for line in lines.split('|').filter(|line| !line.is_empty()) {
        text.push_str(&format!("{line}\r\n"));
    }
    format!("{text}\r\n{body}")
}

#[track_caller]
fn request(first: &str, lines: &str) -> Request {
    match Message::parse(message(first, lines, "").as_bytes()).expect("well-formed") {
        Message::Request(request) => request,
        Message::Response(_) => panic!("a response"),
    }
}

/// What is wrong, and the status of the answer.
#[track_caller]
fn refused(first: &str, lines: &str, body: &str) -> (Fault, Option<u16>) {
    let malformed = Message::parse(message(first, lines, body).as_bytes()).expect_err("malformed");
    (malformed.fault, malformed.answer.map(|answer| answer.status.code()))
}

const INVITE: &str = "INVITE sip:user@example.com SIP/2.0";
const OPTIONS: &str = "OPTIONS sip:user@example.com SIP/2.0";

#[test]
fn section_3_1_1_1_a_short_tortuous_invite() {
    let text = "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n\
        TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n\
        from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n\
        MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 4\r\n\
        cseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\n\
        NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n\
        UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\n\
        Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n\
        v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n\
        m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\n\r\nbody";
    let Message::Request(it) = Message::parse(text.as_bytes()).unwrap() else { panic!("a response") };
    assert_eq!((it.to().unwrap().tag(), it.from().unwrap().tag()), (Some("1918181833n"), Some("98asjd8")));
    assert_eq!(it.from().unwrap().display, Some("J Rosenberg \\\\\\\""));
    assert_eq!((it.max_forwards(), it.cseq().unwrap().to_string().as_str()), (Some(68), "9 INVITE"));
    let branches: Vec<_> =
        it.headers.values(&Name::Via).map(|via| Via::parse(via).unwrap().branch().unwrap()).collect();
    assert_eq!(branches, ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]);
    assert!(!it.via().unwrap().is_of_rfc_3261());
    assert_eq!(it.headers.first(&Name::Subject).unwrap(), "");
    assert_eq!(
        it.headers.first(&Name::of("newfangledheader")).unwrap(),
        "newfangled value continued newfangled value"
    );
    assert_eq!(it.headers.first(&Name::of("UnknownHeaderWithUnusualValue")).unwrap(), ";;,,;;,;");
    let contact = it.contact().unwrap();
    assert_eq!(
        (contact.uri, contact.params.value("q"), contact.params.has("secondparam")),
        ("sip:jdrosen@example.com", Some("0.33"), true)
    );
    assert_eq!(&it.body[..], b"body");
}

#[test]
fn section_3_1_1_2_a_wide_range_of_letters() {
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    let uri = "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com";
    let it = request(
        &format!("{method} {uri} SIP/2.0"),
        "Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bK-.!%66*_+`'~|\
         To: \"BEL:\\\u{7} NUL:\\\0 DEL:\\\u{7F}\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>|\
         From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com> ;fromParam''~+*_!.-%=\"работающий\";tag=_token~1'+`*%!-.|\
         Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{|extensionHeader-!.%*+_`'~: \u{FEFF}大停電",
    );
    assert_eq!((it.method.as_str(), it.uri.host()), (method, "example.com"));
    assert_eq!(it.uri.user(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    assert_eq!(it.via().unwrap().branch(), Some("z9hG4bK-.!%66*_+`'~"));
    let from = it.from().unwrap();
    assert_eq!(
        (from.params.value("fromParam''~+*_!.-%"), from.tag()),
        (Some("работающий"), Some("_token~1'+`*%!-."))
    );
    assert_eq!(it.call_id(), "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
}

#[test]
fn sections_3_1_1_3_to_5_escapes_are_kept_and_resolved() {
    let it =
        request("INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0", "To: sip:%75se%72@example.com");
    assert_eq!(it.uri.plain_user().unwrap(), "sips:user@example.com");
    assert_eq!(Uri::parse(it.to().unwrap().uri).unwrap().address_of_record(), "sip:user@example.com");
    let it = request(
        "REGISTER sip:example.com SIP/2.0",
        "Contact: <sip:%00@host5.example.com>|Contact: <sip:%00%00@host5.example.com>",
    );
    let users: Vec<String> = it
        .headers
        .values(&Name::Contact)
        .map(|value| {
            let uri = sip::message::Address::parse(value).unwrap().uri;
            Uri::parse(uri).unwrap().plain_user().unwrap().into_owned()
        })
        .collect();
    assert_eq!(users, ["\0", "\0\0"]);
    // An escaped method is another method; an escape that is none stays.
    let it = request(
        "RE%47IST%45R sip:registrar.example.com SIP/2.0",
        "To: \"%Z%45\" <sip:resource@example.com>|CSeq: 2 RE%47IST%45R",
    );
    assert_eq!(
        (&it.method, it.to().unwrap().display),
        (&Method::Other("RE%47IST%45R".into()), Some("%Z%45"))
    );
}

#[test]
fn sections_3_1_1_6_and_7_no_space_after_a_name_and_long_values() {
    let it = request(OPTIONS, "From: caller<sip:caller@example.com>;tag=323");
    assert_eq!((it.from().unwrap().display, it.from().unwrap().tag()), (Some("caller"), Some("323")));
    let long = "amazinglylongcallername".repeat(40);
    let vias = (0..34)
        .map(|hop| format!("SIP/2.0/UDP sip{hop}.example.com;branch=z9hG4bK{hop}"))
        .collect::<Vec<_>>()
        .join(",|\t");
    let it = request(
        INVITE,
        &format!(
            "From: sip:{long}@example.net;tag={long};{long}name={long}|Via: {}|{long}: {long}",
            vias.replace('|', "\r\n")
        ),
    );
    assert_eq!((it.from().unwrap().tag(), it.headers.values(&Name::Via).count()), (Some(long.as_str()), 34));
}

#[test]
fn section_3_1_1_8_what_follows_a_message_in_a_datagram_is_not_ours() {
    let first = message("REGISTER sip:example.com SIP/2.0", "Content-Length: 0", "");
    let both = format!("{first}{}", message(INVITE, "Content-Length: 150", "v=0"));
    let Message::Request(it) = Message::parse(both.as_bytes()).unwrap() else { panic!("a response") };
    assert_eq!((it.method, it.body.len()), (Method::Register, 0));
    // In a stream, it is the next one.
    let mut framer = Framer::new();
    framer.push(format!("{first}{first}").as_bytes());
    for _ in 0..2 {
        assert!(matches!(framer.next(), Ok(Some(Frame::Message(Message::Request(_))))));
    }
    assert_eq!(framer.next(), Ok(None));
}

#[test]
fn sections_3_1_1_9_to_13_odd_but_right() {
    let it = request(
        "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0",
        "Accept: application/sdp, multipart/mixed,\r\n        message/sip",
    );
    assert_eq!(
        (it.uri.plain_user().unwrap().as_ref(), it.uri.params()),
        ("user;par=u@example.net", Params::of(""))
    );
    assert_eq!(it.headers.values(&Name::Accept).count(), 3);
    let it = request(
        OPTIONS,
        "Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw|Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf|\
        Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj|Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en|Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee",
    );
    assert_eq!(
        it.headers.values(&Name::Via).map(|via| Via::parse(via).unwrap().transport).collect::<Vec<_>>(),
        ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]
    );
    for (first, reason) in [
        (
            "SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое",
            "= 2**3 * 5**2 но сто девяносто девять - простое",
        ),
        ("SIP/2.0 100 ", ""),
    ] {
        let Message::Response(it) = Message::parse(message(first, "CSeq: 35 INVITE", "").as_bytes()).unwrap()
        else {
            panic!("a request")
        };
        assert_eq!(it.reason, reason);
    }
}

#[test]
fn section_3_1_2_malformed_requests_are_answered() {
    let essential = |name| (Fault::Essential(name), Some(400));
    let cases = [
        // 1: separators where nothing is separated. 2 and 3: wrong lengths. 4: numbers beyond all limits.
        (INVITE, "Via: SIP/2.0/UDP 192.0.2.15;;,;,,", "", (Fault::Essential("Via"), Some(400))),
        (INVITE, "Content-Length: 9999", "v=0", (Fault::BodyCutOff, Some(400))),
        (INVITE, "Content-Length: -999", "v=0", (Fault::ContentLength, Some(400))),
        ("REGISTER sip:example.com SIP/2.0", "CSeq: 36893488147419103232 REGISTER", "", essential("CSeq")),
        // 6: an open quote. 7 to 10: brackets, spaces and escapes around the URI.
        (INVITE, "To: \"Mr. J. User <sip:j.user@example.com>", "", essential("To")),
        ("INVITE <sip:user@example.com> SIP/2.0", "", "", (Fault::RequestUri, Some(400))),
        ("INVITE sip:user@example.com; lr SIP/2.0", "", "", (Fault::RequestUri, Some(400))),
        ("INVITE  sip:user@example.com  SIP/2.0", "", "", (Fault::RequestUri, Some(400))),
        ("OPTIONS sip:remote-target@example.com SIP/2.0  ", "", "", (Fault::StartLine, Some(400))),
        // 16: another version. 17 and 18: two methods.
        ("OPTIONS sip:t.watson@example.org SIP/7.0", "", "", (Fault::Version, Some(505))),
        (OPTIONS, "CSeq: 8 INVITE", "", (Fault::Method, Some(400))),
        ("NEWMETHOD sip:user@example.com SIP/2.0", "CSeq: 8 INVITE", "", (Fault::Method, Some(400))),
    ];
    for (first, lines, body, expected) in cases {
        // An empty first value of Via has no place to answer to.
        assert_eq!(refused(first, lines, body), expected, "{first} {lines}");
    }
}

#[test]
fn section_3_1_2_malformed_responses_are_dropped() {
    let scalar = "CSeq: 9292394834772304023312 OPTIONS|Retry-After: 949302838503028349304023988";
    assert_eq!(refused("SIP/2.0 503 Service Unavailable", scalar, ""), (Fault::Essential("CSeq"), None));
    let first = "SIP/2.0 4294967301 better not break the receiver";
    assert_eq!(refused(first, "CSeq: 1 INVITE", ""), (Fault::StartLine, None));
    // Nothing is ever answered to an ACK.
    assert_eq!(refused("ACK sip:a@b SIP/2.0", "To: <", "").1, None);
}

#[test]
fn sections_3_1_2_11_to_15_what_a_liberal_reader_may_take() {
    // Headers in a Request-URI, a date in another zone, spaces in brackets, a name with a comma and without quotes.
    let it = request(
        "INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0",
        "Date: Fri, 01 Jan 2010 16:00:00 EST",
    );
    assert_eq!(it.uri.without_headers().as_str(), "sip:user@example.com");
    let it = request(
        OPTIONS,
        "To: \"Watson, Thomas\" < sip:t.watson@example.org >|From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43",
    );
    assert_eq!(
        (it.to().unwrap().uri, it.from().unwrap().uri),
        ("sip:t.watson@example.org", "sip:a.g.bell@example.com")
    );
    // A Contact whose headers might be its own: refused where it matters.
    let it = request(
        "REGISTER sip:example.com SIP/2.0",
        "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E",
    );
    assert_eq!(it.contact(), None);
}

#[test]
fn section_3_2_1_a_branch_that_is_nothing_but_the_cookie_tells_nothing() {
    let it = request(OPTIONS, "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK");
    assert!(!it.via().unwrap().is_of_rfc_3261());
}

#[test]
fn section_3_3_what_is_well_formed_is_left_to_those_who_understand_it() {
    assert_eq!(
        refused(INVITE, "CSeq: 193942 INVITE|Call-ID: a|Call-ID: b", "").0,
        Fault::Essential("Call-ID")
    );
    for (uri, scheme) in [
        ("nobodyKnowsThisScheme:totallyopaquecontent", "nobodyKnowsThisScheme"),
        ("soap.beep://192.0.2.103:3002", "soap.beep"),
    ] {
        let it = request(&format!("OPTIONS {uri} SIP/2.0"), "");
        assert_eq!(
            (
                it.uri.scheme(),
                it.uri.is_sip(),
                it.respond(Status::UNSUPPORTED_URI_SCHEME, None).status.code()
            ),
            (scheme, false, 416)
        );
    }
    let it = request(
        "REGISTER sip:example.com SIP/2.0",
        "To: isbn:2983792873|From: <http://www.example.com>;tag=3234233|Contact: <name:John_Smith>",
    );
    assert_eq!((it.to().unwrap().uri, it.contact().unwrap().uri), ("isbn:2983792873", "name:John_Smith"));
    let it = request(OPTIONS, "Require: nothingSupportsThis, nothingSupportsThisEither|Max-Forwards: 0");
    assert_eq!((it.headers.values(&Name::Require).count(), it.max_forwards()), (2, Some(0)));
    for doubled in [
        "CSeq: 5 INVITE|CSeq: 59 INVITE",
        "From: <sip:a@b>;tag=3|From: <sip:c@b>;tag=4",
        "To: <sip:a@b>|To: <sip:c@b>",
        "Max-Forwards: 3|Max-Forwards: 70",
    ] {
        assert!(matches!(refused(INVITE, doubled, ""), (Fault::Essential(_), Some(400))), "{doubled}");
    }
    assert_eq!(
        refused(OPTIONS, "Content-Length: 13|Content-Length: 5", "There's no way").0,
        Fault::ContentLength
    );
    // Section 3.4.1: of the old standard.
    let it = request(
        "INVITE sip:UserB@example.com SIP/2.0",
        "Via: SIP/2.0/UDP iftgw.example.com|From: <sip:+13035551111@ift.client.example.net;user=phone>|To: sip:+16505552222@ss1.example.net;user=phone",
    );
    assert_eq!((it.via().unwrap().branch(), it.from().unwrap().tag()), (None, None));
}
