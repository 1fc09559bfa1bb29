//! Phones that answer because somebody told the contact center so, and calls that phones hand on.

use contact_center::calls::{CallOrder, Cause as RuleCause, PartyState};
use sip::message::{Name, Status};
use sip::user_agent::{Cause, Event, Offered, Order};

use crate::office::Office;
use crate::telephone::Telephone;

fn is_to_answer_by_itself(offered: &Offered) -> bool {
    let call_info = offered.request.headers.first(&Name::CallInfo);
    call_info.is_some_and(|it| it.contains("answer-after=0"))
        && offered.request.headers.first(&Name::AnswerMode).is_some_and(|it| *it == "Auto")
}

#[tokio::test]
async fn an_agent_dials_by_api_and_the_own_phone_answers_by_itself() {
    let office = Office::open().await;
    let (anna, mut first) = office.agent_with_phone("anna", "7001").await;
    let (bela, mut second) = office.agent_with_phone("bela", "7002").await;
    office.sign_in(&anna).await;
    office.dial(&anna, "7002").await;
    let own = first.rings().await;
    assert!(is_to_answer_by_itself(&own));
    first.answer(&own).await;
    let offered = second.rings().await;
    assert!(!is_to_answer_by_itself(&offered));
    second.answer(&offered).await;
    office.stands(&bela, PartyState::Established).await;
    office.in_call(&anna, CallOrder::Hangup).await;
    assert_eq!(first.ends(own.session).await, Cause::HungUp);
    second.ends(offered.session).await;
    office.is_quiet().await;
}

#[tokio::test]
async fn a_ringing_phone_that_can_be_told_to_answer_is_told() {
    let office = Office::open().await;
    let (_, mut first) = office.agent_with_phone("anna", "7001").await;
    let bela = office.agent("bela", "7002").await;
    let mut second = Telephone::that_talks(office.address, "7002").await;
    assert_eq!(second.register(3_600).await, Status::OK);
    office.registered(bela.device, true).await;
    office.sign_in(&bela).await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    first.until("it does not ring", |event| matches!(event, Event::Progress { .. }).then_some(())).await;
    office.in_call(&bela, CallOrder::Answer).await;
    second.is_told_to_talk().await;
    second.answer(&offered).await;
    first.is_answered(session).await;
    office.stands(&bela, PartyState::Established).await;
    first.hang_up(session).await;
    second.ends(offered.session).await;
    office.is_quiet().await;
}

#[tokio::test]
async fn a_ringing_phone_that_cannot_is_called_anew() {
    let office = Office::open().await;
    let (_, mut first) = office.agent_with_phone("anna", "7001").await;
    let (bela, mut second) = office.agent_with_phone("bela", "7002").await;
    office.sign_in(&bela).await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    first.until("it does not ring", |event| matches!(event, Event::Progress { .. }).then_some(())).await;
    office.in_call(&bela, CallOrder::Answer).await;
    assert_eq!(second.ends(offered.session).await, Cause::Canceled);
    let again = second.rings().await;
    assert!(is_to_answer_by_itself(&again));
    second.answer(&again).await;
    first.is_answered(session).await;
    first.hang_up(session).await;
    second.ends(again.session).await;
    office.is_quiet().await;
}

#[tokio::test]
async fn a_phone_hands_its_call_on() {
    let office = Office::open().await;
    let (_, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut second) = office.agent_with_phone("bela", "7002").await;
    let (cora, mut third) = office.agent_with_phone("cora", "7003").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    second.answer(&offered).await;
    first.is_answered(session).await;
    let status = second.refer(offered.session, "7003").await;
    assert_eq!(status, Status::ACCEPTED);
    let handed_on = third.rings().await;
    third.answer(&handed_on).await;
    office.stands(&cora, PartyState::Established).await;
    second.ends(offered.session).await;
    third.hang_up(handed_on.session).await;
    first.ends(session).await;
    office.is_quiet().await;
}

#[tokio::test]
async fn a_phone_that_dies_is_released() {
    let office = Office::open_with(voice_gateway::Config {
        rtp_timeout: std::time::Duration::from_secs(2),
        ..crate::office::config()
    })
    .await;
    let (anna, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut second) = office.agent_with_phone("bela", "7002").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    second.answer(&offered).await;
    first.is_answered(session).await;
    let call = office.call_of(&anna).await.id;
    // Neither says a word.
    first.ends(session).await;
    second.ends(offered.session).await;
    office.is_quiet().await;
    let causes = office.center.query(move |center| {
        let parties = center.calls().get(&call).map(|call| call.parties.clone()).unwrap_or_default();
        parties.iter().map(|it| it.state).collect::<Vec<_>>()
    });
    assert!(causes.await.unwrap().contains(&PartyState::Released(RuleCause::Failed)));
}

#[tokio::test]
async fn a_restart_ends_calls_and_keeps_phones() {
    let mut office = Office::open().await;
    let (anna, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut second) = office.agent_with_phone("bela", "7002").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    second.answer(&offered).await;
    first.is_answered(session).await;
    office.stands(&anna, PartyState::Established).await;
    office.restart().await;
    assert_eq!(first.ends(session).await, Cause::HungUp);
    assert_eq!(second.ends(offered.session).await, Cause::HungUp);
    office.is_quiet().await;
    // Nobody has registered again.
    office.registered(anna.device, true).await;
    let session = second.call("7001").await;
    let offered = first.rings().await;
    first.answer(&offered).await;
    second.is_answered(session).await;
    // An end in peace ends calls at once.
    office.gateway.take().unwrap().shut_down().await;
    assert_eq!(first.ends(offered.session).await, Cause::HungUp);
    assert_eq!(second.ends(session).await, Cause::HungUp);
    let left = office.center.query(|center| center.legs().len()).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn whoever_rings_and_is_not_wanted_any_more_is_left_alone() {
    let office = Office::open().await;
    let (anna, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut second) = office.agent_with_phone("bela", "7002").await;
    office.sign_in(&anna).await;
    office.dial(&anna, "7002").await;
    let own = first.rings().await;
    first.answer(&own).await;
    let offered = second.rings().await;
    office.in_call(&anna, CallOrder::Hangup).await;
    assert_eq!(second.ends(offered.session).await, Cause::Canceled);
    first.ends(own.session).await;
    office.is_quiet().await;
    second.order(Order::HangUp { session: offered.session, reason: None }).await;
}
