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
