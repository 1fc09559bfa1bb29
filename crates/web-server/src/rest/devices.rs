//! Telephones: all of them, one's own, and those of a user.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{delete, get};
use contact_center::directory::{Device, VOICE};
use contact_center::people::Role;
use contact_center::provisioning::Change;
use contact_center::{Channel, DeviceId, Refusal, UserId};
use public_api::answer::created;
use public_api::operations::{DEVICE, DEVICE_FIELDS, DeviceOperation, USER_DEVICE_FIELDS, USER_DEVICE_RULES};
use public_api::request::{parse_changes, parse_object};
use public_api::resources::{Id, Link};
use public_api::{Problem, Query, parse};

use super::answer::{Answer, Json, Refused, done, made};
use super::asked::{At, Search, Sent};
use super::person::{Person, Reader};
use super::settings::entries;
use super::{Route, route};
use crate::App;
use crate::translate::{agents, changes, orders, refusals, users};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("/devices", get(list).post(create)),
        route("/devices/{id}", get(read).put(change).delete(remove)),
        route("/devices/{id}/settings/tserver", get(telephone_system)),
        route("/me/devices", get(own).post(give_me)),
        route("/me/devices/{id}", get(read_own).post(operate)),
        route("/me/devices/{id}/settings/tserver", get(telephone_system)),
        route("/users/{id}/devices", get(of_user).post(give)),
        route("/users/{id}/devices/{device}", get(one_of_user).merge(delete(take_away))),
    ]
}

async fn list(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_may_read(&[Role::Admin])?;
            let all: Vec<_> = reader.source.center.devices().values().map(|one| view(reader, one)).collect();
            Ok(Json(query.answer_collection("devices", &all, false)))
        })
        .await
}

fn view<'a>(reader: Reader<'a>, device: &'a Device) -> public_api::resources::Device<'a> {
    let voice = device.owner.and_then(|owner| reader.source.center.channel_of(owner, Channel::Voice));
    agents::device(device, voice.filter(|open| open.device == Some(device.id)), reader.source.base)
}

async fn read(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_feature(contact_center::directory::PROVISIONING_READ)?;
            let device = readable(reader, &id)?;
            Ok(Json(query.answer_object("device", &view(reader, device))))
        })
        .await
}

/// A device of the caller's own, or any for administrators.
fn readable<'a>(reader: Reader<'a>, id: &str) -> Result<&'a Device, Refused> {
    let device = id.parse().ok().and_then(|id: DeviceId| reader.source.center.devices().get(&id));
    let own = device.filter(|device| device.owner == Some(reader.me.id));
    if own.is_none() {
        reader.check_role(&[Role::Admin])?;
    }
    Ok(device.ok_or(Refusal::UnknownDevice)?)
}

async fn read_own(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_feature(VOICE)?;
            answer_owned(reader, reader.me.id, &id, &query)
        })
        .await
}

async fn one_of_user(
    State(app): State<Arc<App>>,
    person: Person,
    At((user, device)): At<(String, String)>,
    Search(query): Search,
) -> Answer {
    person.read(&app, move |reader| answer_owned(reader, reader.person(&user)?.id, &device, &query)).await
}

fn answer_owned(reader: Reader<'_>, owner: UserId, id: &str, query: &Query) -> Answer {
    let device = owned(reader, owner, id)?;
    Ok(Json(query.answer_object("device", &view(reader, device))))
}

fn owned<'a>(reader: Reader<'a>, owner: UserId, id: &str) -> Result<&'a Device, Refused> {
    let id: DeviceId = id.parse().map_err(|_| Refusal::UnknownDevice)?;
    let device = reader.source.center.devices().get(&id).filter(|device| device.owner == Some(owner));
    Ok(device.ok_or(Refusal::UnknownDevice)?)
}

async fn own(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_feature(VOICE)?;
            let devices = users::devices_of(reader.source, reader.me.id);
            Ok(Json(query.answer_collection("devices", &devices, false)))
        })
        .await
}

async fn of_user(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            let devices = users::devices_of(reader.source, reader.person(&id)?.id);
            Ok(Json(query.answer_collection("devices", &devices, false)))
        })
        .await
}

/// No telephone system is configured, so there is nothing to tell of it.
async fn telephone_system(State(app): State<Arc<App>>, person: Person, At(id): At<String>) -> Answer {
    person.read(&app, move |reader| readable(reader, &id).map(drop)).await?;
    Ok(entries("name", &[] as &[()]))
}

async fn create(State(app): State<Arc<App>>, person: Person, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let given = parse_object(DEVICE_FIELDS, &[], &body)?;
    let change = Change::CreateDevice(changes::device(&given));
    made(&person.provision(&app, change).await?, &app.base)
}

async fn change(State(app): State<Arc<App>>, person: Person, At(id): At<String>, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let id = device_id(&id)?;
    let given = parse_changes(DEVICE_FIELDS, &body)?;
    person.provision(&app, Change::ChangeDevice(id, changes::device(&given))).await?;
    done()
}

async fn remove(State(app): State<Arc<App>>, person: Person, At(id): At<String>) -> Answer {
    person.check_may_provision(&app).await?;
    person.provision(&app, Change::DeleteDevice(device_id(&id)?)).await?;
    done()
}

async fn give_me(State(app): State<Arc<App>>, person: Person, Sent(body): Sent) -> Answer {
    let owner = person.id();
    give_to(&app, &person, owner, &body).await
}

async fn give(State(app): State<Arc<App>>, person: Person, At(id): At<String>, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let owner = id.parse().map_err(|_| Refusal::UnknownUser)?;
    give_to(&app, &person, owner, &body).await
}

/// Gives a user a new device, or one that exists.
async fn give_to(app: &App, person: &Person, owner: UserId, body: &[u8]) -> Answer {
    person.check_may_provision(app).await?;
    let given = parse_object(USER_DEVICE_FIELDS, USER_DEVICE_RULES, body)?;
    let base = &app.base;
    let Some(target) = given.target("uri") else {
        let change = Change::CreateDevice(changes::device_of_user(&given, owner));
        return made(&person.provision(app, change).await?, base);
    };
    let id: DeviceId = target.id().parse().map_err(|_| refusals::unknown_target("'uri'"))?;
    person.provision(app, Change::AssignDevice(id, Some(owner))).await?;
    Ok(Json(created(Id::print(&id), Link::new(base, "devices", Id::print(&id)))))
}

async fn take_away(
    State(app): State<Arc<App>>,
    person: Person,
    At((user, device)): At<(String, String)>,
) -> Answer {
    person.check_may_provision(&app).await?;
    let id = device_id(&device)?;
    person.read(&app, move |reader| owned(reader, reader.person(&user)?.id, &device).map(drop)).await?;
    person.provision(&app, Change::AssignDevice(id, None)).await?;
    done()
}

async fn operate(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Sent(body): Sent,
) -> Answer {
    use DeviceOperation as Op;
    let call = parse(DEVICE, &body)?;
    let by = person.id();
    let active = person
        .read(&app, move |reader| {
            reader.check_feature(VOICE)?;
            let device = owned(reader, reader.me.id, &id)?;
            let voice = reader.source.center.channel_of(reader.me.id, Channel::Voice);
            Ok(voice.is_some_and(|open| open.device == Some(device.id)))
        })
        .await?;
    let on = match call.operation_word::<Op>() {
        Op::DoNotDisturbOn if active => true,
        Op::DoNotDisturbOff if active => false,
        // What an inactive device, or one without calls, does not list.
        _ => return Err(Problem::invalid_state(call.operation.name).into()),
    };
    person.order(&app, orders::disturbance(by, by, Some(Channel::Voice), on)).await?;
    done()
}

fn device_id(id: &str) -> Result<DeviceId, Refused> {
    id.parse().map_err(|_| Refusal::UnknownDevice.into())
}
