//! What administrators keep, as it is printed: skills, queues, groups, features, contact centers.

use std::borrow::Cow;

use contact_center::directory as rules;
use contact_center::people::User;
use contact_center::{Channel, ContactCenterId, GroupKind, UserId};
use public_api::resources::{ContactCenter, Feature, FeatureId, Group, Id, Link, Queue, Skill};
use public_api::{Query, Word};

use super::users::Involvement;
use super::{Source, users, words};

/// A skill on its own has no level; the contract prints one all the same.
const NO_LEVEL: u32 = 0;

pub fn skill<'a>(skill: &'a rules::Skill, base: &'a str) -> Skill<'a> {
    skill_at(skill, NO_LEVEL, base)
}

pub fn skill_at<'a>(skill: &'a rules::Skill, level: u32, base: &'a str) -> Skill<'a> {
    let link = Link::new(base, "skills", Id::print(&skill.id));
    Skill {
        id: Id::print(&skill.id),
        name: Cow::Borrowed(&skill.name),
        description: Cow::Borrowed(&skill.description),
        level: Cow::Owned(level.to_string()),
        uri: link.uri(),
        path: link.path(),
    }
}

/// A user's skills with their levels.
pub fn skills_of<'a>(source: Source<'a>, user: &'a User) -> Vec<Skill<'a>> {
    let known = |(id, level)| source.center.skills().get(id).map(|skill| (skill, level));
    user.skills.iter().filter_map(known).map(|(skill, level)| skill_at(skill, *level, source.base)).collect()
}

pub fn queue<'a>(queue: &'a rules::Queue, base: &'a str) -> Queue<'a> {
    let link = Link::new(base, "queues", Id::print(&queue.id));
    let texts = queue.channel == Channel::Sms;
    Queue {
        id: Id::print(&queue.id),
        name: Cow::Borrowed(&queue.name),
        description: Cow::Borrowed(&queue.description),
        channel: Cow::Borrowed(words::channel(queue.channel)),
        phone_number: queue.phone_number.as_deref().map(Cow::Borrowed),
        keywords: texts.then(|| queue.keywords.iter().map(|word| Cow::Borrowed(word.as_str())).collect()),
        internal: queue.internal,
        uri: link.uri(),
        path: link.path(),
    }
}

/// A group without what it holds.
pub fn group<'a>(group: &'a rules::Group, base: &'a str) -> Group<'a> {
    let link = Link::new(base, "groups", Id::print(&group.id));
    let unit = group.id.kind == GroupKind::BusinessUnit;
    Group {
        id: Id::print(&group.id),
        name: Cow::Borrowed(&group.name),
        r#type: words::group_type(group.id.kind),
        contains: Cow::Borrowed(if unit { &["users", "skills", "queues"] } else { &["dispositions"] }),
        default_group: (!unit).then_some(group.is_default),
        dispositions: (!unit).then_some(Cow::Borrowed(&group.dispositions)),
        users: None,
        supervisors: None,
        skills: None,
        queues: None,
        uri: link.uri(),
        path: link.path(),
    }
}

/// A group with the subresources that are wanted; its people only if they may be `shown`.
pub fn group_with<'a>(
    source: Source<'a>,
    one: &'a rules::Group,
    query: &Query,
    people_shown: bool,
) -> Group<'a> {
    let people = |name: &str| query.wants_subresource(name) && people_shown;
    Group {
        users: people("users").then(|| members(source, &one.users)),
        supervisors: people("supervisors").then(|| members(source, &one.supervisors)),
        skills: query.wants_subresource("skills").then(|| group_skills(source, one)),
        queues: query.wants_subresource("queues").then(|| group_queues(source, one)),
        ..group(one, source.base)
    }
}

pub fn members<'a>(
    source: Source<'a>,
    ids: &'a std::collections::BTreeSet<UserId>,
) -> Vec<public_api::resources::User<'a>> {
    let plain = Query::default();
    ids.iter()
        .filter_map(|id| source.center.users().get(id))
        .map(|one| users::user(source, one, &plain, Involvement::Hidden))
        .collect()
}

pub fn group_skills<'a>(source: Source<'a>, group: &'a rules::Group) -> Vec<Skill<'a>> {
    let skills = group.skills.iter().filter_map(|id| source.center.skills().get(id));
    skills.map(|one| skill(one, source.base)).collect()
}

pub fn group_queues<'a>(source: Source<'a>, group: &'a rules::Group) -> Vec<Queue<'a>> {
    let queues = group.queues.iter().filter_map(|id| source.center.queues().get(id));
    queues.map(|one| queue(one, source.base)).collect()
}

/// The groups that a user belongs to, as member or supervisor.
pub fn groups_of<'a>(source: Source<'a>, user: UserId) -> Vec<Group<'a>> {
    let belongs = |group: &&rules::Group| group.users.contains(&user) || group.supervisors.contains(&user);
    source.center.groups().values().filter(belongs).map(|one| group(one, source.base)).collect()
}

/// A feature; none for those that the contract has no name for.
pub fn feature<'a>(feature: &'static rules::Feature, base: &'a str) -> Option<Feature<'a>> {
    let id = FeatureId::parse(feature.id)?;
    let link = Link::new(base, "features", id.as_str());
    Some(Feature {
        id,
        display_name: Cow::Borrowed(feature.display_name),
        description: Cow::Borrowed(feature.description),
        auto_assign_on_contact_center_create: feature.assigned_first,
        uri: link.uri(),
        path: link.path(),
    })
}

/// The features of the contact center, in the order of the contract.
pub fn features<'a>(source: Source<'a>) -> Vec<Feature<'a>> {
    let here = |feature: &&rules::Feature| source.center.features().contains(feature.id);
    rules::FEATURES.iter().filter(here).filter_map(|one| feature(one, source.base)).collect()
}

/// A contact center, for operators.
pub fn contact_center<'a>(id: ContactCenterId, name: &'a str, base: &'a str) -> ContactCenter<'a> {
    let link = Link::new(base, "system/contact-centers", Id::print(&id));
    ContactCenter { id: Id::print(&id), name: Cow::Borrowed(name), uri: link.uri(), path: link.path() }
}
