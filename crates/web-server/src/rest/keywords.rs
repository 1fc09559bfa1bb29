//! The words by which customers end texts, allow them again, or ask who is texting.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use contact_center::people::Role;
use contact_center::provisioning::Change;
use public_api::answer::answer;
use public_api::operations::SMS_KEYWORDS_FIELDS;
use public_api::parse_object;

use super::answer::{Answer, Json, done};
use super::asked::Sent;
use super::person::Person;
use super::{Route, route};
use crate::App;
use crate::translate::texts;

pub(super) fn routes() -> Vec<Route> {
    vec![route("/sms-keywords", get(read).put(keep))]
}

async fn read(State(app): State<Arc<App>>, person: Person) -> Answer {
    person
        .read(&app, |reader| {
            reader.check_may_read(&[Role::Admin, Role::Supervisor])?;
            let families: Vec<_> =
                reader.source.center.keywords().iter().map(texts::keyword_family).collect();
            Ok(Json(answer("families", &families)))
        })
        .await
}

async fn keep(State(app): State<Arc<App>>, person: Person, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let given = parse_object(SMS_KEYWORDS_FIELDS, &[], &body)?;
    let families = given.objects("families").unwrap_or_default();
    let families = families.iter().map(texts::keyword_family_asked_for).collect();
    person.provision(&app, Change::KeepKeywords(families)).await?;
    done()
}
