//! News of channels, passwords and services.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::resources::{ChannelState, Id, Link, Service};

/// Where users hear of their own passwords.
pub const PASSWORD_TOPIC: &str = "/v2/me";

/// Channels of the user changed state.
#[derive(Clone, Debug)]
pub struct ChannelStatesChanged<'a> {
    /// The channels, whole.
    pub channels: &'a [ChannelState<'a>],
}

/// What became of a change of password.
#[derive(Clone, Debug)]
pub enum PasswordNews<'a> {
    /// It was changed.
    Changed,
    /// It was not.
    Refused {
        /// Why.
        error: PasswordError,
        /// Why, for people.
        message: Cow<'a, str>,
    },
}

/// Why a password was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    /// The new one is not good enough.
    Policy = 1,
    /// The old one is not the current one.
    WrongOldPassword = 2,
    /// We failed.
    Internal = 3,
}

/// News of the user's own password.
#[derive(Clone, Debug)]
pub struct OwnPasswordNews<'a> {
    /// What became of it.
    pub news: PasswordNews<'a>,
}

/// News of another user's password.
#[derive(Clone, Debug)]
pub struct UserPasswordNews<'a> {
    /// What became of it.
    pub news: PasswordNews<'a>,
    /// Whose password.
    pub user: Link<'a>,
    /// The ID of the same user.
    pub user_id: Id<'a>,
}

/// Services changed state.
#[derive(Clone, Debug)]
pub struct ServicesChanged<'a> {
    /// The services, whole.
    pub services: &'a [Service<'a>],
}

impl Serialize for ChannelStatesChanged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(Some(2))?;
        data.serialize_entry("messageType", "ChannelStateChangeMessageV2")?;
        data.serialize_entry("channels", self.channels)?;
        data.end()
    }
}

impl PasswordNews<'_> {
    // Sources name the same word once as messageType and once as notificationType; clients of either find it.
    fn write_members<M: SerializeMap>(&self, data: &mut M) -> Result<(), M::Error> {
        let word = match self {
            Self::Changed => "PasswordChangeSuccessful",
            Self::Refused { .. } => "PasswordChangeError",
        };
        data.serialize_entry("messageType", word)?;
        data.serialize_entry("notificationType", word)?;
        if let Self::Refused { error, message } = self {
            data.serialize_entry("errorMessage", message)?;
            data.serialize_entry("errorCode", &(*error as u8))?;
        }
        Ok(())
    }
}

impl Serialize for OwnPasswordNews<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(None)?;
        self.news.write_members(&mut data)?;
        data.end()
    }
}

impl Serialize for UserPasswordNews<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(None)?;
        self.news.write_members(&mut data)?;
        data.serialize_entry("userUri", &self.user.uri())?;
        data.serialize_entry("userId", &self.user_id)?;
        data.end()
    }
}

impl Serialize for ServicesChanged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(Some(2))?;
        data.serialize_entry("messageType", "ServiceStateChangeMessage")?;
        data.serialize_entry("services", self.services)?;
        data.end()
    }
}
