use super::*;

#[test]
fn a_silent_user_gets_a_100_said_for_it_and_repetitions_get_the_last_answer() {
    check(
        UDP,
        &[
            (0, Asks("INVITE")),
            (100, Asks("INVITE")),
            (500, Asks("INVITE")),
            (600, Answer(180)),
            (1500, Asks("INVITE")),
            (2000, Answer(486)),
            (2100, Asks("INVITE")),
            (2200, Asks("ACK")),
            (2300, Asks("ACK")),
            (2400, Asks("INVITE")),
        ],
        "0 asked INVITE, 200 > 100 INVITE, 500 > 100 INVITE, 600 > 180 INVITE, 1500 > 180 INVITE, \
         2000 > 486 INVITE, 2100 > 486 INVITE, 7200 server over",
    );
}

#[test]
fn timers_g_and_h_repeat_a_refusal_that_nobody_acknowledges() {
    check(
        UDP,
        &[(0, Asks("INVITE")), (100, Answer(486))],
        "0 asked INVITE, 100 > 486 INVITE, 600 > 486 INVITE, 1600 > 486 INVITE, 3600 > 486 INVITE, \
         7600 > 486 INVITE, 11600 > 486 INVITE, 15600 > 486 INVITE, 19600 > 486 INVITE, 23600 > 486 INVITE, \
         27600 > 486 INVITE, 31600 > 486 INVITE, 32100 ack missing, 32100 server over",
    );
    check(
        TCP,
        &[(0, Asks("INVITE")), (100, Answer(486))],
        "0 asked INVITE, 100 > 486 INVITE, 32100 ack missing, 32100 server over",
    );
    check(
        TCP,
        &[(0, Asks("INVITE")), (100, Answer(486)), (200, Asks("ACK"))],
        "0 asked INVITE, 100 > 486 INVITE, 200 server over",
    );
}

#[test]
fn a_success_is_repeated_over_every_transport_until_it_is_acknowledged() {
    for transport in [UDP, TCP] {
        check(
            transport,
            &[(0, Asks("INVITE")), (100, Answer(200)), (700, Acknowledged), (800, Asks("INVITE"))],
            "0 asked INVITE, 100 > 200 INVITE, 600 > 200 INVITE, 32100 server over",
        );
        check(
            transport,
            &[(0, Asks("INVITE")), (100, Answer(200))],
            "0 asked INVITE, 100 > 200 INVITE, 600 > 200 INVITE, 1600 > 200 INVITE, 3600 > 200 INVITE, \
             7600 > 200 INVITE, 11600 > 200 INVITE, 15600 > 200 INVITE, 19600 > 200 INVITE, \
             23600 > 200 INVITE, 27600 > 200 INVITE, 31600 > 200 INVITE, 32100 ack missing, \
             32100 server over",
        );
    }
}

#[test]
fn an_ack_to_a_success_is_told_even_with_the_branch_of_its_invite() {
    check(
        UDP,
        &[
            (0, Asks("INVITE")),
            (100, Answer(200)),
            (150, Asks("ACK")),
            (151, Acknowledged),
            (200, Asks("ACK")),
        ],
        "0 asked INVITE, 100 > 200 INVITE, 150 ack, 200 ack, 32100 server over",
    );
    check(UDP, &[(0, Asks("ACK"))], "0 ack");
}

#[test]
fn an_ack_that_overtakes_the_answer_changes_nothing() {
    check(
        UDP,
        &[(0, Asks("INVITE")), (50, Asks("ACK")), (100, Answer(486)), (200, Asks("ACK"))],
        "0 asked INVITE, 100 > 486 INVITE, 5200 server over",
    );
}

#[test]
fn timer_j_repeats_the_answer_to_repeated_requests() {
    check(
        UDP,
        &[(0, Asks("BYE")), (10, Asks("BYE")), (100, Answer(200)), (500, Asks("BYE")), (32_099, Asks("BYE"))],
        "0 asked BYE, 100 > 200 INVITE, 500 > 200 INVITE, 32099 > 200 INVITE, 32100 server over",
    );
    check(TCP, &[(0, Asks("BYE")), (100, Answer(200))], "0 asked BYE, 100 > 200 INVITE, 100 server over");
}

#[test]
fn a_cancel_in_time_is_answered_and_told_once() {
    check(
        UDP,
        &[
            (0, Asks("INVITE")),
            (100, Answer(180)),
            (1000, Asks("CANCEL")),
            (1001, Answer(487)),
            (1010, Asks("CANCEL")),
            (1100, Asks("ACK")),
        ],
        "0 asked INVITE, 100 > 180 INVITE, 1000 > 200 CANCEL, 1000 cancelled, 1001 > 487 INVITE, \
         1010 > 200 CANCEL, 6100 server over, 33000 server over",
    );
}

#[test]
fn a_cancel_that_meets_the_answer_is_confirmed_and_changes_nothing() {
    for code in [200, 486] {
        let mut bench = Bench::new(TCP);
        for (ms, what) in [(0, Asks("INVITE")), (100, Answer(code)), (110, Asks("CANCEL"))] {
            bench.run_until(ms);
            bench.act(what);
        }
        bench.run_until(LATER);
        assert!(!bench.history.contains("cancelled"), "{}", bench.history);
        assert!(bench.history.contains("110 > 200 CANCEL\n"), "{}", bench.history);
        assert!(bench.history.ends_with("32100 ack missing\n32100 server over\n"), "{}", bench.history);
        bench.assert_empty();
    }
}

#[test]
fn a_cancel_of_nothing_is_answered_481() {
    check(UDP, &[(0, Asks("CANCEL"))], "0 > 481 CANCEL, 32000 server over");
}

#[test]
fn a_connection_that_is_lost_while_it_opens_fails_what_opened_it() {
    let mut bench = Bench::new(TCP);
    let flow = Flow { connection: None, ..bench.flow() };
    bench.step(Input::Request { client: CLIENT, flow, request: Box::new(request("OPTIONS", "ours")) });
    bench.act(Lost);
    assert_eq!(bench.history, "0 > OPTIONS\n0 failed\n0 over\n");
    bench.assert_empty();
}
