//! Channels of agents: one's own, and those of one's agents.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use contact_center::people::Role;
use contact_center::{Channel, Command, Refusal, UserId};
use public_api::answer::answer;
use public_api::operations::{OWN_CHANNEL, OwnChannelOperation};
use public_api::request::parse_or_custom_state;
use public_api::{Problem, Query, Request};

use super::answer::{Answer, Json, Refused, done};
use super::asked::{At, Search, Sent};
use super::me::unless_custom_state;
use super::person::{Person, Reader};
use super::{Route, route, supervision};
use crate::App;
use crate::translate::{orders, users, words};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("/me/channels", get(own)),
        route("/me/channels/{channel}", get(own_one).post(operate)),
        route("/users/{id}/channels", get(of_agent)),
        route("/users/{id}/channels/{channel}", get(one_of_agent).post(supervision::operate)),
    ]
}

/// The channel of this name.
///
/// # Errors
/// There is none.
pub(super) fn named(name: &str) -> Result<Channel, Refused> {
    let short: String = name.chars().take(NAME_CHARS).collect();
    words::channel_named(name).ok_or_else(|| Problem::not_found(format_args!("Channel '{short}'")).into())
}

async fn own(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person.read(&app, move |reader| Ok(list(reader, reader.me.id, "/me", &query))).await
}

async fn own_one(
    State(app): State<Arc<App>>,
    person: Person,
    At(name): At<String>,
    Search(query): Search,
) -> Answer {
    let channel = named(&name)?;
    person
        .read(&app, move |reader| {
            let state = users::channel_of(reader.source.center, reader.me.id, channel);
            Ok(Json(query.answer_object("channel", &state)))
        })
        .await
}

async fn of_agent(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            let agent = agent(reader, &id)?;
            Ok(list(reader, agent, &format!("/users/{agent}"), &query))
        })
        .await
}

async fn one_of_agent(
    State(app): State<Arc<App>>,
    person: Person,
    At((id, name)): At<(String, String)>,
    Search(query): Search,
) -> Answer {
    let channel = named(&name)?;
    person
        .read(&app, move |reader| {
            let state = users::channel_of(reader.source.center, agent(reader, &id)?, channel);
            Ok(Json(query.answer_object("channel", &state)))
        })
        .await
}

/// An agent whom the caller administers or supervises.
fn agent(reader: Reader<'_>, id: &str) -> Result<UserId, Refused> {
    reader.check_role(&[Role::Supervisor, Role::Admin])?;
    let agent: UserId = id.parse().map_err(|_| Refusal::UnknownUser)?;
    if !reader.is(Role::Admin) {
        reader.source.center.may_supervise(reader.me.id, agent)?;
    }
    Ok(reader.source.center.user(agent)?.id)
}

/// The open channels. They have no links of their own; those are made of the path that was asked for.
fn list(reader: Reader<'_>, user: UserId, owner: &str, query: &Query) -> Json {
    let channels = users::channels_of(reader.source.center, user);
    if query.wants_objects() {
        return Json(query.answer_collection("channels", &channels, false));
    }
    let uri = |name: &str| format!("{}{owner}/channels/{name}", reader.source.base);
    let uris: Vec<_> = channels.iter().map(|channel| uri(&channel.channel)).collect();
    Json(answer("uris", &uris))
}

async fn operate(
    State(app): State<Arc<App>>,
    person: Person,
    At(name): At<String>,
    Sent(body): Sent,
) -> Answer {
    use OwnChannelOperation as Op;
    let by = person.id();
    let channel = Some(named(&name)?);
    let enter = |operation| Command::EnterState { by, of: by, channel, operation };
    let (command, operation) = match parse_or_custom_state(OWN_CHANNEL, &body)? {
        Request::Unknown(state) => (enter(state.clone()), state),
        Request::Call(call) => {
            let operation = call.operation.name.to_owned();
            let command = match call.operation_word::<Op>() {
                Op::DoNotDisturbOn => orders::disturbance(by, by, channel, true),
                Op::DoNotDisturbOff => orders::disturbance(by, by, channel, false),
                Op::AfterCallWork => {
                    orders::wrap_up(&call, by, channel).unwrap_or_else(|| enter(operation.clone()))
                }
                Op::Ready | Op::NotReady | Op::AuxWork | Op::Offline => enter(operation.clone()),
            };
            (command, operation)
        }
    };
    person.order(&app, command).await.map_err(|denial| unless_custom_state(denial, &operation))?;
    done()
}

/// As much of an unknown name as is worth repeating.
const NAME_CHARS: usize = 64;
