use core::net::IpAddr;

use super::*;
use crate::message::{Response, Status, Uri};

const REALM: &str = "example.com";

#[expect(clippy::disallowed_methods, reason = "a clock has to begin somewhere; it then moves by hand")]
fn start() -> Instant {
    Instant::now()
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn challenged(name: Name, status: Status, values: &[String]) -> Response {
    let request = Request::new(Method::Register, Uri::parse("sip:example.com").unwrap());
    let mut response = request.respond(status, None);
    for value in values {
        response.headers.push(name.clone(), value.as_str());
    }
    response
}

fn login(password: &str) -> Login {
    Login { user: "sam \"s\"".to_owned(), password: password.to_owned() }
}

fn challenge(authenticator: &mut Authenticator, now: Instant) -> Challenge {
    let values = authenticator.challenges(false, now);
    Challenge::of(&challenged(Name::WwwAuthenticate, Status::UNAUTHORIZED, &values)).unwrap()
}

fn judge(authenticator: &mut Authenticator, value: &str, now: Instant) -> Verdict {
    let secret = Secret::of("sam \"s\"", REALM, "right");
    let authorization = Authorization::parse(value).unwrap();
    assert_eq!(authorization.user, "sam \"s\"");
    authenticator.judge(&Method::Register, &authorization, Some(&secret), now)
}

fn authenticator(now: Instant) -> Authenticator {
    Authenticator::new(Config::new(REALM), [7; 32], now)
}

#[test]
fn the_examples_of_rfc_7616_and_2617_come_out() {
    let cases = [
        (", algorithm=MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        (", algorithm=SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ];
    for (algorithm, expected) in cases {
        let value = format!(
            r#"Digest realm="http-auth@example.org", qop="auth, auth-int"{algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#
        );
        let mut challenge = Challenge::parse(&value, &Name::Authorization).unwrap();
        let login = Login { user: "Mufasa".to_owned(), password: "Circle of Life".to_owned() };
        let own = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let (_, answer) = challenge.answer(&login, &Method::Other("GET".into()), "/dir/index.html", own);
        assert!(answer.contains(&format!(r#"response="{expected}""#)), "{answer}");
        assert!(answer.contains("nc=00000001") && answer.contains(r#"opaque="FQhe/"#), "{answer}");
    }
    let value = r#"Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093""#;
    let mut challenge = Challenge::parse(value, &Name::Authorization).unwrap();
    let login = Login { user: "Mufasa".to_owned(), password: "Circle Of Life".to_owned() };
    let (_, answer) = challenge.answer(&login, &Method::Other("GET".into()), "/dir/index.html", "0a4f113b");
    assert!(answer.contains("6629fae49393a05397450978507c4ef1") && !answer.contains("algorithm"), "{answer}");
}

#[test]
fn a_right_password_is_right_again_and_again_and_each_answer_once() {
    let now = start();
    let mut authenticator = authenticator(now);
    let mut challenge = challenge(&mut authenticator, now);
    let mut answer = || challenge.answer(&login("right"), &Method::Register, "sip:example.com", "own").1;
    // More than 255, which others have failed at.
    let answers: Vec<String> = (0..300).map(|_| answer()).collect();
    for value in &answers {
        assert_eq!(judge(&mut authenticator, value, now), Verdict::Right, "{value}");
    }
    assert_eq!(judge(&mut authenticator, &answers[299], now), Verdict::Stale);
    assert_eq!(judge(&mut authenticator, &answers[0], now), Verdict::Stale);
}

#[test]
fn counts_may_overtake_each_other_within_the_window() {
    let now = start();
    let mut authenticator = authenticator(now);
    let mut challenge = challenge(&mut authenticator, now);
    let mut answers = vec![String::new()];
    for _ in 1..=200 {
        answers.push(challenge.answer(&login("right"), &Method::Register, "sip:example.com", "own").1);
    }
    let story = [
        (3, Verdict::Right),
        (1, Verdict::Right),
        (1, Verdict::Stale),
        (2, Verdict::Right),
        (3, Verdict::Stale),
        (67, Verdict::Right),
        (4, Verdict::Right),
        (66, Verdict::Right),
        (3, Verdict::Stale),
        (200, Verdict::Right),
        (136, Verdict::Right),
        (135, Verdict::Stale),
        (200, Verdict::Stale),
    ];
    for (count, verdict) in story {
        assert_eq!(judge(&mut authenticator, &answers[count], now), verdict, "{count}");
    }
}

#[test]
fn a_wrong_password_an_unknown_user_and_another_realm_are_wrong() {
    let now = start();
    let mut authenticator = authenticator(now);
    let mut challenge = challenge(&mut authenticator, now);
    let (_, wrong) = challenge.answer(&login("wrong"), &Method::Register, "sip:example.com", "own");
    assert_eq!(judge(&mut authenticator, &wrong, now), Verdict::Wrong);
    let (_, right) = challenge.answer(&login("right"), &Method::Register, "sip:example.com", "own");
    let authorization = Authorization::parse(&right).unwrap();
    assert_eq!(authenticator.judge(&Method::Register, &authorization, None, now), Verdict::Wrong);
    assert_eq!(judge(&mut authenticator, &right.replace("nc=00000002", "nc=00000000"), now), Verdict::Wrong);
    assert_eq!(judge(&mut authenticator, &right.replace(REALM, "example.net"), now), Verdict::Wrong);
    assert_eq!(judge(&mut authenticator, &right.replace("SHA-256", "MD5"), now), Verdict::Wrong);
    assert_eq!(judge(&mut authenticator, &right.replace("SHA-256", "SHA-256-sess"), now), Verdict::Wrong);
    // A digest is for one method.
    let secret = Secret::of("sam \"s\"", REALM, "right");
    assert_eq!(authenticator.judge(&Method::Invite, &authorization, Some(&secret), now), Verdict::Wrong);
    assert_eq!(judge(&mut authenticator, &right, now), Verdict::Right);
}

#[test]
fn an_old_nonce_and_one_of_an_earlier_start_are_stale_if_the_password_is_right() {
    let now = start();
    let mut authenticator = authenticator(now);
    let mut old = challenge(&mut authenticator, now);
    let (_, value) = old.answer(&login("right"), &Method::Register, "sip:example.com", "own");
    assert_eq!(judge(&mut authenticator, &value, now + seconds(299)), Verdict::Right);
    let (_, value) = old.answer(&login("right"), &Method::Register, "sip:example.com", "own");
    assert_eq!(judge(&mut authenticator, &value, now + seconds(300)), Verdict::Stale);
    let mut other = Authenticator::new(Config::new(REALM), [8; 32], now);
    assert_eq!(judge(&mut other, &value, now), Verdict::Stale);
    let values = authenticator.challenges(true, now);
    assert!(values.iter().all(|value| value.contains("stale=true")), "{values:?}");
}

#[test]
fn a_nonce_whose_use_was_forgotten_is_stale() {
    let now = start();
    let config = Config { most_nonces: 2, ..Config::new(REALM) };
    let mut authenticator = Authenticator::new(config, [7; 32], now);
    let mut first = challenge(&mut authenticator, now);
    for _ in 0..3 {
        let mut next = challenge(&mut authenticator, now);
        let (_, value) = next.answer(&login("right"), &Method::Register, "sip:example.com", "own");
        assert_eq!(judge(&mut authenticator, &value, now), Verdict::Right);
    }
    let (_, value) = first.answer(&login("right"), &Method::Register, "sip:example.com", "own");
    assert_eq!(judge(&mut authenticator, &value, now), Verdict::Stale);
}

#[test]
fn a_phone_without_counts_may_use_each_nonce_once() {
    let now = start();
    let mut authenticator = authenticator(now);
    let mut challenge = challenge(&mut authenticator, now);
    challenge.has_quality = false;
    let (_, value) = challenge.answer(&login("right"), &Method::Register, "sip:example.com", "own");
    assert_eq!(judge(&mut authenticator, &value, now), Verdict::Right);
    assert_eq!(judge(&mut authenticator, &value, now), Verdict::Stale);
}

#[test]
fn the_strongest_challenge_is_answered_and_the_preferred_of_equals() {
    let values = [
        r#"Basic realm="a""#,
        r#"Digest realm="a", nonce="1", algorithm=SHA-512-256, qop="auth""#,
        r#"Digest realm="a", nonce="2", algorithm=MD5, qop="auth""#,
        r#"DIGEST REALM="a", NONCE="3", ALGORITHM=sha-256, QOP="auth-int,auth""#,
        r#"Digest realm="a", nonce="4", algorithm=SHA-256, qop="auth""#,
        r#"Digest realm="a", nonce="5", algorithm=SHA-256, qop="auth-int""#,
    ];
    let response = challenged(
        Name::ProxyAuthenticate,
        Status::PROXY_AUTHENTICATION_REQUIRED,
        &values.map(str::to_owned),
    );
    let mut challenge = Challenge::of(&response).unwrap();
    let (name, value) = challenge.answer(&login("x"), &Method::Invite, "sip:b@b", "own");
    assert_eq!(name, Name::ProxyAuthorization);
    assert!(value.contains(r#"nonce="3""#) && value.contains(r#"username="sam \"s\"""#), "{value}");
    assert_eq!(Challenge::of(&challenged(Name::WwwAuthenticate, Status::OK, &[])), None);
}

#[test]
fn guessing_locks_the_source_and_the_account_for_a_while() {
    let now = start();
    let limits = Limits { most_of_source: 3, most_of_account: 5, ..Limits::default() };
    let mut guesses = Guesses::new(limits);
    let [one, two, three]: [IpAddr; 3] =
        ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|it| it.parse().unwrap());
    guesses.right(three, "sam");
    assert_eq!([guesses.wrong(one, "sam", now), guesses.wrong(one, "sam", now)], [vec![], vec![]]);
    assert!(!guesses.is_locked(one, "sam", now));
    assert_eq!(guesses.wrong(one, "sam", now), [Locked::Source(one)]);
    assert!(guesses.is_locked(one, "anybody", now) && !guesses.is_locked(two, "sam", now));
    assert_eq!(guesses.wrong(two, "sam", now), []);
    assert_eq!(guesses.wrong(two, "sam", now), [Locked::Account("sam".to_owned())]);
    assert!(guesses.is_locked(two, "sam", now) && !guesses.is_locked(two, "kim", now));
    assert!(!guesses.is_locked(three, "sam", now), "the phone that had it right stays in");
    let later = now + seconds(300);
    assert!(!guesses.is_locked(one, "sam", later) && !guesses.is_locked(two, "sam", later));
    assert_eq!(guesses.len(), 0);
}

#[test]
fn guesses_are_remembered_within_a_limit_and_by_network() {
    let now = start();
    let mut guesses = Guesses::new(Limits { most_remembered: 10, most_of_source: 2, ..Limits::default() });
    for number in 0..1000_u32 {
        let source = IpAddr::V4((0x0A00_0000 + number).into());
        guesses.wrong(source, &format!("user {number}"), now + Duration::from_millis(u64::from(number)));
    }
    assert_eq!(guesses.len(), 10);
    let mut guesses = Guesses::new(Limits { most_of_source: 2, ..Limits::default() });
    guesses.wrong("2001:db8::1".parse().unwrap(), "a", now);
    guesses.wrong("2001:db8::2".parse().unwrap(), "b", now);
    assert!(guesses.is_locked("2001:db8::3".parse().unwrap(), "c", now));
}
