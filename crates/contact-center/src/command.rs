//! What can be asked of a contact center. Orders only: whether they are followed is decided by the
//! module that each group is named after.

use std::sync::Arc;

use crate::audience::{Mode, Visibility};
use crate::calls::{CallDuty, CallOrder, Destination, DeviceSwitch, LineReport, StandingRequest};
use crate::channel::Channel;
use crate::contact::{EntryKind, UserData};
use crate::ids::{CallId, ContactId, CustomerKey, DeviceId, QueueId, UserId};
use crate::moment::Timestamp;
use crate::provisioning::Change;
use crate::subscription::MonitoringRequest;
use crate::texting::{Arrival, DeliveryReport, Outcome, PhoneNumber, TextDeadline, TextId};

/// An order.
#[derive(Debug, Clone)]
pub enum Command {
    /// Change what administrators keep.
    Provision {
        /// Who wants it; nobody for what the server itself does at its first start.
        by: Option<UserId>,
        /// What.
        change: Change,
    },
    /// Open a channel to work on.
    OpenChannel {
        /// Who.
        by: UserId,
        /// Which.
        channel: Channel,
        /// With which device, for calls; else the only fitting one of the user's.
        device: Option<DeviceId>,
    },
    /// Close every channel and hand back what was handled there.
    CloseChannels {
        /// Who.
        by: UserId,
    },
    /// Enter an agent state, on one channel or on all open ones.
    EnterState {
        /// Who.
        by: UserId,
        /// Whose channel; the caller's own, or that of an agent of the supervisor's.
        of: UserId,
        /// Which channel; all that are open if absent.
        channel: Option<Channel>,
        /// The operation name of the state.
        operation: String,
    },
    /// Do what is left to do after a call, and be ready again after a time.
    WrapUp {
        /// Who.
        by: UserId,
        /// How long, in seconds.
        seconds: u32,
    },
    /// Switch do-not-disturb, on one channel or on all open ones.
    SwitchDisturbance {
        /// Who.
        by: UserId,
        /// Whose channel.
        of: UserId,
        /// Which channel; all that are open if absent.
        channel: Option<Channel>,
        /// On or off.
        on: bool,
    },
    /// Do something in a contact one is in or invited to.
    Converse {
        /// Who.
        by: UserId,
        /// In which contact.
        contact: ContactId,
        /// What.
        order: Order,
    },
    /// Take part in an agent's contacts from now on.
    Monitor {
        /// The supervisor.
        by: UserId,
        /// Whose contacts.
        agent: UserId,
        /// On which channel.
        channel: Channel,
        /// How.
        request: MonitoringRequest,
    },
    /// No longer take part in further contacts.
    CancelMonitoring {
        /// The supervisor.
        by: UserId,
        /// Whose contacts.
        agent: UserId,
        /// On which channel.
        channel: Channel,
    },
    /// Come into a running contact.
    Intrude {
        /// The supervisor.
        by: UserId,
        /// Who handles it.
        agent: UserId,
        /// The contact.
        contact: ContactId,
        /// How; if absent as the supervisor monitors that agent.
        mode: Option<Mode>,
        /// Join at once, without an invitation.
        at_once: bool,
        /// The name shown on joining at once; else the user name.
        nickname: Option<String>,
    },
    /// A customer begins a conversation.
    RequestContact {
        /// Chat or text session.
        channel: Channel,
        /// The queue by name or ID; the channel's default queue if absent.
        endpoint: Option<String>,
        /// The customer's name as shown.
        nickname: String,
        /// Data to attach.
        user_data: UserData,
    },
    /// A customer says something.
    CustomerSays {
        /// The customer's key.
        key: CustomerKey,
        /// [`EntryKind::Text`], `TypingStarted` or `TypingStopped`.
        kind: EntryKind,
        /// The text.
        text: Option<String>,
    },
    /// A customer goes.
    CustomerLeaves {
        /// The customer's key.
        key: CustomerKey,
    },
    /// A carrier hands a text over. Without events it had come before.
    ReceiveText(Box<Arrival>),
    /// The carrier has read the acknowledgements of what it brought over a connection. To be told now and then.
    SettleArrivals {
        /// The connection.
        connection: u64,
        /// Of what came before then.
        until: Timestamp,
    },
    /// The gateway is about to hand these texts to a carrier, each in so many parts. The events say
    /// which it may.
    ClaimTexts {
        /// The carrier.
        carrier: Arc<str>,
        /// The texts.
        texts: Vec<(TextId, u8)>,
    },
    /// What became of texts.
    SettleTexts(Vec<(TextId, Outcome)>),
    /// Receipts of a carrier.
    ReportTexts {
        /// The carrier.
        carrier: Arc<str>,
        /// What they say.
        reports: Vec<DeliveryReport>,
    },
    /// The gateway begins: what was claimed before has an unknown end.
    RecoverTexts,
    /// An agent texts somebody first.
    StartTexting {
        /// Who.
        by: UserId,
        /// Whom.
        to: PhoneNumber,
        /// From which number; else that of the queue.
        from: Option<PhoneNumber>,
        /// The queue by name or ID; else the channel's default queue.
        queue: Option<String>,
        /// The agent's name as shown; else the user name.
        nickname: Option<String>,
        /// The first text.
        text: Option<String>,
        /// Data to attach.
        user_data: UserData,
    },
    /// Call somebody.
    Dial {
        /// Who.
        by: UserId,
        /// With which device of the caller's.
        device: DeviceId,
        /// Whom.
        to: Destination,
        /// The number shown to whoever is called; else the device's own.
        caller_id: Option<String>,
    },
    /// Do something in a call.
    Call {
        /// Who.
        by: UserId,
        /// In which call.
        call: CallId,
        /// What.
        order: CallOrder,
    },
    /// Switch something at one's own device.
    SwitchDevice {
        /// Who.
        by: UserId,
        /// Which.
        device: DeviceId,
        /// What.
        switch: DeviceSwitch,
    },
    /// Join calls from now on, as a supervisor.
    Supervise {
        /// Who.
        by: UserId,
        /// With which device of the supervisor's.
        device: DeviceId,
        /// Whose calls, and how.
        request: StandingRequest,
    },
    /// Join no further calls.
    CancelSupervision {
        /// Who.
        by: UserId,
        /// The supervisor's device.
        device: DeviceId,
    },
    /// Something happened on the telephone lines.
    Line(LineReport),
    /// Do what is due: nobody's order, but the contact center's own.
    Do(Duty),
}

impl Command {
    /// The user who gives the order; none for customers and duties.
    pub fn by(&self) -> Option<UserId> {
        match self {
            Self::Provision { by, .. } => *by,
            Self::OpenChannel { by, .. }
            | Self::CloseChannels { by }
            | Self::EnterState { by, .. }
            | Self::WrapUp { by, .. }
            | Self::SwitchDisturbance { by, .. }
            | Self::Converse { by, .. }
            | Self::Monitor { by, .. }
            | Self::CancelMonitoring { by, .. }
            | Self::Intrude { by, .. }
            | Self::StartTexting { by, .. }
            | Self::Dial { by, .. }
            | Self::Call { by, .. }
            | Self::SwitchDevice { by, .. }
            | Self::Supervise { by, .. }
            | Self::CancelSupervision { by, .. } => Some(*by),
            Self::ReceiveText(_)
            | Self::SettleArrivals { .. }
            | Self::ClaimTexts { .. }
            | Self::SettleTexts(_)
            | Self::ReportTexts { .. }
            | Self::RecoverTexts
            | Self::RequestContact { .. }
            | Self::CustomerSays { .. }
            | Self::CustomerLeaves { .. }
            | Self::Line(_)
            | Self::Do(_) => None,
        }
    }
}

/// What the contact center owes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Offer a waiting contact to an agent.
    Offer(ContactId, UserId),
    /// Take back an offer that nobody answered.
    LapseOffer(ContactId, UserId),
    /// Close a conversation that fell silent.
    EndSilence(ContactId),
    /// Drop an ended contact.
    Forget(ContactId),
    /// Something about calls.
    Call(CallDuty),
    /// Something about texts.
    Text(TextDeadline),
}

/// What somebody wants to do in a contact.
#[derive(Debug, Clone)]
pub enum Order {
    /// Take an offer.
    Accept {
        /// The name shown; else the user name.
        nickname: Option<String>,
    },
    /// Refuse an offer.
    Reject,
    /// Say something, to everyone or to agents.
    Say(Words),
    /// Send everyone an address of the web.
    SendUrl {
        /// The address.
        url: String,
        /// What is said first.
        text: Option<String>,
        /// The sender's own tag of that.
        tag: Option<String>,
    },
    /// Ask a colleague, or a queue's next agent, to join in front of the customer.
    Invite(Target),
    /// Ask for advice behind the customer's back.
    Consult(Target),
    /// Hand the contact on.
    Transfer {
        /// To whom.
        to: Target,
        /// Said to the customer first.
        farewell: Option<Farewell>,
    },
    /// Send another agent away.
    Remove {
        /// Whom.
        user: UserId,
        /// Said to the customer first.
        farewell: Option<Farewell>,
    },
    /// Go.
    Leave {
        /// Said to the customer first.
        farewell: Option<Farewell>,
    },
    /// Be done with it.
    Complete {
        /// The queue by name or ID into which it is put then.
        queue: Option<String>,
        /// Said to the customer first.
        farewell: Option<Farewell>,
    },
    /// Attach or overwrite data.
    PutData {
        /// Whether the order was to update.
        update: bool,
        /// The data.
        data: UserData,
    },
    /// Delete data by key.
    DeleteData {
        /// The keys; unknown ones are passed over.
        keys: Vec<String>,
    },
    /// Set the disposition.
    SetDisposition {
        /// The code.
        disposition: String,
        /// The key of user data; else the configured one.
        key: Option<String>,
    },
    /// Look at it. Nothing changes.
    SetInFocus,
    /// Take part in another mode from now on.
    Switch(Mode),
}

/// Something said.
#[derive(Debug, Clone)]
pub struct Words {
    /// Text, typing, notice or new name.
    pub kind: EntryKind,
    /// To everyone or to agents.
    pub to: Visibility,
    /// The text, notice or name.
    pub text: Option<String>,
    /// The sender's own tag.
    pub tag: Option<String>,
}

/// A last text to the customer.
#[derive(Debug, Clone)]
pub struct Farewell {
    /// The text.
    pub text: String,
    /// The sender's own tag.
    pub tag: Option<String>,
}

/// Somebody or some queue.
#[derive(Debug, Clone)]
pub enum Target {
    /// A user.
    User(UserId),
    /// A queue.
    Queue(QueueId),
    /// A queue by name or ID.
    QueueNamed(String),
}
