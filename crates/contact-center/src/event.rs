//! What happened. Events are the only way the state changes; they are kept, in order, for ever or
//! until a snapshot holds their effect.

use serde::{Deserialize, Serialize};

use crate::calls::CallEvent;
use crate::channel::Channel;
use crate::contact::ContactEvent;
use crate::directory::{AgentState, CustomGroup, Device, Group, Queue, Skill};
use crate::ids::{ContactCenterId, ContactId, DeviceId, GroupId, QueueId, SkillId, UserId};
use crate::moment::Timestamp;
use crate::people::User;
use crate::settings::SettingName;
use crate::subscription::Subscription;
use crate::texting::TextEvent;

/// A fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The contact center began.
    Founded {
        /// Its ID.
        id: ContactCenterId,
        /// Its name, for people.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// A user exists in this form, new or changed.
    UserKept(Box<User>),
    /// A user is gone.
    UserDeleted(UserId),
    /// A device exists in this form.
    DeviceKept(Device),
    /// A device is gone.
    DeviceDeleted(DeviceId),
    /// A skill exists in this form.
    SkillKept(Skill),
    /// A skill is gone.
    SkillDeleted(SkillId),
    /// A queue exists in this form.
    QueueKept(Queue),
    /// A queue is gone.
    QueueDeleted(QueueId),
    /// A group exists in this form.
    GroupKept(Group),
    /// A group is gone.
    GroupDeleted(GroupId),
    /// A feature was switched.
    FeatureSwitched {
        /// Which.
        feature: String,
        /// Whether the contact center has it now.
        on: bool,
    },
    /// A setting has this value now.
    SettingChanged(SettingName, i64),
    /// Dispositions are kept under this key from now on.
    DispositionKeyChanged(String),
    /// An agent state exists in this form.
    StateKept(AgentState),
    /// An agent state is gone.
    StateDeleted(String),
    /// A client's own group of settings exists in this form, for one user or for all.
    CustomGroupKept(Option<UserId>, CustomGroup),
    /// It is gone.
    CustomGroupDeleted(Option<UserId>, String),
    /// An agent opened a channel.
    ChannelOpened {
        /// Who.
        user: UserId,
        /// Which.
        channel: Channel,
        /// The state to begin with.
        state: AgentState,
        /// With which device, for calls.
        device: Option<DeviceId>,
        /// When.
        at: Timestamp,
    },
    /// An agent closed a channel, or it was closed.
    ChannelClosed {
        /// Who.
        user: UserId,
        /// Which.
        channel: Channel,
    },
    /// An agent is in this state on a channel now.
    StateChanged {
        /// Who.
        user: UserId,
        /// Which channel.
        channel: Channel,
        /// The state.
        state: AgentState,
        /// When.
        at: Timestamp,
    },
    /// Do-not-disturb was switched for a channel.
    DisturbanceSwitched {
        /// Who.
        user: UserId,
        /// Which channel.
        channel: Channel,
        /// Whether the agent is not to be disturbed.
        on: bool,
        /// When.
        at: Timestamp,
    },
    /// A supervisor waits for an agent's contacts.
    MonitoringArmed {
        /// Whose contacts.
        agent: UserId,
        /// Who, where and how.
        subscription: Subscription,
    },
    /// A supervisor no longer does.
    MonitoringEnded {
        /// Whose contacts.
        agent: UserId,
        /// On which channel.
        channel: Channel,
        /// Who.
        supervisor: UserId,
    },
    /// Something happened with calls.
    Call(CallEvent),
    /// Something happened with texts.
    Text(TextEvent),
    /// Something happened to a contact.
    Contact(ContactId, ContactEvent),
}

impl Event {
    /// The contact it is about.
    pub fn contact(&self) -> Option<ContactId> {
        match self {
            Self::Contact(id, _) => Some(*id),
            _ => None,
        }
    }
}
