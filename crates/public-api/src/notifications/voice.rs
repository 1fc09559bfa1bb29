//! News of devices.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::resources::{Device, Link};

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
