//! Users and their skills.

use super::{UserChange, check_count, checked_name, or_old};
use crate::ContactCenter;
use crate::directory::Device;
use crate::event::Event;
use crate::ids::{SkillId, UserId};
use crate::limits;
use crate::moment::Moment;
use crate::people::User;
use crate::refusal::Refusal;

impl ContactCenter {
    pub(super) fn keep_user(
        &self,
        old: Option<&User>,
        id: UserId,
        new: &UserChange,
    ) -> Result<Vec<Event>, Refusal> {
        check_count("users", self.users.len(), limits::USERS, old.is_none())?;
        let user_name =
            checked_name("userName", new.user_name.as_deref(), old.map_or("", |old| &old.user_name))?;
        if self.user_named(&user_name).is_some_and(|other| other.id != id) {
            return Err(Refusal::AlreadyExists { what: "user", name: user_name });
        }
        let first_name =
            checked_name("firstName", new.first_name.as_deref(), old.map_or("", |old| &old.first_name))?;
        let last_name =
            checked_name("lastName", new.last_name.as_deref(), old.map_or("", |old| &old.last_name))?;
        let mut roles = match (&new.roles, old) {
            (Some(roles), _) => roles.clone(),
            (None, Some(old)) => old.roles.clone(),
            (None, None) => return Err(Refusal::Missing("roles")),
        };
        roles.sort_unstable();
        roles.dedup();
        let password = new.password.clone().or_else(|| old.map(|old| old.password.clone()));
        let version = old.map_or(0, |old| old.password_version) + u32::from(new.password.is_some());
        Ok(vec![Event::UserKept(Box::new(User {
            id,
            user_name,
            first_name,
            last_name,
            email_address: or_old(&new.email_address, old.map(|old| &old.email_address)),
            roles,
            enabled: new.enabled.or(old.map(|old| old.enabled)).unwrap_or(true),
            must_change_password: new
                .must_change_password
                .or(old.map(|old| old.must_change_password))
                .unwrap_or(false),
            password: password.ok_or(Refusal::Missing("password"))?,
            password_version: version,
            skills: old.map(|old| old.skills.clone()).unwrap_or_default(),
        }))])
    }

    pub(super) fn delete_user(
        &self,
        by: Option<UserId>,
        id: UserId,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        self.user(id)?;
        if by == Some(id) {
            return Err(Refusal::Unchangeable("the administrator's own account"));
        }
        let mut events = self.close_channels(id, moment)?;
        for (agent, subscriptions) in &self.subscriptions {
            for one in subscriptions.iter().filter(|one| *agent == id || one.supervisor == id) {
                let (channel, supervisor) = (one.channel, one.supervisor);
                events.push(Event::MonitoringEnded { agent: *agent, channel, supervisor });
            }
        }
        for device in self.devices_of(id) {
            events.push(Event::DeviceKept(Device { owner: None, ..device.clone() }));
        }
        for group in self.groups.values() {
            if group.users.contains(&id) || group.supervisors.contains(&id) {
                let mut group = group.clone();
                group.users.remove(&id);
                group.supervisors.remove(&id);
                events.push(Event::GroupKept(group));
            }
        }
        events.push(Event::UserDeleted(id));
        Ok(events)
    }

    pub(super) fn set_skill(
        &self,
        user: UserId,
        skill: SkillId,
        level: Option<u32>,
    ) -> Result<Vec<Event>, Refusal> {
        let mut user = self.user(user)?.clone();
        self.skills.get(&skill).ok_or(Refusal::UnknownSkill)?;
        match level {
            Some(level) => drop(user.skills.insert(skill, level)),
            None => {
                user.skills.remove(&skill).ok_or(Refusal::UnknownSkill)?;
            }
        }
        Ok(vec![Event::UserKept(Box::new(user))])
    }
}
