//! Keys on their way to an ear: those that a mouth presses, and those that the caller dials.

use super::config::{Event, Refused, Sink};
use super::earpiece::{Earpiece, FRAME, Right, Way};
use super::mouth::Taken;
use super::sending::Sending;
use crate::dtmf::{self, EVENT_BYTES, EventPacket, Key};

impl Earpiece {
    /// Passes a packet of a telephone event on, with the ear's payload type, unless the key went down before the right to hear it.
    pub(super) fn pass_key(&mut self, mouth: usize, taken: &Taken<'_>, sending: &mut Sending<'_, impl Sink>) {
        let Some(payload_type) = self.dtmf else { return };
        let is_right = |right: &&Right| right.mouth == mouth && taken.spoken_at >= right.since;
        if self.way == Way::Nothing || !self.rights.iter().any(|right| is_right(&right)) {
            return;
        }
        let Some(from) = sending.mouths[mouth].as_ref() else { return };
        let Some(mut event) = dtmf::Event::parse(taken.packet.payload) else { return };
        let (theirs, ours) = (from.codec.clock_hz(), self.codec.clock_hz());
        let stamp = if self.way == Way::Relay {
            if taken.is_new_stream {
                self.sender.end_relay();
            }
            self.sender.relay(&taken.packet, 0, sending.now)
        } else {
            let began = taken.packet.timestamp;
            let known = self.passed_key.filter(|(of, at, _)| (*of, *at) == (mouth, began));
            let timestamp = known.map_or_else(|| self.sender.timestamp_at(sending.now), |(_, _, ours)| ours);
            self.passed_key = Some((mouth, began, timestamp));
            Some(self.sender.event(timestamp, known.is_none()))
        };
        let Some(stamp) = stamp else { return };
        let duration = u64::from(event.duration) * u64::from(ours) / u64::from(theirs);
        event.duration = u16::try_from(duration).unwrap_or(u16::MAX);
        self.send(
            stamp,
            payload_type,
            &event.to_bytes(),
            sending.to,
            &mut sending.scratch.packet,
            sending.sink,
        );
    }

    /// Lets digits follow those that wait.
    pub(super) fn dial(&mut self, digits: &str, now: core::time::Duration) -> Result<(), Refused> {
        if self.dtmf.is_none() {
            return Err(Refused::NoTelephoneEvents);
        }
        if digits.chars().any(|digit| Key::from_char(digit).is_none()) {
            return Err(Refused::NotADigit);
        }
        self.digits.press(digits.chars().filter_map(Key::from_char)).map_err(|_| Refused::TooManyDigits)?;
        if !self.digits.is_idle() {
            self.digits_due = self.digits_due.or(Some(now));
        }
        Ok(())
    }

    /// Sends what is due of the digits.
    pub(super) fn tick_digits(&mut self, sending: &mut Sending<'_, impl Sink>) {
        let Some(due) = self.digits_due.filter(|due| *due <= sending.now) else { return };
        self.digits_due = Some((due + FRAME).max(sending.now));
        match self.digits.tick() {
            dtmf::Sending::Nothing if !self.digits.is_idle() => {}
            dtmf::Sending::Nothing => {
                self.digits_due = None;
                sending.sink.event(Event::DigitsSent { leg: self.key });
            }
            dtmf::Sending::Packet(packet) => {
                self.digit_is_down = true;
                self.send_digit(&packet, sending);
            }
            dtmf::Sending::LastPacket(packet) => {
                self.digit_is_down = false;
                for _ in 0..dtmf::END_PACKETS {
                    self.send_digit(&packet, sending);
                }
            }
        }
    }

    fn send_digit(&mut self, packet: &EventPacket, sending: &mut Sending<'_, impl Sink>) {
        let Some(payload_type) = self.dtmf else { return };
        if packet.marker {
            self.digit_timestamp = self.sender.timestamp_at(sending.now);
        }
        let stamp = self.sender.event(self.digit_timestamp, packet.marker);
        let payload: [u8; EVENT_BYTES] = packet.payload;
        self.send(stamp, payload_type, &payload, sending.to, &mut sending.scratch.packet, sending.sink);
    }
}
