//! The customers' door: chats of people who have no account. With a user's credentials the same
//! paths are those of the user's own chats.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use contact_center::contact::ContactEvent;
use contact_center::directory::MULTIMEDIA;
use contact_center::notice::entries_for;
use contact_center::{Channel, Command, ContactCenter, CustomerKey, Event, Refusal};
use engine::{Denial, Failure, Handle};
use http::request::Parts;
use public_api::answer::{answer, chat_requested};
use public_api::operations::{CUSTOMER_CHAT, CUSTOMER_CHATS};
use public_api::resources::Id;
use public_api::{CHAT, Problem, Query, parse};

use super::answer::{Answer, Json, Refused, done, no_resource};
use super::asked::{At, Search, Sent};
use super::person::Person;
use super::read_pointers::ReadPointers;
use super::{Route, route, sessions};
use crate::App;
use crate::sign_in::{Caller, Visitor};
use crate::translate::{customers, orders, refusals};

pub(super) fn routes() -> Vec<Route> {
    let pointers = Extension(Arc::new(ReadPointers::default()));
    vec![
        route("/chats", post(request)),
        route("/chats/{id}", get(read).post(operate)),
        route("/chats/{id}/messages", get(messages).layer(pointers)),
    ]
}

/// Who stands at the door.
enum Guest {
    User(Person),
    Customer(Visitor),
}

impl FromRequestParts<Arc<App>> for Guest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        if let Ok(caller) = Caller::from_request_parts(parts, app).await {
            return Person::of(caller).map(Self::User).map_err(IntoResponse::into_response);
        }
        Visitor::from_request_parts(parts, app).await.map(Self::Customer)
    }
}

async fn request(State(app): State<Arc<App>>, guest: Guest, Sent(body): Sent) -> Answer {
    let call = parse(CUSTOMER_CHATS, &body)?;
    let Guest::Customer(visitor) = guest else { return Err(Problem::forbidden("RequestChat").into()) };
    read_center(&app, visitor, |center| {
        center.require_feature(MULTIMEDIA).map_err(|_| no_resource())?;
        Ok(())
    })
    .await?;
    let made = center_of(&app, visitor)?.execute(orders::request(&call, Channel::Chat), None).await;
    let made = made.map_err(|denial| refusals::denial_of_target(denial, "'endpoint'"))?;
    let key = made.iter().find_map(|event| match event {
        Event::Contact(_, ContactEvent::Requested(contact)) => Some(contact.customer_key),
        _ => None,
    });
    let key = key.ok_or(Failure::NotStored)?;
    Ok(Json(chat_requested(Id::print(&key))))
}

async fn read(
    State(app): State<Arc<App>>,
    guest: Guest,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    let visitor = match guest {
        Guest::User(person) => return sessions::read_one(&app, &person, &CHAT, id, query).await,
        Guest::Customer(visitor) => visitor,
    };
    let key = key(&id)?;
    read_center(&app, visitor, move |center| {
        let contact = center.contact_by_key(key)?;
        let seen = customers::Seen::of(contact);
        Ok(Json(query.answer_object("chat", &seen.chat(contact))))
    })
    .await
}

async fn messages(
    State(app): State<Arc<App>>,
    Extension(pointers): Extension<Arc<ReadPointers>>,
    guest: Guest,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    let visitor = match guest {
        Guest::User(person) => return sessions::read_messages(&app, &person, &CHAT, id, query).await,
        Guest::Customer(visitor) => visitor,
    };
    let key = key(&id)?;
    let first = first_wanted(&pointers, key, &query)?;
    read_center(&app, visitor, move |center| {
        let contact = center.contact_by_key(key)?;
        let customer = contact.customer().ok_or(Refusal::UnknownContact)?;
        let entries: Vec<_> =
            entries_for(contact, customer, first).map(|entry| customers::message(entry)).collect();
        pointers.advance(key, contact.next_index);
        Ok(Json(answer("messages", &entries)))
    })
    .await
}

/// The index of the first entry wanted: 0 for all, absent for those not fetched yet.
fn first_wanted(pointers: &ReadPointers, key: CustomerKey, query: &Query) -> Result<u32, Refused> {
    Ok(query.number("index")?.unwrap_or_else(|| pointers.next(key)))
}

async fn operate(State(app): State<Arc<App>>, guest: Guest, At(id): At<String>, Sent(body): Sent) -> Answer {
    let visitor = match guest {
        Guest::User(person) => return sessions::operate_on(&app, &person, &id, &body).await,
        Guest::Customer(visitor) => visitor,
    };
    let call = parse(CUSTOMER_CHAT, &body)?;
    let command: Command = orders::of_customer(&call, key(&id)?);
    center_of(&app, visitor)?.execute(command, None).await?;
    done()
}

fn key(id: &str) -> Result<CustomerKey, Refused> {
    id.parse().map_err(|_| Refusal::UnknownContact.into())
}

fn center_of(app: &App, visitor: Visitor) -> Result<Handle, Refused> {
    Ok(app.engine.center(visitor.center).ok_or(Denial::Failed(Failure::Stopped))?)
}

async fn read_center<R: Send + 'static>(
    app: &App,
    visitor: Visitor,
    read: impl FnOnce(&ContactCenter) -> Result<R, Refused> + Send + 'static,
) -> Result<R, Refused> {
    center_of(app, visitor)?.query(read).await?
}
