//! Reports by RTCP, to and from a leg.

use core::net::SocketAddr;
use core::time::Duration;

use super::Bridge;
use super::config::{Event, Sink};
use super::earpiece::Tally;
use super::figures::Figures;
use super::mouth::Mouth;
use crate::rtcp::{MAX_REPORT_OCTETS, REPORT_EVERY, Received, Report, Sent};

impl Bridge {
    /// Sends a leg its report if it is known where to; with a goodbye at its end.
    pub(super) fn send_report(&mut self, at: usize, is_goodbye: bool, now: Duration, sink: &mut impl Sink) {
        let (Some(mouth), Some(ear)) = (&mut self.mouths[at], &mut self.ears[at]) else { return };
        mouth.report_at = now + REPORT_EVERY;
        let Some(to) = mouth.remote_control else { return };
        let (packets, octets) = ear.sender.totals();
        let timestamp = ear.sender.timestamp_at(now);
        let is_sending =
            ear.sender.last_sent().is_some_and(|last| now.saturating_sub(last) < 2 * REPORT_EVERY);
        let report = Report {
            ssrc: ear.sender.ssrc(),
            now,
            sent: is_sending.then_some(Sent { timestamp, packets, octets }),
            received: mouth.stream.ssrc().map(|ssrc| Received {
                ssrc,
                expected: mouth.stream.expected(),
                received: mouth.stream.received(),
                highest: mouth.stream.highest(),
                jitter: mouth.stream.jitter(),
            }),
        };
        let packet = &mut self.scratch.packet;
        let Some(mut length) = mouth.reports.write(&report, is_goodbye, &mut packet[..MAX_REPORT_OCTETS])
        else {
            return;
        };
        if let Some(protect) = &mut ear.protect {
            let Ok(protected) = protect.protect_rtcp(packet, length) else { return };
            length = protected;
        }
        sink.send_control(mouth.key, to, &packet[..length]);
    }

    /// Reads a report of the far side.
    pub(super) fn take_report(
        &mut self,
        at: usize,
        datagram: &mut [u8],
        from: SocketAddr,
        now: Duration,
        sink: &mut impl Sink,
    ) {
        let (Some(mouth), Some(ear)) = (&mut self.mouths[at], &self.ears[at]) else { return };
        let Some(length) = mouth.take_control(datagram, from, now, sink) else { return };
        let Some(heard) = mouth.reports.read(&datagram[..length], ear.sender.ssrc(), now) else {
            mouth.figures.malformed += 1;
            return;
        };
        mouth.figures.round_trip = heard.round_trip.or(mouth.figures.round_trip);
        mouth.figures.far_loss = heard.far_loss.unwrap_or(mouth.figures.far_loss);
        if heard.goodbye {
            sink.event(Event::Goodbye { leg: mouth.key });
        }
    }
}

impl Mouth {
    /// What was counted of both halves of the leg.
    pub(super) fn figures_with(&self, tally: &Tally) -> Figures {
        let clock_hz = u64::from(self.codec.clock_hz());
        Figures {
            received: self.stream.received(),
            lost: self.stream.expected().saturating_sub(self.stream.received()),
            jitter: Duration::from_micros(u64::from(self.stream.jitter()) * 1_000_000 / clock_hz),
            sent: tally.sent,
            starved: tally.starved,
            concealed: tally.concealed,
            skipped: tally.skipped,
            ..self.figures
        }
    }
}
