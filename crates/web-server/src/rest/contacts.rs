//! The directory: searching for somebody to invite, or a queue to transfer to.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use contact_center::directory::Queue;
use contact_center::people::User;
use contact_center::{Channel, QueueId, UserId};
use http::Uri;
use public_api::resources::{Contact, ContactType};
use public_api::{Problem, Query, Word};

use super::answer::{Answer, Json};
use super::asked::{At, Search};
use super::person::{Person, Reader};
use super::{Route, route};
use crate::App;
use crate::translate::{contacts, words};

pub(super) fn routes() -> Vec<Route> {
    vec![route("/contacts", get(search)), route("/contacts/{id}", get(read))]
}

/// What a search leaves out.
struct Filter {
    kind: Option<ContactType>,
    /// A kind was asked for that there is not.
    nothing: bool,
    names: Option<Vec<String>>,
    numbers: Option<Vec<String>>,
    channels: Option<Vec<String>>,
    /// Each has to match somewhere.
    patterns: Vec<String>,
}

impl Filter {
    fn take_from(query: &mut Query) -> Self {
        let kind = query.take("type");
        let mut list = |name: &str| {
            let given = query.take(name).filter(|list| !list.is_empty())?;
            Some(given.split(',').map(|one| one.trim().to_owned()).collect::<Vec<_>>())
        };
        let [names, numbers, channels] = ["name", "phoneNumber", "channel"].map(&mut list);
        let patterns = list("filterParameters").unwrap_or_default();
        query.take("filterName");
        let word = kind.as_deref().map(ContactType::parse);
        Self {
            kind: word.flatten(),
            nothing: word == Some(None),
            names,
            numbers: numbers.map(|all| all.iter().map(|one| digits(one)).collect()),
            channels,
            patterns: patterns.iter().map(|pattern| pattern.to_lowercase()).collect(),
        }
    }

    fn wants(&self, kind: ContactType) -> bool {
        !self.nothing && self.kind.is_none_or(|wanted| wanted == kind)
    }

    fn wants_user(&self, reader: Reader<'_>, user: &User) -> bool {
        let center = reader.source.center;
        let numbers: Vec<String> =
            center.devices_of(user.id).map(|device| device.phone_number.clone()).collect();
        let works_on =
            |channel: Channel| center.channels_of(user.id).is_some_and(|open| open.contains_key(&channel));
        let names = [&user.user_name, &user.first_name, &user.last_name].map(String::as_str);
        self.fits(&names, &user.user_name, &numbers, works_on)
    }

    fn wants_queue(&self, queue: &Queue) -> bool {
        let numbers: Vec<String> = queue.phone_number.clone().into_iter().collect();
        self.fits(&[&queue.name], &queue.name, &numbers, |channel| queue.channel == channel)
    }

    fn fits(
        &self,
        names: &[&str],
        name: &str,
        numbers: &[String],
        works_on: impl Fn(Channel) -> bool,
    ) -> bool {
        let by_name = self.names.as_ref().is_none_or(|wanted| wanted.iter().any(|one| one == name));
        let by_number = self
            .numbers
            .as_ref()
            .is_none_or(|wanted| numbers.iter().any(|number| wanted.contains(&digits(number))));
        let by_channel = self
            .channels
            .as_ref()
            .is_none_or(|wanted| wanted.iter().filter_map(|name| words::channel_named(name)).any(&works_on));
        let matches = |pattern: &String| {
            names.iter().any(|name| is_match(pattern, &name.to_lowercase()))
                || numbers.iter().any(|number| is_match(&digits_and_stars(pattern), &digits(number)))
        };
        by_name && by_number && by_channel && self.patterns.iter().all(matches)
    }
}

async fn search(State(app): State<Arc<App>>, person: Person, uri: Uri) -> Answer {
    // A search answers objects even if nobody asked for fields.
    let mut query = Query::parse(&format!("fields=*&{}", uri.query().unwrap_or_default()));
    let filter = Filter::take_from(&mut query);
    person
        .read(&app, move |reader| {
            let (source, center) = (reader.source, reader.source.center);
            let users = center.users().values().filter(|_| filter.wants(ContactType::User));
            let users = users.filter(|user| filter.wants_user(reader, user));
            let queues = center.queues().values().filter(|_| filter.wants(ContactType::Queue));
            let queues = queues.filter(|queue| filter.wants_queue(queue));
            let found: Vec<Contact<'_>> = users
                .map(|user| contacts::of_user(source, user))
                .chain(queues.map(|queue| contacts::of_queue(source, queue)))
                .collect();
            Ok(Json(query.answer_collection("contacts", &found, true)))
        })
        .await
}

async fn read(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            let center = reader.source.center;
            let user = id.parse().ok().and_then(|id: UserId| center.users().get(&id));
            let queue = id.parse().ok().and_then(|id: QueueId| center.queues().get(&id));
            let wanted = query.parameter("type").map(ContactType::parse);
            let found = user
                .map(|user| contacts::of_user(reader.source, user))
                .or_else(|| queue.map(|queue| contacts::of_queue(reader.source, queue)))
                .filter(|contact| wanted.is_none_or(|kind| kind == Some(contact.r#type)));
            Ok(Json(query.answer_object("contact", &found.ok_or_else(|| Problem::not_found("Contact"))?)))
        })
        .await
}

/// What counts of a number.
fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect()
}

fn digits_and_stars(pattern: &str) -> String {
    pattern.chars().filter(|one| one.is_ascii_alphanumeric() || *one == '*').collect()
}

/// Whether a text is of this form, where `*` stands for anything. Linear in the text for each star.
fn is_match(pattern: &str, text: &str) -> bool {
    if pattern.is_empty() {
        return false;
    }
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        let Some(found) = text.find(part) else { return false };
        text = &text[found + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, text: &str, fits: bool) {
        assert_eq!(is_match(pattern, text), fits, "{pattern} {text}");
    }

    #[test]
    fn stars_stand_for_anything() {
        check("ann*", "anna", true);
        check("*nn*", "anna", true);
        check("a*a", "anna", true);
        check("a*n*a", "anna", true);
        check("*", "anna", true);
        check("anna", "anna", true);
        check("ann", "anna", false);
        check("b*", "anna", false);
        check("a*b", "anna", false);
        check("ab*ba", "aba", false);
        check("", "anna", false);
    }
}
