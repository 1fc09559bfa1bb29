//! Calls between phones.

use std::time::Duration;

use contact_center::Command;
use contact_center::audience::Mode;
use contact_center::calls::{CallOrder, PartyState, StandingRequest, SupervisionScope};
use sip::message::Status;
use sip::sdp::Direction;
use sip::user_agent::{Cause, Event, Order, SessionId};

use crate::office::Office;
use crate::telephone::Telephone;

const SOON: Duration = Duration::from_secs(5);
const A_MOMENT: Duration = Duration::from_millis(300);

/// Both hear each other.
async fn talk(one: &mut Telephone, two: &mut Telephone) {
    is_heard(one, two, 0x11).await;
    is_heard(two, one, 0x22).await;
}

async fn is_heard(speaker: &mut Telephone, listener: &mut Telephone, octet: u8) {
    // The first packets find the way.
    for _ in 0..50 {
        speaker.say(octet).await;
        if listener.hears(octet, Duration::from_millis(40)).await {
            return;
        }
    }
    panic!("{} does not hear {}", listener.number, speaker.number);
}

/// An ear that hears several gets a sum, in which a voice is not found octet by octet.
async fn is_mixed_in(speaker: &mut Telephone, listener: &mut Telephone) {
    for _ in 0..50 {
        speaker.say(0x22).await;
        if listener.hears_any_but(&[0x55, 0x7f, 0xd5, 0xff], Duration::from_millis(40)).await {
            return;
        }
    }
    panic!("{} does not hear {}", listener.number, speaker.number);
}

async fn is_told_that_it_rings(phone: &mut Telephone, session: SessionId) {
    phone
        .until("it does not ring", |event| match event {
            Event::Progress { session: of, status: Status::RINGING, .. } if *of == session => Some(()),
            Event::Ended { cause, .. } => panic!("{cause:?}"),
            _ => None,
        })
        .await;
}

#[tokio::test]
async fn one_phone_calls_another_and_both_are_heard() {
    let office = Office::open().await;
    let (anna, mut first) = office.agent_with_phone("anna", "7001").await;
    let (bela, mut second) = office.agent_with_phone("bela", "7002").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    assert_eq!(sip::message::Uri::parse(offered.request.from().unwrap().uri).unwrap().user(), Some("7001"));
    is_told_that_it_rings(&mut first, session).await;
    office.stands(&bela, PartyState::Ringing).await;
    second.answer(&offered).await;
    first.is_answered(session).await;
    office.stands(&anna, PartyState::Established).await;
    talk(&mut first, &mut second).await;
    first.hang_up(session).await;
    assert_eq!(second.ends(offered.session).await, Cause::HungUp);
    office.is_quiet().await;
}

#[tokio::test]
async fn a_caller_who_gives_up_stops_the_ringing() {
    let office = Office::open().await;
    let (_, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut second) = office.agent_with_phone("bela", "7002").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    is_told_that_it_rings(&mut first, session).await;
    first.order(Order::HangUp { session, reason: None }).await;
    assert_eq!(second.ends(offered.session).await, Cause::Canceled);
    office.is_quiet().await;
}

#[tokio::test]
async fn a_phone_that_refuses_is_busy() {
    let office = Office::open().await;
    let (_, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut second) = office.agent_with_phone("bela", "7002").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    second
        .order(Order::Refuse { session: offered.session, status: Status::BUSY_HERE, headers: Vec::new() })
        .await;
    match first.ends(session).await {
        Cause::Refused { status, .. } => assert_eq!(status, Status::BUSY_HERE),
        other => panic!("{other:?}"),
    }
    office.is_quiet().await;
}

#[tokio::test]
async fn of_several_phones_the_first_to_answer_has_the_call() {
    let office = Office::open().await;
    let (_, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut desk) = office.agent_with_phone("bela", "7002").await;
    let mut softphone = Telephone::new(office.address, "7002").await;
    assert_eq!(softphone.register(3_600).await, Status::OK);
    let session = first.call("7002").await;
    let at_desk = desk.rings().await;
    let at_softphone = softphone.rings().await;
    softphone.answer(&at_softphone).await;
    first.is_answered(session).await;
    assert_eq!(desk.ends(at_desk.session).await, Cause::Canceled);
    talk(&mut first, &mut softphone).await;
    softphone.hang_up(at_softphone.session).await;
    first.ends(session).await;
    office.is_quiet().await;
}

#[tokio::test]
async fn a_phone_puts_the_other_aside_and_takes_it_up_again() {
    let office = Office::open().await;
    let (anna, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut second) = office.agent_with_phone("bela", "7002").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    second.answer(&offered).await;
    first.is_answered(session).await;
    talk(&mut first, &mut second).await;
    first.change(session, Direction::SendOnly).await;
    office.stands(&anna, PartyState::Held).await;
    while second.hears(0x11, A_MOMENT).await {}
    first.say(0x33).await;
    assert!(!second.hears(0x33, A_MOMENT).await);
    first.change(session, Direction::SendReceive).await;
    office.stands(&anna, PartyState::Established).await;
    talk(&mut first, &mut second).await;
    second.hang_up(offered.session).await;
    first.ends(session).await;
    office.is_quiet().await;
}

#[tokio::test]
async fn a_muted_agent_is_not_heard_and_hears() {
    let office = Office::open().await;
    let (anna, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut second) = office.agent_with_phone("bela", "7002").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    second.answer(&offered).await;
    first.is_answered(session).await;
    talk(&mut first, &mut second).await;
    office.in_call(&anna, CallOrder::Mute).await;
    // What was on its way has arrived when the other way is heard.
    second.say(0x44).await;
    assert!(first.hears(0x44, SOON).await);
    first.say(0x55).await;
    assert!(!second.hears(0x55, A_MOMENT).await);
    office.in_call(&anna, CallOrder::Unmute).await;
    talk(&mut first, &mut second).await;
    office.in_call(&anna, CallOrder::Clear).await;
    first.ends(session).await;
    second.ends(offered.session).await;
    office.is_quiet().await;
}

#[tokio::test]
async fn a_coach_is_heard_by_the_agent_alone() {
    let office = Office::open().await;
    let (_, mut customer) = office.agent_with_phone("cora", "7009").await;
    let (anna, mut agent) = office.agent_with_phone("anna", "7001").await;
    let (sam, mut coach) = office.agent_with_phone("sam", "7005").await;
    office.sign_in(&anna).await;
    office.sign_in(&sam).await;
    office
        .order(Command::Supervise {
            by: sam.user,
            device: sam.device,
            request: StandingRequest {
                mode: Mode::Coach,
                target: Some(anna.device),
                phone_number: None,
                once: false,
                scope: SupervisionScope::Call,
            },
        })
        .await;
    let session = customer.call("7001").await;
    let offered = agent.rings().await;
    agent.answer(&offered).await;
    customer.is_answered(session).await;
    talk(&mut customer, &mut agent).await;
    let joined = coach.rings().await;
    coach.answer(&joined).await;
    office.stands(&sam, PartyState::Established).await;
    is_mixed_in(&mut customer, &mut coach).await;
    is_mixed_in(&mut agent, &mut coach).await;
    is_mixed_in(&mut coach, &mut agent).await;
    coach.say(0x77).await;
    agent.say(0x33).await;
    assert!(customer.hears(0x33, SOON).await);
    // The customer hears the agent as she speaks: what is passed on so holds nobody else's voice.
    assert!(!customer.hears_any_but(&[0x22, 0x33], A_MOMENT).await);
    customer.hang_up(session).await;
    agent.ends(offered.session).await;
    coach.ends(joined.session).await;
    office.is_quiet().await;
}
