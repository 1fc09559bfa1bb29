//! Standing orders of supervisors: whose calls they join from now on.

use serde::{Deserialize, Serialize};

use crate::audience::Mode;
use crate::ids::{CallId, DeviceId, QueueId, UserId};

/// How long a supervisor stays with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SupervisionScope {
    /// As long as the supervised agent is in it.
    Agent,
    /// As long as it lasts, whoever handles it.
    Call,
}

/// Whose calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SupervisionTarget {
    /// Those of a device.
    Device(DeviceId),
    /// Those that come by a queue.
    Queue(QueueId),
}

/// What a supervisor asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRequest {
    /// The mode to join in.
    pub mode: Mode,
    /// The device to supervise.
    pub target: Option<DeviceId>,
    /// The number to supervise: of a device or of a queue. If both are given they must mean the same device.
    pub phone_number: Option<String>,
    /// Whether one call uses it up.
    pub once: bool,
    /// How long to stay with a call.
    pub scope: SupervisionScope,
}

/// An order that stands on a supervisor's device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingOrder {
    /// Who gave it.
    pub supervisor: UserId,
    /// The mode to join in.
    pub mode: Mode,
    /// Whose calls.
    pub target: SupervisionTarget,
    /// Whether one call uses it up.
    pub once: bool,
    /// How long to stay with a call.
    pub scope: SupervisionScope,
    /// The call that uses it up, while that lasts.
    pub used_by: Option<CallId>,
}
