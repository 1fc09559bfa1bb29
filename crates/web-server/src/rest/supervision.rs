//! What supervisors do to agents: steer their channels, take part in their sessions.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::routing::{get, post};
use contact_center::directory::MULTIMEDIA;
use contact_center::people::Role;
use contact_center::{ContactId, Refusal, UserId};
use public_api::operations::{USER_CHANNEL, USER_SESSION};
use public_api::{Dialect, parse};

use super::answer::{Answer, Json, done};
use super::asked::{At, Search, Sent};
use super::channels::named;
use super::person::Person;
use super::{Route, route};
use crate::App;
use crate::translate::{orders, sessions, words};

pub(super) fn routes() -> Vec<Route> {
    let mut routes = Vec::new();
    for dialect in Dialect::ALL {
        for name in std::iter::once(&dialect.collection).chain(dialect.collection_aliases) {
            let told = Extension(dialect);
            routes.push(route(&format!("/users/{{id}}/{name}"), get(running).layer(told)));
            routes.push(route(&format!("/users/{{id}}/{name}/{{session}}"), post(intrude)));
        }
    }
    routes
}

/// The running sessions of an agent that the supervisor may enter.
async fn running(
    State(app): State<Arc<App>>,
    Extension(dialect): Extension<&'static Dialect>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_feature(MULTIMEDIA)?;
            reader.check_role(&[Role::Supervisor])?;
            let agent: UserId = id.parse().map_err(|_| Refusal::UnknownUser)?;
            let center = reader.source.center;
            center.may_supervise(reader.me.id, agent)?;
            let contacts: Vec<_> = center
                .running_contacts_of(agent)
                .filter(|contact| words::dialect(contact.channel) == Some(dialect))
                .map(|contact| sessions::supervised(dialect, contact, reader.source.base))
                .collect();
            Ok(Json(query.answer_collection(dialect.collection, &contacts, false)))
        })
        .await
}

/// Changes an agent's state on a channel, or arms and disarms the supervision of it.
pub(super) async fn operate(
    State(app): State<Arc<App>>,
    person: Person,
    At((id, name)): At<(String, String)>,
    Sent(body): Sent,
) -> Answer {
    let channel = named(&name)?;
    let call = parse(USER_CHANNEL, &body)?;
    let agent: UserId = id.parse().map_err(|_| Refusal::UnknownUser)?;
    person.order(&app, orders::of_user_channel(&call, person.id(), agent, channel)).await?;
    done()
}

async fn intrude(
    State(app): State<Arc<App>>,
    person: Person,
    At((id, session)): At<(String, String)>,
    Sent(body): Sent,
) -> Answer {
    let call = parse(USER_SESSION, &body)?;
    let agent: UserId = id.parse().map_err(|_| Refusal::UnknownUser)?;
    let contact: ContactId = session.parse().map_err(|_| Refusal::UnknownContact)?;
    person.order(&app, orders::intrusion(&call, person.id(), agent, contact)).await?;
    done()
}
