//! Telephones: all of them, one's own, and those of a user.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{delete, get};
use contact_center::directory::{Device, VOICE};
use contact_center::people::Role;
use contact_center::provisioning::{Change, DeviceChange};
use contact_center::{DeviceId, Refusal, UserId};
use public_api::answer::created;
use public_api::operations::{DEVICE, DEVICE_FIELDS, USER_DEVICE_FIELDS, USER_DEVICE_RULES};
use public_api::request::{parse_changes, parse_object};
use public_api::resources::{Id, Link};
use public_api::{Query, parse};

use super::answer::{Answer, Json, Refused, done, made};
use super::asked::{At, Search, Sent};
use super::calls::told_of_absence;
use super::person::{Person, Reader};
use super::settings::entries;
use super::{Route, route};
use crate::App;
use crate::translate::telephones::Telephone;
use crate::translate::{calls, changes, refusals, sip, users};

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
            let all: Vec<_> =
                reader.source.center.devices().values().map(|one| provisioned(reader, one)).collect();
            Ok(Json(query.answer_collection("devices", &all, false)))
        })
        .await
}

fn provisioned<'a>(reader: Reader<'a>, device: &'a Device) -> public_api::resources::Device<'a> {
    Telephone::of(reader.source.center, device).provisioned(reader.source.place())
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
            Ok(Json(query.answer_object("device", &provisioned(reader, device))))
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
            let device = owned(reader, reader.me.id, &id)?;
            let view = Telephone::of(reader.source.center, device).own(reader.source.place());
            Ok(Json(query.answer_object("device", &view)))
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
    Ok(Json(query.answer_object("device", &provisioned(reader, device))))
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
            let source = reader.source;
            let place = source.place();
            if query.wants_objects() {
                let devices = users::devices_of(source, reader.me.id);
                return Ok(Json(query.answer_collection("devices", &devices, false)));
            }
            // What its owner sees of a telephone has no link of its own.
            let linked: Vec<_> =
                users::telephones_of(source, reader.me.id).map(|one| one.provisioned(place)).collect();
            Ok(Json(query.answer_collection("devices", &linked, false)))
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
            let place = reader.source.place();
            let telephones = users::telephones_of(reader.source, reader.person(&id)?.id);
            let devices: Vec<_> = telephones.map(|one| one.provisioned(place)).collect();
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
    let sip = sip::identity(&given, given.required_text("phoneNumber"), app.realm_of(person.0.center))?;
    let change = Change::CreateDevice(DeviceChange { sip, ..changes::device(&given) });
    made(&person.provision(&app, change).await?, &app.base)
}

async fn change(State(app): State<Arc<App>>, person: Person, At(id): At<String>, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let id = device_id(&id)?;
    let given = parse_changes(DEVICE_FIELDS, &body)?;
    let number = match given.text("phoneNumber") {
        Some(number) => number.to_owned(),
        None => person.read(&app, move |reader| number_of(reader, id)).await?,
    };
    let sip = sip::identity(&given, &number, app.realm_of(person.0.center))?;
    let change = DeviceChange { sip, ..changes::device(&given) };
    person.provision(&app, Change::ChangeDevice(id, change)).await?;
    done()
}

fn number_of(reader: Reader<'_>, id: DeviceId) -> Result<String, Refused> {
    let device = reader.source.center.devices().get(&id).ok_or(Refusal::UnknownDevice)?;
    Ok(device.phone_number.clone())
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
        let sip = sip::identity(&given, given.required_text("phoneNumber"), app.realm_of(person.0.center))?;
        let change = Change::CreateDevice(DeviceChange { sip, ..changes::device_of_user(&given, owner) });
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
    let asked = parse(DEVICE, &body)?;
    person.check_operation(&app, asked.operation).await?;
    let device = person.read(&app, move |reader| Ok(owned(reader, reader.me.id, &id)?.id)).await?;
    let command = calls::of_device(&asked, person.id(), device)?;
    let outcome = person.order(&app, command).await;
    outcome
        .map_err(|denial| told_of_absence(&app, &person, device, denial))
        .map_err(|denial| refusals::denial_of_target(denial, calls::SUPERVISED))?;
    done()
}

fn device_id(id: &str) -> Result<DeviceId, Refused> {
    id.parse().map_err(|_| Refusal::UnknownDevice.into())
}
