//! When what a recorded leg says was spoken, without overlap and without the network's jitter.

use core::time::Duration;

use crate::codec::{Codec, Rate};

/// How far the track may be from the packets' own time until it follows: clocks differ, and a slow start of a stream is corrected.
const MAX_DIFFERENCE: Duration = Duration::from_millis(40);

/// Where the track of a leg stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    /// The time stamp that continues it, and when that is spoken.
    next: Option<(i64, Duration)>,
}

impl Track {
    /// Another stream follows: its time stamps say nothing about those before.
    pub(super) fn restart(&mut self) {
        if let Some((timestamp, _)) = &mut self.next {
            *timestamp = i64::MIN;
        }
    }

    /// When the first sample of a packet was spoken; `None` if it comes after its turn, or is left out to follow a faster clock.
    pub(super) fn place(
        &mut self,
        timestamp: i64,
        sent_at: Duration,
        samples: usize,
        rate: Rate,
        codec: Codec,
    ) -> Option<Duration> {
        let lasts = Duration::from_micros(samples as u64 * 1_000_000 / u64::from(rate.hz()));
        let ticks = (samples as u64 * u64::from(codec.clock_hz()) / u64::from(rate.hz())).cast_signed();
        // A packet is sent when its last sample was spoken.
        let measured = sent_at.saturating_sub(lasts);
        let at = match self.next {
            None => measured,
            Some((i64::MIN, at)) => measured.max(at),
            Some((next, _)) if timestamp < next => return None,
            Some((next, at)) => {
                let gap = (timestamp - next).unsigned_abs().saturating_mul(1_000_000);
                let counted = at.saturating_add(Duration::from_micros(gap / u64::from(codec.clock_hz())));
                if counted > measured + MAX_DIFFERENCE {
                    self.next = Some((timestamp + ticks, at.max(measured)));
                    return None;
                }
                if counted + MAX_DIFFERENCE < measured { measured } else { counted }
            }
        };
        self.next = Some((timestamp + ticks, at + lasts));
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn place(track: &mut Track, packet: i64, sent_at: Duration) -> Option<Duration> {
        track.place(packet * 160, sent_at, 160, Rate::Narrow, Codec::Pcmu)
    }

    #[test]
    fn frames_follow_each_other_whatever_the_network_does() {
        let mut track = Track::default();
        assert_eq!(place(&mut track, 0, at(1_020)), Some(at(1_000)));
        assert_eq!(place(&mut track, 1, at(1_055)), Some(at(1_020)));
        assert_eq!(place(&mut track, 4, at(1_100)), Some(at(1_080)), "two were lost");
        assert_eq!(place(&mut track, 2, at(1_101)), None, "came too late");
    }

    #[test]
    fn a_clock_that_runs_otherwise_is_followed() {
        for drift in [-3_i64, 3] {
            let mut track = Track::default();
            let mut end = Duration::ZERO;
            for packet in 0..1_000_i64 {
                let sent_at = at((20 + packet * 20 + packet * drift / 10).unsigned_abs());
                let Some(spoken_at) = place(&mut track, packet, sent_at) else { continue };
                assert!(spoken_at >= end, "frames do not overlap");
                end = spoken_at + at(20);
                assert!(end.abs_diff(sent_at) <= at(61), "{end:?} {sent_at:?}");
            }
        }
    }
}
