//! Phones register, and calls that must not be are not.

use sip::digest::Login;
use sip::message::{Method, Request, Status, Uri};
use sip::user_agent::Cause;

use crate::office::Office;
use crate::telephone::Telephone;

#[tokio::test]
async fn a_phone_registers_with_its_password_and_says_goodbye() {
    let office = Office::open().await;
    let (agent, mut phone) = office.agent_with_phone("anna", "7001").await;
    assert_eq!(office.gateway.as_ref().unwrap().status().devices, 1);
    assert_eq!(phone.register(0).await, Status::OK);
    office.registered(agent.device, false).await;
    assert_eq!(phone.register(5).await, Status::INTERVAL_TOO_BRIEF);
}

#[tokio::test]
async fn wrong_passwords_and_unknown_numbers_are_turned_away_alike() {
    let office = Office::open().await;
    office.agent("anna", "7001").await;
    let mut phone = Telephone::new(office.address, "7001").await;
    for (user, password) in [("7001", "guess"), ("7999", "guess"), ("", "")] {
        let login = Login { user: user.to_owned(), password: password.to_owned() };
        assert_eq!(phone.register_as(login, 3_600).await, Status::FORBIDDEN, "{user}");
    }
    assert_eq!(phone.register(3_600).await, Status::OK);
}

#[tokio::test]
async fn whoever_guesses_is_soon_not_listened_to() {
    let office = Office::open().await;
    office.agent("anna", "7001").await;
    let mut phone = Telephone::new(office.address, "7001").await;
    for guess in 0..25 {
        let login = Login { user: "7001".to_owned(), password: guess.to_string() };
        assert_eq!(phone.register_as(login, 3_600).await, Status::FORBIDDEN);
    }
    // Even the right one is not looked at now.
    assert_eq!(phone.register(3_600).await, Status::FORBIDDEN);
}

#[tokio::test]
async fn nobody_calls_without_a_password_or_to_nowhere() {
    let office = Office::open().await;
    let (_, mut phone) = office.agent_with_phone("anna", "7001").await;
    let refused = async |phone: &mut Telephone, session| match phone.ends(session).await {
        Cause::Refused { status, .. } => status.code(),
        other => panic!("{other:?}"),
    };
    let session = phone.call_as("7001", None, Vec::new()).await;
    assert_eq!(refused(&mut phone, session).await, 407);
    let wrong = Login { user: "7001".to_owned(), password: "wrong".to_owned() };
    let session = phone.call_as("7001", Some(wrong), Vec::new()).await;
    assert_eq!(refused(&mut phone, session).await, 403);
    let session = phone.call("7999").await;
    assert_eq!(refused(&mut phone, session).await, 480);
    let session = phone.call("nobody").await;
    assert_eq!(refused(&mut phone, session).await, 404);
    office.is_quiet().await;
}

#[tokio::test]
async fn whoever_asks_what_is_understood_is_told() {
    let office = Office::open().await;
    let mut phone = Telephone::new(office.address, "7001").await;
    let uri = Uri::parse(format!("sip:{}", office.address)).unwrap();
    for (method, wanted) in [(Method::Options, 200), (Method::Message, 405), (Method::Subscribe, 489)] {
        let mut request = Request::new(method.clone(), uri.clone());
        request.headers.push(sip::message::Name::From, "<sip:7001@test>");
        request.headers.push(sip::message::Name::To, "<sip:7001@test>");
        let response = phone.ask(request, None).await.unwrap();
        assert_eq!(response.status.code(), wanted, "{method}");
    }
}
