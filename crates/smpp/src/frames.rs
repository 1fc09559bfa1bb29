//! Octets as they come, cut into whole PDUs (SMPP 3.4, section 3.2).
//!
//! Whatever comes, at most one PDU is kept, and none longer than the limit. A length that cannot be is the end:
//! nobody knows where the next PDU begins.

use crate::status::Status;

/// Length, command, status and sequence number, four octets each.
pub(crate) const HEADER_OCTETS: usize = 16;
/// The least that a limit of PDUs may be, in octets: room for every PDU without optional parameters.
pub const MIN_MOST_PDU_OCTETS: usize = 1_024;

/// A whole PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub command: u32,
    pub status: Status,
    pub sequence: u32,
    pub body: &'a [u8],
}

/// A header whose length is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadLength {
    pub sequence: u32,
}

/// The beginning of a PDU that waits for its end.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    kept: Vec<u8>,
    /// What is kept has been handed out whole.
    is_spent: bool,
    most_pdu_octets: usize,
}

impl Frames {
    pub fn new(most_pdu_octets: usize) -> Frames {
        Frames { most_pdu_octets: most_pdu_octets.max(MIN_MOST_PDU_OCTETS), ..Frames::default() }
    }

    /// Takes the next PDU off `octets`; `None` when they are used up. After a bad length there is no next.
    pub fn next<'a, 'o: 'a>(&'a mut self, octets: &mut &'o [u8]) -> Option<Result<Frame<'a>, BadLength>> {
        if self.is_spent {
            self.kept.clear();
            self.is_spent = false;
        }
        if self.kept.is_empty() && octets.len() >= HEADER_OCTETS {
            let length = match self.length(octets) {
                Ok(length) => length,
                Err(bad) => return Some(Err(bad)),
            };
            if let Some((pdu, rest)) = octets.split_at_checked(length) {
                *octets = rest;
                return Some(Ok(frame(pdu)));
            }
        }
        self.next_of_kept(octets)
    }

    fn next_of_kept<'a>(&'a mut self, octets: &mut &[u8]) -> Option<Result<Frame<'a>, BadLength>> {
        if self.keep_up_to(HEADER_OCTETS, octets) {
            let length = match self.length(&self.kept) {
                Ok(length) => length,
                Err(bad) => return Some(Err(bad)),
            };
            if self.keep_up_to(length, octets) {
                self.is_spent = true;
                return Some(Ok(frame(&self.kept)));
            }
        }
        None
    }

    /// Moves octets until so many are kept; whether they are.
    fn keep_up_to(&mut self, length: usize, octets: &mut &[u8]) -> bool {
        let missing = length.saturating_sub(self.kept.len());
        let (taken, rest) = octets.split_at(missing.min(octets.len()));
        self.kept.reserve_exact(missing);
        self.kept.extend_from_slice(taken);
        *octets = rest;
        self.kept.len() >= length
    }

    fn length(&self, header: &[u8]) -> Result<usize, BadLength> {
        let length = word(header, 0) as usize;
        let is_sound = (HEADER_OCTETS..=self.most_pdu_octets).contains(&length);
        if is_sound { Ok(length) } else { Err(BadLength { sequence: word(header, 3) }) }
    }

    #[cfg(test)]
    fn kept_octets(&self) -> usize {
        self.kept.capacity()
    }
}

fn frame(pdu: &[u8]) -> Frame<'_> {
    let body = pdu.get(HEADER_OCTETS..).unwrap_or_default();
    Frame { command: word(pdu, 1), status: Status(word(pdu, 2)), sequence: word(pdu, 3), body }
}

fn word(header: &[u8], index: usize) -> u32 {
    let octets = header.get(4 * index..4 * index + 4).and_then(|it| it.try_into().ok());
    u32::from_be_bytes(octets.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MOST: usize = 2_000;

    fn pdu(length: u32, sequence: u32, body: usize) -> Vec<u8> {
        let words = [length, 0x15, 0, sequence];
        let mut octets: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        octets.resize(octets.len() + body, 7);
        octets
    }

    /// What comes of these octets, cut into pieces of this size: sequence numbers with the lengths of bodies.
    fn check(octets: &[u8], piece: usize, expected: &[Result<(u32, usize), u32>]) {
        let mut frames = Frames::new(MOST);
        let mut found = Vec::new();
        'all: for mut piece in octets.chunks(piece) {
            while let Some(next) = frames.next(&mut piece) {
                found.push(next.map(|it| (it.sequence, it.body.len())).map_err(|bad| bad.sequence));
                if found.last().is_some_and(Result::is_err) {
                    break 'all;
                }
            }
            assert!(piece.is_empty());
            assert!(frames.kept_octets() <= MOST, "no more than one PDU is kept");
        }
        assert_eq!(found, expected, "in pieces of {piece}");
    }

    #[test]
    fn pdus_come_whole_however_they_are_cut() {
        let octets = [pdu(16, 1, 0), pdu(20, 2, 4), pdu(MOST as u32, 3, MOST - 16), pdu(16, 4, 0)].concat();
        for piece in [1, 2, 7, 15, 16, 17, 36, 1_000, 10_000] {
            check(&octets, piece, &[Ok((1, 0)), Ok((2, 4)), Ok((3, MOST - 16)), Ok((4, 0))]);
        }
    }

    #[test]
    fn a_length_that_cannot_be_is_the_end() {
        for length in [0, 1, 15, MOST as u32 + 1, u32::MAX] {
            let octets = [pdu(16, 8, 0), pdu(length, 9, 4), pdu(16, 10, 0)].concat();
            for piece in [1, 16, 100] {
                check(&octets, piece, &[Ok((8, 0)), Err(9)]);
            }
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_more_than_one_pdu_be_kept(octets in proptest::collection::vec(any::<u8>(), 0..6_000),
            piece in 1usize..500) {
            let mut frames = Frames::new(MOST);
            'all: for mut piece in octets.chunks(piece) {
                while let Some(next) = frames.next(&mut piece) {
                    if next.is_err() {
                        break 'all;
                    }
                }
                prop_assert!(frames.kept_octets() <= MOST);
            }
        }
    }
}
