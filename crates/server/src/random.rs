//! The one place of this crate that draws random numbers.

/// Letters and digits that nobody mistakes for each other; 32 of them, so that each byte's share is even.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS: usize = 4;
const LETTERS_PER_GROUP: usize = 5;

/// A password of 100 random bits, in groups that can be read out.
pub fn password() -> String {
    let mut bytes = [0; GROUPS * LETTERS_PER_GROUP];
    fill(&mut bytes);
    let groups = bytes.chunks(LETTERS_PER_GROUP).map(|group| {
        group.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect::<String>()
    });
    groups.collect::<Vec<_>>().join("-")
}

#[expect(clippy::disallowed_methods, reason = "the random numbers of this crate")]
fn fill(bytes: &mut [u8]) {
    let drawn = getrandom::fill(bytes);
    assert!(drawn.is_ok(), "the system has no random numbers");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_different_each_time() {
        let (one, two) = (password(), password());
        assert_ne!(one, two);
        assert_eq!(one.len(), 23);
        assert!(LETTERS.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
