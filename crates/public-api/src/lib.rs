//! The contract of the REST API and its notifications, as data.
//!
//! Every operation, resource, notification and status code is named here and nowhere else. The same tables
//! parse requests and make the documents, so that what is promised is what is accepted. This crate opens no
//! socket and knows no rule: it says what can be asked and how answers look, never what is decided.

pub mod answer;
mod dialect;
pub mod documents;
pub mod headers;
pub mod notifications;
mod operation;
pub mod operations;
pub mod query;
pub mod request;
pub mod resources;
pub mod routes;
pub mod rows;
mod status;
mod target;
mod user_data;
mod word;

pub use dialect::{CHAT, Dialect, SMS};
pub use operation::{Kind, Operation, Parameter, Rule, limits};
pub use query::Query;
pub use request::{Arguments, Call, Request, parse, parse_object, parse_or_custom_state};
pub use status::{Problem, StatusCode};
pub use target::{MAX_ID_BYTES, Target, TargetKind};
pub use user_data::{UserData, UserDataValue};
pub use word::Word;
