//! Receipts as carriers write them.

use smpp::{
    Alphabet, Content, ContentFault, DefaultAlphabet, Receipt, ReceiptState, ReceiptText, ReceivedBody,
};

const RECEIPT: u8 = 0x04;
const INTERMEDIATE: u8 = 0x20;

fn body(octets: &[u8]) -> ReceivedBody<'_> {
    ReceivedBody { esm_class: RECEIPT, short_message: octets, ..ReceivedBody::default() }
}

fn read(body: &ReceivedBody<'_>) -> (Receipt, Vec<ContentFault>) {
    let reading = body.read(DefaultAlphabet::Gsm7);
    let Content::Receipt(receipt) = reading.content else { panic!("a receipt, not {:?}", reading.content) };
    (receipt, reading.faults)
}

/// A sound receipt: the first form of its ID, its state, error and text.
fn check(written: &str, id: &str, state: ReceiptState, error: Option<&str>, text: Option<&str>) {
    check_body(&body(written.as_bytes()), id, state, error, text);
}

fn check_body(
    body: &ReceivedBody<'_>,
    id: &str,
    state: ReceiptState,
    error: Option<&str>,
    text: Option<&str>,
) {
    let (receipt, faults) = read(body);
    assert_eq!(receipt.ids.first().map(String::as_str), Some(id));
    assert_eq!(
        (receipt.state, receipt.error.as_deref(), receipt.text.as_deref()),
        (state, error, text),
        "{id}"
    );
    assert!(receipt.says_state && faults.is_empty(), "{id}: {faults:?}");
}

/// Every form that a carrier's answer may have had is looked for.
fn check_forms(id: &str, answers: &[&str]) {
    let (receipt, _) = read(&body(format!("id:{id} stat:DELIVRD").as_bytes()));
    assert_eq!(receipt.ids[0], id, "the exact form comes first");
    for answer in answers {
        assert!(receipt.ids.iter().any(|it| it == answer), "{answer} is not among {:?}", receipt.ids);
    }
    assert!(receipt.ids.len() <= 20);
}

use ReceiptState::{Accepted, Deleted, Delivered, Enroute, Expired, Rejected, Undeliverable, Unknown};

#[test]
fn the_form_of_appendix_b() {
    check(
        "id:1234567890 sub:001 dlvrd:001 submit date:2011201245 done date:2011201246 stat:DELIVRD err:000 \
         Text:Your table is ready",
        "1234567890",
        Delivered,
        None,
        Some("Your table is ready"),
    );
}

#[test]
fn an_error_code_is_kept() {
    check(
        "id:0C000000217B7F02 sub:001 dlvrd:000 submit date:1101191426 done date:1101191428 stat:UNDELIV err:27 text:",
        "0C000000217B7F02",
        Undeliverable,
        Some("27"),
        Some(""),
    );
    check("id:1 stat:REJECTD err:0x45", "1", Rejected, Some("0x45"), None);
    check("id:1 stat:DELIVRD err:0", "1", Delivered, None, None);
}

#[test]
fn uuids_without_a_text() {
    check(
        "id:f6c1a7de-3a3c-4dfd-9d6a-01f45ba0c3ad sub:001 dlvrd:001 submit date:201120124501 \
         done date:201120124503 stat:DELIVRD err:000",
        "f6c1a7de-3a3c-4dfd-9d6a-01f45ba0c3ad",
        Delivered,
        None,
        None,
    );
}

#[test]
fn dates_with_spaces_and_seconds() {
    check(
        "id:77 sub:001 dlvrd:001 submit date:2020-11-20 12:45:01 done date:2020-11-20 12:45:03 stat:DELIVRD err:000 text:Hi",
        "77",
        Delivered,
        None,
        Some("Hi"),
    );
}

#[test]
fn capitals_and_small_letters() {
    check("ID:77 SUB:001 DLVRD:001 STAT:EXPIRED ERR:011 TEXT:HI", "77", Expired, Some("011"), Some("HI"));
    check("id:77 stat:delivrd err:000 text:Hi", "77", Delivered, None, Some("Hi"));
}

#[test]
fn spaces_after_colons_and_before_them() {
    check("id: 77 sub: 001 stat: DELIVRD err: 000 text: Hi", "77", Delivered, None, Some(" Hi"));
    check("id : 77 stat : UNDELIV", "77", Undeliverable, None, None);
}

#[test]
fn other_separators() {
    check("id:77,sub:001,dlvrd:001,stat:DELIVRD,err:000,text:a, b", "77", Delivered, None, Some("a, b"));
    check("id:77;stat:DELETED;err:5", "77", Deleted, Some("5"), None);
    check("id:77\r\nsub:001\r\nstat:DELIVRD\r\nerr:000\r\ntext:Hi", "77", Delivered, None, Some("Hi"));
}

#[test]
fn another_order_and_missing_fields() {
    check("stat:ACCEPTD err:000 id:77", "77", Accepted, None, None);
    check("id:77 stat:UNKNOWN", "77", Unknown, None, None);
}

#[test]
fn other_names_of_fields() {
    check("message id:77 status:DELIVRD error:000", "77", Delivered, None, None);
    check("msgid:77 state:FAILED error:12", "77", Undeliverable, Some("12"), None);
}

#[test]
fn other_words_for_states() {
    for (word, state) in [
        ("DELIVERED", Delivered),
        ("DELIVERD", Delivered),
        ("UNDELIVERABLE", Undeliverable),
        ("UNDELIVRD", Undeliverable),
        ("FAILED", Undeliverable),
        ("REJECTED", Rejected),
        ("BLOCKED", Rejected),
        ("ACCEPTED", Accepted),
        ("ACKED", Accepted),
        ("EN_ROUTE", Enroute),
        ("BUFFERED", Enroute),
        ("SENT", Enroute),
        ("CANCELED", Deleted),
        ("2", Delivered),
    ] {
        check(&format!("id:77 stat:{word}"), "77", state, None, None);
    }
}

#[test]
fn a_text_that_holds_fields_changes_nothing() {
    check(
        "id:77 stat:UNDELIV err:001 text:id:99 stat:DELIVR",
        "77",
        Undeliverable,
        Some("001"),
        Some("id:99 stat:DELIVR"),
    );
    // Only twenty letters are kept.
    let (receipt, _) = read(&body(b"id:77 stat:DELIVRD text:abcdefghijklmnopqrstuvwxyz"));
    assert_eq!(receipt.text.as_deref(), Some("abcdefghijklmnopqrst"));
}

#[test]
fn receipts_in_other_alphabets_and_places() {
    let written = "id:77 stat:DELIVRD err:000 text:Да";
    let ucs2 = Alphabet::Ucs2.encode(written, DefaultAlphabet::Gsm7).expect("holds everything");
    let coded = ReceivedBody { data_coding: 8, ..body(&ucs2) };
    check_body(&coded, "77", Delivered, None, Some("Да"));
    let payload = ReceivedBody { payload: Some(&ucs2), short_message: b"", ..coded };
    check_body(&payload, "77", Delivered, None, Some("Да"));
    // ASCII under the name of UCS-2.
    let mistaken = ReceivedBody { data_coding: 8, ..body(b"id:77 stat:DELIVRD err:000") };
    check_body(&mistaken, "77", Delivered, None, None);
    // An underscore in ASCII under the name of GSM.
    check("id:a_77 stat:DELIVRD", "a_77", Delivered, None, None);
    let (receipt, _) = read(&body(b"id:a\x1177 stat:DELIVRD"));
    assert!(receipt.ids.iter().any(|id| id == "a_77"), "and in GSM itself");
}

#[test]
fn an_intermediate_notification_is_a_receipt() {
    let on_its_way = ReceivedBody { esm_class: INTERMEDIATE, ..body(b"id:77 stat:ENROUTE err:000") };
    check_body(&on_its_way, "77", Enroute, None, None);
}

#[test]
fn parameters_alone_are_a_receipt() {
    let parameters = ReceivedBody {
        receipted_message_id: Some(b"1A2B"),
        message_state: Some(5),
        network_error_code: Some((3, 0x22)),
        user_message_reference: Some(4711),
        ..body(b"")
    };
    check_body(&parameters, "1A2B", Undeliverable, Some("34"), None);
    assert_eq!(read(&parameters).0.reference, Some(4711));
    let unflagged = ReceivedBody { esm_class: 0, ..parameters };
    check_body(&unflagged, "1A2B", Undeliverable, Some("34"), None);
    for state in ReceiptState::ALL {
        let body = ReceivedBody { message_state: Some(state.code()), network_error_code: None, ..parameters };
        check_body(&body, "1A2B", state, None, None);
    }
}

#[test]
fn parameters_count_more_than_the_text_but_both_ids_are_tried() {
    let both = ReceivedBody {
        receipted_message_id: Some(b"1A2B"),
        message_state: Some(2),
        network_error_code: Some((3, 0)),
        ..body(b"id:0000099999 stat:ENROUTE err:000 text:Hi")
    };
    check_body(&both, "1A2B", Delivered, None, Some("Hi"));
    let (receipt, _) = read(&both);
    assert!(["0000099999", "99999"].iter().all(|id| receipt.ids.iter().any(|it| it == id)));
    // What the parameters do not say, the text does.
    let some = ReceivedBody { message_state: None, ..both };
    check_body(&some, "1A2B", Enroute, None, Some("Hi"));
}

#[test]
fn an_id_is_looked_for_in_all_forms_it_may_have_had() {
    check_forms("0000012345", &["12345", "3039", "00003039"]);
    check_forms("12345", &["0000012345", "00012345", "3039"]);
    check_forms("1234567890", &["499602D2", "499602d2"]);
    check_forms("499602D2", &["1234567890", "499602d2"]);
    check_forms("00abcdef", &["ABCDEF", "abcdef", "11259375", "0011259375", "00ABCDEF"]);
    check_forms("F6C1A7DE-3A3C", &["f6c1a7de-3a3c"]);
    check_forms("0", &[]);
    check_forms("0000", &[]);
    check_forms(&"9".repeat(64), &[]);
}

#[test]
fn malformed_receipts_say_nothing_and_are_counted() {
    let long = format!("id:{} stat:DELIVRD", "9".repeat(300));
    for octets in [
        &b""[..],
        b"Hello",
        b"id: stat:",
        b"stat:DELIVRD err:000",
        b"id:77",
        b"id:77 stat:NONSENSE err:000",
        b"id:77 stat:\xFF\xFE",
        b"\x00\x01\x02\x80\xFF",
        b"kid:77 nostat:DELIVRD",
        long.as_bytes(),
    ] {
        let (receipt, faults) = read(&body(octets));
        assert_eq!(faults, [ContentFault::Receipt], "{octets:02X?}");
        assert!(receipt.is_incomplete());
        assert!(receipt.says_state || receipt.state == Enroute, "what is not said decides nothing");
    }
    // A reference will do for an ID.
    let referred = ReceivedBody { user_message_reference: Some(1), ..body(b"stat:DELIVRD") };
    assert_eq!(read(&referred).1, []);
    // A state that nobody knows: the text's word counts.
    let odd = ReceivedBody { message_state: Some(77), ..body(b"id:1 stat:EXPIRED") };
    check_body(&odd, "1", Expired, None, None);
}

#[test]
fn what_we_write_is_what_we_read() {
    for state in ReceiptState::ALL {
        let written = ReceiptText {
            id: "00AF",
            submitted: "2011201245",
            done: "2011201246",
            state,
            error: "000",
            text: "Your table is ready, Sir",
        };
        check(&written.to_string(), "00AF", state, None, Some("Your table is ready,"));
    }
    let delivered = ReceiptText {
        id: "7",
        submitted: "2011201245",
        done: "2011201246",
        state: Delivered,
        error: "000",
        text: "Hi",
    };
    assert_eq!(
        delivered.to_string(),
        "id:7 sub:001 dlvrd:001 submit date:2011201245 done date:2011201246 stat:DELIVRD err:000 text:Hi"
    );
}
