//! RTCP reports (RFC 3550, section 6): sent every few seconds, read, and what they say of a leg.
//!
//! Every packet begins with a report and names us (section 6.1). Times are on the caller's scale, not of the day: section 4 allows it, and
//! round trips need no more.

use core::time::Duration;

use rtcp_types::{
    Bye, Compound, Packet, ReceiverReport, ReportBlock, ReportBlockBuilder, RtcpPacketWriterExt, Sdes,
    SdesChunk, SdesItem, SenderReport,
};

/// Time between two reports of a leg (RFC 3550, section 6.2).
pub const REPORT_EVERY: Duration = Duration::from_secs(5);
/// The first report goes out earlier (RFC 3550, section 6.2).
pub const FIRST_REPORT_AFTER: Duration = Duration::from_millis(2_500);
/// Room for the longest packet that we send.
pub const MAX_REPORT_OCTETS: usize = 256;

/// What a report says.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// Our SSRC.
    pub ssrc: u32,
    /// The moment.
    pub now: Duration,
    /// What we sent; nothing if we are silent.
    pub sent: Option<Sent>,
    /// What we received, if anything.
    pub received: Option<Received>,
}

/// The sender's part of a report.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    /// The RTP time stamp of the moment.
    pub timestamp: u32,
    /// RTP packets so far.
    pub packets: u32,
    /// Their octets of payload.
    pub octets: u32,
}

/// The receiver's part of a report.
#[derive(Debug, Clone, Copy)]
pub struct Received {
    /// Whose packets.
    pub ssrc: u32,
    /// How many should have come so far.
    pub expected: u64,
    /// How many came.
    pub received: u64,
    /// The highest sequence number, with its cycles.
    pub highest: u32,
    /// Interarrival jitter, in ticks.
    pub jitter: u32,
}

/// What the far side's reports say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// It has said goodbye.
    pub goodbye: bool,
    /// Time to the far side and back, without what it waited.
    pub round_trip: Option<Duration>,
    /// The share of our packets that it lost since its report before, in 1/256.
    pub far_loss: Option<u8>,
}

/// The reports of one leg.
#[derive(Debug, Clone, Default)]
pub struct Reports {
    /// The middle of the far side's time in its last report, and when that came.
    far_time: Option<(u32, Duration)>,
    /// Expected and received at our last report.
    reported: (u64, u64),
}

impl Reports {
    /// Writes a report, with a goodbye if the leg ends; its length.
    pub fn write(&mut self, report: &Report, is_goodbye: bool, out: &mut [u8]) -> Option<usize> {
        let block = report.received.map(|received| self.block(&received, report.now));
        let length = match report.sent {
            Some(sent) => {
                let builder = SenderReport::builder(report.ssrc)
                    .ntp_timestamp(fixed_point(report.now))
                    .rtp_timestamp(sent.timestamp)
                    .packet_count(sent.packets)
                    .octet_count(sent.octets);
                block.into_iter().fold(builder, |it, block| it.add_report_block(block)).write_into(out)
            }
            None => {
                let builder = ReceiverReport::builder(report.ssrc);
                block.into_iter().fold(builder, |it, block| it.add_report_block(block)).write_into(out)
            }
        };
        let mut length = length.ok()?;
        let name = canonical_name(report.ssrc);
        let item = SdesItem::builder(SdesItem::CNAME, core::str::from_utf8(&name).ok()?);
        let names = Sdes::builder().add_chunk(SdesChunk::builder(report.ssrc).add_item(item));
        length += names.write_into(out.get_mut(length..)?).ok()?;
        if is_goodbye {
            length += Bye::builder().add_source(report.ssrc).write_into(out.get_mut(length..)?).ok()?;
        }
        Some(length)
    }

    /// Reads what came at `now`. `None` if it is no RTCP; what we have no use for is skipped.
    pub fn read(&mut self, datagram: &[u8], our_ssrc: u32, now: Duration) -> Option<Heard> {
        let mut heard = Heard::default();
        for packet in Compound::parse(datagram).ok()? {
            match packet {
                Ok(Packet::Sr(report)) => {
                    self.far_time = Some(((report.ntp_timestamp() >> 16) as u32, now));
                    report.report_blocks().for_each(|block| heard.take(&block, our_ssrc, now));
                }
                Ok(Packet::Rr(report)) => {
                    report.report_blocks().for_each(|block| heard.take(&block, our_ssrc, now));
                }
                Ok(Packet::Bye(_)) => heard.goodbye = true,
                Ok(_) | Err(_) => {}
            }
        }
        Some(heard)
    }

    fn block(&mut self, received: &Received, now: Duration) -> ReportBlockBuilder {
        let (expected_before, received_before) =
            core::mem::replace(&mut self.reported, (received.expected, received.received));
        let expected = received.expected.saturating_sub(expected_before);
        let lost = expected.saturating_sub(received.received.saturating_sub(received_before));
        let fraction = (lost << 8).checked_div(expected).unwrap_or(0).min(255) as u8;
        let all_lost = received.expected.saturating_sub(received.received).min(0x7F_FFFF) as u32;
        let (last_report, delay) = self
            .far_time
            .map_or((0, 0), |(time, came)| (time, (fixed_point(now.saturating_sub(came)) >> 16) as u32));
        ReportBlock::builder(received.ssrc)
            .fraction_lost(fraction)
            .cumulative_lost(all_lost)
            .extended_sequence_number(received.highest)
            .interarrival_jitter(received.jitter)
            .last_sender_report_timestamp(last_report)
            .delay_since_last_sender_report_timestamp(delay)
    }
}

impl Heard {
    fn take(&mut self, block: &ReportBlock<'_>, our_ssrc: u32, now: Duration) {
        if block.ssrc() != our_ssrc {
            return;
        }
        self.far_loss = Some(block.fraction_lost());
        let last_report = block.last_sender_report_timestamp();
        if last_report != 0 {
            let ago = ((fixed_point(now) >> 16) as u32).wrapping_sub(last_report);
            let waited = block.delay_since_last_sender_report_timestamp();
            // A clock that runs otherwise than ours makes nonsense of it.
            let trip = ago.wrapping_sub(waited);
            self.round_trip =
                (trip < 1 << 20).then(|| Duration::from_micros((u64::from(trip) * 1_000_000) >> 16));
        }
    }
}

/// Seconds as 32.32 bits (RFC 3550, section 4).
fn fixed_point(time: Duration) -> u64 {
    (time.as_secs() << 32) | ((u64::from(time.subsec_nanos()) << 32) / 1_000_000_000)
}

/// A name that is ours alone: the random SSRC in hexadecimal (RFC 7022 asks for no more).
fn canonical_name(ssrc: u32) -> [u8; 8] {
    core::array::from_fn(|at| b"0123456789abcdef"[(ssrc >> (28 - 4 * at)) as usize & 15])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn report(ssrc: u32, now: Duration, received: Option<Received>) -> Report {
        Report { ssrc, now, sent: Some(Sent { timestamp: 160, packets: 1, octets: 160 }), received }
    }

    #[test]
    fn two_sides_that_report_know_the_round_trip_and_the_loss() {
        let (mut here, mut there) = (Reports::default(), Reports::default());
        let mut buffer = [0; MAX_REPORT_OCTETS];
        let length = here.write(&report(1, at(10_000), None), false, &mut buffer).unwrap();
        there.read(&buffer[..length], 2, at(500_030)).unwrap();

        let received = Received { ssrc: 1, expected: 100, received: 75, highest: 99, jitter: 8 };
        let length = there.write(&report(2, at(503_030), Some(received)), false, &mut buffer).unwrap();
        let heard = here.read(&buffer[..length], 1, at(13_050)).unwrap();
        assert_eq!(heard.far_loss, Some(64));
        let round_trip = heard.round_trip.unwrap();
        assert!((at(49)..at(51)).contains(&round_trip), "{round_trip:?}");
    }

    #[test]
    fn a_goodbye_is_part_of_a_whole_report() {
        let mut buffer = [0; MAX_REPORT_OCTETS];
        let report = Report { ssrc: 7, now: at(1), sent: None, received: None };
        let length = Reports::default().write(&report, true, &mut buffer).unwrap();
        let kinds: Vec<u8> = Compound::parse(&buffer[..length])
            .unwrap()
            .map(|it| match it.unwrap() {
                Packet::Rr(_) => 201,
                Packet::Sdes(_) => 202,
                Packet::Bye(_) => 203,
                _ => 0,
            })
            .collect();
        assert_eq!(kinds, [201, 202, 203]);
        assert!(Reports::default().read(&buffer[..length], 1, at(2)).unwrap().goodbye);
    }

    #[test]
    fn what_is_no_rtcp_says_nothing() {
        for datagram in [&[][..], &[0x80], &[0x80, 200, 0, 9], &[0; 64]] {
            assert_eq!(Reports::default().read(datagram, 1, at(1)), None);
        }
    }

    #[test]
    fn another_stream_since_the_last_report_makes_no_loss() {
        let mut reports = Reports::default();
        let mut buffer = [0; MAX_REPORT_OCTETS];
        let received = |expected, received| Received { ssrc: 1, expected, received, highest: 0, jitter: 0 };
        reports.write(&report(2, at(1), Some(received(100, 100))), false, &mut buffer).unwrap();
        let length = reports.write(&report(2, at(2), Some(received(90, 110))), false, &mut buffer).unwrap();
        let mut far = Reports::default();
        assert_eq!(far.read(&buffer[..length], 1, at(3)).unwrap().far_loss, Some(0));
    }
}
