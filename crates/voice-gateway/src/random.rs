//! The one place of this crate that draws random numbers.

/// A number that no other connection has, of this process or of an earlier one.
///
/// # Panics
/// If the system has no random numbers: then connections could not be told apart.
#[expect(clippy::disallowed_methods, reason = "the random numbers of this crate")]
pub(crate) fn number() -> u64 {
    let drawn = getrandom::u64();
    assert!(drawn.is_ok(), "the system has no random numbers");
    drawn.unwrap_or_default()
}

/// So many random octets that nobody guesses them.
pub(crate) fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    for chunk in seed.chunks_exact_mut(8) {
        chunk.copy_from_slice(&number().to_ne_bytes());
    }
    seed
}

/// The bits of a new ID.
pub(crate) fn bits() -> u128 {
    u128::from(number()) << 64 | u128::from(number())
}
