use super::*;

#[test]
fn timers_a_and_b_repeat_an_unheard_invite_and_give_up() {
    check(
        UDP,
        &[(0, Ask("INVITE"))],
        "0 > INVITE, 500 > INVITE, 1500 > INVITE, 3500 > INVITE, 7500 > INVITE, 15500 > INVITE, \
         31500 > INVITE, 32000 timed out, 32000 over",
    );
    check(TCP, &[(0, Ask("INVITE"))], "0 > INVITE, 32000 timed out, 32000 over");
}

#[test]
fn a_leg_may_ring_for_three_minutes_since_timer_b_ends_with_the_first_answer() {
    check(
        UDP,
        &[
            (0, Ask("INVITE")),
            (600, Answers(180, "INVITE")),
            (90_000, Answers(180, "INVITE")),
            (180_000, Answers(200, "INVITE")),
        ],
        "0 > INVITE, 500 > INVITE, 600 answered 180, 90000 answered 180, 180000 answered 200, 212000 over",
    );
}

#[test]
fn a_refused_invite_is_acknowledged_as_often_as_it_is_refused_until_timer_d() {
    check(
        UDP,
        &[
            (0, Ask("INVITE")),
            (100, Answers(486, "INVITE")),
            (600, Answers(486, "INVITE")),
            (700, Answers(180, "INVITE")),
            (32_099, Answers(486, "INVITE")),
            (32_101, Answers(486, "INVITE")),
        ],
        "0 > INVITE, 100 > ACK, 100 answered 486, 600 > ACK, 32099 > ACK, 32100 over",
    );
    check(
        TCP,
        &[(0, Ask("INVITE")), (100, Answers(486, "INVITE")), (600, Answers(486, "INVITE"))],
        "0 > INVITE, 100 > ACK, 100 answered 486, 100 over",
    );
}

#[test]
fn every_success_is_told_until_timer_m_and_strays_afterwards() {
    for transport in [UDP, TCP] {
        check(
            transport,
            &[
                (0, Ask("INVITE")),
                (100, Answers(200, "INVITE")),
                (600, Answers(200, "INVITE")),
                (700, Answers(486, "INVITE")),
                (800, Answers(180, "INVITE")),
                (33_000, Answers(200, "INVITE")),
                (33_100, Answers(486, "INVITE")),
            ],
            "0 > INVITE, 100 answered 200, 600 answered 200, 32100 over, 33000 stray 200",
        );
    }
}

#[test]
fn timers_e_and_f_repeat_an_unheard_request_and_give_up() {
    check(
        UDP,
        &[(0, Ask("BYE"))],
        "0 > BYE, 500 > BYE, 1500 > BYE, 3500 > BYE, 7500 > BYE, 11500 > BYE, 15500 > BYE, 19500 > BYE, \
         23500 > BYE, 27500 > BYE, 31500 > BYE, 32000 timed out, 32000 over",
    );
    check(TCP, &[(0, Ask("BYE"))], "0 > BYE, 32000 timed out, 32000 over");
}

#[test]
fn a_provisional_answer_slows_timer_e_but_does_not_stop_timer_f() {
    check(
        UDP,
        &[(0, Ask("BYE")), (100, Answers(100, "BYE"))],
        "0 > BYE, 100 answered 100, 500 > BYE, 4500 > BYE, 8500 > BYE, 12500 > BYE, 16500 > BYE, \
         20500 > BYE, 24500 > BYE, 28500 > BYE, 32000 timed out, 32000 over",
    );
}

#[test]
fn timer_k_absorbs_repeated_answers() {
    check(
        UDP,
        &[
            (0, Ask("BYE")),
            (100, Answers(200, "BYE")),
            (200, Answers(200, "BYE")),
            (6_000, Answers(200, "BYE")),
        ],
        "0 > BYE, 100 answered 200, 5100 over",
    );
    check(
        TCP,
        &[(0, Ask("BYE")), (100, Answers(200, "BYE")), (200, Answers(200, "BYE"))],
        "0 > BYE, 100 answered 200, 100 over",
    );
}

#[test]
fn our_cancel_waits_for_the_first_answer_and_leaves_once() {
    check(
        UDP,
        &[
            (0, Ask("INVITE")),
            (10, Cancel),
            (20, Cancel),
            (600, Answers(180, "INVITE")),
            (700, Answers(180, "INVITE")),
            (800, Answers(200, "CANCEL")),
            (900, Answers(487, "INVITE")),
        ],
        "0 > INVITE, 500 > INVITE, 600 > CANCEL, 600 answered 180, 700 answered 180, 900 > ACK, \
         900 answered 487, 32900 over",
    );
}

#[test]
fn our_cancel_that_meets_a_success_leaves_the_success_to_the_user() {
    check(
        UDP,
        &[
            (0, Ask("INVITE")),
            (100, Answers(180, "INVITE")),
            (200, Cancel),
            (210, Answers(200, "INVITE")),
            (220, Answers(481, "CANCEL")),
        ],
        "0 > INVITE, 100 answered 180, 200 > CANCEL, 210 answered 200, 32210 over",
    );
}

#[test]
fn a_cancelled_invite_that_nobody_ends_counts_as_ended() {
    check(
        TCP,
        &[(0, Ask("INVITE")), (100, Answers(180, "INVITE")), (200, Cancel), (300, Answers(200, "CANCEL"))],
        "0 > INVITE, 100 answered 180, 200 > CANCEL, 32200 timed out, 32200 over",
    );
    // Nobody answers the CANCEL either: its repetitions end with it.
    let mut bench = Bench::new(UDP);
    for (ms, what) in [(0, Ask("INVITE")), (100, Answers(180, "INVITE")), (200, Cancel)] {
        bench.run_until(ms);
        bench.act(what);
    }
    bench.run_until(LATER);
    assert_eq!(bench.history.matches("timed out").count(), 1, "{}", bench.history);
    bench.assert_empty();
}

#[test]
fn a_cancel_after_the_end_or_of_another_request_is_nothing() {
    check(
        UDP,
        &[(0, Ask("INVITE")), (10, Answers(200, "INVITE")), (20, Cancel)],
        "0 > INVITE, 10 answered 200, 32010 over",
    );
    check(
        TCP,
        &[(0, Ask("BYE")), (1, Cancel), (10, Answers(200, "BYE")), (20, Cancel)],
        "0 > BYE, 10 answered 200, 10 over",
    );
}

#[test]
fn late_and_strange_answers_are_absorbed() {
    check(UDP, &[(0, Answers(180, "INVITE")), (1, Answers(486, "INVITE")), (2, Answers(200, "BYE"))], "");
    check(UDP, &[(0, Answers(200, "INVITE"))], "0 stray 200");
    // An answer to another method of the same branch.
    check(
        TCP,
        &[(0, Ask("BYE")), (1, Answers(200, "INFO")), (2, Answers(200, "BYE"))],
        "0 > BYE, 2 answered 200, 2 over",
    );
}

#[test]
fn a_lost_connection_ends_what_it_carried() {
    check(TCP, &[(0, Ask("INVITE")), (1, Lost), (2, Lost)], "0 > INVITE, 1 failed, 1 over");
    check(
        TCP,
        &[(0, Asks("INVITE")), (1, Lost), (2, Answer(200))],
        "0 asked INVITE, 1 server failed, 1 server over",
    );
    check(
        TCP,
        &[(0, Ask("INVITE")), (1, Answers(200, "INVITE")), (2, Lost)],
        "0 > INVITE, 1 answered 200, 2 over",
    );
}
