//! What handlers answer: JSON that is there already, or the reason why not.

use axum::response::{IntoResponse, Response};
use contact_center::{Event, Refusal};
use engine::{Denial, Failure};
use http::StatusCode;
use public_api::Problem;
use public_api::answer::{DONE, created};
use public_api::resources::{Id, Link};

use crate::answers;
use crate::translate::refusals;

/// What a handler answers.
pub type Answer = Result<Json, Refused>;

/// A success.
#[derive(Debug)]
pub struct Json(pub Vec<u8>);

/// Anything that keeps a request from being done.
#[derive(Debug)]
pub struct Refused(pub Problem);

/// Done, and no more to say.
pub fn done() -> Answer {
    Ok(Json(DONE.to_vec()))
}

/// What a command made: the links of the first thing that its events keep.
pub fn made(events: &[Event], base: &str) -> Answer {
    let thing = events.iter().find_map(|event| match event {
        Event::UserKept(user) => Some(("users", Id::print(&user.id))),
        Event::DeviceKept(device) => Some(("devices", Id::print(&device.id))),
        Event::SkillKept(skill) => Some(("skills", Id::print(&skill.id))),
        Event::QueueKept(queue) => Some(("queues", Id::print(&queue.id))),
        Event::GroupKept(group) => Some(("groups", Id::print(&group.id))),
        _ => None,
    });
    match thing {
        Some((collection, id)) => Ok(Json(created(id, Link::new(base, collection, id)))),
        None => done(),
    }
}

/// There is nothing here for this caller, or in this contact center.
pub fn no_resource() -> Refused {
    Refused(Problem::not_found("Resource"))
}

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        answers::json(StatusCode::OK, self.0)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        answers::problem(&self.0)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<Denial> for Refused {
    fn from(denial: Denial) -> Self {
        Self(refusals::denial(denial))
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self(refusals::failure(failure))
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusals::refusal(&refusal))
    }
}
