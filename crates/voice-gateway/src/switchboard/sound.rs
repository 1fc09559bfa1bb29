//! The sound of lines: ports, offers and answers, and what the media engine tells.

use bytes::Bytes;
use contact_center::LegId;
use contact_center::calls::{Cause, LineReport};
use media::bridge::Latching;
use sip::sdp::{Codec, Description, Unacceptable};
use sip::user_agent::Order;
use sip::{Flow, Transport};

use super::lines::{Far, Stage};
use super::voice::Wishes;
use super::{Switchboard, TELL_AGAIN, plans};
use crate::clock;
use crate::media::{EarPlan, IpVersion, LocalPorts, MediaEvent};

/// How long a key is pressed that a phone does not take as a tone.
const KEY_MS: u32 = 160;
/// How much sound a frame of a recording has.
const FRAME_MS: u64 = 20;

impl Switchboard {
    /// Who hears whom, in one step.
    pub(super) fn score(&mut self, ears: &[EarPlan]) {
        if ears.is_empty() {
            return;
        }
        if let Err(error) = self.media.score(ears) {
            tracing::warn!(%error, "who hears whom takes effect a moment later");
            self.tell_again_at = Some(clock::now() + TELL_AGAIN);
        }
    }

    pub(super) fn score_all(&mut self) {
        let ears: Vec<EarPlan> =
            self.lines.iter().filter_map(|it| it.plan.as_ref()).map(plans::ear).collect();
        self.score(&ears);
    }

    /// What we can and want on a line: the codecs first that the others of its calls have, so that sound is passed on as
    /// it comes.
    pub(super) fn wishes(&self, leg: Option<LegId>, flow: Option<&Flow>) -> Wishes {
        let mut codecs: Vec<Codec> = Vec::new();
        let plan = leg.and_then(|leg| self.lines.line(leg)?.plan.as_ref());
        if let Some(plan) = plan {
            let of_leg = |leg: &LegId| Some(self.lines.line(*leg)?.voice.agreed.as_ref()?.codec);
            codecs.extend(plan.hears.iter().filter_map(of_leg));
            let others = self.lines.of_family(plan.family).filter(|it| Some(it.leg) != leg);
            codecs.extend(others.filter_map(|it| it.voice.agreed.as_ref()).map(|it| it.codec));
        }
        codecs.retain(|codec| self.config.codecs.contains(codec));
        codecs.extend(&self.config.codecs);
        let mut once: Vec<Codec> = Vec::new();
        for codec in codecs {
            if !once.contains(&codec) {
                once.push(codec);
            }
        }
        Wishes {
            codecs: once,
            packet_ms: self.config.packet_ms,
            srtp: leg.and_then(|leg| self.lines.line(leg)).map_or(self.config.srtp, |it| it.srtp),
            is_tls: flow.is_some_and(|it| it.transport == Transport::Tls),
        }
    }

    /// An offer of ours, if there are ports for it.
    pub(super) fn offer(&mut self, leg: LegId) -> Option<Bytes> {
        let ports = self.ports(leg)?;
        let line = self.lines.line(leg)?;
        let wishes = self.wishes(Some(leg), line.flow.as_ref());
        let line = self.lines.line_mut(leg)?;
        Some(Bytes::from(line.voice.offer(ports, &wishes)))
    }

    /// Our answer to what the far side has offered, if there are ports for it.
    pub(super) fn answer_offer(&mut self, leg: LegId) -> Option<Bytes> {
        let theirs = self.lines.line_mut(leg)?.voice.theirs.take()?;
        match self.answer_to(leg, &theirs) {
            Ok(sdp) => Some(sdp),
            Err(fault) => {
                tracing::debug!(%leg, %fault, "nothing in common");
                None
            }
        }
    }

    /// Our answer to an offer.
    ///
    /// # Errors
    /// What does not suit us.
    pub(super) fn answer_to(&mut self, leg: LegId, offer: &Description) -> Result<Bytes, Unacceptable> {
        let ports = self.ports(leg).ok_or(Unacceptable::Address)?;
        let line = self.lines.line(leg).ok_or(Unacceptable::NoAudio)?;
        let wishes = self.wishes(Some(leg), line.flow.as_ref());
        let line = self.lines.line_mut(leg).ok_or(Unacceptable::NoAudio)?;
        let sdp = line.voice.answer(offer, ports, &wishes)?;
        self.configure(leg);
        Ok(Bytes::from(sdp))
    }

    /// The far side's answer to our offer.
    ///
    /// # Errors
    /// What does not suit us.
    pub(super) fn accept(&mut self, leg: LegId, sdp: &[u8]) -> Result<(), Unacceptable> {
        let answer = Description::read(sdp)?;
        let line = self.lines.line_mut(leg).ok_or(Unacceptable::NoAudio)?;
        line.voice.accept(&answer)?;
        self.configure(leg);
        Ok(())
    }

    /// Tells the media engine what was agreed.
    fn configure(&mut self, leg: LegId) {
        let silent_after = self.config.rtp_timeout;
        let Some(line) = self.lines.line_mut(leg) else { return };
        let latching = match line.far {
            Far::Device(_) => Latching::FirstHeard,
            Far::Trunk(place) => match self.trunks.get(place) {
                Some(trunk) if !trunk.is_behind_nat => Latching::Signalled,
                _ => Latching::FirstHeard,
            },
        };
        let Some(agreed) = line.voice.leg_media(latching, silent_after) else { return };
        if let Err(error) = self.media.configure(leg, agreed) {
            tracing::warn!(%leg, %error, "a line has no sound");
        }
    }

    /// The ports of a line, opened if they are not.
    fn ports(&mut self, leg: LegId) -> Option<LocalPorts> {
        let line = self.lines.line_mut(leg)?;
        if let Some(ports) = line.voice.ports {
            return Some(ports);
        }
        let theirs = line.voice.theirs.as_ref().map(|it| it.remote().ip()).filter(|it| !it.is_unspecified());
        let address = theirs.or(line.flow.map(|it| it.peer.ip()))?;
        let family = line.plan.as_ref()?.family;
        match self.media.open(leg, family, IpVersion::of(address.to_canonical())) {
            Ok(ports) => {
                line.voice.ports = Some(ports);
                Some(ports)
            }
            Err(error) => {
                tracing::warn!(%leg, %error, "a line gets no ports");
                metrics::counter!("souffleur_sip_lines_without_ports_total").increment(1);
                None
            }
        }
    }

    /// Sends digits: as the line has agreed to, else by messages.
    pub(super) fn send_digits(&mut self, leg: LegId, digits: &str) {
        let Some(line) = self.lines.line(leg) else { return };
        let session = line.session;
        if line.voice.agreed.as_ref().is_some_and(|agreed| agreed.dtmf.is_some()) {
            if let Err(error) = self.media.send_digits(leg, digits.to_owned()) {
                tracing::warn!(%leg, %error, "digits were not sent");
            }
            return;
        }
        for digit in digits.chars() {
            self.order(Order::Digits { session, digit, duration_ms: KEY_MS });
        }
        self.settle();
    }

    /// A phone has sent a digit by message: whoever hears it gets a tone.
    pub(super) fn pass_digit_on(&mut self, from: LegId, digit: char) {
        let hears = |plan: &contact_center::calls::LegPlan| plan.hears.contains(&from);
        let listeners: Vec<LegId> =
            self.lines.iter().filter(|it| it.plan.as_ref().is_some_and(hears)).map(|it| it.leg).collect();
        for leg in listeners {
            self.send_digits(leg, digit.encode_utf8(&mut [0; 4]));
        }
    }

    /// What the media engine tells.
    pub(super) fn media_says(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::FellSilent { leg } => {
                let is_up = self.lines.line(leg).is_some_and(|it| it.stage == Stage::Up && !it.is_held);
                if is_up {
                    metrics::counter!("souffleur_sip_silent_lines_total").increment(1);
                    self.end(leg, Cause::Failed);
                }
            }
            MediaEvent::Failed { leg } => self.end(leg, Cause::Failed),
            MediaEvent::Refused { leg, cause } => {
                tracing::warn!(%leg, %cause, "the media engine refuses");
            }
            MediaEvent::ThreadDied { thread } => {
                tracing::error!(thread, "a media thread has died by a bug, and its calls with it");
            }
            MediaEvent::RecordingLost { recording, frames } => {
                tracing::warn!(frames, "the disk is too slow for recordings");
                let track = self.lines.iter().find_map(|it| {
                    let track = it.plan.as_ref()?.track.as_ref()?;
                    (track.recording == recording).then_some(track.call)
                });
                if let Some(call) = track {
                    let lost_ms = frames * FRAME_MS;
                    self.reports.hand_in(LineReport::RecordingLost { call, lost_ms });
                }
            }
            MediaEvent::RecordingFailed { cause, .. } => {
                tracing::error!(error = &cause as &dyn std::error::Error, "a call is not recorded");
            }
            MediaEvent::Heard { .. }
            | MediaEvent::Digit { .. }
            | MediaEvent::DigitsSent { .. }
            | MediaEvent::SoundEnded { .. }
            | MediaEvent::Goodbye { .. }
            | MediaEvent::Closed { .. }
            | MediaEvent::RecordingEnded { .. } => {}
        }
        self.settle();
    }
}
