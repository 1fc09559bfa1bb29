//! Bodies that describe what contact centers are made of.

use super::{PATH, URI};
use crate::operation::{Kind, Parameter, Rule, limits};
use crate::resources::{GroupType, Role, Switch, TelephonyNetwork};
use crate::target::TargetKind;
use crate::word::Word;

/// Members of a user.
pub static USER_FIELDS: &[Parameter] = &[
    ID,
    Parameter::name("userName", "The login name; unique.").required(),
    Parameter::new("password", Kind::Text { max_bytes: limits::PASSWORD_BYTES }, "Never answered.")
        .required(),
    Parameter::name("firstName", "The given name.").required(),
    Parameter::name("lastName", "The family name.").required(),
    Parameter::name("emailAddress", "May be empty."),
    Parameter::new("roles", Kind::ChoiceList(Role::SPELLINGS), "The whole new set.").required(),
    Parameter::flag("enabled", "Whether the user may sign in.").default("true"),
    Parameter::flag("changePasswordOnFirstLogin", "Whether the password has to be changed first.")
        .default("false"),
    Parameter::name("contactCenterId", "The contact center that the user belongs to.").read_only(),
    URI,
    PATH,
];

/// Members of a device.
pub static DEVICE_FIELDS: &[Parameter] = &[
    ID,
    Parameter::name("phoneNumber", "The number it is called by; unique.").required(),
    Parameter::name("description", "For people."),
    Parameter::name("e164Number", "The number in E.164 form."),
    Parameter::name("localNumber", "The number without prefixes."),
    Parameter::name("location", "Where it stands."),
    Parameter::name("type", "The kind of device, such as `ACDPosition`."),
    Parameter::choice("telephonyNetwork", TelephonyNetwork::SPELLINGS, "Whether we may answer for it."),
    SIP_PASSWORD,
    Parameter::choice("doNotDisturb", Switch::SPELLINGS, "Do not disturb.").read_only(),
    Parameter::name("deviceState", "Whether it is there.").read_only(),
    URI,
    PATH,
];

/// A device for a user: a new one by its number, or one that exists by its address.
pub static USER_DEVICE_FIELDS: &[Parameter] = &[
    Parameter::target("uri", &[TargetKind::Device], "The device that exists.").or(&["path"]),
    Parameter::name("phoneNumber", "The number of the new device."),
    Parameter::name("description", "For people; new devices only."),
    Parameter::name("e164Number", "The number in E.164 form; new devices only."),
    Parameter::name("type", "The kind of device; new devices only."),
    Parameter::choice(
        "telephonyNetwork",
        TelephonyNetwork::SPELLINGS,
        "Whether we may answer for it; new devices only.",
    ),
    SIP_PASSWORD,
];

/// A user's device is new or exists.
pub static USER_DEVICE_RULES: &[Rule] = &[Rule::ExactlyOne(&["uri", "phoneNumber"])];

/// Members of a skill.
pub static SKILL_FIELDS: &[Parameter] = &[
    ID,
    Parameter::name("name", "Unique.").required(),
    Parameter::name("description", "For people."),
    Parameter::name("level", "Levels belong to users.").read_only(),
    URI,
    PATH,
];

/// A skill for a user, or another level of it.
pub static USER_SKILL_FIELDS: &[Parameter] = &[
    Parameter::target("uri", &[TargetKind::Skill], "The skill.").or(&["path"]).required(),
    Parameter::new("level", Kind::Integer { min: 0, max: MAX_SKILL_LEVEL }, "How good, also as a string.")
        .required(),
];

/// Members of a queue.
pub static QUEUE_FIELDS: &[Parameter] = &[
    ID,
    Parameter::name("name", "Unique.").required(),
    Parameter::name("description", "For people."),
    Parameter::name("channel", "The channel whose contacts wait here.").required(),
    Parameter::name(
        "phoneNumber",
        "The number that calls or texts go to. Queues for SMS sessions may share one, if all but one have `keywords`.",
    ),
    Parameter::new(
        "keywords",
        Kind::TextList { max_bytes: limits::NAME_BYTES },
        "Ours: first words that bring a text to this queue rather than to another of the same number; queues for SMS sessions only.",
    ),
    Parameter::flag("internal", "Whether the server gives it a number.").default("false"),
    URI,
    PATH,
];

/// A queue has a number of its own, or gets one.
pub static QUEUE_RULES: &[Rule] = &[Rule::ExactlyOne(&["phoneNumber", "internal"])];

/// Members of a group.
pub static GROUP_FIELDS: &[Parameter] = &[
    ID,
    Parameter::name("name", "Unique.").required(),
    Parameter::choice("type", GroupType::SPELLINGS, "What it holds.").default("BusinessUnit"),
    Parameter::flag("defaultGroup", "Dispositions only."),
    Parameter::new(
        "dispositions",
        Kind::TextList { max_bytes: limits::NAME_BYTES },
        "Ours: the codes of a set of dispositions, in order.",
    ),
    Parameter::new("contains", Kind::TextList { max_bytes: limits::NAME_BYTES }, "Follows from the type.")
        .read_only(),
    URI,
    PATH,
];

/// Somebody or something for a group.
pub static GROUP_MEMBER_FIELDS: &[Parameter] = &[Parameter::target(
    "uri",
    &[TargetKind::User, TargetKind::Skill, TargetKind::Queue],
    "The user, skill or queue; of the collection that is posted to.",
)
.or(&["path"])
.required()];

/// Members of a group of settings.
pub static SETTINGS_GROUP_FIELDS: &[Parameter] = &[
    Parameter::name("name", "The name, as in its path; unique.").required(),
    Parameter::name("displayName", "The label.").required(),
    Parameter::name("key", "The member that identifies an entry.").required(),
    URI,
    PATH,
];

/// Ours: members of an agent state, an entry of the group `agent-states`.
pub static AGENT_STATE_FIELDS: &[Parameter] = &[
    Parameter::name("operationName", "The operation that enters the state; unique.").required(),
    Parameter::name("displayName", "For people.").required(),
    Parameter::new("state", Kind::Choice(&["Ready", "NotReady"]), "What it means for routing.").required(),
    Parameter::name("reason", "Why the agent is not ready."),
    Parameter::name("workMode", "Such as `AuxWork`."),
    Parameter::name("id", "A UUID; given by the server if absent."),
    URI,
    PATH,
];

/// Ours: an entry of the group `contact-center`.
pub static SETTING_FIELDS: &[Parameter] = &[
    Parameter::name("name", "The setting.").required(),
    Parameter::name("value", "The value: a number, or a text.").required(),
    URI,
    PATH,
];

/// Ours: members of a contact center, with its first administrator.
pub static CONTACT_CENTER_FIELDS: &[Parameter] = &[
    ID,
    Parameter::name("name", "Unique.").required(),
    Parameter::name("userName", "The login name of its first administrator.").required(),
    Parameter::new(
        "password",
        Kind::Text { max_bytes: limits::PASSWORD_BYTES },
        "The password of its first administrator.",
    )
    .required(),
    URI,
    PATH,
];

/// The highest level of a skill.
pub const MAX_SKILL_LEVEL: i64 = 99;

const SIP_PASSWORD: Parameter = Parameter::new(
    "sipPassword",
    Kind::Text { max_bytes: limits::PASSWORD_BYTES },
    "Ours: what its phones sign in with by SIP; the user name is the number. Never answered, and to be given again with another number.",
);
const ID: Parameter = Parameter::name("id", "Given by the server.").read_only();
