//! Services behind the API: here all in one process, and so working whenever they can be asked.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use contact_center::directory::{MULTIMEDIA, VOICE};
use public_api::Problem;
use public_api::resources::{Id, Link, Service, ServiceState, ServiceType};

use super::answer::{Answer, Json};
use super::asked::{At, Search};
use super::person::{Person, Reader};
use super::{Route, route};
use crate::App;

/// The service that keeps users and what they work with has this ID in installations of one's own.
const PROVISIONING: &str = "ON_PREMISE_ENVIRONMENT";

pub(super) fn routes() -> Vec<Route> {
    vec![route("/services", get(list)), route("/services/{id}", get(read))]
}

async fn list(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    let voice = voice(&app, &person);
    person
        .read(&app, move |reader| {
            Ok(Json(query.answer_collection("services", &services(reader, voice), false)))
        })
        .await
}

async fn read(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    let voice = voice(&app, &person);
    person
        .read(&app, move |reader| {
            let services = services(reader, voice);
            let found = services.iter().find(|service| service.id.as_str() == id);
            Ok(Json(query.answer_object("service", found.ok_or_else(|| Problem::not_found("Service"))?)))
        })
        .await
}

/// The services of the features that the contact center has. That of calls has the ID of the telephone
/// system, as the original's does.
fn services(reader: Reader<'_>, voice: ServiceState) -> Vec<Service<'_>> {
    let has = |feature| reader.source.center.require_feature(feature).is_ok();
    let multimedia = has(MULTIMEDIA);
    let environment = reader.source.place().center.to_string();
    let all = [
        (true, PROVISIONING, "Provisioning", ServiceType::Provisioning, ServiceState::Active),
        (has(VOICE), environment.as_str(), "Voice", ServiceType::Voice, voice),
        (multimedia, "MULTIMEDIA_STATE", "Sessions", ServiceType::MultiMediaState, ServiceState::Active),
        (multimedia, "MULTIMEDIA_CONTENT", "Messages", ServiceType::MultiMediaContent, ServiceState::Active),
    ];
    let service = |(_, id, name, r#type, state): (bool, &str, &'static str, _, _)| {
        let id = Id::print(&id);
        let link = Link::new(reader.source.base, "services", id);
        Service { id, name: name.into(), r#type, state, uri: link.uri(), path: link.path() }
    };
    all.into_iter().filter(|(here, ..)| *here).map(service).collect()
}

/// Calls work where phones can sign in.
fn voice(app: &App, person: &Person) -> ServiceState {
    if app.telephony_of(person.0.center).is_some() { ServiceState::Active } else { ServiceState::Inactive }
}
