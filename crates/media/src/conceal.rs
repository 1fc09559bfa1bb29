//! Sound for packets that did not come: the last pitch periods once more, ever softer, so that no gap is heard and no word made up.
//!
//! The idea is that of G.711, appendix I, without its delay of 3.75 ms: what was played cannot be blended any more, so the first sample that is
//! made up starts where the last one that was heard ended, and the difference to its period fades.

use crate::codec::Rate;

/// Pitch periods that are looked for, in samples at 8 kHz: 5 to 15 ms, 200 to 66 Hz. Higher voices are found at a multiple.
const MIN_PERIOD: usize = 40;
const MAX_PERIOD: usize = 120;
/// Periods that are played again at most; playing one alone for long would buzz.
const MAX_PERIODS: usize = 3;
/// What two periods are compared over, in samples at 8 kHz.
const COMPARED: usize = 160;
/// What is remembered, in samples at 8 kHz: the periods, and a quarter to blend with.
const REMEMBERED: usize = MAX_PERIODS * MAX_PERIOD + MAX_PERIOD / 4;
/// The samples at 16 kHz for each at 8 kHz: the highest rate of a codec that needs concealment.
const MAX_FACTOR: usize = 2;
/// For so long what is made up is as loud as what was heard; then it fades.
const LOUD_MS: usize = 10;
/// From here on there is silence: nobody holds a vowel longer without a change.
pub const SILENT_AFTER_MS: usize = 60;
/// What is heard again is blended with what was made up over so long, and the longer the loss the longer.
const MIN_BLEND_MS: usize = 4;
const MAX_BLEND_MS: usize = 10;

/// Makes up what is missing, for codecs that cannot themselves.
#[derive(Debug, Clone)]
pub struct Concealer {
    rate: Rate,
    factor: usize,
    /// What was played last, made up or not: `REMEMBERED * factor` samples.
    played: Box<[i16]>,
    /// While something is missing.
    loss: Loss,
}

/// A loss that lasts.
#[derive(Debug, Clone)]
struct Loss {
    /// Samples made up so far; 0 is no loss.
    samples: usize,
    /// What was played before it.
    before: Box<[i16]>,
    period: usize,
    /// How many periods the present round plays, and where in `before` it is.
    periods: usize,
    at: usize,
    /// How far the first sample of the period lies from where the sound had got to.
    step: f32,
}

impl Concealer {
    /// Nothing was heard yet. At 48 kHz no codec needs this; it would be silent there.
    pub fn new(rate: Rate) -> Concealer {
        let factor = ((rate.hz() / Rate::Narrow.hz()) as usize).min(MAX_FACTOR);
        let nothing = vec![0; REMEMBERED * factor].into_boxed_slice();
        let loss =
            Loss { samples: 0, before: nothing.clone(), period: MIN_PERIOD, periods: 1, at: 0, step: 0.0 };
        Concealer { rate, factor, played: nothing, loss }
    }

    /// Takes in what was decoded, and blends its beginning with what was made up before it.
    pub fn hear(&mut self, samples: &mut [i16]) {
        if self.loss.samples > 0 {
            let lost_ms = self.loss.samples * 1_000 / self.rate.hz() as usize;
            let blend_ms = (MIN_BLEND_MS + lost_ms / 5).min(MAX_BLEND_MS);
            let blended = self.rate.samples_in(blend_ms).min(samples.len());
            for (index, sample) in samples[..blended].iter_mut().enumerate() {
                let share = (index + 1) as f32 / (blended + 1) as f32;
                let made_up = self.next();
                *sample = (f32::from(*sample) * share + made_up * (1.0 - share)).round() as i16;
            }
            self.loss.samples = 0;
        }
        self.remember(samples);
    }

    /// Fills `out` with what might have been said.
    pub fn conceal(&mut self, out: &mut [i16]) {
        if self.loss.samples == 0 {
            self.begin();
        }
        for sample in out.iter_mut() {
            *sample = self.next().round() as i16;
        }
        self.remember(out);
    }

    fn begin(&mut self) {
        let length = REMEMBERED * self.factor;
        self.loss.before.copy_from_slice(&self.played);
        self.loss.period = period(&self.played[..length], self.factor);
        self.loss.periods = 1;
        self.loss.at = length - self.loss.period;
        let reached = f32::from(self.played[length - 1]);
        self.loss.step = reached - f32::from(self.played[self.loss.at - 1]);
    }

    fn next(&mut self) -> f32 {
        let length = REMEMBERED * self.factor;
        let loss = &mut self.loss;
        let made = loss.samples;
        loss.samples += 1;
        let (loud, silent) = (self.rate.samples_in(LOUD_MS), self.rate.samples_in(SILENT_AFTER_MS));
        if made >= silent {
            return 0.0;
        }
        let quarter = loss.period / 4;
        let again = (loss.periods + 1).min(MAX_PERIODS) * loss.period;
        let mut sample = f32::from(loss.before[loss.at]);
        let to_end = length - loss.at;
        if to_end <= quarter {
            // The end of this round goes over into what lies before the beginning of the next.
            let share = to_end as f32 / (quarter + 1) as f32;
            sample = sample * share + f32::from(loss.before[loss.at - again]) * (1.0 - share);
        }
        if made < quarter {
            sample += loss.step * (quarter - made) as f32 / (quarter + 1) as f32;
        }
        loss.at += 1;
        if loss.at == length {
            loss.periods = (loss.periods + 1).min(MAX_PERIODS);
            loss.at = length - again;
        }
        let faded = made.saturating_sub(loud) as f32 / (silent - loud) as f32;
        (sample * (1.0 - faded)).clamp(-32_768.0, 32_767.0)
    }

    fn remember(&mut self, samples: &[i16]) {
        let length = REMEMBERED * self.factor;
        let newest = &samples[samples.len().saturating_sub(length)..];
        self.played.copy_within(newest.len()..length, 0);
        self.played[length - newest.len()..length].copy_from_slice(newest);
    }
}

/// How far back the end of the sound resembles itself most.
fn period(sound: &[i16], factor: usize) -> usize {
    // Every other lag first, then its neighbors.
    let (shortest, longest) = (MIN_PERIOD * factor, MAX_PERIOD * factor);
    let coarse = best((shortest..=longest).step_by(2), sound, factor);
    best(coarse.saturating_sub(1).max(shortest)..=(coarse + 1).min(longest), sound, factor)
}

fn best(lags: impl Iterator<Item = usize>, sound: &[i16], factor: usize) -> usize {
    let mut best = (MIN_PERIOD * factor, f32::MIN);
    for lag in lags {
        let likeness = likeness(sound, lag, COMPARED * factor);
        if likeness > best.1 {
            best = (lag, likeness);
        }
    }
    best.0
}

/// The correlation of the end of the sound with what lies `lag` before it, in units of the latter's strength.
fn likeness(sound: &[i16], lag: usize, compared: usize) -> f32 {
    let end = &sound[sound.len() - compared..];
    let earlier = &sound[sound.len() - compared - lag..sound.len() - lag];
    let (mut product, mut strength) = (0.0, 1.0);
    for (sample, earlier) in end.iter().zip(earlier) {
        let (sample, earlier) = (f32::from(*sample), f32::from(*earlier));
        product += sample * earlier;
        strength += earlier * earlier;
    }
    product / strength.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::Voice;

    const SECONDS: usize = 5;

    /// Every so many frames of 20 ms are lost, so many in a row: what is heard then.
    fn with_losses(rate: Rate, sound: &[i16], every: usize, lost: usize) -> Vec<i16> {
        let mut concealer = Concealer::new(rate);
        let mut heard = sound.to_vec();
        for (index, frame) in heard.chunks_mut(rate.samples_in(20)).enumerate() {
            if index % every >= every - lost { concealer.conceal(frame) } else { concealer.hear(frame) }
        }
        heard
    }

    fn muted(rate: Rate, sound: &[i16], every: usize, lost: usize) -> Vec<i16> {
        let mut heard = sound.to_vec();
        for (index, frame) in heard.chunks_mut(rate.samples_in(20)).enumerate() {
            if index % every >= every - lost {
                frame.fill(0);
            }
        }
        heard
    }

    fn voice(rate: Rate, pitch_hz: f32) -> Vec<i16> {
        let mut sound = vec![0; rate.samples_in(1_000 * SECONDS)];
        Voice::new(pitch_hz, 7, rate.hz()).fill(&mut sound);
        sound
    }

    fn sine(rate: Rate, hz: f32) -> Vec<i16> {
        let mut sound = vec![0; rate.samples_in(1_000 * SECONDS)];
        crate::tone::Sine::new(hz, 8_000.0, rate.hz()).fill(&mut sound);
        sound
    }

    fn signal_to_noise_db(sound: &[i16], heard: &[i16]) -> f32 {
        let square = |value: f32| value * value;
        let signal: f32 = sound.iter().map(|sample| square(f32::from(*sample))).sum();
        let pairs = sound.iter().zip(heard);
        let noise: f32 = pairs.map(|(sample, heard)| square(f32::from(*sample) - f32::from(*heard))).sum();
        10.0 * (signal / noise.max(1.0)).log10()
    }

    /// The largest bend between three samples: what a click is heard by.
    fn sharpest_bend(sound: &[i16]) -> i32 {
        let bends = sound.windows(3).map(|it| i32::from(it[0]) - 2 * i32::from(it[1]) + i32::from(it[2]));
        bends.map(i32::abs).max().unwrap_or(0)
    }

    #[test]
    fn a_tone_goes_on_as_if_nothing_were_lost() {
        for rate in [Rate::Narrow, Rate::Wide] {
            for hz in [100.0, 200.0, 440.0, 1_000.0] {
                let sound = sine(rate, hz);
                let heard = with_losses(rate, &sound, 20, 1);
                let (concealed, muted) = (
                    signal_to_noise_db(&sound, &heard),
                    signal_to_noise_db(&sound, &muted(rate, &sound, 20, 1)),
                );
                assert!(concealed > muted + 5.0, "{hz} Hz at {rate:?}: {concealed} dB, {muted} dB muted");
            }
        }
    }

    #[test]
    fn speech_suffers_less_than_from_gaps() {
        for rate in [Rate::Narrow, Rate::Wide] {
            let mut better_db = 0.0;
            for pitch_hz in [90.0, 120.0, 150.0, 180.0, 220.0] {
                let sound = voice(rate, pitch_hz);
                let heard = with_losses(rate, &sound, 10, 1);
                better_db += signal_to_noise_db(&sound, &heard);
                better_db -= signal_to_noise_db(&sound, &muted(rate, &sound, 10, 1));
            }
            assert!(better_db / 5.0 > 2.0, "{rate:?}: better by {} dB", better_db / 5.0);
        }
    }

    #[test]
    fn a_lost_frame_of_speech_is_about_as_loud_as_it_was() {
        let sound = voice(Rate::Narrow, 120.0);
        let heard = with_losses(Rate::Narrow, &sound, 10, 1);
        let strength = |sound: &[i16]| -> f64 {
            let lost = sound.chunks(160).skip(9).step_by(10).flatten();
            lost.map(|sample| f64::from(*sample).powi(2)).sum()
        };
        let db = 10.0 * (strength(&heard) / strength(&sound)).log10();
        assert!((-3.0..1.0).contains(&db), "{db} dB");
    }

    #[test]
    fn nothing_clicks() {
        for rate in [Rate::Narrow, Rate::Wide] {
            for sound in [sine(rate, 200.0), sine(rate, 333.0)] {
                for lost in [1, 2, 5] {
                    let heard = with_losses(rate, &sound, 11, lost);
                    let (bend, before) = (sharpest_bend(&heard), sharpest_bend(&sound));
                    let with_gaps = sharpest_bend(&muted(rate, &sound, 11, lost));
                    assert!(
                        bend * 4 < with_gaps,
                        "{lost} lost at {rate:?}: {bend}, {with_gaps} with gaps, {before} before"
                    );
                }
            }
        }
    }

    #[test]
    fn a_long_loss_fades_to_silence() {
        let sound = sine(Rate::Narrow, 200.0);
        let mut concealer = Concealer::new(Rate::Narrow);
        concealer.hear(&mut sound[..800].to_vec());
        let mut last = f64::MAX;
        for frame in 0..10 {
            let mut made_up = [0; 160];
            concealer.conceal(&mut made_up);
            let strength: f64 = made_up.iter().map(|sample| f64::from(*sample).powi(2)).sum();
            assert!(strength < last || strength == 0.0, "frame {frame}");
            assert_eq!(strength == 0.0, frame >= 3, "frame {frame}");
            last = strength;
        }
    }

    #[test]
    fn nothing_is_made_up_of_silence() {
        let mut concealer = Concealer::new(Rate::Wide);
        let mut made_up = [1; 320];
        concealer.conceal(&mut made_up);
        assert_eq!(made_up, [0; 320]);
    }

    proptest::proptest! {
        #[test]
        fn any_history_is_survived(
            history in proptest::collection::vec(
                (proptest::bool::ANY, proptest::collection::vec(proptest::num::i16::ANY, 0..1_000)), 0..8),
            is_wide in proptest::bool::ANY,
        ) {
            let mut concealer = Concealer::new(if is_wide { Rate::Wide } else { Rate::Narrow });
            for (is_lost, mut samples) in history {
                if is_lost { concealer.conceal(&mut samples) } else { concealer.hear(&mut samples) }
            }
        }
    }
}
