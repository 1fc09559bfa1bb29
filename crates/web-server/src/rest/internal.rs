//! What the vendor's desktop reads at its start beside the public API. Answered with what there is,
//! which is little; everything else below these paths is unknown.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use contact_center::ContactCenterId;
use public_api::answer::answer;
use public_api::operations::{SWITCH, SwitchOperation};
use public_api::parse;
use serde_json::{Value, json};

use super::answer::{Answer, Json, done, no_resource};
use super::asked::{Search, Sent};
use super::person::Person;
use super::{PREFIX, Route, route};
use crate::App;
use crate::translate::{agents, directory, users};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("/internal-api/me/settings", get(settings)),
        route("/internal-api/contact-center", get(contact_center)),
        route("/internal-api/operations", post(operate)),
        route(&format!("{PREFIX}/workbins"), get(workbins).post(subscribe)),
    ]
}

/// The caller's settings by section, texts by name; and where the vendor's desktop looks for them, beside
/// the states that agents can enter.
async fn settings(State(app): State<Arc<App>>, person: Person) -> Answer {
    person
        .read(&app, |reader| {
            let center = reader.source.center;
            let settings = json!(users::settings_of(center, reader.me.id));
            let states: Vec<_> = center.agent_states().map(agents::listed_state).collect();
            let sections: Vec<_> = settings.as_object().into_iter().flatten().collect();
            let listed: Vec<_> =
                sections.iter().map(|(name, entries)| json!({"name": name, "settings": entries})).collect();
            let body = json!({
                "statusCode": 0,
                "settings": settings,
                "resources": {"agentStates": states, "user": {"settings": listed}}
            });
            Ok(Json(body.to_string().into_bytes()))
        })
        .await
}

/// What a desktop has the telephone system tell others: nobody here asks for it.
async fn operate(State(app): State<Arc<App>>, person: Person, Sent(body): Sent) -> Answer {
    let asked = parse(SWITCH, &body)?;
    person.check_operation(&app, asked.operation).await?;
    match asked.operation_word() {
        SwitchOperation::SendUserEvent => done(),
    }
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
