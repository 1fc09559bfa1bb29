//! What agents and supervisors ask of a chat or SMS session that they are in.

use crate::operation::{Kind, Operation, Parameter, Rule, limits};
use crate::resources::{Capability, FeatureId, TreatAs};
use crate::target::TargetKind;
use crate::word::{Word, words};

words! {
    /// The operations of [`SESSION`].
    pub enum SessionOperation {
        Accept = "Accept",
        Reject = "Reject",
        SendMessage = "SendMessage",
        SendToAgents = "SendToAgents",
        SendStartTypingNotification = "SendStartTypingNotification",
        SendStopTypingNotification = "SendStopTypingNotification",
        SendStartTypingToAgentsNotification = "SendStartTypingToAgentsNotification",
        SendStopTypingToAgentsNotification = "SendStopTypingToAgentsNotification",
        SendUrl = "SendUrl",
        SendCustomNotice = "SendCustomNotice",
        SendCustomNoticeToAgents = "SendCustomNoticeToAgents",
        SendNicknameUpdatedNotice = "SendNicknameUpdatedNotice",
        Invite = "Invite",
        Consult = "Consult",
        Transfer = "Transfer",
        RemoveParticipantFromConference = "RemoveParticipantFromConference",
        Leave = "Leave",
        Complete = "Complete",
        LeaveAndComplete = "LeaveAndComplete",
        SetDisposition = "SetDisposition",
        AttachUserData = "AttachUserData",
        UpdateUserData = "UpdateUserData",
        DeleteUserData = "DeleteUserData",
        SetInFocus = "SetInFocus",
        SwitchToMonitor = "SwitchToMonitor",
        SwitchToCoach = "SwitchToCoach",
        SwitchToBargeIn = "SwitchToBargeIn",
    }
}

/// Operations of `/me/chats/{id}` and of SMS sessions likewise.
pub static SESSION: &[Operation] = &[
    session("Accept", "Joins the session.", Capability::Accept)
        .takes(&[
            Parameter::name("nickname", "The name that is shown; the user name by default."),
            Parameter::flag("saveLAR", "Whether the customer's next contact should find the same agent.")
                .default("false"),
        ])
        .referenced(),
    session("Reject", "Declines; the session is offered to somebody else.", Capability::Reject).referenced(),
    session("SendMessage", "Sends a text to everybody that the sender may reach.", Capability::SendMessage)
        .takes(&[TEXT.required(), MESSAGE_TYPE, TREAT_AS]),
    session("SendToAgents", "Sends a text to agents only.", Capability::SendToAgents).takes(&[
        TEXT.required(),
        MESSAGE_TYPE,
        TREAT_AS,
    ]),
    session(
        "SendStartTypingNotification",
        "Shows that the sender types.",
        Capability::SendStartTypingNotification,
    )
    .takes(&[TEXT]),
    session(
        "SendStopTypingNotification",
        "Shows that the sender has stopped typing.",
        Capability::SendStopTypingNotification,
    ),
    session(
        "SendStartTypingToAgentsNotification",
        "Shows agents that the sender types.",
        Capability::SendStartTypingToAgentsNotification,
    )
    .takes(&[TEXT]),
    session(
        "SendStopTypingToAgentsNotification",
        "Shows agents that the sender has stopped typing.",
        Capability::SendStopTypingToAgentsNotification,
    ),
    session("SendUrl", "Sends an address to open.", Capability::SendUrl)
        .takes(&[
            Parameter::new("url", Kind::Text { max_bytes: limits::URI_BYTES }, "The address.").required(),
            TEXT,
            MESSAGE_TYPE,
            TREAT_AS,
        ])
        .rules(FAREWELL_RULES),
    session(
        "SendCustomNotice",
        "Sends a notice to the programs of all participants.",
        Capability::SendCustomNotice,
    )
    .takes(&[NOTICE_TEXT]),
    session(
        "SendCustomNoticeToAgents",
        "Sends a notice to the programs of agents.",
        Capability::SendCustomNoticeToAgents,
    )
    .takes(&[NOTICE_TEXT]),
    session("SendNicknameUpdatedNotice", "Takes another name.", Capability::SendNicknameUpdatedNotice)
        .takes(&[Parameter::name("noticeText", "The new name.").required()]),
    session("Invite", "Invites somebody; the customer will see them.", Capability::Invite)
        .takes(&[TARGET.required()])
        .referenced(),
    session("Consult", "Invites somebody whom the customer will not see.", Capability::Consult)
        .takes(&[TARGET.required()])
        .referenced(),
    session("Transfer", "Hands the session to a user or a queue.", Capability::Transfer)
        .takes(&[TARGET, QUEUE_NAME, TEXT, MESSAGE_TYPE, TREAT_AS])
        .rules(&[
            Rule::ExactlyOne(&["targetUri", "queueName"]),
            Rule::OnlyWith("messageType", "text"),
            Rule::OnlyWith("treatAs", "text"),
        ])
        .referenced(),
    session(
        "RemoveParticipantFromConference",
        "Takes another agent out of the session.",
        Capability::RemoveParticipantFromConference,
    )
    .takes(&[
        Parameter::target("targetUri", &[TargetKind::User, TargetKind::Contact], "The agent.")
            .or(&["targetPath", "userUri"])
            .required(),
        TEXT,
        MESSAGE_TYPE,
        TREAT_AS,
    ])
    .rules(FAREWELL_RULES),
    session("Leave", "Leaves; alone with the customer, ends it for the customer.", Capability::Leave)
        .takes(FAREWELL)
        .rules(FAREWELL_RULES)
        .referenced(),
    session("Complete", "Ends the session, or hands it on to a queue.", Capability::Complete)
        .takes(&[
            QUEUE_NAME,
            Parameter::flag("saveLAR", "Whether the customer's next contact should find the same agent.")
                .default("false"),
            TEXT,
            MESSAGE_TYPE,
            TREAT_AS,
        ])
        .rules(FAREWELL_RULES)
        .referenced(),
    session("LeaveAndComplete", "Leaves and completes in one step.", Capability::LeaveAndComplete)
        .takes(FAREWELL)
        .rules(FAREWELL_RULES)
        .referenced(),
    session("SetDisposition", "Notes how it went.", Capability::SetDisposition)
        .takes(&[
            Parameter::name("disposition", "The disposition code.").required(),
            Parameter::name("dispositionKey", "The key in the attached data; the configured one by default."),
        ])
        .referenced(),
    session("AttachUserData", "Adds attached data.", Capability::AttachUserData)
        .takes(&[USER_DATA])
        .referenced(),
    session("UpdateUserData", "Adds or replaces attached data.", Capability::UpdateUserData)
        .takes(&[USER_DATA])
        .referenced(),
    session(
        "DeleteUserData",
        "Removes attached data; unknown keys are no error.",
        Capability::DeleteUserData,
    )
    .takes(&[Parameter::new("keys", Kind::TextList { max_bytes: limits::USER_DATA_KEY_BYTES }, "The keys.")
        .required()])
    .referenced(),
    session("SetInFocus", "Tells that the user looks at this session.", Capability::SetInFocus)
        .or(&["InFocus"]),
    session("SwitchToMonitor", "From coaching or barging in to reading unseen.", Capability::SwitchToMonitor),
    session(
        "SwitchToCoach",
        "From reading or barging in to being seen and read by agents only.",
        Capability::SwitchToCoach,
    ),
    session(
        "SwitchToBargeIn",
        "From reading or coaching to being seen and read by everybody.",
        Capability::SwitchBargeIn,
    )
    .or(&["SwitchBargeIn"]),
];

const TEXT: Parameter = Parameter::text("text", "The text.");
const MESSAGE_TYPE: Parameter =
    Parameter::name("messageType", "A tag of the sender's own, given with `text`.");
const TREAT_AS: Parameter =
    Parameter::choice("treatAs", TreatAs::SPELLINGS, "How the text is to be taken, given with `text`.");
const NOTICE_TEXT: Parameter = Parameter::text("noticeText", "The notice.").required();
const USER_DATA: Parameter = Parameter::new("userData", Kind::UserData, "The data.").required();
const QUEUE_NAME: Parameter = Parameter::name("queueName", "The queue, by name.");
const TARGET: Parameter = Parameter::target(
    "targetUri",
    &[TargetKind::User, TargetKind::Queue, TargetKind::Contact],
    "The user or queue, by URI or path.",
)
.or(&["targetPath", "userUri"]);

/// A last text to the customer, and how to take it.
static FAREWELL: &[Parameter] = &[TEXT, MESSAGE_TYPE, TREAT_AS];
static FAREWELL_RULES: &[Rule] = &[Rule::OnlyWith("messageType", "text"), Rule::OnlyWith("treatAs", "text")];

const fn session(name: &'static str, doc: &'static str, token: Capability) -> Operation {
    Operation::new(name, doc).listed_as(token).needs(&[FeatureId::Multimedia])
}
