//! Queues, the skills that they ask for, and groups.

use std::collections::BTreeSet;

use super::{GroupChange, Member, QueueChange, SkillChange, check_count, checked_name, or_old};
use crate::ContactCenter;
use crate::channel::Channel;
use crate::directory::{Group, Queue, Skill};
use crate::event::Event;
use crate::ids::{GroupId, QueueId, SkillId};
use crate::limits;
use crate::refusal::Refusal;
use crate::texting::PhoneNumber;

/// The numbers of internal queues.
pub(super) const INTERNAL_NUMBERS: std::ops::RangeInclusive<u32> = 4_000..=9_999;

impl ContactCenter {
    pub(super) fn keep_queue(
        &self,
        old: Option<&Queue>,
        id: QueueId,
        channel: Channel,
        new: &QueueChange,
    ) -> Result<Vec<Event>, Refusal> {
        check_count("queues", self.queues.len(), limits::DIRECTORY_ENTRIES, old.is_none())?;
        let name = checked_name("name", new.name.as_deref(), old.map_or("", |old| &old.name))?;
        if self.queues.values().any(|other| other.channel == channel && other.name == name && other.id != id)
        {
            return Err(Refusal::AlreadyExists { what: "queue", name });
        }
        let skills = new.skills.clone().or_else(|| old.map(|old| old.skills.clone())).unwrap_or_default();
        if skills.keys().any(|skill| !self.skills.contains_key(skill)) {
            return Err(Refusal::UnknownSkill);
        }
        let internal = new.internal || old.is_some_and(|old| old.internal);
        let phone_number = match (&new.phone_number, old) {
            (Some(_), _) if new.internal => {
                let allowed = "either phoneNumber or internal, not both".to_owned();
                return Err(Refusal::OutOfRange { parameter: "phoneNumber", allowed });
            }
            (Some(number), _) if channel == Channel::Sms => Some(checked_text_number(number)?),
            (Some(number), _) => Some(self.free_number(number, id)?),
            (None, Some(old)) => old.phone_number.clone(),
            (None, None) if internal => Some(self.internal_number()?),
            (None, None) if channel == Channel::Voice => return Err(Refusal::Missing("phoneNumber")),
            (None, None) => None,
        };
        let description = or_old(&new.description, old.map(|old| &old.description));
        let is_default = old.is_some_and(|old| old.is_default);
        let keywords = match &new.keywords {
            Some(keywords) => checked_keywords(channel, keywords)?,
            None => old.map(|old| old.keywords.clone()).unwrap_or_default(),
        };
        let queue =
            Queue { id, name, description, channel, phone_number, internal, keywords, skills, is_default };
        self.check_text_number(&queue)?;
        Ok(vec![Event::QueueKept(queue)])
    }

    /// Queues for texts may share a number if the first word of a text tells them apart.
    fn check_text_number(&self, queue: &Queue) -> Result<(), Refusal> {
        if queue.channel != Channel::Sms || queue.phone_number.is_none() {
            return Ok(());
        }
        let others = self.queues.values().filter(|other| {
            other.id != queue.id && other.channel == Channel::Sms && other.phone_number == queue.phone_number
        });
        for other in others {
            if other.keywords.is_empty() && queue.keywords.is_empty() {
                return Err(Refusal::AlreadyInUse("phoneNumber"));
            }
            if !other.keywords.is_disjoint(&queue.keywords) {
                return Err(Refusal::AlreadyInUse("keywords"));
            }
        }
        Ok(())
    }

    fn free_number(&self, number: &str, of: QueueId) -> Result<String, Refusal> {
        let number = checked_name("phoneNumber", Some(number), "")?;
        let taken = |queue: &&Queue| queue.phone_number.as_ref() == Some(&number) && queue.id != of;
        if self.queues.values().any(|queue| taken(&queue)) {
            return Err(Refusal::AlreadyInUse("phoneNumber"));
        }
        Ok(number)
    }

    fn internal_number(&self) -> Result<String, Refusal> {
        let taken: BTreeSet<&str> =
            self.queues.values().filter_map(|queue| queue.phone_number.as_deref()).collect();
        INTERNAL_NUMBERS
            .map(|number| format!("{number:05}"))
            .find(|number| !taken.contains(number.as_str()))
            .ok_or(Refusal::LimitReached { of: "internal queue numbers", limit: INTERNAL_NUMBERS.count() })
    }

    pub(super) fn set_queue_skill(
        &self,
        queue: QueueId,
        skill: SkillId,
        level: Option<u32>,
    ) -> Result<Vec<Event>, Refusal> {
        let mut queue = self.queues.get(&queue).ok_or(Refusal::UnknownQueue)?.clone();
        self.skills.get(&skill).ok_or(Refusal::UnknownSkill)?;
        match level {
            Some(level) => drop(queue.skills.insert(skill, level)),
            None => drop(queue.skills.remove(&skill).ok_or(Refusal::UnknownSkill)?),
        }
        Ok(vec![Event::QueueKept(queue)])
    }

    pub(super) fn delete_queue(&self, id: QueueId) -> Result<Vec<Event>, Refusal> {
        let queue = self.queues.get(&id).ok_or(Refusal::UnknownQueue)?;
        if queue.is_default {
            return Err(Refusal::Unchangeable("default queue"));
        }
        if self
            .contacts
            .values()
            .any(|contact| contact.origin == id && !matches!(contact.stage, crate::contact::Stage::Ended(_)))
        {
            return Err(Refusal::AlreadyInUse("queue"));
        }
        let mut events = Vec::new();
        for group in self.groups.values().filter(|group| group.queues.contains(&id)) {
            let mut group = group.clone();
            group.queues.remove(&id);
            events.push(Event::GroupKept(group));
        }
        events.push(Event::QueueDeleted(id));
        Ok(events)
    }

    pub(super) fn keep_skill(
        &self,
        old: Option<&Skill>,
        id: SkillId,
        new: &SkillChange,
    ) -> Result<Vec<Event>, Refusal> {
        check_count("skills", self.skills.len(), limits::DIRECTORY_ENTRIES, old.is_none())?;
        let name = checked_name("name", new.name.as_deref(), old.map_or("", |old| &old.name))?;
        if self.skills.values().any(|other| other.name == name && other.id != id) {
            return Err(Refusal::AlreadyExists { what: "skill", name });
        }
        let description = or_old(&new.description, old.map(|old| &old.description));
        Ok(vec![Event::SkillKept(Skill { id, name, description })])
    }

    pub(super) fn delete_skill(&self, id: SkillId) -> Result<Vec<Event>, Refusal> {
        self.skills.get(&id).ok_or(Refusal::UnknownSkill)?;
        if self.queues.values().any(|queue| queue.skills.contains_key(&id)) {
            return Err(Refusal::AlreadyInUse("skill"));
        }
        let mut events = Vec::new();
        for user in self.users.values().filter(|user| user.skills.contains_key(&id)) {
            let mut user = user.clone();
            user.skills.remove(&id);
            events.push(Event::UserKept(Box::new(user)));
        }
        for group in self.groups.values().filter(|group| group.skills.contains(&id)) {
            let mut group = group.clone();
            group.skills.remove(&id);
            events.push(Event::GroupKept(group));
        }
        events.push(Event::SkillDeleted(id));
        Ok(events)
    }

    pub(super) fn keep_group(
        &self,
        old: Option<&Group>,
        id: GroupId,
        new: &GroupChange,
    ) -> Result<Vec<Event>, Refusal> {
        check_count("groups", self.groups.len(), limits::DIRECTORY_ENTRIES, old.is_none())?;
        let name = checked_name("name", new.name.as_deref(), old.map_or("", |old| &old.name))?;
        let twin = |other: &&Group| other.id.kind == id.kind && other.name == name && other.id != id;
        if self.groups.values().any(|other| twin(&other)) {
            return Err(Refusal::AlreadyExists { what: "group", name });
        }
        let group = Group {
            id,
            name,
            users: new.users.clone().or_else(|| old.map(|old| old.users.clone())).unwrap_or_default(),
            supervisors: new
                .supervisors
                .clone()
                .or_else(|| old.map(|old| old.supervisors.clone()))
                .unwrap_or_default(),
            skills: new.skills.clone().or_else(|| old.map(|old| old.skills.clone())).unwrap_or_default(),
            queues: new.queues.clone().or_else(|| old.map(|old| old.queues.clone())).unwrap_or_default(),
            dispositions: new
                .dispositions
                .clone()
                .or_else(|| old.map(|old| old.dispositions.clone()))
                .unwrap_or_default(),
            is_default: new.is_default.or(old.map(|old| old.is_default)).unwrap_or(false),
        };
        if group.users.iter().chain(&group.supervisors).any(|user| !self.users.contains_key(user)) {
            return Err(Refusal::UnknownUser);
        }
        if group.skills.iter().any(|skill| !self.skills.contains_key(skill)) {
            return Err(Refusal::UnknownSkill);
        }
        if group.queues.iter().any(|queue| !self.queues.contains_key(queue)) {
            return Err(Refusal::UnknownQueue);
        }
        Ok(vec![Event::GroupKept(group)])
    }

    /// Who belongs already may be put in again; who does not cannot be taken out.
    pub(super) fn set_group_member(
        &self,
        group: GroupId,
        member: Member,
        belongs: bool,
    ) -> Result<Vec<Event>, Refusal> {
        let mut group = self.groups.get(&group).ok_or(Refusal::UnknownGroup)?.clone();
        let (fits, unknown) = match member {
            Member::User(id) => (
                set_member(&mut group.users, id, belongs, self.users.contains_key(&id)),
                Refusal::UnknownUser,
            ),
            Member::Supervisor(id) => (
                set_member(&mut group.supervisors, id, belongs, self.users.contains_key(&id)),
                Refusal::UnknownUser,
            ),
            Member::Skill(id) => (
                set_member(&mut group.skills, id, belongs, self.skills.contains_key(&id)),
                Refusal::UnknownSkill,
            ),
            Member::Queue(id) => (
                set_member(&mut group.queues, id, belongs, self.queues.contains_key(&id)),
                Refusal::UnknownQueue,
            ),
        };
        if fits { Ok(vec![Event::GroupKept(group)]) } else { Err(unknown) }
    }
}

/// Puts in what exists, or takes out what is in; whether it could.
fn set_member<T: Ord>(members: &mut BTreeSet<T>, member: T, belongs: bool, exists: bool) -> bool {
    if !belongs {
        return members.remove(&member);
    }
    if exists {
        members.insert(member);
    }
    exists
}

/// A number that customers text to, in the form in which texts arrive.
fn checked_text_number(number: &str) -> Result<String, Refusal> {
    let allowed = || "+ and digits, a short code, or up to 20 letters and digits".to_owned();
    let number = number.parse::<PhoneNumber>();
    number
        .map(|number| number.to_string())
        .map_err(|_| Refusal::OutOfRange { parameter: "phoneNumber", allowed: allowed() })
}

fn checked_keywords(channel: Channel, keywords: &BTreeSet<String>) -> Result<BTreeSet<String>, Refusal> {
    let out_of_range = |allowed: String| Err(Refusal::OutOfRange { parameter: "keywords", allowed });
    if channel != Channel::Sms && !keywords.is_empty() {
        return out_of_range("none but for queues of texts".to_owned());
    }
    if keywords.len() > limits::KEYWORDS_OF_A_QUEUE {
        return out_of_range(format!("at most {} words", limits::KEYWORDS_OF_A_QUEUE));
    }
    let is_word = |word: &String| {
        word.len() <= limits::NAME_BYTES && !word.is_empty() && word.chars().all(char::is_alphanumeric)
    };
    if !keywords.iter().all(is_word) {
        return out_of_range("single words of letters and digits".to_owned());
    }
    Ok(keywords.iter().map(|word| word.to_lowercase()).collect())
}
