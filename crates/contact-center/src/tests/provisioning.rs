//! What administrators may and may not do.

use super::world::{World, person};
use crate::Refusal;
use crate::audience::Mode;
use crate::command::Command;
use crate::ids::{GroupKind, UserId};
use crate::people::Role;
use crate::provisioning::{Change, GroupChange, UserChange};
use crate::supervision::Scope;

fn change(world: &mut World, by: &str, change: Change) -> Result<(), Refusal> {
    let by = Some(world.user(by));
    world.order(Command::Provision { by, change }).map(|_| ())
}

#[test]
fn only_administrators_hire() {
    let mut world = World::staffed();
    let refused = change(&mut world, "anna", Change::CreateUser(person("dora", vec![Role::Agent])));
    assert_eq!(refused, Err(Refusal::RoleMissing(Role::Admin)));
}

#[test]
fn user_names_are_unique_whatever_their_case() {
    let mut world = World::staffed();
    let refused = change(&mut world, "admin", Change::CreateUser(person("ANNA", vec![Role::Agent])));
    assert_eq!(refused, Err(Refusal::AlreadyExists { what: "user", name: "ANNA".to_owned() }));
}

#[test]
fn a_renamed_user_is_found_by_the_new_name_only() {
    let mut world = World::staffed();
    let anna = world.user("anna");
    let renamed = UserChange { user_name: Some("anne".to_owned()), ..UserChange::default() };
    change(&mut world, "admin", Change::ChangeUser(anna, renamed)).unwrap();
    assert_eq!(world.user("anne"), anna);
    assert!(world.center.user_named("anna").is_none());
}

#[test]
fn with_business_units_a_supervisor_reaches_only_their_agents() {
    let mut world = World::staffed();
    let (sam, anna) = (world.user("sam"), world.user("anna"));
    let unit = GroupChange {
        name: Some("Sales".to_owned()),
        users: Some([anna].into()),
        supervisors: Some([sam].into()),
        ..GroupChange::default()
    };
    change(&mut world, "admin", Change::CreateGroup(GroupKind::BusinessUnit, unit)).unwrap();
    let coach = |world: &mut World, by: &str, agent: &str| {
        world.monitor(by, agent, Mode::Coach, Scope::AllContacts).map(|_| ())
    };
    assert_eq!(coach(&mut world, "sam", "anna"), Ok(()));
    assert_eq!(coach(&mut world, "sam", "bela"), Err(Refusal::OutOfReach));
    assert_eq!(coach(&mut world, "tess", "anna"), Err(Refusal::OutOfReach));
    assert_eq!(coach(&mut world, "anna", "bela"), Err(Refusal::RoleMissing(Role::Supervisor)));
    assert_eq!(world.center.may_supervise(sam, UserId(1)), Err(Refusal::UnknownUser));
}

#[test]
fn a_deleted_user_leaves_nothing_behind() {
    let mut world = World::staffed();
    world.monitor("sam", "anna", Mode::Coach, Scope::AllContacts).unwrap();
    let (contact, _) = world.handled_by("anna");
    let (sam, anna) = (world.user("sam"), world.user("anna"));
    change(&mut world, "admin", Change::DeleteUser(sam)).unwrap();
    change(&mut world, "admin", Change::DeleteUser(anna)).unwrap();
    assert!(world.contact(contact).users().is_empty());
    assert!(world.center.subscription(anna, crate::Channel::Chat, sam).is_none());
    assert!(world.center.channels_of(anna).is_none());
}
