//! What reads answer and notifications carry: members in the order of the contract.
//!
//! The resources borrow what they print. They know nothing of where it comes from, and decide nothing: a
//! view for one reader (whose capabilities, which participants) is the caller's work.

mod call;
mod capability;
mod country;
mod directory;
mod feature;
mod link;
mod provisioning;
mod recording;
mod session;
mod state;
mod texts;
mod time;
mod user;

pub use call::{Call, CallCapability, CallMonitoring, CallParticipant, CallState, CallType, RecordingState};
pub use capability::Capability;
pub use directory::{Availability, ChannelAvailability, Contact, ContactPhoneNumber, ContactType};
pub use feature::{FEATURES, Feature, FeatureDefinition, FeatureId};
pub use link::{Id, Link, PRINTED_ID_BYTES, Path, Uri};
pub use provisioning::{
    AgentState, ContactCenter, Group, GroupType, Queue, Service, ServiceState, ServiceType, Setting,
    SettingsGroup, Skill,
};
pub use recording::{CallRecording, RecordingTrack};
pub use session::{
    ChatType, CustomerChat, CustomerMessage, CustomerParticipant, CustomerState, Delivery, DeliveryState,
    Interaction, Message, MessageDelivery, MessageType, Participant, ParticipantType, Perception, Said,
    SessionState, SupervisedSession, TreatAs, Visibility,
};
pub use state::{
    AgentStateKind, BUILT_IN_STATES, BuiltInState, ChannelState, SupervisorMode, SupervisorSpan, Switch,
    UserState, WorkMode,
};
pub use texts::{Import, ImportProblem, KeywordFamily, Suppression};
pub use time::{WireTime, wire_time};
pub use user::{
    Country, Device, DeviceState, MonitoringKind, MonitoringMode, MonitoringScope, MonitoringState, Role,
    Sessions, SettingsBySection, SettingsSection, SipIdentity, TelephonyNetwork, User,
};
