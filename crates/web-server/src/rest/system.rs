//! What operators ask: the contact centers of this server. Operators are the administrators of the
//! first one.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use contact_center::ContactCenterId;
use contact_center::directory::PROVISIONING_READ;
use contact_center::people::Role;
use contact_center::provisioning::UserChange;
use engine::Failure;
use public_api::answer::created;
use public_api::operations::CONTACT_CENTER_FIELDS;
use public_api::request::parse_object;
use public_api::resources::{Id, Link};
use public_api::{Problem, StatusCode};
use serde_json::Value;

use super::answer::{Answer, Json, Refused};
use super::asked::{Search, Sent};
use super::person::Person;
use super::{Route, passwords, route};
use crate::App;
use crate::translate::directory;

/// Where contact centers are linked.
const COLLECTION: &str = "system/contact-centers";

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("/system/contact-centers", get(list).post(found)),
        route("/system/routing-templates", get(routing_templates)),
    ]
}

async fn check_operates(app: &App, person: &Person) -> Result<(), Refused> {
    person.read(app, |reader| reader.check_role(&[Role::Admin])).await?;
    if app.engine.centers().first() == Some(&person.0.center) {
        return Ok(());
    }
    let message = "No permission: only administrators of the first contact center operate the server.";
    Err(Problem::new(StatusCode::NoPermission, message).into())
}

async fn list(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    check_operates(&app, &person).await?;
    let names = names(&app).await?;
    let all: Vec<_> =
        names.iter().map(|(id, name)| directory::contact_center(*id, name, &app.base)).collect();
    Ok(Json(query.answer_collection("contactCenters", &all, false)))
}

async fn names(app: &App) -> Result<Vec<(ContactCenterId, String)>, Failure> {
    let mut names = Vec::new();
    for id in app.engine.centers() {
        let Some(center) = app.engine.center(id) else { continue };
        names.push((id, center.query(|center| center.name().to_owned()).await?));
    }
    Ok(names)
}

async fn found(State(app): State<Arc<App>>, person: Person, Sent(body): Sent) -> Answer {
    check_operates(&app, &person).await?;
    let given = parse_object(CONTACT_CENTER_FIELDS, &[], &body)?;
    let name = given.required_text("name");
    if names(&app).await?.iter().any(|(_, taken)| taken == name) {
        return Err(Problem::already_exists(format_args!("The contact center '{name}'")).into());
    }
    let administrator = UserChange {
        user_name: given.text("userName").map(str::to_owned),
        first_name: Some("Contact center".to_owned()),
        last_name: Some("Administrator".to_owned()),
        roles: Some(vec![Role::Admin]),
        password: Some(passwords::hash_of(&app, given.required_text("password")).await?),
        ..UserChange::default()
    };
    let id = app.engine.found(name, administrator).await?;
    Ok(Json(created(Id::print(&id), Link::new(&app.base, COLLECTION, Id::print(&id)))))
}

/// Queues route by rules of their own; there are no templates.
async fn routing_templates(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person.read(&app, |reader| reader.check_feature(PROVISIONING_READ)).await?;
    Ok(Json(query.answer_collection::<Value>("routingTemplates", &[], false)))
}
