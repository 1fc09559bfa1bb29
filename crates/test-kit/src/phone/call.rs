//! One call of a phone: its offers and answers, and its sound.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use sip::message::Status;
use sip::sdp::{Agreed, Description, Direction, LocalMedia, Negotiation, Security};
use tokio::sync::oneshot;

use super::config::PhoneConfig;
use super::random;
use super::sound::{Room, Sound, of_offers};
use super::view::PhoneCall;

/// One call.
pub(super) struct Call {
    pub id: PhoneCall,
    pub sound: Sound,
    /// When it is taken by itself.
    pub answer_at: Option<Instant>,
    /// The offer that it came with.
    pub theirs: Option<Bytes>,
    /// Who waits for the end of holding or resuming.
    pub changing: Option<oneshot::Sender<Result<(), u16>>>,
    /// Who waits for the far side's word about a transfer.
    pub transferring: Option<oneshot::Sender<Result<(), u16>>>,
    negotiation: Negotiation,
    /// As it was when the open offer was made: several answers may come to it.
    offered: Option<Negotiation>,
    local: LocalMedia,
    /// What was wanted before the open change.
    before: Direction,
}

impl Call {
    pub fn open(id: PhoneCall, config: &PhoneConfig, room: &Arc<Room>) -> std::io::Result<Call> {
        let sound = Sound::open(id, config, room)?;
        let (address, port) = sound.line().address();
        Ok(Call {
            id,
            sound,
            answer_at: None,
            theirs: None,
            changing: None,
            transferring: None,
            negotiation: Negotiation::new(random::number()),
            offered: None,
            local: LocalMedia {
                address,
                port,
                codecs: config.codecs.iter().map(|codec| of_offers(*codec)).collect(),
                ptime_ms: 20,
                direction: Direction::SendReceive,
                security: Security::Plain,
            },
            before: Direction::SendReceive,
        })
    }

    /// An offer of what is wanted now.
    pub fn offer(&mut self) -> Bytes {
        let text = self.negotiation.offer(&self.local);
        self.offered = Some(self.negotiation.clone());
        Bytes::from(text)
    }

    /// An offer by which the far side is put aside, or taken up again.
    pub fn offer_hold(&mut self, is_wanted: bool, done: oneshot::Sender<Result<(), u16>>) -> Bytes {
        self.before = self.local.direction;
        self.local.direction = if is_wanted { Direction::SendOnly } else { Direction::SendReceive };
        self.changing = Some(done);
        self.offer()
    }

    /// The open change is over; whether the far side is put aside now.
    pub fn settle(&mut self, is_done: bool) -> bool {
        if !is_done {
            self.local.direction = self.before;
        }
        self.local.direction == Direction::SendOnly
    }

    /// The answer to the offer that the call came with, or an offer if it came without.
    pub fn answer(&mut self) -> Result<Bytes, Status> {
        match self.theirs.take() {
            Some(theirs) => self.answer_offer(&theirs).map(|it| it.0),
            None => Ok(self.offer()),
        }
    }

    /// The answer to an offer, and whether the far side puts this phone aside by it.
    pub fn answer_offer(&mut self, offer: &[u8]) -> Result<(Bytes, bool), Status> {
        let offer = Description::read(offer).map_err(|_| Status::NOT_ACCEPTABLE_HERE)?;
        let answered = self.negotiation.answer(&offer, &self.local);
        let (text, agreed) = answered.map_err(|_| Status::NOT_ACCEPTABLE_HERE)?;
        self.offered = None;
        Ok((Bytes::from(text), self.agree(agreed)))
    }

    /// Takes an answer of the far side; whether it puts this phone aside by it. None if it does not fit.
    pub fn accept(&mut self, answer: &[u8]) -> Option<bool> {
        let mut negotiation = self.offered.clone()?;
        let agreed = negotiation.accept(&Description::read(answer).ok()?).ok()?;
        self.negotiation = negotiation;
        Some(self.agree(agreed))
    }

    fn agree(&mut self, agreed: Agreed) -> bool {
        let is_held = !agreed.direction.receives() && self.local.direction.receives() || agreed.is_held();
        self.sound.line().agree(agreed);
        is_held
    }
}
