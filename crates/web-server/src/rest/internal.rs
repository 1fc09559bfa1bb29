//! What the vendor's desktop reads at its start beside the public API. Answered with what there is,
//! which is little; everything else below these paths is unknown.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use contact_center::ContactCenterId;
use public_api::answer::answer;
use serde_json::{Value, json};

use super::answer::{Answer, Json, no_resource};
use super::asked::Search;
use super::person::Person;
use super::{PREFIX, Route, route};
use crate::App;
use crate::translate::{directory, users};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("/internal-api/me/settings", get(settings)),
        route("/internal-api/contact-center", get(contact_center)),
        route(&format!("{PREFIX}/workbins"), get(workbins).post(subscribe)),
    ]
}

/// The caller's settings by section: texts by name.
async fn settings(State(app): State<Arc<App>>, person: Person) -> Answer {
    person
        .read(&app, |reader| {
            Ok(Json(answer("settings", &users::settings_of(reader.source.center, reader.me.id))))
        })
        .await
}

async fn contact_center(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            let (center, base) = (reader.source.center, reader.source.base);
            let id = center.id().unwrap_or(ContactCenterId(0));
            let mut view = json!(directory::contact_center(id, center.name(), base));
            if query.wants_subresource("businessAttributes") {
                view["businessAttributes"] = json!([]);
            }
            Ok(Json(answer("contactCenter", &view)))
        })
        .await
}

/// There are no workbins.
async fn workbins(_: Person, Search(query): Search) -> Answer {
    Ok(Json(query.answer_collection::<Value>("workbins", &[], false)))
}

async fn subscribe(_: Person) -> Answer {
    Err(no_resource())
}
