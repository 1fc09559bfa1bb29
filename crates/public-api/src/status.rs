//! Status codes, and the failure envelope.
//!
//! Every JSON answer has a numeric `statusCode`. A failure has a `statusMessage` beside it and no other
//! member. The message is English for people; no client takes it apart.

use std::borrow::Cow;
use std::fmt::Display;

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// What the `statusCode` member of an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum StatusCode {
    /// Done.
    Success = 0,
    /// A mandatory member is absent or empty.
    MissingParameter = 1,
    /// The operation or a parameter is not possible in the current state.
    InvalidState = 2,
    /// This party may never do this.
    Forbidden = 3,
    /// We, or something behind us, failed.
    InternalError = 4,
    /// The caller lacks the role or the feature.
    NoPermission = 5,
    /// There is no such thing, or the caller may not know of it.
    NotFound = 6,
    /// Some parts of a bulk operation were done, some were not.
    PartialSuccess = 7,
    /// The caller has to change the password first.
    PasswordChangeDemanded = 8,
    /// Accepted, and not finished yet.
    Incomplete = 9,
    /// The body is malformed, or a value is outside its range.
    InvalidInput = 10,
    /// A read-only property cannot be set.
    ReadOnly = 11,
    /// The resource could not be read.
    CannotRetrieve = 12,
    /// The resource could not be created.
    CannotCreate = 13,
    /// The resource could not be deleted.
    CannotDelete = 14,
    /// The resource could not be changed.
    CannotUpdate = 15,
    /// The resource could not be assigned.
    CannotAssign = 16,
    /// The resource could not be unassigned.
    CannotUnassign = 17,
    /// Something with this name exists.
    AlreadyExists = 18,
    /// Somebody else uses it.
    AlreadyInUse = 19,
    /// The caller did not say who they are, or not convincingly.
    NotAuthenticated = 20,
}

impl StatusCode {
    /// Every code, in order.
    pub const ALL: [Self; 21] = [
        Self::Success,
        Self::MissingParameter,
        Self::InvalidState,
        Self::Forbidden,
        Self::InternalError,
        Self::NoPermission,
        Self::NotFound,
        Self::PartialSuccess,
        Self::PasswordChangeDemanded,
        Self::Incomplete,
        Self::InvalidInput,
        Self::ReadOnly,
        Self::CannotRetrieve,
        Self::CannotCreate,
        Self::CannotDelete,
        Self::CannotUpdate,
        Self::CannotAssign,
        Self::CannotUnassign,
        Self::AlreadyExists,
        Self::AlreadyInUse,
        Self::NotAuthenticated,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The HTTP status that goes with it, unless a problem says otherwise.
    #[must_use]
    pub const fn http(self) -> u16 {
        match self {
            Self::Success | Self::PartialSuccess | Self::Incomplete => 200,
            Self::MissingParameter | Self::InvalidState | Self::InvalidInput | Self::ReadOnly => 400,
            Self::NotFound => 404,
            // 403 also for missing credentials, so that browsers show no login box of their own.
            Self::Forbidden
            | Self::NoPermission
            | Self::PasswordChangeDemanded
            | Self::AlreadyExists
            | Self::AlreadyInUse
            | Self::NotAuthenticated => 403,
            Self::InternalError
            | Self::CannotRetrieve
            | Self::CannotCreate
            | Self::CannotDelete
            | Self::CannotUpdate
            | Self::CannotAssign
            | Self::CannotUnassign => 500,
        }
    }

    /// What it means, for readers of the documentation.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Success => "Done.",
            Self::MissingParameter => "A mandatory member is absent or empty.",
            Self::InvalidState => "The operation or a parameter is not possible in the current state.",
            Self::Forbidden => "This party may never do this.",
            Self::InternalError => "The server, or something behind it, failed.",
            Self::NoPermission => "The caller lacks the role or the feature.",
            Self::NotFound => "There is no such thing, or the caller may not know of it.",
            Self::PartialSuccess => "Some parts of a bulk operation were done, some were not.",
            Self::PasswordChangeDemanded => "The password has to be changed first.",
            Self::Incomplete => "Accepted, and not finished yet.",
            Self::InvalidInput => "The body is malformed, or a value is outside its range.",
            Self::ReadOnly => "A read-only property cannot be set.",
            Self::CannotRetrieve => "The resource could not be read.",
            Self::CannotCreate => "The resource could not be created.",
            Self::CannotDelete => "The resource could not be deleted.",
            Self::CannotUpdate => "The resource could not be changed.",
            Self::CannotAssign => "The resource could not be assigned.",
            Self::CannotUnassign => "The resource could not be unassigned.",
            Self::AlreadyExists => "Something with this name exists.",
            Self::AlreadyInUse => "Somebody else uses it.",
            Self::NotAuthenticated => "No valid credentials.",
        }
    }
}

impl Serialize for StatusCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

/// Why a request was not done, as the caller is told: the whole failure envelope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (statusCode {})", .code.number())]
pub struct Problem {
    /// The code in the envelope.
    pub code: StatusCode,
    /// The text in the envelope.
    pub message: Cow<'static, str>,
    http: Option<u16>,
}

impl Problem {
    /// A problem with a code and a text of the caller's choice.
    #[must_use]
    pub fn new(code: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), http: None }
    }

    /// The same problem under another HTTP status.
    #[must_use]
    pub fn with_http(mut self, status: u16) -> Self {
        self.http = Some(status);
        self
    }

    /// The HTTP status of the answer.
    #[must_use]
    pub fn http(&self) -> u16 {
        self.http.unwrap_or_else(|| self.code.http())
    }

    /// The answer's body.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// A mandatory member is absent.
    #[must_use]
    pub fn missing(parameter: impl Display) -> Self {
        Self::new(StatusCode::MissingParameter, format!("Required parameter '{parameter}' is missing."))
    }

    /// A mandatory text is there, without a character in it.
    #[must_use]
    pub fn empty(parameter: impl Display) -> Self {
        Self::new(StatusCode::MissingParameter, format!("Required parameter '{parameter}' is empty."))
    }

    /// None of several members was given, of which one is mandatory.
    #[must_use]
    pub fn missing_one_of(parameters: &[&str]) -> Self {
        let names = parameters.join("', '");
        Self::new(StatusCode::MissingParameter, format!("One of the parameters '{names}' is required."))
    }

    /// Members were given that exclude each other.
    #[must_use]
    pub fn only_one_of(parameters: &[&str]) -> Self {
        let names = parameters.join("', '");
        Self::new(StatusCode::InvalidState, format!("Only one of the parameters '{names}' can be given."))
    }

    /// A member was given without the one it belongs to.
    #[must_use]
    pub fn only_with(parameter: &str, needed: &str) -> Self {
        let text = format!("Parameter '{parameter}' is only valid together with '{needed}'.");
        Self::new(StatusCode::InvalidState, text)
    }

    /// The operation is not one of this resource.
    #[must_use]
    pub fn unknown_operation(name: &str) -> Self {
        let name: String = name.chars().take(64).collect();
        Self::new(
            StatusCode::InvalidState,
            format!("Operation '{name}' (operationName) is not valid for this resource."),
        )
    }

    /// The operation is one of this resource, and not possible now.
    #[must_use]
    pub fn invalid_state(operation: impl Display) -> Self {
        let text = format!("Operation '{operation}' is not valid in the current state.");
        Self::new(StatusCode::InvalidState, text)
    }

    /// A member has the wrong JSON type.
    #[must_use]
    pub fn wrong_type(parameter: impl Display, expected: &str) -> Self {
        Self::new(StatusCode::InvalidInput, format!("Parameter '{parameter}' must be {expected}."))
    }

    /// A member's value is not one of the allowed words.
    #[must_use]
    pub fn not_allowed(parameter: impl Display, allowed: &[&str]) -> Self {
        let text = format!("Parameter '{parameter}' must be one of: {}.", allowed.join(", "));
        Self::new(StatusCode::InvalidInput, text)
    }

    /// A member's value is outside its range.
    #[must_use]
    pub fn out_of_range(parameter: impl Display, allowed: impl Display) -> Self {
        let text = format!("Parameter '{parameter}' is out of range; allowed: {allowed}.");
        Self::new(StatusCode::InvalidInput, text)
    }

    /// The body is not what it should be as a whole.
    #[must_use]
    pub fn malformed(reason: impl Display) -> Self {
        Self::new(StatusCode::InvalidInput, format!("Malformed request body: {reason}."))
    }

    /// A member cannot be set by requests.
    #[must_use]
    pub fn read_only(parameter: impl Display) -> Self {
        Self::new(StatusCode::ReadOnly, format!("Property '{parameter}' is read-only."))
    }

    /// This party may never do this.
    #[must_use]
    pub fn forbidden(operation: impl Display) -> Self {
        Self::new(StatusCode::Forbidden, format!("Operation '{operation}' is forbidden."))
    }

    /// The caller lacks a role or a feature.
    #[must_use]
    pub fn no_permission(needed: impl Display) -> Self {
        Self::new(StatusCode::NoPermission, format!("No permission: {needed} is required."))
    }

    /// There is no such thing, or the caller may not know of it.
    #[must_use]
    pub fn not_found(what: impl Display) -> Self {
        Self::new(StatusCode::NotFound, format!("{what} not found"))
    }

    /// Something with this name exists.
    #[must_use]
    pub fn already_exists(what: impl Display) -> Self {
        Self::new(StatusCode::AlreadyExists, format!("{what} already exists."))
    }

    /// Somebody else uses it.
    #[must_use]
    pub fn already_in_use(what: impl Display) -> Self {
        Self::new(StatusCode::AlreadyInUse, format!("{what} is already in use."))
    }

    /// No valid credentials.
    #[must_use]
    pub fn not_authenticated() -> Self {
        Self::new(StatusCode::NotAuthenticated, "Access denied")
    }

    /// The password has to be changed first.
    #[must_use]
    pub fn password_change_demanded() -> Self {
        Self::new(StatusCode::PasswordChangeDemanded, "The password must be changed.")
    }

    /// We, or something behind us, failed.
    #[must_use]
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::InternalError, message)
    }

    /// We cannot do it now; a later try may succeed. Answered with HTTP 503.
    #[must_use]
    pub fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::internal(message).with_http(503)
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut envelope = serializer.serialize_struct("Problem", 2)?;
        envelope.serialize_field("statusCode", &self.code)?;
        envelope.serialize_field("statusMessage", &self.message)?;
        envelope.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(problem: &Problem, http: u16, body: &str) {
        assert_eq!(problem.http(), http);
        assert_eq!(String::from_utf8(problem.to_json()).unwrap(), body);
    }

    #[test]
    fn codes_are_numbered_without_gaps() {
        for (number, code) in StatusCode::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(code.number()), number);
        }
    }

    #[test]
    fn a_failure_has_two_members_and_no_more() {
        check(&Problem::not_authenticated(), 403, r#"{"statusCode":20,"statusMessage":"Access denied"}"#);
        check(&Problem::not_found("User"), 404, r#"{"statusCode":6,"statusMessage":"User not found"}"#);
    }

    #[test]
    fn unavailable_is_an_internal_error_with_its_own_http_status() {
        check(&Problem::unavailable("Try again."), 503, r#"{"statusCode":4,"statusMessage":"Try again."}"#);
    }

    #[test]
    fn something_that_exists_is_403_and_not_409() {
        assert_eq!(Problem::already_exists("User 'anna'").http(), 403);
        assert_eq!(Problem::already_in_use("Phone number '7101'").http(), 403);
    }

    #[test]
    fn a_long_operation_name_does_not_come_back_whole() {
        assert!(Problem::unknown_operation(&"x".repeat(5_000)).message.len() < 200);
    }
}
