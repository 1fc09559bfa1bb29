//! News of devices and calls.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::resources::{Call, Device, Link};
use crate::word::words;

words! {
    /// What changed about a call.
    pub enum CallChange {
        StatusChange = "StatusChange",
        ParticipantsUpdated = "ParticipantsUpdated",
        AttachedDataChanged = "AttachedDataChanged",
        DtmfSent = "DtmfSent",
        CallRecordingStateChange = "CallRecordingStateChange",
        MonitoredUserMutedStateChange = "MonitoredUserMutedStateChange",
        Error = "Error",
    }
}

/// Devices changed state.
#[derive(Clone, Debug)]
pub struct DeviceStatesChanged<'a> {
    /// The devices, whole; usually one.
    pub devices: &'a [Device<'a>],
}

/// Something asked of a device failed after it was answered.
#[derive(Clone, Debug)]
pub struct DeviceFailed<'a> {
    /// The device.
    pub device: Link<'a>,
    /// Why, for people.
    pub error_message: Option<Cow<'a, str>>,
}

/// A call changed for one user; carries it whole.
#[derive(Clone, Debug)]
pub struct CallStateChanged<'a> {
    /// What changed.
    pub change: CallChange,
    /// The call as this user's telephone now has it.
    pub call: &'a Call<'a>,
    /// The number of the user's own telephone.
    pub phone_number: Cow<'a, str>,
    /// What the telephone system adds, where it adds something.
    pub extensions: Option<CallExtensions>,
    /// Of errors: what went wrong, for people.
    pub error_message: Option<Cow<'a, str>>,
}

/// What the telephone system tells beside the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CallExtensions {
    /// 1 for calls from or to the outside, 0 for others.
    pub business_call: u8,
    /// After how many seconds the user will be ready again when the call is over; 0 for at once.
    pub wrap_up_time: u32,
}

impl Serialize for DeviceStatesChanged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(Some(2))?;
        data.serialize_entry("messageType", "DeviceStateChangeMessage")?;
        data.serialize_entry("devices", self.devices)?;
        data.end()
    }
}

impl Serialize for DeviceFailed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(None)?;
        data.serialize_entry("messageType", "ErrorMessage")?;
        data.serialize_entry("devicePath", &self.device.path())?;
        data.serialize_entry("deviceUri", &self.device.uri())?;
        if let Some(message) = &self.error_message {
            data.serialize_entry("errorMessage", message)?;
        }
        data.end()
    }
}

impl Serialize for CallStateChanged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(None)?;
        data.serialize_entry("notificationType", &self.change)?;
        data.serialize_entry("call", self.call)?;
        data.serialize_entry("phoneNumber", &self.phone_number)?;
        if let Some(extensions) = &self.extensions {
            data.serialize_entry("extensions", extensions)?;
        }
        if let Some(message) = &self.error_message {
            data.serialize_entry("errorMessage", message)?;
        }
        data.serialize_entry("messageType", "CallStateChangeMessage")?;
        data.end()
    }
}
