//! Looks at the state that only readers need; no rule depends on them.

use std::collections::BTreeSet;

use crate::contact::{Contact, Standing};
use crate::ids::UserId;
use crate::people::Role;
use crate::refusal::Refusal;
use crate::{ContactCenter, GroupKind};

impl ContactCenter {
    /// The users for whom [`Self::may_supervise`] says yes, found without asking for each.
    ///
    /// # Errors
    /// [`Refusal::UnknownUser`], [`Refusal::RoleMissing`].
    pub fn reach_of(&self, supervisor: UserId) -> Result<BTreeSet<UserId>, Refusal> {
        self.require(supervisor, Role::Supervisor)?;
        let mut units =
            self.groups().values().filter(|group| group.id.kind == GroupKind::BusinessUnit).peekable();
        if units.peek().is_none() {
            return Ok(self.users().keys().copied().collect());
        }
        let own = units.filter(|unit| unit.supervisors.contains(&supervisor));
        Ok(own.flat_map(|unit| unit.users.iter().copied()).collect())
    }

    /// The contacts whose conversation an agent is in now, as agent or consultant: those that a
    /// supervisor may come into.
    pub fn running_contacts_of(&self, agent: UserId) -> impl Iterator<Item = &Contact> {
        let contacts = self.contacts_of(agent).into_iter();
        let contacts = contacts.filter_map(|id| self.contacts().get(&id).map(AsRef::as_ref));
        contacts.filter(move |contact: &&Contact| {
            contact.handlers().any(|party| party.user == Some(agent) && party.standing == Standing::Present)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Group;
    use crate::ids::{GroupId, GroupNumber};
    use crate::people::{PasswordHash, User};
    use crate::{Event, SkillId};

    const SAM: UserId = UserId(1);
    const ANNA: UserId = UserId(2);
    const BELA: UserId = UserId(3);

    fn user(id: UserId, role: Role) -> Event {
        Event::UserKept(Box::new(User {
            id,
            user_name: id.to_string(),
            first_name: String::new(),
            last_name: String::new(),
            email_address: String::new(),
            roles: vec![role],
            enabled: true,
            must_change_password: false,
            password: PasswordHash(String::new()),
            password_version: 1,
            skills: std::collections::BTreeMap::<SkillId, u32>::new(),
        }))
    }

    fn unit(users: &[UserId], supervisors: &[UserId]) -> Event {
        Event::GroupKept(Group {
            id: GroupId { kind: GroupKind::BusinessUnit, number: GroupNumber(9) },
            name: "unit".to_owned(),
            users: users.iter().copied().collect(),
            supervisors: supervisors.iter().copied().collect(),
            skills: BTreeSet::new(),
            queues: BTreeSet::new(),
            dispositions: Vec::new(),
            is_default: false,
        })
    }

    /// The reach is what the rule says of each user.
    fn check(events: &[Event], reach: &[UserId]) {
        let mut center = ContactCenter::default();
        let people = [user(SAM, Role::Supervisor), user(ANNA, Role::Agent), user(BELA, Role::Agent)];
        people.iter().chain(events).for_each(|event| center.apply(event));
        let found = center.reach_of(SAM).unwrap();
        assert_eq!(found.iter().copied().collect::<Vec<_>>(), reach);
        for id in center.users().keys() {
            assert_eq!(found.contains(id), center.may_supervise(SAM, *id).is_ok(), "{id}");
        }
    }

    #[test]
    fn without_business_units_a_supervisor_reaches_everybody() {
        check(&[], &[SAM, ANNA, BELA]);
    }

    #[test]
    fn with_business_units_a_supervisor_reaches_the_members_of_his_own() {
        check(&[unit(&[BELA], &[SAM])], &[BELA]);
        check(&[unit(&[BELA], &[])], &[]);
    }

    #[test]
    fn who_is_no_supervisor_reaches_nobody() {
        let mut center = ContactCenter::default();
        center.apply(&user(ANNA, Role::Agent));
        assert_eq!(center.reach_of(ANNA), Err(Refusal::RoleMissing(Role::Supervisor)));
    }
}
