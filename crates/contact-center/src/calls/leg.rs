//! The line of one telephone.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::{DeviceId, LegId};

/// Where a line leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// To a device of ours.
    Device(DeviceId),
    /// To a number outside.
    Outside(Arc<str>),
}

/// How far a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LegState {
    /// They called us, and we have not answered.
    Arrived,
    /// We call, and have heard nothing.
    Calling,
    /// It rings there.
    Ringing {
        /// Whether it can be heard already.
        early_media: bool,
    },
    /// It stands.
    Up,
}

/// Why a line ends, or could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// Somebody put the phone down, or the call was over.
    HungUp,
    /// The phone is in use.
    Busy,
    /// The phone was not answered in time.
    NoAnswer,
    /// Whoever was called said no.
    Declined,
    /// The caller gave up before there was an answer.
    GivenUp,
    /// There is no such number.
    NoSuchNumber,
    /// The phone is not registered, or the way outside is closed.
    Unavailable,
    /// Something went wrong on the line: it fell silent, a timer ran out, no codec fits.
    Failed,
    /// The server was started anew.
    Restarted,
    /// Another line took its place.
    Replaced,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Its name.
    pub id: LegId,
    /// Where it leads.
    pub reach: Reach,
    /// How far it is.
    pub state: LegState,
    /// Whether they called us.
    pub incoming: bool,
    /// Whether the phone has put us aside.
    pub held_by_phone: bool,
    /// Whether the phone is to answer by itself.
    pub answers_itself: bool,
    /// What is shown to whoever is called.
    pub caller: Arc<str>,
    /// What the gateway needs to end the line after a restart.
    pub dialog: Option<Arc<str>>,
    /// Set when it is to end.
    pub ends: Option<Cause>,
}

impl Leg {
    /// Whether it stands, and is not about to end.
    pub fn is_up(&self) -> bool {
        self.state == LegState::Up && self.ends.is_none()
    }
}
