//! Recordings of calls: for administrators of the contact center whose telephones they are from.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use contact_center::directory::VOICE_RECORDING;
use contact_center::people::Role;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use public_api::Problem;

use super::answer::{Answer, Json, Refused};
use super::asked::{At, Search};
use super::person::Person;
use super::{Route, route};
use crate::App;
use crate::recordings::{Recording, Recordings, Silence, Sound};
use crate::translate::recordings;

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("/recordings", get(list)),
        route("/recordings/{id}", get(read)),
        route("/recordings/{id}/tracks/{party}", get(track)),
        route("/recordings/{id}/heard-by/{party}", get(heard_by)),
    ]
}

/// The recordings that the caller may read.
async fn of_caller<'a>(app: &'a App, person: &Person) -> Result<Option<&'a Recordings>, Refused> {
    person
        .read(app, |reader| {
            reader.check_feature(VOICE_RECORDING)?;
            reader.check_role(&[Role::Admin])
        })
        .await?;
    Ok(app.recordings.as_ref().filter(|_| app.telephony_of(person.0.center).is_some()))
}

async fn list(State(app): State<Arc<App>>, person: Person, Search(mut query): Search) -> Answer {
    let shelf = of_caller(&app, &person).await?;
    let call = query.take("callUuid");
    let names = match shelf {
        Some(shelf) => shelf.names(call.as_deref()).await.map_err(unreadable)?,
        None => Vec::new(),
    };
    let (offset, most) = query.page(PAGE_RECORDINGS);
    let mut page = Vec::new();
    for name in names.iter().skip(offset).take(most) {
        if let Some(shelf) = shelf
            && let Some(found) = shelf.find(name).await
        {
            page.push(found);
        }
    }
    let page: Vec<_> = page.iter().map(|one| recordings::recording(one, &app.base)).collect();
    Ok(Json(query.answer_page("recordings", &page, names.len())))
}

async fn read(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    let shelf = of_caller(&app, &person).await?.ok_or_else(unknown)?;
    let found: Recording = shelf.find(&id).await.ok_or_else(unknown)?;
    Ok(Json(query.answer_object("recording", &recordings::recording(&found, &app.base))))
}

async fn track(
    State(app): State<Arc<App>>,
    person: Person,
    At((id, party)): At<(String, String)>,
) -> Result<Response, Refused> {
    let shelf = of_caller(&app, &person).await?.ok_or_else(unknown)?;
    let party = party.parse().map_err(|_| unknown())?;
    shelf.track(&id, party).await.map(sound).map_err(silent)
}

async fn heard_by(
    State(app): State<Arc<App>>,
    person: Person,
    At((id, party)): At<(String, String)>,
) -> Result<Response, Refused> {
    let shelf = of_caller(&app, &person).await?.ok_or_else(unknown)?;
    let party = party.parse().map_err(|_| unknown())?;
    shelf.heard_by(&id, party).await.map(sound).map_err(silent)
}

fn sound(sound: Sound) -> Response {
    let length = HeaderValue::from(sound.bytes);
    let mut response = Body::from_stream(sound.pieces()).into_response();
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
    headers.insert(CONTENT_LENGTH, length);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn silent(silence: Silence) -> Refused {
    match silence {
        Silence::Unknown => unknown(),
        Silence::Busy => Refused(Problem::unavailable("Too many recordings are being rendered; try again.")),
        Silence::Failed(error) => unreadable(error),
    }
}

fn unreadable(error: std::io::Error) -> Refused {
    tracing::warn!(%error, "a recording cannot be read");
    Refused(Problem::internal("The recording cannot be read."))
}

fn unknown() -> Refused {
    Refused(Problem::not_found("Recording"))
}

/// The most recordings of one page.
const PAGE_RECORDINGS: usize = 100;
