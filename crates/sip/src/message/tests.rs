use super::*;

const OPTIONS: &str = "OPTIONS sip:carol@chicago.example SIP/2.0\r\n\
    Via: SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bKhjhs8ass877\r\nMax-Forwards: 70\r\n\
    To: <sip:carol@chicago.example>\r\nFrom: Alice <sip:alice@atlanta.example>;tag=1928301774\r\n\
    Call-ID: a84b4c76e66710\r\nCSeq: 63104 OPTIONS\r\nContent-Length: 0\r\n\r\n";

#[test]
fn a_plain_request_is_printed_as_it_came() {
    let message = Message::parse(OPTIONS.as_bytes()).unwrap();
    assert_eq!(std::str::from_utf8(&message.to_bytes()).unwrap(), OPTIONS);
}
