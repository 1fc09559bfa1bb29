//! Sessions of texts: what arrives, what goes out, and who is not to be texted.

use std::sync::Arc;

use super::world::{World, complete, leave, text};
use crate::audience::Visibility::{Agents, All};
use crate::audience::{Mode, Part};
use crate::capability::Action;
use crate::command::{Command, Order, Words};
use crate::contact::{EntryKind, Stage};
use crate::provisioning::{Change, QueueChange};
use crate::supervision::Scope;
use crate::texting::{
    Body, DeliveryReport, DeliveryState, Outcome, PhoneNumber, ReportState, SuppressionRequest, TextId,
};
use crate::{Channel, ContactId, Refusal, SettingName};

fn texting() -> World {
    World::staffed_on(Channel::Sms)
}

/// Anna handles a session that Milo began with "hello".
fn answered() -> (World, ContactId) {
    let mut world = texting();
    world.only_ready("anna");
    let contact = world.texts("Milo", "hello").unwrap();
    world.accept("anna", contact);
    (world, contact)
}

fn provision(world: &mut World, change: Change) -> Result<(), Refusal> {
    let by = Some(world.user("admin"));
    world.order(Command::Provision { by, change }).map(drop)
}

fn set(world: &mut World, name: SettingName, value: i64) {
    provision(world, Change::SetSetting(name, value)).unwrap();
}

fn acme() -> Arc<str> {
    Arc::from("acme")
}

/// Claims everything that waits and returns what may be sent.
fn claim(world: &mut World) -> Vec<(TextId, String)> {
    let waiting: Vec<_> = world.waiting.drain(..).collect();
    let texts = waiting.iter().map(|text| (text.id, 1)).collect();
    world.accepted(Command::ClaimTexts { carrier: acme(), texts });
    let claimed: Vec<_> = world.center.texting.claimed().map(|text| text.id).collect();
    let texts = waiting.into_iter().filter(|text| claimed.contains(&text.id));
    texts.map(|text| (text.id, text.text.to_string())).collect()
}

fn settle(world: &mut World, id: TextId, outcome: Outcome) {
    world.accepted(Command::SettleTexts(vec![(id, outcome)]));
}

fn accept_as(world: &mut World, id: TextId, names: &[&str]) {
    settle(world, id, Outcome::Accepted { names: names.iter().map(|name| Arc::from(*name)).collect() });
}

fn report(world: &mut World, names: &[&str], reference: Option<u16>, state: ReportState) -> usize {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let thread = world.thread_of("Milo");
    let error = (state == ReportState::Failed).then(|| Arc::from("absent subscriber"));
    let report = DeliveryReport { names, thread, reference, beginning: None, state, error };
    world.accepted(Command::ReportTexts { carrier: acme(), reports: vec![report] }).len()
}

fn delivery(world: &World, contact: ContactId, index: u32) -> (DeliveryState, Option<String>) {
    let delivery = &world.contact(contact).deliveries[&index];
    (delivery.state, delivery.reason.as_ref().map(ToString::to_string))
}

#[test]
fn texts_between_two_numbers_are_one_session() {
    let (mut world, contact) = answered();
    assert_eq!(world.texts("Milo", "are you there?"), Some(contact));
    assert_ne!(world.texts("Nora", "hello"), Some(contact));
    assert_eq!(
        world.customer_reads(contact),
        ["1 hello (Milo)", "2 ParticipantJoined (anna)", "3 are you there? (Milo)"]
    );
}

#[test]
fn only_what_the_customer_perceives_goes_out() {
    let (mut world, contact) = answered();
    world.only_ready("anna");
    world.monitor("sam", "anna", Mode::Coach, Scope::CurrentContacts).unwrap();
    world.does("anna", contact, text(Agents, "for agents"));
    world.does("sam", contact, text(All, "canary"));
    world.does("sam", contact, text(Agents, "canary"));
    world.does("anna", contact, text(All, "for the customer"));
    let say = |kind| Order::Say(Words { kind, to: All, text: Some("x".to_owned()), tag: None });
    world.does("anna", contact, say(EntryKind::TypingStarted));
    world.does("anna", contact, say(EntryKind::CustomNotice));
    world.does("anna", contact, say(EntryKind::NicknameUpdated));
    world.does("sam", contact, Order::Switch(Mode::BargeIn));
    world.does("sam", contact, text(All, "for the customer, too"));
    world.does("sam", contact, Order::Switch(Mode::Coach));
    world.does("sam", contact, text(All, "canary"));
    let sent: Vec<_> = claim(&mut world).into_iter().map(|(_, text)| text).collect();
    assert_eq!(sent, ["for the customer", "for the customer, too"]);
}

#[test]
fn the_queue_of_the_number_gets_the_text_or_that_of_the_keyword() {
    let mut world = texting();
    let queue = |name: &str, number: &str, keywords: &[&str]| {
        let keywords = Some(keywords.iter().map(|word| (*word).to_owned()).collect());
        let (name, phone_number) = (Some(name.to_owned()), Some(number.to_owned()));
        let change = QueueChange { name, phone_number, keywords, ..QueueChange::default() };
        Change::CreateQueue(Channel::Sms, change)
    };
    provision(&mut world, queue("Service", "123 45", &[])).unwrap();
    provision(&mut world, queue("Sales", "12345", &["BUY", "Kaufen"])).unwrap();
    let taken = provision(&mut world, queue("Other", "12345", &[]));
    assert_eq!(taken, Err(Refusal::AlreadyInUse("phoneNumber")));
    let taken = provision(&mut world, queue("Other", "12345", &["buy"]));
    assert_eq!(taken, Err(Refusal::AlreadyInUse("keywords")));
    let mut check = |name: &str, text: &str, queue: &str| {
        let contact = world.texts(name, text).unwrap();
        assert_eq!(world.center.queues()[&world.contact(contact).origin].name, queue, "{text}");
    };
    check("Milo", "where is it?", "Service");
    check("Nora", "Buy! two of them", "Sales");
    check("Olga", "kaufen", "Sales");
    check("Pia", "I want to buy", "Service");
}

#[test]
fn silence_ends_a_session_and_the_next_text_goes_back_to_the_last_agent() {
    let (mut world, contact) = answered();
    world.pass_ms(24 * 3_600_000 - 1);
    assert_eq!(world.state("anna", contact), "Chatting");
    world.pass_ms(1);
    assert_eq!(world.state("anna", contact), "Revoked");
    for other in ["bela", "carl", "anna"] {
        world.enter(other, "Ready");
    }
    let again = world.texts("Milo", "still broken").unwrap();
    assert_ne!(again, contact);
    assert_eq!(world.state("anna", again), "Invited");
    world.does("anna", again, Order::Reject);
    assert_eq!(world.state("anna", again), "Completed");
    assert!(matches!(world.contact(again).stage, Stage::Assigned), "the next agent is asked");
}

#[test]
fn a_completed_session_is_not_continued() {
    let (mut world, contact) = answered();
    world.does("anna", contact, complete());
    let next = world.texts("Milo", "one more thing").unwrap();
    assert_ne!(next, contact);
    set(&mut world, SettingName::SmsReturnToLastAgent, 0);
    world.only_ready("anna");
    world.accept("anna", next);
    world.does("anna", next, leave());
    world.enter("bela", "Ready");
    let third = world.texts("Milo", "and another").unwrap();
    assert_eq!(world.state("bela", third), "Invited", "anna has the other one in wrap-up");
}

#[test]
fn stop_is_confirmed_once_and_blocks_what_waits() {
    let (mut world, contact) = answered();
    world.does("anna", contact, text(All, "are you happy?"));
    assert_eq!(world.texts("Milo", "Stop."), Some(contact));
    let told = world.was_told("anna", contact);
    assert!(told[told.len() - 2].contains("has opted out"), "{told:?}");
    let sent = claim(&mut world);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].1.starts_with("You have opted out"));
    assert_eq!(delivery(&world, contact, 3).0, DeliveryState::Blocked);
    assert_eq!(world.converse("anna", contact, text(All, "wait")), Err(Refusal::OptedOut));
    let shown = world.desks[&world.user("anna")].capabilities(contact).to_vec();
    assert!(!shown.contains(&Action::SendMessage) && shown.contains(&Action::Complete));
    world.texts("Milo", "STOP");
    assert!(claim(&mut world).is_empty(), "a second confirmation");
    world.texts("Milo", "START");
    assert!(claim(&mut world)[0].1.contains("again"));
    world.does("anna", contact, text(All, "welcome back"));
    assert_eq!(claim(&mut world)[0].1, "welcome back");
}

#[test]
fn stop_without_a_session_needs_no_agent() {
    let mut world = texting();
    assert_eq!(world.texts("Milo", "STOPP"), None);
    assert!(claim(&mut world)[0].1.starts_with("Sie sind abgemeldet"));
    let number = world.thread_of("Milo").customer;
    assert_eq!(&*world.center.suppression_of(&number).unwrap().reason, "STOPP");
    assert_eq!(world.texts("Milo", "HELP"), None);
    assert!(claim(&mut world)[0].1.contains("STOP"));
    let contact = world.texts("Milo", "where is my parcel?").unwrap();
    assert!(world.contact(contact).opted_out);
    let mut other = texting();
    assert!(other.texts("Nora", "yes").is_some(), "START is an ordinary word for who never opted out");
}

#[test]
fn parts_come_in_any_order_and_are_joined() {
    let mut world = texting();
    let emoji: Vec<u16> = "🎭".encode_utf16().collect();
    let part = |number, units: &[u16]| Body::Part { reference: 7, total: 3, number, units: units.to_vec() };
    world.receive("Milo", part(3, &emoji[1..])).unwrap();
    world.receive("Milo", part(1, &[72, 105])).unwrap();
    world.receive("Milo", part(1, &[72, 105])).unwrap();
    assert!(world.center.contacts().is_empty());
    world.receive("Milo", part(2, &emoji[..1])).unwrap();
    let contact = *world.center.contacts().keys().next().unwrap();
    assert_eq!(world.customer_reads(contact), ["1 Hi🎭 (Milo)"]);
}

#[test]
fn parts_that_never_come_leave_a_gap() {
    let mut world = texting();
    let part = |number, text: &str| {
        let units = text.encode_utf16().collect();
        Body::Part { reference: 7, total: 3, number, units }
    };
    world.receive("Milo", part(1, "begin ")).unwrap();
    world.receive("Milo", part(3, " end")).unwrap();
    world.pass_ms(599_999);
    assert!(world.center.contacts().is_empty());
    world.pass_ms(1);
    let contact = *world.center.contacts().keys().next().unwrap();
    assert_eq!(world.customer_reads(contact), ["1 begin […] end (Milo)"]);
    // The same number for another text of as many parts.
    world.receive("Nora", part(1, "old")).unwrap();
    world.receive("Nora", part(1, "new")).unwrap();
    assert_eq!(world.center.contacts().len(), 2, "the old one is not lost");
}

#[test]
fn a_long_text_has_one_state_for_its_parts() {
    let (mut world, contact) = answered();
    world.does("anna", contact, text(All, "a long one"));
    let index = 3;
    let (id, _) = claim(&mut world)[0];
    assert_eq!(delivery(&world, contact, index).0, DeliveryState::Waiting);
    accept_as(&mut world, id, &["1A", "1B"]);
    assert_eq!(delivery(&world, contact, index).0, DeliveryState::Sent);
    assert_eq!(report(&mut world, &["unknown", "1B"], None, ReportState::Delivered), 1);
    assert_eq!(delivery(&world, contact, index).0, DeliveryState::Sent);
    assert_eq!(report(&mut world, &["1B"], None, ReportState::Failed), 1, "a late second receipt");
    assert_eq!(report(&mut world, &["1A"], None, ReportState::Delivered), 1);
    assert_eq!(delivery(&world, contact, index).0, DeliveryState::Delivered);
    assert_eq!(report(&mut world, &["1A"], None, ReportState::Delivered), 0, "it is settled");
    let shown = world.desks[&world.user("anna")].delivery(contact, index).unwrap();
    assert_eq!((shown.state, shown.parts), (DeliveryState::Delivered, 2));
}

#[test]
fn a_failed_part_fails_the_text() {
    let (mut world, contact) = answered();
    world.does("anna", contact, text(All, "a long one"));
    let (id, _) = claim(&mut world)[0];
    accept_as(&mut world, id, &["1A", "1B"]);
    report(&mut world, &["1B"], None, ReportState::Failed);
    let failed = (DeliveryState::Failed, Some("absent subscriber".to_owned()));
    assert_eq!(delivery(&world, contact, 3), failed);
    report(&mut world, &["1A"], None, ReportState::Delivered);
    assert_eq!(delivery(&world, contact, 3), failed);
}

#[test]
fn what_was_claimed_by_a_process_that_ended_is_never_sent_again() {
    let (mut world, contact) = answered();
    world.does("anna", contact, text(All, "sent or not"));
    world.does("anna", contact, text(All, "still waiting"));
    let first = world.waiting.remove(0);
    world.accepted(Command::ClaimTexts { carrier: acme(), texts: vec![(first.id, 1)] });
    world.accepted(Command::RecoverTexts);
    assert_eq!(delivery(&world, contact, 3).0, DeliveryState::Unknown);
    assert_eq!(delivery(&world, contact, 4).0, DeliveryState::Waiting);
    let again = Command::ClaimTexts { carrier: acme(), texts: vec![(first.id, 1)] };
    assert_eq!(world.order(again), Ok(vec![]));
    assert_eq!(report(&mut world, &["never learned"], Some(first.id.reference()), ReportState::Delivered), 1);
    assert_eq!(delivery(&world, contact, 3).0, DeliveryState::Delivered);
}

#[test]
fn a_text_that_was_surely_not_handed_over_waits_again() {
    let (mut world, contact) = answered();
    world.does("anna", contact, text(All, "hello"));
    let (id, _) = claim(&mut world)[0];
    settle(&mut world, id, Outcome::NotSent);
    assert_eq!(delivery(&world, contact, 3).0, DeliveryState::Waiting);
    assert_eq!(claim(&mut world), [(id, "hello".to_owned())], "the gateway was told");
}

#[test]
fn a_text_that_no_carrier_takes_fails_in_the_end() {
    let (mut world, contact) = answered();
    world.does("anna", contact, text(All, "hello"));
    set(&mut world, SettingName::SmsValidSeconds, 60);
    world.pass_ms(60_000);
    assert_eq!(delivery(&world, contact, 3).0, DeliveryState::Failed);
    assert!(claim(&mut world).is_empty());
}

#[test]
fn a_text_that_is_too_long_is_refused() {
    let (mut world, contact) = answered();
    let refused = world.converse("anna", contact, text(All, &"x".repeat(1_531)));
    assert_eq!(refused, Err(Refusal::TextTooLong { characters: 1_530 }));
    world.monitor("sam", "anna", Mode::Coach, Scope::CurrentContacts).unwrap();
    world.does("sam", contact, text(All, &"x".repeat(10_000)));
    world.does("anna", contact, text(All, &"x".repeat(1_530)));
}

fn start(world: &mut World, to: &str, words: Option<&str>) -> Result<Option<ContactId>, Refusal> {
    let (by, to) = (world.user("anna"), to.parse().unwrap());
    let text = words.map(str::to_owned);
    let user_data = crate::contact::UserData::new();
    let from = Some("12345".parse().unwrap());
    let order = Command::StartTexting { by, to, from, queue: None, nickname: None, text, user_data };
    world.order(order).map(|events| events.iter().find_map(crate::Event::contact))
}

#[test]
fn an_agent_texts_first_and_a_coach_comes_along() {
    let mut world = texting();
    world.monitor("sam", "anna", Mode::Coach, Scope::NextContact).unwrap();
    let contact = start(&mut world, "+491709999999", Some("your parcel is here")).unwrap().unwrap();
    assert_eq!(world.state("anna", contact), "Chatting");
    assert_eq!(
        world.contact(contact).party_of(world.user("sam")).unwrap().part,
        Part::Supervisor(Mode::Coach)
    );
    assert!(world.contact(contact).outbound);
    assert_eq!(claim(&mut world)[0].1, "your parcel is here");
    assert_eq!(start(&mut world, "+491709999999", None), Err(Refusal::SessionOpen));
    let by = Some(world.user("sam"));
    let request = |number: &str| {
        let number = number.parse().unwrap();
        vec![SuppressionRequest { number, reason: Arc::from("asked by phone"), since: None }]
    };
    let suppress = Command::Provision { by, change: Change::Suppress(request("+491708888888")) };
    world.accepted(suppress);
    assert_eq!(start(&mut world, "+491708888888", None), Err(Refusal::OptedOut));
    let by = Some(world.user("anna"));
    let unsuppress = Change::Unsuppress("+491708888888".parse().unwrap());
    let refused = world.order(Command::Provision { by, change: unsuppress });
    assert!(matches!(refused, Err(Refusal::RoleMissing(_))));
}

#[test]
fn numbers_are_masked_for_those_who_may_not_see_them() {
    let (mut world, contact) = answered();
    set(&mut world, SettingName::SmsNumbersForAgents, 0);
    set(&mut world, SettingName::SmsNumbersForSupervisors, 1);
    let next = world.texts("Nora", "hello").unwrap();
    world.accept("anna", next);
    world.monitor("sam", "anna", Mode::Monitor, Scope::CurrentContacts).unwrap();
    world.texts("Nora", "it is broken");
    let number: PhoneNumber = world.thread_of("Nora").customer;
    let everything = |world: &World, name: &str| {
        let desk = format!("{:?}", world.desks[&world.user(name)]);
        let party = world.contact(next).party_of(world.user(name)).unwrap();
        let read: Vec<_> = world.center.entries_shown(world.contact(next), party, 1).collect();
        format!("{desk} {read:?}")
    };
    assert!(!everything(&world, "anna").contains(number.as_str()));
    assert!(everything(&world, "anna").contains(&*number.masked()));
    assert!(everything(&world, "sam").contains(number.as_str()));
    let _ = contact;
}

#[test]
fn stop_is_heard_and_confirmed_in_a_full_session() {
    let (mut world, contact) = answered();
    let full = world.center.contacts.get_mut(&contact).unwrap();
    Arc::make_mut(full).log_bytes = crate::limits::LOG_BYTES_PER_CONTACT;
    world.texts("Milo", "STOP");
    assert!(claim(&mut world)[0].1.starts_with("You have opted out"));
    assert_eq!(world.center.contacts().len(), 1, "no session begins with STOP");
    let number = world.thread_of("Milo").customer;
    assert!(world.center.suppression_of(&number).is_some());
}

#[test]
fn a_full_session_does_not_refuse_the_customer() {
    let (mut world, contact) = answered();
    let full = world.center.contacts.get_mut(&contact).unwrap();
    Arc::make_mut(full).log_bytes = crate::limits::LOG_BYTES_PER_CONTACT;
    let next = world.texts("Milo", "and another thing").unwrap();
    assert_eq!(next, contact, "the first event closes the full one");
    let newest = world.center.contacts().values().find(|one| one.id != contact).unwrap().id;
    assert_eq!(world.customer_reads(newest)[0], "1 and another thing (Milo)");
}
