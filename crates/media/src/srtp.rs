//! SRTP and SRTCP (RFC 3711) with the suites of SDES (RFC 4568): AES in counter mode, HMAC-SHA1.
//!
//! Packets are worked on in the caller's buffer, without allocation. A [`Protect`] never uses one keystream twice; an [`Unprotect`] believes nothing,
//! not even a source's number, before the tag is right. Keys are never derived anew within a session and have no identifier (MKI): SDES
//! leaves both out unless asked. Master keys never show in debug output.

mod index;
mod keys;

use self::index::{Sources, Window};
use self::keys::{SessionKeys, Usage};

/// A cipher suite of SDES (RFC 4568, section 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// `AES_CM_128_HMAC_SHA1_80`, which every phone with SRTP has.
    AesCm128HmacSha1_80,
    /// `AES_CM_128_HMAC_SHA1_32`: shorter tags on RTP.
    AesCm128HmacSha1_32,
}

impl Suite {
    /// All of them, strongest first.
    pub const ALL: [Suite; 2] = [Suite::AesCm128HmacSha1_80, Suite::AesCm128HmacSha1_32];

    /// Its name in SDP (`a=crypto`).
    pub const fn name(self) -> &'static str {
        match self {
            Suite::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// The suite of this name.
    pub fn from_name(name: &str) -> Option<Suite> {
        Suite::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))
    }

    /// How much longer an RTP packet becomes.
    const fn tag_bytes(self) -> usize {
        match self {
            Suite::AesCm128HmacSha1_80 => 10,
            Suite::AesCm128HmacSha1_32 => 4,
        }
    }
}

/// The octets of a master key and its salt together, as SDES carries them in base64.
pub const MASTER_BYTES: usize = keys::KEY_BYTES + keys::SALT_BYTES;
/// How much longer a packet can become: the tag, and on RTCP the index before it.
pub const MAX_OVERHEAD: usize = RTCP_TAG_BYTES + RTCP_INDEX_BYTES;

/// RTCP has long tags in both suites (RFC 4568, section 6.2.2).
const RTCP_TAG_BYTES: usize = 10;
const RTCP_INDEX_BYTES: usize = 4;
/// Version, counts, type, length and the sender's number: what of an RTCP packet stays readable.
const RTCP_CLEAR_BYTES: usize = 8;
/// Says of an RTCP packet that it is encrypted.
const RTCP_IS_ENCRYPTED: u32 = 1 << 31;

/// A master key and its salt.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; MASTER_BYTES]);

impl MasterKey {
    /// Key, then salt.
    pub const fn from_bytes(bytes: [u8; MASTER_BYTES]) -> MasterKey {
        MasterKey(bytes)
    }

    /// Key, then salt.
    pub const fn as_bytes(&self) -> &[u8; MASTER_BYTES] {
        &self.0
    }
}

impl core::fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("MasterKey(..)")
    }
}

/// Why a packet was not protected, or is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    /// It is not RTP or RTCP, or ends too early.
    #[error("the packet is none, or too short")]
    Malformed,
    /// The buffer has no room for the tag.
    #[error("the buffer has no room for the tag")]
    NoRoom,
    /// The tag is wrong.
    #[error("the tag is wrong")]
    NotAuthentic,
    /// The packet came before, or is too old to tell; or is about to be sent a second time.
    #[error("the packet came before, or is too old to tell")]
    Replayed,
    /// As many packets as a key may protect were protected (RFC 3711, section 9.2): a new key must be agreed on.
    #[error("the key is used up")]
    KeyUsedUp,
    /// More senders use this key than are kept apart.
    #[error("too many senders use one key")]
    TooManySources,
}

/// Protects what is sent.
pub struct Protect {
    suite: Suite,
    rtp: SessionKeys,
    rtcp: SessionKeys,
    sources: Sources,
    /// The index of the next RTCP packet; one row of numbers for all senders keeps each one's numbers apart, too.
    rtcp_index: u32,
}

impl core::fmt::Debug for Protect {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Protect").field("suite", &self.suite).finish_non_exhaustive()
    }
}

impl Protect {
    /// With our own key.
    pub fn new(suite: Suite, key: &MasterKey) -> Protect {
        Protect {
            suite,
            rtp: SessionKeys::derive(key, Usage::Rtp),
            rtcp: SessionKeys::derive(key, Usage::Rtcp),
            sources: Sources::new(),
            rtcp_index: 0,
        }
    }

    /// Protects the RTP packet in the first `length` octets of `buffer`; how long it is then, at most [`MAX_OVERHEAD`] more.
    ///
    /// # Errors
    /// [`SrtpError::Malformed`], [`SrtpError::NoRoom`], [`SrtpError::Replayed`] when its number was used before,
    /// [`SrtpError::KeyUsedUp`], [`SrtpError::TooManySources`].
    pub fn protect(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let tag_bytes = self.suite.tag_bytes();
        let packet = buffer.get(..length).ok_or(SrtpError::Malformed)?;
        let header = RtpHeader::parse(packet)?;
        let buffer = buffer.get_mut(..length + tag_bytes).ok_or(SrtpError::NoRoom)?;
        let source = self.sources.entry_for_sending(header.ssrc)?;
        let index = source.guess(header.sequence)?;
        if !source.window.is_new(index) {
            return Err(SrtpError::Replayed);
        }
        source.accept(index);
        let (packet, tag) = buffer.split_at_mut(length);
        self.rtp.apply_keystream(header.ssrc, index, &mut packet[header.length..]);
        tag.copy_from_slice(&self.rtp.tag(packet, rollovers(index))[..tag_bytes]);
        Ok(length + tag_bytes)
    }

    /// Protects the RTCP packet in the first `length` octets of `buffer`; how long it is then, at most [`MAX_OVERHEAD`] more.
    ///
    /// # Errors
    /// [`SrtpError::Malformed`], [`SrtpError::NoRoom`], [`SrtpError::KeyUsedUp`].
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let packet = buffer.get(..length).ok_or(SrtpError::Malformed)?;
        let ssrc = rtcp_sender(packet)?;
        let buffer = buffer.get_mut(..length + MAX_OVERHEAD).ok_or(SrtpError::NoRoom)?;
        if self.rtcp_index & RTCP_IS_ENCRYPTED != 0 {
            return Err(SrtpError::KeyUsedUp);
        }
        let index = self.rtcp_index;
        self.rtcp_index += 1;
        let (signed, tag) = buffer.split_at_mut(length + RTCP_INDEX_BYTES);
        self.rtcp.apply_keystream(ssrc, u64::from(index), &mut signed[RTCP_CLEAR_BYTES..length]);
        signed[length..].copy_from_slice(&(index | RTCP_IS_ENCRYPTED).to_be_bytes());
        tag.copy_from_slice(&self.rtcp.tag(signed, None)[..RTCP_TAG_BYTES]);
        Ok(length + MAX_OVERHEAD)
    }
}

/// Checks and opens what comes in.
pub struct Unprotect {
    suite: Suite,
    rtp: SessionKeys,
    rtcp: SessionKeys,
    sources: Sources,
    rtcp_window: Window,
}

impl core::fmt::Debug for Unprotect {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Unprotect").field("suite", &self.suite).finish_non_exhaustive()
    }
}

impl Unprotect {
    /// With the other side's key.
    pub fn new(suite: Suite, key: &MasterKey) -> Unprotect {
        Unprotect {
            suite,
            rtp: SessionKeys::derive(key, Usage::Rtp),
            rtcp: SessionKeys::derive(key, Usage::Rtcp),
            sources: Sources::new(),
            rtcp_window: Window::new(),
        }
    }

    /// Opens an RTP packet in place; how long it is without its tag. On an error the packet is unchanged.
    ///
    /// # Errors
    /// [`SrtpError::Malformed`], [`SrtpError::NotAuthentic`], [`SrtpError::Replayed`], [`SrtpError::KeyUsedUp`].
    pub fn unprotect(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let tag_bytes = self.suite.tag_bytes();
        let length = packet.len().checked_sub(tag_bytes).ok_or(SrtpError::Malformed)?;
        let (packet, tag) = packet.split_at_mut(length);
        let header = RtpHeader::parse(packet)?;
        let is_authentic = |index| keys::is_same(&self.rtp.tag(packet, rollovers(index))[..tag_bytes], tag);
        let index = match self.sources.find(header.ssrc) {
            Some(source) => {
                let index = source.guess(header.sequence)?;
                if !source.window.is_new(index) {
                    return Err(SrtpError::Replayed);
                }
                is_authentic(index).then_some(index)
            }
            None => index::first_guesses(header.sequence).find(|index| is_authentic(*index)),
        };
        let index = index.ok_or(SrtpError::NotAuthentic)?;
        self.sources.entry_for_receiving(header.ssrc).accept(index);
        self.rtp.apply_keystream(header.ssrc, index, &mut packet[header.length..]);
        Ok(length)
    }

    /// Opens an RTCP packet in place; how long it is without index and tag. On an error the packet is unchanged.
    ///
    /// # Errors
    /// [`SrtpError::Malformed`], [`SrtpError::NotAuthentic`], [`SrtpError::Replayed`].
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let length = packet.len().checked_sub(MAX_OVERHEAD).ok_or(SrtpError::Malformed)?;
        let (signed, tag) = packet.split_at_mut(length + RTCP_INDEX_BYTES);
        let ssrc = rtcp_sender(&signed[..length])?;
        let Some((_, word)) = signed.split_last_chunk::<RTCP_INDEX_BYTES>() else {
            return Err(SrtpError::Malformed);
        };
        let word = u32::from_be_bytes(*word);
        let index = u64::from(word & !RTCP_IS_ENCRYPTED);
        if !self.rtcp_window.is_new(index) {
            return Err(SrtpError::Replayed);
        }
        if !keys::is_same(&self.rtcp.tag(signed, None)[..RTCP_TAG_BYTES], tag) {
            return Err(SrtpError::NotAuthentic);
        }
        self.rtcp_window.accept(index);
        if word & RTCP_IS_ENCRYPTED != 0 {
            self.rtcp.apply_keystream(ssrc, index, &mut signed[RTCP_CLEAR_BYTES..length]);
        }
        Ok(length)
    }
}

/// What is needed of an RTP header (RFC 3550, section 5.1).
struct RtpHeader {
    sequence: u16,
    ssrc: u32,
    /// Octets before the payload, with contributors and extension.
    length: usize,
}

impl RtpHeader {
    fn parse(packet: &[u8]) -> Result<RtpHeader, SrtpError> {
        let Some((fixed, rest)) = packet.split_first_chunk::<12>() else { return Err(SrtpError::Malformed) };
        if fixed[0] >> 6 != 2 {
            return Err(SrtpError::Malformed);
        }
        let contributors = usize::from(fixed[0] & 15) * 4;
        let mut length = 12 + contributors;
        if fixed[0] & 0x10 != 0 {
            let Some(&[_, _, high, low]) = rest.get(contributors..contributors + 4) else {
                return Err(SrtpError::Malformed);
            };
            length += 4 + usize::from(u16::from_be_bytes([high, low])) * 4;
        }
        if length > packet.len() {
            return Err(SrtpError::Malformed);
        }
        let ssrc = u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]);
        Ok(RtpHeader { sequence: u16::from_be_bytes([fixed[2], fixed[3]]), ssrc, length })
    }
}

fn rtcp_sender(packet: &[u8]) -> Result<u32, SrtpError> {
    match *packet {
        [first, _, _, _, a, b, c, d, ..] if first >> 6 == 2 => Ok(u32::from_be_bytes([a, b, c, d])),
        _ => Err(SrtpError::Malformed),
    }
}

/// How often the sequence number has begun anew: what the tag covers besides the packet.
fn rollovers(index: u64) -> Option<u32> {
    Some((index >> 16) as u32)
}

#[cfg(test)]
mod tests;
