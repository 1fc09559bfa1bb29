//! Offers and answers of one line, and what follows from them for its sound.

use std::time::Duration;

use media::bridge::{Keys, Latching};
use media::srtp::{MasterKey, Protect, Unprotect};
use sip::sdp::{
    Agreed, Codec, Crypto, Description, Direction, KEY_OCTETS, KeyAndSalt, LocalMedia, Negotiation, Security,
    Suite, Unacceptable,
};

use crate::config::Srtp;
use crate::media::{LegMedia, LocalPorts};
use crate::random;

/// A phone that put us aside says nothing, for as long as it likes.
const SILENT_WHEN_ASIDE: Duration = Duration::from_secs(86_400);

/// The offers and answers of one line.
pub(super) struct Voice {
    negotiation: Negotiation,
    /// As it was when we made the offer that waits for answers: several phones may answer it.
    offered: Option<Negotiation>,
    /// What the far side has offered and we have not answered.
    pub theirs: Option<Description>,
    pub ports: Option<LocalPorts>,
    pub agreed: Option<Agreed>,
    /// We encrypt by it.
    key: KeyAndSalt,
    /// What the media engine encrypts by.
    crypto: Option<Crypto>,
}

/// What we can and want on a line.
pub(super) struct Wishes {
    pub codecs: Vec<Codec>,
    pub packet_ms: u16,
    pub srtp: Srtp,
    pub is_tls: bool,
}

impl Voice {
    pub fn new() -> Voice {
        Voice {
            negotiation: Negotiation::new(random::number()),
            offered: None,
            theirs: None,
            ports: None,
            agreed: None,
            key: fresh_key(),
            crypto: None,
        }
    }

    /// An offer of ours.
    pub fn offer(&mut self, ports: LocalPorts, wishes: &Wishes) -> String {
        let local = self.local(ports, wishes);
        let text = self.negotiation.offer(&local);
        self.offered = Some(self.negotiation.clone());
        text
    }

    /// Our answer to what the far side offers.
    ///
    /// # Errors
    /// Nothing in it suits us. What was agreed before stands.
    pub fn answer(
        &mut self,
        offer: &Description,
        ports: LocalPorts,
        wishes: &Wishes,
    ) -> Result<String, Unacceptable> {
        let before = self.negotiation.clone();
        let (mut text, mut agreed) = self.negotiation.answer(offer, &self.local(ports, wishes))?;
        if let (Some(old), Some(new)) = (self.crypto, agreed.crypto)
            && old.theirs != new.theirs
        {
            // Whoever begins to count packets anew needs a new key, lest one part of it is used twice.
            self.key = fresh_key();
            self.negotiation = before;
            (text, agreed) = self.negotiation.answer(offer, &self.local(ports, wishes))?;
        }
        self.offered = None;
        self.agreed = Some(agreed);
        Ok(text)
    }

    /// The far side's answer to what we offered; each phone that was called may give one.
    ///
    /// # Errors
    /// It does not fit the offer. What was agreed before stands.
    pub fn accept(&mut self, answer: &Description) -> Result<(), Unacceptable> {
        let mut negotiation = self.offered.clone().ok_or(Unacceptable::NotAnAnswer)?;
        let agreed = negotiation.accept(answer)?;
        self.negotiation = negotiation;
        self.agreed = Some(agreed);
        Ok(())
    }

    /// The offer is settled: further answers are none.
    pub fn settle(&mut self) {
        self.offered = None;
    }

    /// Whether an offer would suit us.
    ///
    /// # Errors
    /// Why not.
    pub fn examine(&self, offer: &Description, wishes: &Wishes) -> Result<(), Unacceptable> {
        let address = offer.remote().ip();
        // Only the family of the address matters, and that the port is one.
        let ports = LocalPorts { address, rtp: 10_000, rtcp: 10_001 };
        let local = self.local(ports, wishes);
        self.negotiation.clone().answer(offer, &local).map(|_| ())
    }

    /// Whether the far side holds us.
    pub fn is_held(&self) -> bool {
        self.agreed.as_ref().is_some_and(Agreed::is_held)
    }

    /// What the media engine has to know of what was agreed. Keys go along only when they are new.
    pub fn leg_media(&mut self, latching: Latching, silent_after: Duration) -> Option<LegMedia> {
        let agreed = self.agreed.as_ref()?;
        let keys = agreed.crypto.filter(|crypto| self.crypto != Some(*crypto)).map(|crypto| keys(&crypto));
        self.crypto = agreed.crypto.or(self.crypto);
        let can_be_reached = !agreed.remote.ip().is_unspecified();
        Some(LegMedia {
            codec: codec(agreed.codec),
            payload_type: agreed.payload_type,
            dtmf: agreed.dtmf,
            remote: can_be_reached.then_some(agreed.remote),
            remote_control: can_be_reached.then_some(agreed.remote_rtcp),
            latching,
            may_send: agreed.direction.sends(),
            may_receive: agreed.direction.receives(),
            srtp: keys,
            silent_after: if agreed.direction == Direction::SendReceive {
                silent_after
            } else {
                SILENT_WHEN_ASIDE
            },
        })
    }

    fn local(&self, ports: LocalPorts, wishes: &Wishes) -> LocalMedia {
        LocalMedia {
            address: ports.address,
            port: ports.rtp,
            codecs: wishes.codecs.clone(),
            ptime_ms: wishes.packet_ms,
            direction: Direction::SendReceive,
            security: match wishes.srtp {
                Srtp::Off => Security::Plain,
                Srtp::Required if wishes.is_tls => Security::Required(self.key),
                // A leg that was encrypted never falls back.
                _ if self.crypto.is_some() => Security::Required(self.key),
                Srtp::Optional | Srtp::Required => Security::AsOffered(self.key),
            },
        }
    }
}

fn codec(codec: Codec) -> media::codec::Codec {
    match codec {
        Codec::Pcmu => media::codec::Codec::Pcmu,
        Codec::Pcma => media::codec::Codec::Pcma,
        Codec::G722 => media::codec::Codec::G722,
        Codec::Opus => media::codec::Codec::Opus,
    }
}

fn keys(crypto: &Crypto) -> Keys {
    let suite = match crypto.suite {
        Suite::AesCm128Sha1Tag80 => media::srtp::Suite::AesCm128HmacSha1_80,
        Suite::AesCm128Sha1Tag32 => media::srtp::Suite::AesCm128HmacSha1_32,
    };
    Keys {
        protect: Protect::new(suite, &master_key(&crypto.ours)),
        unprotect: Unprotect::new(suite, &master_key(&crypto.theirs)),
    }
}

fn master_key(key: &KeyAndSalt) -> MasterKey {
    MasterKey::from_bytes(key.0)
}

fn fresh_key() -> KeyAndSalt {
    let mut key = [0; KEY_OCTETS];
    for chunk in key.chunks_mut(8) {
        let number = random::number().to_ne_bytes();
        chunk.copy_from_slice(number.get(..chunk.len()).unwrap_or_default());
    }
    KeyAndSalt(key)
}
