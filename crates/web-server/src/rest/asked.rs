//! The parts of a request, taken apart so that what is malformed gets an answer in the envelope.

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use bytes::Bytes;
use http::request::Parts;
use http_body_util::BodyExt as _;
use public_api::{Problem, Query};
use serde::de::DeserializeOwned;

use super::answer::{Refused, no_resource};

/// The variable segments of the path.
pub struct At<T>(pub T);

/// The query string.
pub struct Search(pub Query);

/// The body.
pub struct Sent(pub Bytes);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        // Segments that are no text name nothing.
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(segments)| Self(segments)).map_err(|_| no_resource())
    }
}

impl<S: Sync> FromRequestParts<S> for Search {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        Ok(Self(Query::parse(parts.uri.query().unwrap_or_default())))
    }
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        // It is whole already, and within its limit: the doors see to both.
        let body = request.into_body().collect().await;
        body.map(|body| Self(body.to_bytes())).map_err(|_| Refused(Problem::malformed("it broke off")))
    }
}
