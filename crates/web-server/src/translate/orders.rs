//! Parsed operations become orders to the contact center.

use contact_center::audience::{Mode, Visibility};
use contact_center::command::{Farewell, Order, Target, Words};
use contact_center::contact::{DataValue, EntryKind};
use contact_center::supervision::MonitoringRequest;
use contact_center::{Channel, Command, ContactId, CustomerKey, UserId};
use public_api::operations::{CustomerChatOperation, SessionOperation, UserChannelOperation};
use public_api::resources::{SupervisorMode, SupervisorSpan};
use public_api::{Call, Problem};

use super::{refusals, sessions, texts, words};

/// The parameters of a session's operation that can name somebody.
pub const TARGETS: &str = "'targetUri', 'targetPath' or 'queueName'";

/// The key of attached data under which the subject of a customer's request is kept.
const SUBJECT: &str = "Subject";

/// The order that an operation of a session is.
///
/// # Errors
/// A target that cannot exist; an operation that no session lists.
pub fn of_session(call: &Call) -> Result<Order, Problem> {
    use SessionOperation as Op;
    Ok(match call.operation_word::<Op>() {
        Op::Accept => Order::Accept { nickname: owned(call, "nickname") },
        Op::Reject => Order::Reject,
        Op::SendMessage => say(EntryKind::Text, Visibility::All, call, Some("text")),
        Op::SendToAgents => say(EntryKind::Text, Visibility::Agents, call, Some("text")),
        Op::SendStartTypingNotification => say(EntryKind::TypingStarted, Visibility::All, call, Some("text")),
        Op::SendStopTypingNotification => say(EntryKind::TypingStopped, Visibility::All, call, None),
        Op::SendStartTypingToAgentsNotification => {
            say(EntryKind::TypingStarted, Visibility::Agents, call, Some("text"))
        }
        Op::SendStopTypingToAgentsNotification => {
            say(EntryKind::TypingStopped, Visibility::Agents, call, None)
        }
        Op::SendUrl => Order::SendUrl {
            url: call.required_text("url").to_owned(),
            text: owned(call, "text").filter(|text| !text.is_empty()),
            tag: owned(call, "messageType"),
        },
        Op::SendCustomNotice => say(EntryKind::CustomNotice, Visibility::All, call, Some("noticeText")),
        Op::SendCustomNoticeToAgents => {
            say(EntryKind::CustomNotice, Visibility::Agents, call, Some("noticeText"))
        }
        Op::SendNicknameUpdatedNotice => {
            say(EntryKind::NicknameUpdated, Visibility::All, call, Some("noticeText"))
        }
        Op::Invite => Order::Invite(target(call)?),
        Op::Consult => Order::Consult(target(call)?),
        Op::Transfer => Order::Transfer { to: target_or_queue(call)?, farewell: farewell(call) },
        Op::RemoveParticipantFromConference => {
            Order::Remove { user: user_of(call)?, farewell: farewell(call) }
        }
        Op::Leave => Order::Leave { farewell: farewell(call) },
        Op::Complete => Order::Complete { queue: owned(call, "queueName"), farewell: farewell(call) },
        // The token exists in the contract; no session lists it.
        Op::LeaveAndComplete => return Err(Problem::invalid_state(call.operation.name)),
        Op::SetDisposition => Order::SetDisposition {
            disposition: call.required_text("disposition").to_owned(),
            key: owned(call, "dispositionKey"),
        },
        Op::AttachUserData => Order::PutData { update: false, data: data(call) },
        Op::UpdateUserData => Order::PutData { update: true, data: data(call) },
        Op::DeleteUserData => Order::DeleteData { keys: call.list("keys").unwrap_or_default().to_vec() },
        Op::SetInFocus => Order::SetInFocus,
        Op::SwitchToMonitor => Order::Switch(Mode::Monitor),
        Op::SwitchToCoach => Order::Switch(Mode::Coach),
        Op::SwitchToBargeIn => Order::Switch(Mode::BargeIn),
    })
}

fn say(kind: EntryKind, to: Visibility, call: &Call, text: Option<&str>) -> Order {
    let tagged = kind == EntryKind::Text;
    Order::Say(Words {
        kind,
        to,
        text: text.and_then(|name| owned(call, name)),
        tag: if tagged { owned(call, "messageType") } else { None },
    })
}

fn farewell(call: &Call) -> Option<Farewell> {
    let text = owned(call, "text").filter(|text| !text.is_empty())?;
    Some(Farewell { text, tag: owned(call, "messageType") })
}

fn owned(call: &Call, name: &str) -> Option<String> {
    call.text(name).map(str::to_owned)
}

fn data(call: &Call) -> contact_center::contact::UserData {
    call.user_data("userData").map(sessions::given_data).unwrap_or_default()
}

fn target_or_queue(call: &Call) -> Result<Target, Problem> {
    match owned(call, "queueName") {
        Some(name) => Ok(Target::QueueNamed(name)),
        None => target(call),
    }
}

/// A user or a queue. The directory lists both under one path; their IDs differ in shape.
fn target(call: &Call) -> Result<Target, Problem> {
    let unknown = || refusals::unknown_target(TARGETS);
    let given = call.target("targetUri").ok_or_else(|| Problem::missing("targetUri"))?;
    let user = || given.id().parse().map(Target::User).map_err(|_| unknown());
    let queue = || given.id().parse().map(Target::Queue).map_err(|_| unknown());
    match given {
        public_api::Target::User(_) => user(),
        public_api::Target::Queue(_) => queue(),
        _ => user().or_else(|_| queue()),
    }
}

fn user_of(call: &Call) -> Result<UserId, Problem> {
    match target(call)? {
        Target::User(user) => Ok(user),
        Target::Queue(_) | Target::QueueNamed(_) => Err(refusals::unknown_target(TARGETS)),
    }
}

/// What a supervisor wants of an agent's channel.
pub fn of_user_channel(call: &Call, by: UserId, agent: UserId, channel: Channel) -> Command {
    use UserChannelOperation as Op;
    let monitor = |mode| {
        let request = MonitoringRequest {
            mode,
            scope: words::scope(call.word("supervisorMonitoringMode").unwrap_or(SupervisorSpan::AllChats)),
            nickname: owned(call, "nickname"),
        };
        Command::Monitor { by, agent, channel, request }
    };
    match call.operation_word::<Op>() {
        Op::Ready | Op::NotReady | Op::Offline => {
            let operation = call.operation.name.to_owned();
            Command::EnterState { by, of: agent, channel: Some(channel), operation }
        }
        Op::DoNotDisturbOn => disturbance(by, agent, Some(channel), true),
        Op::DoNotDisturbOff => disturbance(by, agent, Some(channel), false),
        Op::Monitor => monitor(Mode::Monitor),
        Op::Coach => monitor(Mode::Coach),
        Op::BargeIn => monitor(Mode::BargeIn),
        Op::CancelSupervisorMonitoring => Command::CancelMonitoring { by, agent, channel },
    }
}

pub fn disturbance(by: UserId, of: UserId, channel: Option<Channel>, on: bool) -> Command {
    Command::SwitchDisturbance { by, of, channel, on }
}

/// The end of the work after a call, if it is to have one: on the channel of calls only.
pub fn wrap_up(call: &Call, by: UserId, channel: Option<Channel>) -> Option<Command> {
    let seconds = call.integer("wrapUpTime").and_then(|seconds| u32::try_from(seconds).ok())?;
    (channel == Some(Channel::Voice) && seconds > 0).then_some(Command::WrapUp { by, seconds })
}

/// A supervisor wants to come into a running session.
pub fn intrusion(call: &Call, by: UserId, agent: UserId, contact: ContactId) -> Command {
    Command::Intrude {
        by,
        agent,
        contact,
        mode: call.word::<SupervisorMode>("supervisorVisibilityMode").map(words::mode),
        at_once: call.flag("autoAccept"),
        nickname: owned(call, "nickname"),
    }
}

/// An agent texts a customer first.
///
/// # Errors
/// A number that is none.
pub fn texting(call: &Call, by: UserId) -> Result<Command, Problem> {
    Ok(Command::StartTexting {
        by,
        to: texts::customers_number(call, "destination")?,
        from: texts::number(call, "from")?,
        queue: owned(call, "queueName"),
        nickname: owned(call, "nickname"),
        text: owned(call, "text").filter(|text| !text.is_empty()),
        user_data: data(call),
    })
}

/// A customer asks for a conversation. What it is about becomes attached data.
pub fn request(call: &Call, channel: Channel) -> Command {
    let mut user_data = data(call);
    if let Some(subject) = owned(call, "subject") {
        user_data.insert(SUBJECT.to_owned(), DataValue::Text(subject));
    }
    Command::RequestContact {
        channel,
        endpoint: owned(call, "endpoint"),
        nickname: call.required_text("nickname").to_owned(),
        user_data,
    }
}

/// What a customer does in an open conversation.
pub fn of_customer(call: &Call, key: CustomerKey) -> Command {
    use CustomerChatOperation as Op;
    let says = |kind, text| Command::CustomerSays { key, kind, text };
    match call.operation_word::<Op>() {
        Op::SendMessage => says(EntryKind::Text, owned(call, "text")),
        Op::SendStartTypingNotification => says(EntryKind::TypingStarted, owned(call, "text")),
        Op::SendStopTypingNotification => says(EntryKind::TypingStopped, None),
        Op::Complete => Command::CustomerLeaves { key },
    }
}
