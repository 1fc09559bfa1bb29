//! Session keys, and what they do to a packet.

use aes::Aes128Enc;
use aes::cipher::{InnerIvInit, KeyInit as _, StreamCipher};
use ctr::{Ctr128BE, CtrCore};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use super::MasterKey;

/// Octets of an AES key.
pub const KEY_BYTES: usize = 16;
/// Octets of a salt.
pub const SALT_BYTES: usize = 14;
/// Octets of a key of HMAC-SHA1 (RFC 3711, section 8.2).
const TAG_KEY_BYTES: usize = 20;

/// What session keys are for; the number is that of the first of their three labels (RFC 3711, section 4.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// For RTP.
    Rtp = 0,
    /// For RTCP.
    Rtcp = 3,
}

/// The three session keys for one [`Usage`], ready to work.
pub struct SessionKeys {
    cipher: Aes128Enc,
    salt: [u8; SALT_BYTES],
    hmac: Hmac<Sha1>,
}

impl SessionKeys {
    /// Derives them from the master key.
    pub fn derive(master: &MasterKey, usage: Usage) -> SessionKeys {
        let (mut key, mut tag_key, mut salt) = ([0; KEY_BYTES], [0; TAG_KEY_BYTES], [0; SALT_BYTES]);
        let label = usage as u8;
        derived(master, label, &mut key);
        derived(master, label + 1, &mut tag_key);
        derived(master, label + 2, &mut salt);
        let Ok(hmac) = Hmac::new_from_slice(&tag_key) else { unreachable!("HMAC takes keys of any length") };
        SessionKeys { cipher: Aes128Enc::new(&key.into()), salt, hmac }
    }

    /// Encrypts or decrypts the payload of the packet with this index.
    pub fn apply_keystream(&self, ssrc: u32, index: u64, payload: &mut [u8]) {
        let mut nonce = [0; SALT_BYTES];
        nonce[4..8].copy_from_slice(&ssrc.to_be_bytes());
        nonce[8..].copy_from_slice(&index.to_be_bytes()[2..]);
        for (octet, salt) in nonce.iter_mut().zip(&self.salt) {
            *octet ^= salt;
        }
        apply(self.cipher.clone(), &nonce, payload);
    }

    /// The whole tag over a packet and, on RTP, the count of rollovers.
    pub fn tag(&self, packet: &[u8], rollovers: Option<u32>) -> [u8; 20] {
        let mut hmac = self.hmac.clone();
        hmac.update(packet);
        if let Some(rollovers) = rollovers {
            hmac.update(&rollovers.to_be_bytes());
        }
        hmac.finalize().into_bytes().into()
    }
}

/// Compares in a time that tells nothing about where they differ.
pub fn is_same(tag: &[u8], other: &[u8]) -> bool {
    tag.ct_eq(other).into()
}

/// Fills `key` with the session key of this label, for a key derivation rate of 0.
pub fn derived(master: &MasterKey, label: u8, key: &mut [u8]) {
    let Some((master_key, salt)) = master.as_bytes().split_first_chunk::<KEY_BYTES>() else { return };
    let mut nonce = [0; SALT_BYTES];
    nonce.copy_from_slice(salt);
    nonce[7] ^= label;
    key.fill(0);
    apply(Aes128Enc::new(&(*master_key).into()), &nonce, key);
}

/// AES in counter mode; the counter is the two octets after the nonce (RFC 3711, section 4.1.1).
pub fn apply(cipher: Aes128Enc, nonce: &[u8; SALT_BYTES], octets: &mut [u8]) {
    let mut block = [0; 16];
    block[..SALT_BYTES].copy_from_slice(nonce);
    let core = CtrCore::inner_iv_init(cipher, &block.into());
    Ctr128BE::from_core(core).apply_keystream(octets);
}
