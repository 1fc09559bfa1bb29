//! What administrators may and may not do.

use super::world::{World, person};
use crate::Refusal;
use crate::audience::Mode;
use crate::command::Command;
use crate::ids::{GroupId, GroupKind, QueueId, SkillId, UserId};
use crate::limits;
use crate::people::Role;
use crate::provisioning::{Change, GroupChange, Member, SkillChange, UserChange};
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

fn skill(world: &mut World) -> SkillId {
    let new = SkillChange { name: Some("Dutch".to_owned()), ..SkillChange::default() };
    change(world, "admin", Change::CreateSkill(new)).unwrap();
    *world.center.skills().keys().next().unwrap()
}

fn queue(world: &World) -> QueueId {
    *world.center.queues().keys().next().unwrap()
}

fn unit(world: &mut World) -> GroupId {
    let new = GroupChange { name: Some("Sales".to_owned()), ..GroupChange::default() };
    change(world, "admin", Change::CreateGroup(GroupKind::BusinessUnit, new)).unwrap();
    *world.center.groups().keys().next().unwrap()
}

#[test]
fn who_joins_a_group_pushes_nobody_out() {
    let mut world = World::staffed();
    let (unit, skill, queue) = (unit(&mut world), skill(&mut world), queue(&world));
    let (anna, bela, sam) = (world.user("anna"), world.user("bela"), world.user("sam"));
    let members = [
        Member::User(anna),
        Member::User(bela),
        Member::Supervisor(sam),
        Member::Skill(skill),
        Member::Queue(queue),
    ];
    for member in members.into_iter().chain(members) {
        change(&mut world, "admin", Change::SetGroupMember(unit, member, true)).unwrap();
    }
    let group = &world.center.groups()[&unit];
    assert_eq!((&group.users, &group.supervisors), (&[anna, bela].into(), &[sam].into()));
    assert_eq!((&group.skills, &group.queues), (&[skill].into(), &[queue].into()));
    change(&mut world, "admin", Change::SetGroupMember(unit, Member::User(anna), false)).unwrap();
    assert_eq!(world.center.groups()[&unit].users, [bela].into());
    assert_eq!(world.center.groups()[&unit].supervisors, [sam].into());
}

#[test]
fn what_is_not_in_a_group_cannot_be_taken_out_and_what_is_nowhere_cannot_be_put_in() {
    let mut world = World::staffed();
    let (unit, skill, queue) = (unit(&mut world), skill(&mut world), queue(&world));
    let (anna, sam) = (world.user("anna"), world.user("sam"));
    for (member, stranger, refusal) in [
        (Member::User(anna), Member::User(UserId(1)), Refusal::UnknownUser),
        (Member::Supervisor(sam), Member::Supervisor(UserId(1)), Refusal::UnknownUser),
        (Member::Skill(skill), Member::Skill(SkillId(1)), Refusal::UnknownSkill),
        (Member::Queue(queue), Member::Queue(QueueId(1)), Refusal::UnknownQueue),
    ] {
        let taken_out = change(&mut world, "admin", Change::SetGroupMember(unit, member, false));
        let put_in = change(&mut world, "admin", Change::SetGroupMember(unit, stranger, true));
        assert_eq!((taken_out, put_in), (Err(refusal.clone()), Err(refusal)), "{member:?}");
    }
    change(&mut world, "admin", Change::DeleteGroup(unit)).unwrap();
    let gone = change(&mut world, "admin", Change::SetGroupMember(unit, Member::User(anna), true));
    assert_eq!(gone, Err(Refusal::UnknownGroup));
}

#[test]
fn a_queue_asks_for_a_skill_until_it_asks_no_more() {
    let mut world = World::staffed();
    let (skill, queue) = (skill(&mut world), queue(&world));
    let set = |world: &mut World, skill, level| {
        change(world, "admin", Change::SetQueueSkill(queue, skill, level))?;
        Ok(world.center.queues()[&queue].skills.clone())
    };
    assert_eq!(set(&mut world, skill, None), Err(Refusal::UnknownSkill));
    assert_eq!(set(&mut world, skill, Some(3)), Ok([(skill, 3)].into()));
    assert_eq!(set(&mut world, skill, Some(5)), Ok([(skill, 5)].into()));
    assert_eq!(set(&mut world, SkillId(1), Some(5)), Err(Refusal::UnknownSkill));
    assert_eq!(set(&mut world, skill, None), Ok([].into()));
    let nowhere = change(&mut world, "admin", Change::SetQueueSkill(QueueId(1), skill, Some(3)));
    assert_eq!(nowhere, Err(Refusal::UnknownQueue));
}

#[test]
fn only_administrators_change_groups_and_queues() {
    let mut world = World::staffed();
    let (unit, skill, queue) = (unit(&mut world), skill(&mut world), queue(&world));
    let sam = world.user("sam");
    for one in [
        Change::SetGroupMember(unit, Member::Supervisor(sam), true),
        Change::SetQueueSkill(queue, skill, Some(1)),
    ] {
        assert_eq!(change(&mut world, "sam", one), Err(Refusal::RoleMissing(Role::Admin)));
    }
}

fn desk(owner: Option<UserId>) -> Change {
    let [name, display_name, key] = ["desk", "Desk", "name"].map(str::to_owned);
    Change::CreateCustomGroup { owner, name, display_name, key }
}

/// An entry of that group.
fn entry(owner: Option<UserId>, key: &str, old: Option<&str>, new: &str) -> Change {
    let [group, member, key, new] = ["desk", "name", key, new].map(str::to_owned);
    Change::KeepCustomEntry { owner, group, member, key, old: old.map(str::to_owned), new }
}

fn no_entry(owner: Option<UserId>, key: &str) -> Change {
    Change::DeleteCustomEntry { owner, group: "desk".to_owned(), key: key.to_owned() }
}

fn entries(world: &World, owner: Option<UserId>) -> Vec<(&str, &str)> {
    let group = world.center.custom_group(owner, "desk").unwrap();
    group.entries.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect()
}

#[test]
fn a_group_of_settings_made_twice_keeps_its_entries() {
    let mut world = World::staffed();
    let anna = Some(world.user("anna"));
    change(&mut world, "anna", desk(anna)).unwrap();
    change(&mut world, "anna", entry(anna, "theme", None, "dark")).unwrap();
    let taken = Refusal::AlreadyExists { what: "settings group", name: "desk".to_owned() };
    assert_eq!(change(&mut world, "anna", desk(anna)), Err(taken));
    assert_eq!(entries(&world, anna), [("theme", "dark")]);
    change(&mut world, "admin", desk(None)).unwrap();
    let nobody = change(&mut world, "admin", desk(Some(UserId(1))));
    assert_eq!(nobody, Err(Refusal::UnknownUser));
}

#[test]
fn entries_of_settings_come_and_go_one_by_one() {
    let mut world = World::staffed();
    let anna = Some(world.user("anna"));
    let early = change(&mut world, "anna", entry(anna, "theme", None, "dark"));
    assert_eq!(early, Err(Refusal::UnknownSetting));
    change(&mut world, "anna", desk(anna)).unwrap();
    change(&mut world, "anna", entry(anna, "theme", None, "dark")).unwrap();
    change(&mut world, "anna", entry(anna, "font", None, "big")).unwrap();
    let twice = change(&mut world, "anna", entry(anna, "font", None, "small"));
    assert_eq!(twice, Err(Refusal::AlreadyExists { what: "setting", name: "font".to_owned() }));
    change(&mut world, "anna", no_entry(anna, "theme")).unwrap();
    assert_eq!(change(&mut world, "anna", no_entry(anna, "theme")), Err(Refusal::UnknownSetting));
    assert_eq!(entries(&world, anna), [("font", "big")]);
}

#[test]
fn an_entry_of_settings_is_changed_only_from_what_it_is_now() {
    let mut world = World::staffed();
    let anna = Some(world.user("anna"));
    change(&mut world, "anna", desk(anna)).unwrap();
    change(&mut world, "anna", entry(anna, "theme", None, "dark")).unwrap();
    change(&mut world, "anna", entry(anna, "theme", Some("dark"), "light")).unwrap();
    for (key, old) in [("theme", "dark"), ("font", "light")] {
        let late = change(&mut world, "anna", entry(anna, key, Some(old), "gray"));
        assert_eq!(late, Err(Refusal::UnknownSetting), "{key}");
    }
    assert_eq!(entries(&world, anna), [("theme", "light")]);
}

#[test]
fn an_entry_of_settings_does_not_fit_a_group_that_tells_entries_apart_by_another_member() {
    let mut world = World::staffed();
    change(&mut world, "admin", desk(None)).unwrap();
    let [group, member, key, new] = ["desk", "id", "theme", "dark"].map(str::to_owned);
    let other = Change::KeepCustomEntry { owner: None, group, member, key, old: None, new };
    assert_eq!(change(&mut world, "admin", other), Err(Refusal::UnknownSetting));
}

#[test]
fn settings_are_changed_by_their_owner_or_an_administrator() {
    let mut world = World::staffed();
    let anna = Some(world.user("anna"));
    for owner in [anna, None] {
        let changes =
            [desk(owner), entry(owner, "theme", None, "dark"), entry(owner, "theme", Some("dark"), "light")];
        let changes = || changes.iter().cloned().chain([no_entry(owner, "theme")]);
        for one in changes() {
            assert_eq!(change(&mut world, "bela", one), Err(Refusal::RoleMissing(Role::Admin)));
        }
        for one in changes() {
            change(&mut world, "admin", one).unwrap();
        }
    }
}

#[test]
fn entries_of_settings_are_limited_in_number_and_size() {
    let mut world = World::staffed();
    let anna = Some(world.user("anna"));
    change(&mut world, "anna", desk(anna)).unwrap();
    let long = "x".repeat(limits::SETTING_BYTES + 1);
    let too_long = change(&mut world, "anna", entry(anna, "theme", None, &long));
    assert!(matches!(too_long, Err(Refusal::OutOfRange { parameter: "settings", .. })), "{too_long:?}");
    for number in 0..limits::SETTING_ENTRIES {
        change(&mut world, "anna", entry(anna, &number.to_string(), None, "a")).unwrap();
    }
    let (of, limit) = ("entries of a group of settings", limits::SETTING_ENTRIES);
    let one_more = change(&mut world, "anna", entry(anna, "theme", None, "a"));
    assert_eq!(one_more, Err(Refusal::LimitReached { of, limit }));
    change(&mut world, "anna", entry(anna, "0", Some("a"), "b")).unwrap();
}

#[test]
fn whoever_has_to_change_the_password_does_that_first() {
    let mut world = World::staffed();
    let anna = world.user("anna");
    let demanded = UserChange { must_change_password: Some(true), ..UserChange::default() };
    change(&mut world, "admin", Change::ChangeUser(anna, demanded)).unwrap();
    let ready = Command::EnterState { by: anna, of: anna, channel: None, operation: "Ready".to_owned() };
    assert_eq!(world.order(ready.clone()), Err(Refusal::PasswordChangeDemanded));
    let password = crate::people::PasswordHash("another".to_owned());
    change(&mut world, "anna", Change::ChangeOwnPassword(password)).unwrap();
    world.accepted(ready);
}
