//! Chats and text sessions, for the agents and supervisors in them. One set of handlers for both:
//! the path says which is meant.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::routing::{MethodRouter, get};
use contact_center::contact::Contact;
use contact_center::directory::MULTIMEDIA;
use contact_center::{Command, ContactCenter, ContactId, Event, Refusal};
use public_api::answer::{accepted, answer, created};
use public_api::operations::{SESSION, SMS_SESSIONS, SmsSessionsOperation};
use public_api::resources::{Id, Link};
use public_api::{Dialect, Query, SMS, parse};

use super::answer::{Answer, Json, Refused, done};
use super::asked::{At, Search, Sent};
use super::me::own_views;
use super::person::{Person, Reader};
use super::{Route, route};
use crate::App;
use crate::translate::{orders, refusals, sessions, words};

pub(super) fn routes() -> Vec<Route> {
    let mut routes = Vec::new();
    for dialect in Dialect::ALL {
        for name in std::iter::once(&dialect.collection).chain(dialect.collection_aliases) {
            let mut all: MethodRouter<Arc<App>> = get(list);
            if dialect == &SMS {
                all = all.post(begin);
            }
            routes.push(route(&format!("/me/{name}"), all.layer(Extension(dialect))));
            routes.extend(one_session(&format!("/me/{name}/{{id}}"), dialect));
        }
    }
    // Chats without `/me` are shared with the customers' door; texts have no such door.
    routes.extend(one_session("/smssessions/{id}", &SMS));
    routes
}

fn one_session(path: &str, dialect: &'static Dialect) -> [Route; 2] {
    let one: MethodRouter<Arc<App>> = get(read).post(operate);
    let messages: MethodRouter<Arc<App>> = get(messages);
    [
        route(path, one.layer(Extension(dialect))),
        route(&format!("{path}/messages"), messages.layer(Extension(dialect))),
    ]
}

type Said = Extension<&'static Dialect>;

async fn list(
    State(app): State<Arc<App>>,
    Extension(dialect): Said,
    person: Person,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_feature(MULTIMEDIA)?;
            let views = own_views(reader);
            let all: Vec<_> = views
                .iter()
                .filter(|view| words::dialect(view.channel) == Some(dialect))
                .map(|view| sessions::session_read(dialect, view, reader.me.id, reader.source.base))
                .collect();
            Ok(Json(query.answer_collection(dialect.collection, &all, false)))
        })
        .await
}

/// An agent texts a customer first.
async fn begin(State(app): State<Arc<App>>, person: Person, Sent(body): Sent) -> Answer {
    let call = parse(SMS_SESSIONS, &body)?;
    let command = match call.operation_word() {
        SmsSessionsOperation::CreateSmsSession => orders::texting(&call, person.id())?,
    };
    let outcome = person.order(&app, command).await;
    let events = outcome.map_err(|denial| refusals::denial_of_target(denial, "'queueName'"))?;
    let Some(contact) = events.iter().find_map(Event::contact) else { return done() };
    let id = Id::print(&contact);
    Ok(Json(created(id, Link::new(&app.base, SMS.collection, id))))
}

async fn read(
    State(app): State<Arc<App>>,
    Extension(dialect): Said,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    read_one(&app, &person, dialect, id, query).await
}

pub(super) async fn read_one(
    app: &App,
    person: &Person,
    dialect: &'static Dialect,
    id: String,
    query: Query,
) -> Answer {
    person
        .read(app, move |reader| {
            let contact = own(reader, dialect, &id)?;
            let view = reader.source.center.view(contact, reader.me.id).ok_or(Refusal::UnknownContact)?;
            let session = sessions::session_read(dialect, &view, reader.me.id, reader.source.base);
            Ok(Json(query.answer_object(dialect.resource_key, &session)))
        })
        .await
}

async fn messages(
    State(app): State<Arc<App>>,
    Extension(dialect): Said,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    read_messages(&app, &person, dialect, id, query).await
}

pub(super) async fn read_messages(
    app: &App,
    person: &Person,
    dialect: &'static Dialect,
    id: String,
    query: Query,
) -> Answer {
    let first = query.number("startIndex")?.unwrap_or(1);
    let count = query.number("count")?.filter(|count| *count > 0);
    let count = count.map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(usize::MAX));
    person
        .read(app, move |reader| {
            let contact = own(reader, dialect, &id)?;
            // Whoever is only invited has heard nothing yet.
            let party = contact.party_of(reader.me.id).into_iter();
            let center = reader.source.center;
            let entries: Vec<_> =
                party.flat_map(|party| center.entries_shown(contact, party, first)).take(count).collect();
            let delivery = |index| ContactCenter::delivery_of(contact, index);
            let base = reader.source.base;
            let message = |entry| sessions::message(entry, delivery(entry.index), base);
            let entries: Vec<_> = entries.iter().map(|entry| message(entry)).collect();
            Ok(Json(answer("messages", &entries)))
        })
        .await
}

/// A session of the caller's own. Nobody is told whether others exist.
fn own<'a>(reader: Reader<'a>, dialect: &'static Dialect, id: &str) -> Result<&'a Contact, Refused> {
    reader.check_feature(MULTIMEDIA)?;
    let id: ContactId = id.parse().map_err(|_| Refusal::UnknownContact)?;
    let contact = reader.source.center.contact_of(reader.me.id, id)?;
    let named = words::dialect(contact.channel) == Some(dialect);
    named.then_some(contact).ok_or_else(|| Refusal::UnknownContact.into())
}

async fn operate(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Sent(body): Sent,
) -> Answer {
    operate_on(&app, &person, &id, &body).await
}

pub(super) async fn operate_on(app: &App, person: &Person, id: &str, body: &[u8]) -> Answer {
    let call = parse(SESSION, body)?;
    let contact: ContactId = id.parse().map_err(|_| Refusal::UnknownContact)?;
    let order = orders::of_session(&call)?;
    let number = call.operation.answers_reference_id.then(|| app.sign_in.next_reference(&person.0));
    let command = Command::Converse { by: person.id(), contact, order };
    let outcome = person.order_numbered(app, command, number).await;
    outcome.map_err(|denial| refusals::denial_of_target(denial, orders::TARGETS))?;
    match number {
        None => done(),
        Some(number) => Ok(Json(accepted(u32::try_from(number).unwrap_or(u32::MAX)))),
    }
}
