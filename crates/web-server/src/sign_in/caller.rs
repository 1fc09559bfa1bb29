//! Who asks, as the handlers see it.

use axum::extract::FromRequestParts;
use axum::response::Response;
use contact_center::{ContactCenterId, UserId};
use http::request::Parts;

use crate::answers;

/// A session between a browser, or a program, and this server: what the cookie names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub(crate) u128);

impl std::fmt::Debug for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SessionId({:04x}…)", self.0 >> 112)
    }
}

/// An authenticated user. Found in every request to the agents' API.
#[derive(Debug, Clone)]
pub struct Caller {
    /// In which contact center.
    pub center: ContactCenterId,
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// Whether the request carried no password.
    pub by_cookie_alone: bool,
    /// Whether nothing but a new password and signing out is allowed.
    pub must_change_password: bool,
}

/// A customer: nobody known, in a contact center that the request names. Found in requests to `/chats`
/// without credentials.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    /// In which contact center.
    pub center: ContactCenterId,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, Response> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(answers::access_denied)
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visitor, Response> {
        parts.extensions.get::<Visitor>().copied().ok_or_else(answers::access_denied)
    }
}
