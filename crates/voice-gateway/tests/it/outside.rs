//! Trunks: calls from outside and to outside.

use std::net::{Ipv4Addr, SocketAddr};

use contact_center::Channel;
use contact_center::Command;
use contact_center::calls::PartyState;
use contact_center::provisioning::{Change, QueueChange};
use sip::digest::Login;
use sip::message::{Name, Status, Uri};
use sip::sdp::Codec;
use sip::user_agent::{Cause, Event, Order};
use voice_gateway::{Account, Config, Dialing, Route, Trunk};

use crate::office::{Office, config};
use crate::telephone::Telephone;
use crate::until;

/// A carrier that listens at an address of its own, so that no phone is taken for it.
const CARRIER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const OTHER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

async fn carrier(office: &Office, at: Ipv4Addr, port: u16) -> Telephone {
    Telephone::at(office.address, "+4915100001", SocketAddr::from((at, port))).await
}

/// A port that is free now.
fn free_port(at: Ipv4Addr) -> u16 {
    std::net::UdpSocket::bind((at, 0)).unwrap().local_addr().unwrap().port()
}

fn trunk(name: &str, at: Ipv4Addr, port: u16, prefixes: &[&str]) -> Trunk {
    Trunk {
        port,
        dialing: Dialing {
            prefixes: prefixes.iter().map(|it| (*it).to_owned()).collect(),
            strip: 1,
            prepend: "+49".to_owned(),
        },
        ..Trunk::new(name, &at.to_string())
    }
}

async fn found(office: &Office) {
    until("the trunk is not found", || async {
        let status = office.gateway.as_ref().unwrap().status();
        (!status.trunks.is_empty() && status.trunks.iter().all(|it| it.is_found)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_call_from_outside_waits_in_a_queue_and_reaches_an_agent() {
    let port = free_port(CARRIER);
    let office = Office::open_with(Config {
        trunks: vec![trunk("acme", CARRIER, port, &["0"])],
        routes: vec![Route { dialled: "+4930*".to_owned(), to: "8*".to_owned(), trunk: None }],
        ..config()
    })
    .await;
    found(&office).await;
    let queue = QueueChange {
        name: Some("Support".to_owned()),
        phone_number: Some("8000".to_owned()),
        ..QueueChange::default()
    };
    let change = Change::CreateQueue(Channel::Voice, queue);
    office.order(Command::Provision { by: None, change }).await;
    let mut customer = carrier(&office, CARRIER, port).await;
    customer.codecs = vec![Codec::Pcmu];
    let session = customer.call_as("+4930000", None, Vec::new()).await;
    customer.is_answered(session).await;
    assert_eq!(customer.agreed.as_ref().unwrap().codec, Codec::Pcmu);
    let (anna, mut phone) = office.agent_with_phone("anna", "7001").await;
    phone.codecs = vec![Codec::Pcma, Codec::Pcmu];
    office.sign_in(&anna).await;
    let offered = phone.rings().await;
    assert_eq!(Uri::parse(offered.request.from().unwrap().uri).unwrap().user(), Some("+4915100001"));
    phone.answer(&offered).await;
    office.stands(&anna, PartyState::Established).await;
    assert_eq!(office.call_of(&anna).await.ani.as_deref(), Some("+4915100001"));
    customer.hang_up(session).await;
    phone.ends(offered.session).await;
    office.is_quiet().await;
    // What no route knows is nobody's.
    let session = customer.call_as("+4940000", None, Vec::new()).await;
    match customer.ends(session).await {
        Cause::Refused { status, .. } => assert_eq!(status, Status::NOT_FOUND),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_call_to_outside_takes_the_next_trunk_if_the_first_one_fails() {
    let (port, other_port) = (free_port(CARRIER), free_port(OTHER));
    let mut second = trunk("bolt", OTHER, other_port, &["0"]);
    second.caller = Some("+493012345".to_owned());
    let office =
        Office::open_with(Config { trunks: vec![trunk("acme", CARRIER, port, &["0"]), second], ..config() })
            .await;
    found(&office).await;
    let mut acme = carrier(&office, CARRIER, port).await;
    let mut bolt = carrier(&office, OTHER, other_port).await;
    let (anna, mut phone) = office.agent_with_phone("anna", "7001").await;
    let session = phone.call("0301234").await;
    let refused = acme.rings().await;
    assert_eq!(refused.request.uri.user(), Some("+49301234"));
    let busy = Status::SERVICE_UNAVAILABLE;
    acme.order(Order::Refuse { session: refused.session, status: busy, headers: Vec::new() }).await;
    let offered = bolt.rings().await;
    assert_eq!(Uri::parse(offered.request.from().unwrap().uri).unwrap().user(), Some("+493012345"));
    bolt.answer(&offered).await;
    phone.is_answered(session).await;
    office.stands(&anna, PartyState::Established).await;
    bolt.hang_up(offered.session).await;
    phone.ends(session).await;
    office.is_quiet().await;
}

#[tokio::test]
async fn a_trunk_is_registered_at_and_may_have_to_show_its_password() {
    let port = free_port(CARRIER);
    let account = Account { user: "ours".to_owned(), password: "secret".to_owned() };
    let office = Office::open_with(Config {
        trunks: vec![Trunk {
            account: Some(account),
            registers: true,
            proves_itself: true,
            ..trunk("acme", CARRIER, port, &["0"])
        }],
        ..config()
    })
    .await;
    let mut acme = carrier(&office, CARRIER, port).await;
    let (id, contact) = acme
        .until("nobody registers", |event| match event {
            Event::Request { id, request, .. } => {
                Some((*id, request.contact().map(|it| it.uri.to_owned()).unwrap_or_default()))
            }
            _ => None,
        })
        .await;
    assert!(contact.starts_with("sip:ours@"), "{contact}");
    let headers = vec![(Name::Contact, format!("<{contact}>;expires=300").into())];
    acme.order(Order::Respond { request: id, status: Status::OK, headers }).await;
    until("we are not registered", || async {
        let status = office.gateway.as_ref().unwrap().status();
        (status.trunks[0].is_registered == Some(true)).then_some(())
    })
    .await;
    let (_, mut phone) = office.agent_with_phone("anna", "7001").await;
    let session = acme.call_as("7001", None, Vec::new()).await;
    match acme.ends(session).await {
        Cause::Refused { status, .. } => assert_eq!(status, Status::PROXY_AUTHENTICATION_REQUIRED),
        other => panic!("{other:?}"),
    }
    let login = Login { user: "ours".to_owned(), password: "secret".to_owned() };
    let session = acme.call_as("7001", Some(login), Vec::new()).await;
    let offered = phone.rings().await;
    phone.answer(&offered).await;
    acme.is_answered(session).await;
    acme.hang_up(session).await;
    phone.ends(offered.session).await;
    office.is_quiet().await;
}
