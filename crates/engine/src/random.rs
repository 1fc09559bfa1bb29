//! The only place of this crate that draws random numbers.

/// How many bytes are drawn from the operating system at once.
const BUFFER_BYTES: usize = 4_096;

/// A source of random bits.
#[derive(Debug, Clone)]
pub struct Random(Source);

#[derive(Debug, Clone)]
enum Source {
    System { drawn: Vec<u8> },
    Seeded { state: u64 },
}

impl Random {
    /// The operating system's: unguessable.
    pub fn system() -> Self {
        Self(Source::System { drawn: Vec::new() })
    }

    /// A series that is the same for the same seed: for tests and simulations alone.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded { state: seed })
    }

    /// Another source, which shares nothing with this one.
    pub(crate) fn split(&mut self) -> Self {
        match &mut self.0 {
            Source::System { .. } => Self::system(),
            Source::Seeded { state } => Self::seeded(mix(state)),
        }
    }

    /// The next 128 bits.
    pub fn bits(&mut self) -> u128 {
        match &mut self.0 {
            Source::System { drawn } => {
                if drawn.is_empty() {
                    *drawn = from_system();
                }
                // Bits that were handed out are not kept here.
                let rest = drawn.len() - size_of::<u128>();
                drawn.drain(rest..).fold(0, |bits, byte| bits << 8 | u128::from(byte))
            }
            Source::Seeded { state } => u128::from(mix(state)) << 64 | u128::from(mix(state)),
        }
    }
}

/// One step of SplitMix64.
fn mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

#[expect(clippy::disallowed_methods, reason = "the random numbers of this crate")]
fn from_system() -> Vec<u8> {
    let mut drawn = vec![0; BUFFER_BYTES];
    let filled = getrandom::fill(&mut drawn);
    // Without random numbers every key would be guessable: better no server than that one.
    assert!(filled.is_ok(), "the operating system has no random numbers: {filled:?}");
    drawn
}
