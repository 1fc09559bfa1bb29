//! Text messages: what agents ask to begin with, and what administrators keep about them. All of it is ours.

use crate::operation::{Kind, Operation, Parameter, limits};
use crate::resources::FeatureId;
use crate::word::words;

words! {
    /// The operations of [`SMS_SESSIONS`].
    pub enum SmsSessionsOperation {
        CreateSmsSession = "CreateSmsSession",
    }
}

/// Operations of `/me/smssessions`.
pub static SMS_SESSIONS: &[Operation] = &[Operation::new(
    "CreateSmsSession",
    "Begins a session with a customer by text message. The caller is in it at once, without an invitation.",
)
.takes(&[
    Parameter::new("destination", PHONE_NUMBER, "The customer's number.").required(),
    Parameter::new(
        "from",
        PHONE_NUMBER,
        "The number to text from, one of a queue for SMS sessions; by default that of the session's queue.",
    ),
    Parameter::name(
        "queueName",
        "The queue that the session belongs to; by default the one for sessions without a queue.",
    ),
    Parameter::name("nickname", "The name that is shown for the caller; the user name by default."),
    Parameter::text("text", "The first text to the customer."),
    Parameter::new("userData", Kind::UserData, "Data to attach."),
])
.needs(&[FeatureId::Multimedia])
.ours()];

/// Members of a number that must not be texted.
pub static SUPPRESSION_FIELDS: &[Parameter] = &[
    Parameter::new("number", PHONE_NUMBER, "The customer's number.").required(),
    Parameter::name("reason", "Why, for people."),
    Parameter::name("since", "Given by the server.").read_only(),
    super::URI,
    super::PATH,
];

/// The keywords of all languages.
pub static SMS_KEYWORDS_FIELDS: &[Parameter] =
    &[Parameter::new("families", Kind::Objects(KEYWORD_FAMILY_FIELDS), "The families, one a language.")
        .required()];

/// Members of a family of keywords.
pub static KEYWORD_FAMILY_FIELDS: &[Parameter] = &[
    Parameter::name("language", "The language, as a tag of RFC 5646.").required(),
    Parameter::new("stop", KEYWORDS, "Words that end all texts.").required(),
    Parameter::new("start", KEYWORDS, "Words that allow texts again.").required(),
    Parameter::new("help", KEYWORDS, "Words that ask who is texting.").required(),
    Parameter::text("stopAnswer", "What those who end texts are sent, once; nothing if empty."),
    Parameter::text("startAnswer", "What those who allow texts again are sent; nothing if empty."),
    Parameter::text("helpAnswer", "What those who ask are sent; nothing if empty."),
];

const PHONE_NUMBER: Kind = Kind::Text { max_bytes: limits::PHONE_NUMBER_BYTES };
const KEYWORDS: Kind = Kind::TextList { max_bytes: limits::NAME_BYTES };
