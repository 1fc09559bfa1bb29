//! The caller: what clients read first, and what begins and ends their work.

use std::sync::Arc;

use super::answer::{Answer, Json, done};
use super::asked::{Search, Sent};
use super::calls::own_calls;
use super::person::{Person, Reader};
use super::{Route, passwords, route};
use crate::App;
use crate::sign_in::Caller;
use crate::translate::{directory, orders, refusals, sessions, users, words};
use axum::extract::State;
use axum::routing::get;
use contact_center::directory::MULTIMEDIA;
use contact_center::notice::ContactView;
use contact_center::{Channel, Command, DeviceId, Refusal};
use engine::Denial;
use public_api::answer::{ChannelOutcome, bulk};
use public_api::operations::{ME, MeOperation};
use public_api::request::parse_or_custom_state;
use public_api::{Call, Problem, Request, Target};

/// What all channels but voice are called where each channel succeeds or fails alone.
const NOT_VOICE: &str = "multimedia";

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("/me", get(read).post(operate)),
        route("/me/skills", get(skills)),
        route("/me/groups", get(groups)),
        route("/me/features", get(features)),
        route("/me/interactions", get(interactions)),
    ]
}

async fn read(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            let (views, calls) = (own_views(reader), own_calls(reader));
            let own = users::Involvement::Own(&views, &calls);
            let me = users::user(reader.source, reader.me, &query, own);
            Ok(Json(query.answer_object("user", &me)))
        })
        .await
}

/// The sessions that the caller is in or invited to.
pub(super) fn own_views(reader: Reader<'_>) -> Vec<ContactView> {
    let (center, me) = (reader.source.center, reader.me.id);
    let contacts = center.contacts_of(me).into_iter().filter_map(|id| center.contacts().get(&id));
    contacts.filter_map(|contact| center.view(contact, me)).collect()
}

async fn skills(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            let skills = directory::skills_of(reader.source, reader.me);
            Ok(Json(query.answer_collection("skills", &skills, false)))
        })
        .await
}

async fn groups(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            let groups = directory::groups_of(reader.source, reader.me.id);
            Ok(Json(query.answer_collection("groups", &groups, false)))
        })
        .await
}

async fn features(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            let features = directory::features(reader.source);
            Ok(Json(query.answer_collection("features", &features, false)))
        })
        .await
}

async fn interactions(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_feature(MULTIMEDIA)?;
            let views = own_views(reader);
            let all: Vec<_> = views
                .iter()
                .filter_map(|view| {
                    let dialect = words::dialect(view.channel)?;
                    Some(sessions::session_read(dialect, view, reader.me.id, reader.source.base))
                })
                .collect();
            Ok(Json(query.answer_collection("interactions", &all, false)))
        })
        .await
}

async fn operate(State(app): State<Arc<App>>, caller: Caller, Sent(body): Sent) -> Answer {
    let call = match parse_or_custom_state(ME, &body)? {
        Request::Call(call) => call,
        Request::Unknown(state) => return enter(&app, &Person::of(caller)?, state).await,
    };
    use MeOperation as Op;
    match call.operation_word::<Op>() {
        // These two are open to callers whose password has to be changed.
        Op::ChangePassword => passwords::change_own(&app, caller, &call).await,
        Op::EndContactCenterSession => end_session(&app, caller).await,
        Op::StartContactCenterSession => start_session(&app, &Person::of(caller)?, &call).await,
        Op::Ready | Op::NotReady | Op::AfterCallWork | Op::AuxWork | Op::Offline => {
            enter(&app, &Person::of(caller)?, call.operation.name.to_owned()).await
        }
        Op::DoNotDisturbOn => disturb(&app, &Person::of(caller)?, true).await,
        Op::DoNotDisturbOff => disturb(&app, &Person::of(caller)?, false).await,
    }
}

/// Switches do-not-disturb on all open channels.
async fn disturb(app: &App, person: &Person, on: bool) -> Answer {
    let by = person.id();
    person.order(app, orders::disturbance(by, by, None, on)).await?;
    done()
}

/// Enters a state on all open channels.
async fn enter(app: &App, person: &Person, operation: String) -> Answer {
    let by = person.id();
    let command = Command::EnterState { by, of: by, channel: None, operation: operation.clone() };
    person.order(app, command).await.map_err(|denial| unless_custom_state(denial, &operation))?;
    done()
}

/// A name that is no state either is no operation at all.
pub(super) fn unless_custom_state(denial: Denial, operation: &str) -> Problem {
    match denial {
        Denial::Refused(Refusal::UnknownState) => Problem::unknown_operation(operation),
        other => refusals::denial(other),
    }
}

async fn start_session(app: &App, person: &Person, call: &Call) -> Answer {
    let names = call.list("channels").unwrap_or_default();
    if names.is_empty() {
        return Err(Problem::empty("channels").into());
    }
    let device = call.text("devicePath").map(device_at).transpose()?;
    let mut outcomes: Vec<ChannelOutcome> = Vec::new();
    for name in names {
        let channel = if name == words::VOICE { words::VOICE } else { NOT_VOICE };
        let outcome = ChannelOutcome { channel, outcome: open(app, person, name, device).await };
        if !outcomes.contains(&outcome) {
            outcomes.push(outcome);
        }
    }
    Ok(Json(bulk(&outcomes)?))
}

async fn open(app: &App, person: &Person, name: &str, device: Option<DeviceId>) -> Result<(), Problem> {
    let channel =
        words::channel_named(name).ok_or_else(|| Problem::not_allowed("channels", &words::CHANNELS))?;
    let device = device.filter(|_| channel == Channel::Voice);
    let command = Command::OpenChannel { by: person.id(), channel, device };
    person.order(app, command).await.map(drop).map_err(refusals::denial)
}

fn device_at(address: &str) -> Result<DeviceId, Problem> {
    match Target::parse(address) {
        Some(Target::Device(id)) => id.parse().map_err(|_| refusals::unknown_target("'devicePath'")),
        _ => Err(Problem::wrong_type("devicePath", "the address of a device")),
    }
}

async fn end_session(app: &App, caller: Caller) -> Answer {
    let person = Person(caller);
    person.order(app, Command::CloseChannels { by: person.id() }).await?;
    app.sign_in.sign_out(&person.0);
    done()
}
