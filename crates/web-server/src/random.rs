//! The one place of this crate that draws random numbers.

/// Random bytes of the operating system.
///
/// # Panics
/// If the system has none: nothing secret can be made then.
#[expect(clippy::disallowed_methods, reason = "the random numbers of this crate")]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let drawn = getrandom::fill(&mut bytes);
    assert!(drawn.is_ok(), "the system has no random numbers");
    bytes
}
