//! The tables of operations, by the resource they are posted to.
//!
//! Beside each table stands a set of words with the same names, for a complete `match` where calls are
//! carried out.

mod account;
mod agent_control;
mod calls;
mod customer;
mod devices;
mod provisioning;
mod sessions;
mod supervision;
mod texts;

pub use account::{ME, MeOperation, OWN_CHANNEL, OwnChannelOperation};
pub use agent_control::{USER_CHANNEL, UserChannelOperation};
pub use calls::{CALL, CallOperation, SWITCH, SwitchOperation};
pub use customer::{CUSTOMER_CHAT, CUSTOMER_CHATS, CustomerChatOperation, CustomerChatsOperation};
pub use devices::{DEVICE, DEVICE_CALLS, DeviceCallsOperation, DeviceOperation};
pub use provisioning::{
    AGENT_STATE_FIELDS, CONTACT_CENTER_FIELDS, DEVICE_FIELDS, GROUP_FIELDS, GROUP_MEMBER_FIELDS,
    QUEUE_FIELDS, QUEUE_RULES, SETTING_FIELDS, SETTINGS_GROUP_FIELDS, SKILL_FIELDS, USER_DEVICE_FIELDS,
    USER_DEVICE_RULES, USER_FIELDS, USER_SKILL_FIELDS,
};
pub use sessions::{SESSION, SessionOperation};
pub use supervision::{USER_SESSION, UserSessionOperation};
pub use texts::{
    KEYWORD_FAMILY_FIELDS, SMS_KEYWORDS_FIELDS, SMS_SESSIONS, SUPPRESSION_FIELDS, SmsSessionsOperation,
};

use crate::operation::{Operation, Parameter};

/// Every table, with its name in the documents.
pub static TABLES: [(&str, &[Operation]); 11] = [
    ("Me", ME),
    ("OwnChannel", OWN_CHANNEL),
    ("UserChannel", USER_CHANNEL),
    ("Device", DEVICE),
    ("DeviceCalls", DEVICE_CALLS),
    ("Call", CALL),
    ("Session", SESSION),
    ("SmsSessions", SMS_SESSIONS),
    ("UserSession", USER_SESSION),
    ("CustomerChats", CUSTOMER_CHATS),
    ("CustomerChat", CUSTOMER_CHAT),
];

// The two links that the server gives to everything.
const URI: Parameter = Parameter::name("uri", "Given by the server.").read_only();
const PATH: Parameter = Parameter::name("path", "Given by the server.").read_only();

#[cfg(test)]
mod tests;
#[cfg(test)]
mod voice_tests;
