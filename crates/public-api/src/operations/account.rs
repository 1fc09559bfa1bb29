//! What users ask of themselves: sessions, states, passwords.

use crate::operation::{Kind, Operation, Parameter, limits};
use crate::word::words;

words! {
    /// The operations of [`ME`].
    pub enum MeOperation {
        StartContactCenterSession = "StartContactCenterSession",
        EndContactCenterSession = "EndContactCenterSession",
        ChangePassword = "ChangePassword",
        Ready = "Ready",
        NotReady = "NotReady",
        AfterCallWork = "AfterCallWork",
        AuxWork = "AuxWork",
        Offline = "Offline",
        DoNotDisturbOn = "DoNotDisturbOn",
        DoNotDisturbOff = "DoNotDisturbOff",
    }
}

words! {
    /// The operations of [`OWN_CHANNEL`].
    pub enum OwnChannelOperation {
        Ready = "Ready",
        NotReady = "NotReady",
        AfterCallWork = "AfterCallWork",
        AuxWork = "AuxWork",
        Offline = "Offline",
        DoNotDisturbOn = "DoNotDisturbOn",
        DoNotDisturbOff = "DoNotDisturbOff",
    }
}

/// Operations of `/me`. A name that is not here may be a custom agent state.
pub static ME: &[Operation] = &[
    Operation::new(
        "StartContactCenterSession",
        "Begins work on channels. Each channel succeeds or fails alone. Harmless when repeated.",
    )
    .takes(&[
        Parameter::new(
            "channels",
            Kind::TextList { max_bytes: limits::NAME_BYTES },
            "The channels to work on, such as `voice`, `chat`, `smssession`.",
        )
        .required(),
        Parameter::name("place", "The place; the agent's own by default."),
        Parameter::name("loginCode", "The agent login; the first that fits by default."),
        Parameter::name("queue", "The queue that the login is for."),
        Parameter::name("devicePath", "The device, when the place has several.").or(&["deviceUri"]),
    ]),
    Operation::new(
        "EndContactCenterSession",
        "Ends work on all channels and the HTTP session; the last request of a client.",
    ),
    Operation::new("ChangePassword", "Changes the caller's password. What became of it is told on `/v2/me`.")
        .takes(&[
            Parameter::new(
                "oldPassword",
                Kind::Text { max_bytes: limits::PASSWORD_BYTES },
                "The current password.",
            )
            .required(),
            Parameter::new(
                "newPassword",
                Kind::Text { max_bytes: limits::PASSWORD_BYTES },
                "The password to be.",
            )
            .required(),
        ])
        .ours(),
    Operation::new("Ready", "Takes contacts, on all channels.").takes(&[WORK_MODE]),
    Operation::new("NotReady", "Takes no contacts, on all channels."),
    Operation::new("AfterCallWork", "Takes no contacts while finishing the last one, on all channels.")
        .takes(&[WRAP_UP_TIME]),
    Operation::new("AuxWork", "Takes no contacts while doing something else, on all channels."),
    Operation::new("Offline", "Logs out of all channels."),
    Operation::new("DoNotDisturbOn", "Is not to be disturbed, on all channels."),
    Operation::new("DoNotDisturbOff", "May be disturbed again, on all channels."),
];

/// Operations of `/me/channels/{channel}`. A name that is not here may be a custom agent state.
pub static OWN_CHANNEL: &[Operation] = &[
    Operation::new("Ready", "Takes contacts of this channel.").takes(&[WORK_MODE]),
    Operation::new("NotReady", "Takes no contacts of this channel."),
    Operation::new("AfterCallWork", "Takes no contacts of this channel while finishing the last one.")
        .takes(&[WRAP_UP_TIME]),
    Operation::new("AuxWork", "Takes no contacts of this channel while doing something else."),
    Operation::new("Offline", "Logs out of this channel."),
    Operation::new("DoNotDisturbOn", "Is not to be disturbed by this channel."),
    Operation::new("DoNotDisturbOff", "May be disturbed by this channel again."),
];

const WORK_MODE: Parameter = Parameter::choice(
    "workmode",
    &["ManualIn", "AutoIn"],
    "Accepted without effect: whether the agent becomes ready by itself after the next call.",
);
const WRAP_UP_TIME: Parameter = Parameter::new(
    "wrapUpTime",
    Kind::Integer { min: 0, max: limits::WRAP_UP_SECONDS },
    "At `/me/channels/voice`: after how many seconds the agent is ready again; without an end if absent or 0. Also as a string.",
);
