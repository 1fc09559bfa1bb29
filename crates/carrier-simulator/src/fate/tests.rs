use super::*;
use crate::clock;
use crate::faults::Share;

const PHONE: &str = "+491700000001";
const MANY: usize = 2_000;

fn faults(json: &str) -> Faults {
    Faults::default().changed(&serde_json::from_str(json).unwrap()).unwrap()
}

fn fates(json: &str, number: &str, registered_delivery: u8) -> (Instant, Vec<Fate>) {
    let now = clock::now();
    let mut engine = FaultEngine::new(faults(json), 1, 1);
    (now, (0..MANY).map(|_| engine.judge(number, registered_delivery, false, now)).collect())
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn accepted_at(fate: &Fate) -> Option<Instant> {
    if let Answer::Accept(at) = fate.answer { Some(at) } else { None }
}

#[test]
fn without_faults_every_text_is_taken_at_once_and_its_receipt_says_so() {
    let (now, fates) = fates("{}", PHONE, 1);
    for fate in fates {
        assert_eq!(fate.answer, Answer::Accept(now));
        assert!(fate.is_delivered);
        let receipt = fate.receipt.unwrap();
        assert_eq!((receipt.at, receipt.state, receipt.again_at), (now, ReceiptState::Delivered, None));
        assert_eq!((receipt.ids, receipt.form), (ReceiptIds::Same, ReceiptForm::Both));
    }
}

#[test]
fn the_end_of_a_number_seals_its_fate() {
    let cases: [(&str, Kind, bool, Option<ReceiptState>); 9] = [
        ("+49170204", Kind::Accept, true, None),
        ("+49170403", Kind::Accept, false, Some(ReceiptState::Rejected)),
        ("+49170404", Kind::Accept, false, Some(ReceiptState::Undeliverable)),
        ("+49170405", Kind::Refuse(Status::INVALID_DESTINATION), false, None),
        ("+49170408", Kind::Accept, false, Some(ReceiptState::Expired)),
        ("+49170429", Kind::Refuse(Status::THROTTLED), false, None),
        ("+49170500", Kind::Refuse(Status::SYSTEM_ERROR), false, None),
        ("+49170504", Kind::Never, false, None),
        ("+49170000", Kind::Accept, true, Some(ReceiptState::Delivered)),
    ];
    for (number, answer, is_delivered, verdict) in cases {
        let (_, fates) = fates("{}", number, 1);
        for fate in fates {
            assert_eq!(Kind::of(fate.answer), answer, "{number}");
            assert_eq!(fate.is_delivered, is_delivered, "{number}");
            assert_eq!(fate.receipt.map(|it| it.state), verdict, "{number}");
        }
    }
}

/// An answer without its time.
#[derive(Debug, PartialEq)]
enum Kind {
    Never,
    Accept,
    Refuse(Status),
}

impl Kind {
    fn of(answer: Answer) -> Kind {
        match answer {
            Answer::Never => Kind::Never,
            Answer::Accept(_) => Kind::Accept,
            Answer::Refuse(_, status) => Kind::Refuse(status),
        }
    }
}

#[test]
fn receipts_come_as_far_as_they_were_asked_for() {
    // Bits of registered_delivery: none, always, of failures, of successes.
    for (bits, of_success, of_failure) in
        [(0, false, false), (1, true, true), (2, false, true), (3, true, false), (0b1_0001, true, true)]
    {
        let has_receipt = |number| fates("{}", number, bits).1.iter().all(|fate| fate.receipt.is_some());
        assert_eq!((has_receipt(PHONE), has_receipt("404")), (of_success, of_failure), "{bits}");
    }
}

/// What share of the fates is as described.
fn share(json: &str, is_so: impl Fn(&Fate) -> bool) -> f64 {
    let (_, fates) = fates(json, PHONE, 1);
    fates.iter().filter(|fate| is_so(fate)).count() as f64 / MANY as f64
}

#[test]
fn each_fault_happens_as_often_as_it_is_set_to() {
    type Test = fn(&Fate) -> bool;
    let receipt = |fate: &Fate| fate.receipt.unwrap();
    let cases: [(&str, f64, Test); 12] = [
        (r#"{"loss":0.25}"#, 0.25, |it| {
            it.answer == Answer::Never && !it.is_delivered && it.receipt.is_none()
        }),
        (r#"{"lost_answers":0.25}"#, 0.25, |it| {
            it.answer == Answer::Never && it.is_delivered && it.receipt.is_some()
        }),
        (r#"{"lost_receipts":0.25}"#, 0.25, |it| {
            accepted_at(it).is_some() && it.is_delivered && it.receipt.is_none()
        }),
        (r#"{"errors":0.25}"#, 0.25, |it| matches!(it.answer, Answer::Refuse(..)) && !it.is_delivered),
        (r#"{"errors":1}"#, 0.5, |it| Kind::of(it.answer) == Kind::Refuse(Status::SUBMIT_FAILED)),
        (r#"{"errors":1,"error_status":"RMSGQFUL"}"#, 1.0, |it| {
            Kind::of(it.answer) == Kind::Refuse(Status::QUEUE_FULL)
        }),
        (r#"{"failed_receipts":0.3}"#, 0.3, |it| {
            !it.is_delivered && it.receipt.unwrap().state != ReceiptState::Delivered
        }),
        (r#"{"failed_receipts":1}"#, 1.0 / 3.0, |it| it.receipt.unwrap().state == ReceiptState::Expired),
        (r#"{"duplicate_receipts":0.25}"#, 0.25, |it| it.receipt.unwrap().again_at.is_some()),
        (r#"{"receipt_ids":"mixed"}"#, 0.25, |it| it.receipt.unwrap().ids == ReceiptIds::Decimal),
        (r#"{"receipt_form":"mixed"}"#, 1.0 / 3.0, |it| it.receipt.unwrap().form == ReceiptForm::Tlv),
        (r#"{"delay_ms":"10","early_receipts":0.25}"#, 0.25, |it| {
            it.receipt.unwrap().is_early && it.receipt.unwrap().at < accepted_at(it).unwrap()
        }),
    ];
    for (json, expected, is_so) in cases {
        let share = share(json, is_so);
        assert!((share - expected).abs() < 0.04, "{json}: {share}");
    }
    assert_eq!(share(r#"{"receipt_form":"tlv"}"#, |it| receipt(it).form == ReceiptForm::Tlv), 1.0);
}

#[test]
fn delays_keep_to_their_bounds_and_to_the_order() {
    let (now, fates) = fates(r#"{"delay_ms":"5..50","receipt_delay_ms":"10..20"}"#, PHONE, 1);
    let answers: Vec<Instant> = fates.iter().filter_map(accepted_at).collect();
    let receipts: Vec<Instant> = fates.iter().map(|it| it.receipt.unwrap().at).collect();
    assert!(answers.is_sorted() && receipts.is_sorted());
    assert!(answers.iter().all(|at| (now + ms(5)..=now + ms(50)).contains(at)));
    assert!(answers.iter().zip(&receipts).all(|(answer, receipt)| *receipt >= *answer + ms(10)));
}

#[test]
fn what_is_held_back_is_overtaken() {
    let (now, fates) = fates(r#"{"reorder":0.25,"reorder_ms":100}"#, PHONE, 1);
    let held_back = fates.iter().filter(|it| accepted_at(it) == Some(now + ms(100))).count();
    assert!((400..600).contains(&held_back), "{held_back}");
    assert!(fates.iter().all(|it| accepted_at(it).is_some()));
    assert!(fates.iter().any(|it| it.receipt.unwrap().at == now + ms(100)), "receipts, too");
}

#[test]
fn a_seed_gives_the_same_fates_and_each_connection_its_own() {
    let json = r#"{"loss":0.3,"errors":0.3,"failed_receipts":0.3,"delay_ms":"1..9"}"#;
    let now = clock::now();
    let fates = |seed, connection| {
        let mut engine = FaultEngine::new(faults(json), seed, connection);
        (0..100).map(|_| engine.judge(PHONE, 1, false, now)).collect::<Vec<Fate>>()
    };
    assert_eq!(fates(1, 1), fates(1, 1));
    assert_ne!(fates(1, 1), fates(1, 2));
    assert_ne!(fates(1, 1), fates(2, 1));
}

#[test]
fn connections_are_dropped_and_unread_as_often_as_set() {
    let mishaps = |json: &str| {
        let mut engine = FaultEngine::new(faults(json), 1, 1);
        (0..MANY).filter_map(|_| engine.mishap()).collect::<Vec<Mishap>>()
    };
    assert_eq!(mishaps("{}"), []);
    let drops = mishaps(r#"{"disconnects":0.25}"#);
    assert!((400..600).contains(&drops.len()));
    assert!(
        drops.contains(&Mishap::Disconnect { flush: true })
            && drops.contains(&Mishap::Disconnect { flush: false })
    );
    let pauses = mishaps(r#"{"pauses":0.25,"pause_ms":70}"#);
    assert!((400..600).contains(&pauses.len()) && pauses[0] == Mishap::Pause(ms(70)));
}

#[test]
fn texts_of_phones_are_repeated_as_often_as_set() {
    let now = clock::now();
    let mut engine = FaultEngine::new(Faults { duplicate_texts: Share::ALL, ..Faults::default() }, 1, 1);
    assert_eq!(engine.judge_delivery(now), Some(now));
    engine.set_faults(Faults::default());
    assert_eq!(engine.judge_delivery(now), None);
}

#[test]
fn an_account_may_submit_so_many_texts_a_second() {
    let now = clock::now();
    let mut bucket = Bucket::default();
    let mut taken = |at: Instant, per_second| (0..1_000).filter(|_| bucket.take(per_second, at)).count();
    assert_eq!(taken(now, 100), 100, "a second's worth at once");
    assert_eq!(taken(now + ms(50), 100), 5);
    assert_eq!(taken(now + ms(5_000), 100), 100, "no more than a second's worth is saved up");
    assert_eq!(taken(now + ms(5_000), 0), 1_000);
    let mut engine = FaultEngine::new(Faults::default(), 1, 1);
    let fate = engine.judge(PHONE, 1, true, now);
    assert_eq!(
        fate,
        Fate { answer: Answer::Refuse(now, Status::THROTTLED), is_delivered: false, receipt: None }
    );
}
