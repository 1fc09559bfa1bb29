//! Who is offered what, when, and what becomes of offers.

use super::world::{World, complete};
use crate::command::{Command, Order};
use crate::contact::{Stage, UserData};
use crate::ids::SkillId;
use crate::provisioning::{Change, QueueChange, SkillChange};
use crate::{Channel, ContactId, SettingName};

fn set(world: &mut World, name: SettingName, value: i64) {
    let by = Some(world.user("admin"));
    world.accepted(Command::Provision { by, change: Change::SetSetting(name, value) });
}

fn invited(world: &World, contact: ContactId) -> Vec<&'static str> {
    super::world::AGENTS.into_iter().filter(|name| world.state(name, contact) == "Invited").collect()
}

#[test]
fn the_longest_idle_agent_gets_the_offer() {
    let mut world = World::staffed();
    for name in ["carl", "anna", "bela"] {
        world.pass_ms(1000);
        world.enter(name, "Ready");
    }
    let (first, _) = world.request("Milo");
    assert_eq!(invited(&world, first), ["carl"]);
    let (second, _) = world.request("Nora");
    assert_eq!(invited(&world, second), ["anna"]);
    world.accept("carl", first);
    world.pass_ms(1000);
    world.does("carl", first, complete());
    let (third, _) = world.request("Olga");
    assert_eq!(invited(&world, third), ["bela"]);
    let (fourth, _) = world.request("Pia");
    assert_eq!(invited(&world, fourth), ["carl"]);
}

#[test]
fn an_agent_at_capacity_gets_nothing_until_there_is_room() {
    let mut world = World::staffed();
    world.only_ready("anna");
    let contacts: Vec<_> = (0..4).map(|number| world.request(&format!("c{number}")).0).collect();
    for contact in &contacts[..3] {
        world.accept("anna", *contact);
    }
    assert!(invited(&world, contacts[3]).is_empty());
    world.does("anna", contacts[1], complete());
    assert_eq!(invited(&world, contacts[3]), ["anna"]);
}

#[test]
fn a_lapsed_offer_goes_to_the_next_agent_and_the_contact_to_the_front() {
    let mut world = World::staffed();
    world.only_ready("anna");
    let (contact, _) = world.request("Milo");
    let (behind, _) = world.request("Nora");
    world.pass_ms(29_000);
    assert_eq!(invited(&world, contact), ["anna"]);
    set(&mut world, SettingName::NotReadyAfterLapse, 1);
    world.pass_ms(2_000);
    assert_eq!(world.state("anna", contact), "Revoked");
    assert!(matches!(world.contact(contact).stage, Stage::Waiting(_)));
    assert!(!world.center.channel_of(world.user("anna"), Channel::Chat).unwrap().is_ready());
    world.enter("bela", "Ready");
    assert_eq!(invited(&world, contact), ["bela"]);
    let _ = behind;
}

#[test]
fn a_refused_contact_is_offered_again_after_a_pause() {
    let mut world = World::staffed();
    world.only_ready("anna");
    let (contact, _) = world.request("Milo");
    world.does("anna", contact, Order::Reject);
    assert_eq!(world.state("anna", contact), "Completed");
    world.pass_ms(31_000);
    assert_eq!(invited(&world, contact), ["anna"]);
}

#[test]
fn a_queue_asks_for_skills() {
    let mut world = World::staffed();
    let by = Some(world.user("admin"));
    let change = Change::CreateSkill(SkillChange { name: Some("French".to_owned()), description: None });
    world.accepted(Command::Provision { by, change });
    let skill: SkillId = *world.center.skills().keys().next().unwrap();
    let change = Change::CreateQueue(
        Channel::Chat,
        QueueChange {
            name: Some("Returns".to_owned()),
            skills: Some([(skill, 5)].into()),
            ..QueueChange::default()
        },
    );
    world.accepted(Command::Provision { by, change });
    for name in super::world::AGENTS {
        world.enter(name, "Ready");
    }
    let command = Command::RequestContact {
        channel: Channel::Chat,
        endpoint: Some("Returns".to_owned()),
        nickname: "Milo".to_owned(),
        user_data: UserData::new(),
    };
    let contact = world.accepted(command)[0].contact().unwrap();
    assert!(invited(&world, contact).is_empty());
    let bela = world.user("bela");
    world.accepted(Command::Provision { by, change: Change::SetSkill(bela, skill, Some(4)) });
    assert!(invited(&world, contact).is_empty());
    world.accepted(Command::Provision { by, change: Change::SetSkill(bela, skill, Some(5)) });
    assert_eq!(invited(&world, contact), ["bela"]);
}

#[test]
fn contacts_of_an_agent_who_logs_out_go_back_to_the_front() {
    let mut world = World::staffed();
    let (contact, _) = world.handled_by("anna");
    let by = world.user("anna");
    world.accepted(Command::CloseChannels { by });
    assert_eq!(world.state("anna", contact), "Revoked");
    assert!(matches!(world.contact(contact).stage, Stage::Waiting(_)));
    world.enter("bela", "Ready");
    assert_eq!(invited(&world, contact), ["bela"]);
}

#[test]
fn a_silent_conversation_is_closed_and_an_ended_one_forgotten() {
    let mut world = World::staffed();
    world.enter("anna", "NotReady");
    let (contact, _) = world.request("Milo");
    world.pass_ms(4 * 3_600_000 + 1);
    assert!(matches!(world.contact(contact).stage, Stage::Ended(_)));
    world.pass_ms(600_001);
    assert!(!world.center.contacts().contains_key(&contact));
}
