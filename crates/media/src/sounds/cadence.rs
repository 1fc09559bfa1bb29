//! Tones that come and go in a pattern, as exchanges of different countries send them (ITU-T E.180, supplement 2).

use crate::codec::Rate;
use crate::tone::Sine;

/// The peak of each tone of a cadence: two of them together are about -12 dBm0.
const AMPLITUDE: f32 = 4_000.0;
/// Tones swell and fade for so long, lest they click.
const RAMP_MS: usize = 5;

/// One tone or silence of a cadence.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// How long.
    ms: u16,
    /// The frequencies that sound together; 0 is none.
    hz: [f32; 2],
}

/// Steps that follow each other.
#[derive(Debug)]
pub struct Cadence {
    steps: &'static [Step],
    /// Whether the first step follows the last.
    repeats: bool,
}

/// Whose tones are played: how an exchange sounds differs by country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TonePlan {
    /// 425 Hz, one second in five: most of Europe, and much of the world.
    Europe,
    /// Two short double tones in three seconds.
    UnitedKingdom,
    /// Two seconds in six: the United States, Canada, and their neighbors.
    NorthAmerica,
    /// As in the United Kingdom, with tones of its own.
    Australia,
    /// One second in three, warbling.
    Japan,
}

impl TonePlan {
    /// The plan of a country by its two letters (ISO 3166-1), [`TonePlan::Europe`] where none is known.
    pub fn of_country(letters: &str) -> TonePlan {
        match letters {
            "GB" | "IE" | "GG" | "JE" | "IM" | "GI" => TonePlan::UnitedKingdom,
            "US" | "CA" | "PR" | "JM" | "BS" | "BB" => TonePlan::NorthAmerica,
            "AU" | "NZ" => TonePlan::Australia,
            "JP" => TonePlan::Japan,
            _ => TonePlan::Europe,
        }
    }

    pub(super) const fn tones(self) -> &'static Tones {
        match self {
            TonePlan::Europe => &EUROPE,
            TonePlan::UnitedKingdom => &UNITED_KINGDOM,
            TonePlan::NorthAmerica => &NORTH_AMERICA,
            TonePlan::Australia => &AUSTRALIA,
            TonePlan::Japan => &JAPAN,
        }
    }
}

/// The tones of one plan.
pub struct Tones {
    /// The far telephone rings.
    pub ring_back: Cadence,
    /// It is in use.
    pub busy: Cadence,
    /// There is no way to it.
    pub congestion: Cadence,
}

static EUROPE: Tones = Tones {
    ring_back: repeated(&[one(1_000, 425.0), pause(4_000)]),
    busy: repeated(&[one(500, 425.0), pause(500)]),
    congestion: repeated(&[one(250, 425.0), pause(250)]),
};
static UNITED_KINGDOM: Tones = Tones {
    ring_back: repeated(&[two(400, 400.0, 450.0), pause(200), two(400, 400.0, 450.0), pause(2_000)]),
    busy: repeated(&[one(375, 400.0), pause(375)]),
    congestion: repeated(&[one(400, 400.0), pause(350), one(225, 400.0), pause(525)]),
};
static NORTH_AMERICA: Tones = Tones {
    ring_back: repeated(&[two(2_000, 440.0, 480.0), pause(4_000)]),
    busy: repeated(&[two(500, 480.0, 620.0), pause(500)]),
    congestion: repeated(&[two(250, 480.0, 620.0), pause(250)]),
};
static AUSTRALIA: Tones = Tones {
    ring_back: repeated(&[two(400, 400.0, 425.0), pause(200), two(400, 400.0, 425.0), pause(2_000)]),
    busy: repeated(&[one(375, 425.0), pause(375)]),
    congestion: repeated(&[one(375, 425.0), pause(375)]),
};
static JAPAN: Tones = Tones {
    ring_back: repeated(&[two(1_000, 384.0, 416.0), pause(2_000)]),
    busy: repeated(&[one(500, 400.0), pause(500)]),
    congestion: repeated(&[one(500, 400.0), pause(500)]),
};

/// The beep that says that a call is recorded: 1,400 Hz for 0.2 s, every 15 s, as the rules of North America have it.
pub static RECORDING: Cadence = repeated(&[one(200, 1_400.0), pause(14_800)]);
/// One beep.
pub static BEEP: Cadence = Cadence { steps: &[one(200, 1_000.0)], repeats: false };

const fn repeated(steps: &'static [Step]) -> Cadence {
    Cadence { steps, repeats: true }
}

const fn one(ms: u16, hz: f32) -> Step {
    Step { ms, hz: [hz, 0.0] }
}

const fn two(ms: u16, first: f32, second: f32) -> Step {
    Step { ms, hz: [first, second] }
}

const fn pause(ms: u16) -> Step {
    Step { ms, hz: [0.0; 2] }
}

/// Where one listener is in a cadence.
#[derive(Debug, Clone)]
pub struct CadencePlayer {
    cadence: &'static Cadence,
    rate: Rate,
    step: usize,
    /// Samples of the step that were played.
    at: usize,
    sines: [Sine; 2],
}

impl CadencePlayer {
    /// At the beginning.
    pub fn new(cadence: &'static Cadence, rate: Rate) -> CadencePlayer {
        let mut player =
            CadencePlayer { cadence, rate, step: 0, at: 0, sines: [Sine::new(0.0, 0.0, rate.hz()); 2] };
        player.begin_step(0);
        player
    }

    /// Plays on; whether there is more to come.
    pub fn fill(&mut self, out: &mut [i16]) -> bool {
        for sample in out {
            *sample = self.next();
        }
        self.step < self.cadence.steps.len()
    }

    fn next(&mut self) -> i16 {
        let Some(step) = self.cadence.steps.get(self.step) else { return 0 };
        let length = self.rate.samples_in(usize::from(step.ms));
        let ramp = self.rate.samples_in(RAMP_MS);
        let loudness = self.at.min(length - 1 - self.at).min(ramp) as f32 / ramp as f32;
        let sum: f32 = self.sines.iter_mut().map(Sine::next).sum();
        self.at += 1;
        if self.at == length {
            let next = self.step + 1;
            self.begin_step(if self.cadence.repeats { next % self.cadence.steps.len() } else { next });
        }
        (sum * loudness) as i16
    }

    fn begin_step(&mut self, step: usize) {
        self.step = step;
        self.at = 0;
        let hz = self.cadence.steps.get(step).map_or([0.0; 2], |step| step.hz);
        self.sines = hz.map(|hz| Sine::new(hz, if hz > 0.0 { AMPLITUDE } else { 0.0 }, self.rate.hz()));
    }
}
