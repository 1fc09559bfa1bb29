//! What supervisors ask of a session that an agent handles.

use crate::operation::{Operation, Parameter};
use crate::resources::{FeatureId, Role, SupervisorMode};
use crate::word::{Word, words};

words! {
    /// The operations of [`USER_SESSION`].
    pub enum UserSessionOperation {
        Intrude = "Intrude",
    }
}

/// Operations of `/users/{userId}/chats/{chatId}` and of SMS sessions likewise.
pub static USER_SESSION: &[Operation] = &[Operation::new(
    "Intrude",
    "Comes into the running session: the supervisor is invited, and joins by Accept.",
)
.takes(&[
    Parameter::choice(
        "supervisorVisibilityMode",
        SupervisorMode::SPELLINGS,
        "How; by default as the supervisor monitors that agent.",
    ),
    Parameter::flag("autoAccept", "Ours: joins at once, without an invitation.").default("false"),
    Parameter::name(
        "nickname",
        "Ours: the name that is shown after joining at once; the user name by default.",
    ),
])
.needs(&[FeatureId::Multimedia])
.for_roles(&[Role::Supervisor])];
