//! The one place of the simulated phones that draws random numbers: what tells two phones apart, or one phone before and after it
//! was started anew.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// A number that was never drawn before.
#[expect(clippy::disallowed_methods, reason = "the random numbers of the simulated phones")]
pub(super) fn number() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The seed of a user agent.
pub(super) fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    for octets in seed.as_chunks_mut::<8>().0 {
        *octets = number().to_ne_bytes();
    }
    seed
}
