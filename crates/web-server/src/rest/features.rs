//! Features: what the contact center has, and what the server knows.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use contact_center::Refusal;
use contact_center::directory::FEATURES;
use contact_center::people::Role;
use contact_center::provisioning::Change;

use super::answer::{Answer, Json, done};
use super::asked::{At, Search};
use super::person::Person;
use super::{Route, route};
use crate::App;
use crate::translate::directory;

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("/features", get(list)),
        route("/features/{id}", get(read).put(switch_on).delete(switch_off)),
        route("/system/features", get(known)),
    ]
}

async fn list(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            let features = directory::features(reader.source);
            Ok(Json(query.answer_collection("features", &features, false)))
        })
        .await
}

async fn read(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            let features = directory::features(reader.source);
            let found = features.iter().find(|feature| feature.id.as_str() == id);
            Ok(Json(query.answer_object("feature", found.ok_or(Refusal::UnknownFeature)?)))
        })
        .await
}

async fn known(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_role(&[Role::Admin])?;
            let all = FEATURES.iter().filter_map(|one| directory::feature(one, reader.source.base));
            Ok(Json(query.answer_collection("features", &all.collect::<Vec<_>>(), false)))
        })
        .await
}

async fn switch_on(State(app): State<Arc<App>>, person: Person, At(id): At<String>) -> Answer {
    person.provision(&app, Change::SwitchFeature(id, true)).await?;
    done()
}

async fn switch_off(State(app): State<Arc<App>>, person: Person, At(id): At<String>) -> Answer {
    person.provision(&app, Change::SwitchFeature(id, false)).await?;
    done()
}
