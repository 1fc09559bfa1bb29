//! What devices know of telephony.

use serde::{Deserialize, Serialize};

/// How a device signs in to the registrar (RFC 7616): its number is the user name. The password itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipIdentity {
    /// The realm for which the digests were made.
    pub realm: String,
    /// MD5 of `number:realm:password`, 32 lower-case hexadecimal digits.
    pub ha1_md5: String,
    /// SHA-256 of the same, 64 lower-case hexadecimal digits.
    pub ha1_sha256: String,
}

/// What can be switched at a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceSwitch {
    /// Refuse calls.
    DoNotDisturbOn,
    /// Take calls again.
    DoNotDisturbOff,
    /// Pass calls on to this number.
    ForwardCallsOn(String),
    /// Take them again.
    ForwardCallsOff,
}
