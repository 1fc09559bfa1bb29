//! What was heard: which tones sound in each 20 ms of a recording.
//!
//! Every party of a call speaks a tone of its own, a multiple of 50 Hz, so that 20 ms hold a whole number of waves.
//! Each frame is faded in and out before it is judged (a Hann window), so that other sounds, ringing or music, don't
//! show up in a tone's place. A frame in which a tone begins or ends shows a little of everything; what counts is what
//! neighboring frames agree on.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// Frames that must say the same in a row: 300 ms.
pub const ENOUGH_FRAMES: usize = 15;
/// Frames in a row with a tone that should not be there, before it counts as heard.
const FAINT_FRAMES: usize = 3;
/// Of full scale: a tone sounds.
const LOUD: f64 = 0.06;
/// Of full scale: a tone may sound. What G.711 adds to another tone stays below.
const FAINT: f64 = 0.006;
/// Of full scale: how loud each telephone speaks.
pub const SPOKEN: f64 = 0.2;
const FORM_DATA_SIZE: u64 = 8;

/// Somebody's voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tone(pub u32);

pub const CUSTOMER: Tone = Tone(700);
pub const AGENT: Tone = Tone(1000);
pub const SUPERVISOR: Tone = Tone(1500);
pub const SECOND_AGENT: Tone = Tone(2800);
/// What plays on hold.
pub const MUSIC: Tone = Tone(2400);
/// Everybody. In order.
pub const ALL: [Tone; 5] = [CUSTOMER, AGENT, SUPERVISOR, MUSIC, SECOND_AGENT];

/// Who is heard in one frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame {
    /// Who sounds clearly.
    pub heard: Vec<Tone>,
    /// Who might sound, at a level of nearly nothing.
    pub faint: Vec<Tone>,
}

impl Frame {
    fn is_exactly(&self, tones: &[Tone]) -> bool {
        self.faint.is_empty() && self.heard == sorted(tones)
    }

    fn may_hold(&self, tone: Tone) -> bool {
        self.heard.contains(&tone) || self.faint.contains(&tone)
    }
}

/// Judges frames of samples between -1 and 1.
pub fn judge(samples: &[f64], rate: u32) -> Frame {
    let mut frame = Frame::default();
    for tone in ALL {
        let level = level(samples, rate, tone);
        if level >= LOUD {
            frame.heard.push(tone);
        } else if level >= FAINT {
            frame.faint.push(tone);
        }
    }
    frame
}

/// The amplitude of one frequency, by Goertzel's algorithm.
fn level(samples: &[f64], rate: u32, tone: Tone) -> f64 {
    let turn = 2.0 * std::f64::consts::PI;
    let step = 2.0 * (turn * f64::from(tone.0) / f64::from(rate)).cos();
    let count = samples.len() as f64;
    let (mut last, mut before) = (0.0, 0.0);
    for (at, sample) in samples.iter().enumerate() {
        let window = 1.0 - (turn * at as f64 / count).cos();
        (last, before) = (sample * window + step * last - before, last);
    }
    let power = last * last + before * before - step * last * before;
    2.0 * power.max(0.0).sqrt() / count
}

/// Samples of a tone, as spoken.
pub fn tone_samples(tone: Tone, rate: u32, seconds: u32) -> impl Iterator<Item = f64> {
    let radians = 2.0 * std::f64::consts::PI * f64::from(tone.0) / f64::from(rate);
    // A tone repeats after a fiftieth of a second at the latest, so the sine's argument stays small.
    let period = rate / 50;
    (0..rate * seconds).map(move |at| SPOKEN * (radians * f64::from(at % period)).sin())
}

/// Writes a tone as mono WAV of 16 bits.
pub fn write_tone(path: &Path, tone: Tone, rate: u32, seconds: u32) {
    let data: Vec<u8> = tone_samples(tone, rate, seconds)
        .flat_map(|sample| ((sample * f64::from(i16::MAX)) as i16).to_le_bytes())
        .collect();
    let size = u32::try_from(data.len()).expect("a short file");
    let mut file = Vec::with_capacity(data.len() + 44);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(size + 36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&rate.to_le_bytes());
    file.extend_from_slice(&(rate * 2).to_le_bytes());
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend_from_slice(&size.to_le_bytes());
    file.extend_from_slice(&data);
    std::fs::write(path, file).expect("a tone can be written");
}

/// A WAV file that grows while it is read. The sizes in its header are not believed: they are written at the end.
pub struct Recording {
    pub path: PathBuf,
    form: Option<Form>,
    read_to: u64,
    frames: Vec<Frame>,
}

#[derive(Clone, Copy)]
struct Form {
    rate: u32,
    channels: usize,
    data_at: u64,
}

impl Recording {
    pub fn of(path: &Path) -> Recording {
        Recording { path: path.to_owned(), form: None, read_to: 0, frames: Vec::new() }
    }

    /// All frames so far.
    pub fn frames(&mut self) -> &[Frame] {
        self.read_on().unwrap_or_else(|error| panic!("{}: {error}", self.path.display()));
        &self.frames
    }

    fn read_on(&mut self) -> std::io::Result<()> {
        let mut file = File::open(&self.path)?;
        let form = match self.form {
            Some(form) => form,
            None => {
                let mut head = Vec::new();
                std::io::Read::by_ref(&mut file).take(4096).read_to_end(&mut head)?;
                let Some(form) = form_in(&head) else { return Ok(()) };
                self.form = Some(form);
                self.read_to = form.data_at;
                form
            }
        };
        file.seek(SeekFrom::Start(self.read_to))?;
        let mut data = Vec::new();
        file.read_to_end(&mut data)?;
        let frame_samples = form.rate as usize / 50;
        let frame_bytes = frame_samples * form.channels * 2;
        for frame in data.chunks_exact(frame_bytes) {
            let first_channel: Vec<f64> = frame
                .chunks_exact(form.channels * 2)
                .map(|sample| f64::from(i16::from_le_bytes([sample[0], sample[1]])) / 32768.0)
                .collect();
            self.frames.push(judge(&first_channel, form.rate));
            self.read_to += frame_bytes as u64;
        }
        Ok(())
    }
}

/// The form of a WAV file of 16 bits, once its beginning has been written.
fn form_in(head: &[u8]) -> Option<Form> {
    let number = |at: usize| head.get(at..at + 4).map(|it| u32::from_le_bytes([it[0], it[1], it[2], it[3]]));
    let (mut at, mut form) = (12, None);
    loop {
        let size = number(at + 4)? as usize;
        match head.get(at..at + 4)? {
            b"fmt " => {
                let channels = usize::from(*head.get(at + 10)?);
                form = Some(Form { rate: number(at + 12)?, channels, data_at: 0 });
            }
            b"data" => return form.map(|form| Form { data_at: at as u64 + FORM_DATA_SIZE, ..form }),
            _ => (),
        }
        at += 8 + size;
    }
}

/// Whether enough frames in a row hold exactly these tones.
pub fn hold_exactly(frames: &[Frame], tones: &[Tone]) -> bool {
    frames.split(|frame| !frame.is_exactly(tones)).any(|run| run.len() >= ENOUGH_FRAMES)
}

/// Whether a tone was heard, be it shortly or faintly.
pub fn was_heard(frames: &[Frame], tone: Tone) -> bool {
    frames.split(|frame| !frame.may_hold(tone)).any(|run| {
        run.len() >= FAINT_FRAMES
            || run.iter().any(|frame| frame.faint.is_empty() && frame.heard.contains(&tone))
    })
}

/// What was heard, as runs of equal frames: `25×[800] 3×[] …`.
pub fn describe(frames: &[Frame]) -> String {
    let mut runs: Vec<(usize, String)> = Vec::new();
    for frame in frames {
        let names = |tones: &[Tone]| tones.iter().map(|it| it.0.to_string()).collect::<Vec<_>>().join(",");
        let mut text = names(&frame.heard);
        if !frame.faint.is_empty() {
            text = format!("{text} faint {}", names(&frame.faint));
        }
        match runs.last_mut() {
            Some((count, last)) if *last == text => *count += 1,
            _ => runs.push((1, text)),
        }
    }
    runs.iter().map(|(count, text)| format!("{count}×[{text}]")).collect::<Vec<_>>().join(" ")
}

fn sorted(tones: &[Tone]) -> Vec<Tone> {
    let mut tones = tones.to_vec();
    tones.sort_unstable();
    tones
}

#[test]
fn tones_are_told_apart_even_when_three_sound_at_once() {
    let frames = |tones: &[Tone], rate: u32| {
        let mut sum = vec![0.0; rate as usize];
        for tone in tones {
            sum.iter_mut().zip(tone_samples(*tone, rate, 1)).for_each(|(sum, it)| *sum += it);
        }
        // As a telephone's recorder cuts it: anywhere.
        sum[37..].chunks_exact(rate as usize / 50).map(|it| judge(it, rate)).collect::<Vec<_>>()
    };
    assert!(ALL.is_sorted(), "frames list tones in this order");
    for rate in [8_000, 16_000, 48_000] {
        for tones in [&[][..], &[AGENT], &[SUPERVISOR, CUSTOMER], &[CUSTOMER, AGENT, SUPERVISOR]] {
            let heard = frames(tones, rate);
            assert!(hold_exactly(&heard, tones), "{rate} {tones:?} {}", describe(&heard));
            for tone in ALL {
                assert_eq!(was_heard(&heard, tone), tones.contains(&tone), "{rate} {tones:?} {tone:?}");
            }
        }
    }
}
