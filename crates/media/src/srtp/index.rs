//! The 48-bit index of a packet, of which the wire shows 16 bits, and which indexes were there already.

use super::SrtpError;

/// Packets that may come late by so many numbers; RFC 3711, section 3.3.2 asks for 64 at least.
pub const WINDOW_PACKETS: u64 = 128;
/// Senders that one key keeps apart. A phone takes a new number when it is held and resumed, or when its program begins anew.
pub const MAX_SOURCES: usize = 16;
/// The index at which a new key is due (RFC 3711, section 9.2).
const LAST_INDEX: u64 = (1 << 48) - 1;
const HALF: u16 = 1 << 15;

/// The indexes that the first packet that comes of a source may have.
///
/// A source that begins with a high number may have rolled over already, when its very first packets are lost or were sent before the key was
/// known here; its count of rollovers would then never be found. That is why RFC 3711, section 3.3.1 has sources begin in the lower half.
pub fn first_guesses(sequence: u16) -> impl Iterator<Item = u64> {
    let is_low = sequence < HALF;
    (0..=u64::from(is_low)).map(move |rollovers| rollovers << 16 | u64::from(sequence))
}

/// Which of the latest indexes were there already.
#[derive(Debug, Clone)]
pub struct Window {
    /// The highest of them, if there was one.
    highest: Option<u64>,
    /// Bit 0 is the highest index, bit 1 the one before it, and so on.
    seen: u128,
}

impl Window {
    /// None was there.
    pub const fn new() -> Window {
        Window { highest: None, seen: 0 }
    }

    /// Whether this index was not there yet, and is young enough to tell.
    pub fn is_new(&self, index: u64) -> bool {
        match self.highest {
            Some(highest) if index <= highest => {
                let back = highest - index;
                back < WINDOW_PACKETS && self.seen >> back & 1 == 0
            }
            _ => true,
        }
    }

    /// Notes that this index was there.
    pub fn accept(&mut self, index: u64) {
        match self.highest {
            Some(highest) if index <= highest => {
                let back = highest - index;
                if back < WINDOW_PACKETS {
                    self.seen |= 1 << back;
                }
            }
            Some(highest) => {
                let ahead = index - highest;
                self.seen = if ahead < WINDOW_PACKETS { self.seen << ahead | 1 } else { 1 };
                self.highest = Some(index);
            }
            None => {
                self.seen = 1;
                self.highest = Some(index);
            }
        }
    }
}

/// One sender of RTP under a key.
#[derive(Debug, Clone)]
pub struct Source {
    ssrc: u32,
    pub window: Window,
    /// When it was last heard, counted in packets of all sources.
    used: u64,
}

impl Source {
    /// The index that a packet with this number must have: the one closest to the highest so far (RFC 3711, section 3.3.1).
    ///
    /// # Errors
    /// [`SrtpError::Replayed`] when that would lie before the first packet of all, [`SrtpError::KeyUsedUp`] when past the last.
    pub fn guess(&self, sequence: u16) -> Result<u64, SrtpError> {
        let Some(highest) = self.window.highest else { return Ok(u64::from(sequence)) };
        let (rollovers, last) = (highest >> 16, highest as u16);
        let rollovers = if last < HALF {
            let is_before = sequence > last && sequence - last > HALF;
            rollovers.checked_sub(u64::from(is_before)).ok_or(SrtpError::Replayed)?
        } else if last - HALF > sequence {
            rollovers + 1
        } else {
            rollovers
        };
        let index = rollovers << 16 | u64::from(sequence);
        if index < LAST_INDEX { Ok(index) } else { Err(SrtpError::KeyUsedUp) }
    }

    /// Notes that a packet with this index was there.
    pub fn accept(&mut self, index: u64) {
        self.window.accept(index);
    }
}

/// The senders of RTP under a key.
#[derive(Debug, Clone)]
pub struct Sources {
    known: Vec<Source>,
    packets: u64,
}

impl Sources {
    /// None yet; room for all is allocated.
    pub fn new() -> Sources {
        Sources { known: Vec::with_capacity(MAX_SOURCES), packets: 0 }
    }

    /// The source of this number, if it was heard before.
    pub fn find(&self, ssrc: u32) -> Option<&Source> {
        self.known.iter().find(|source| source.ssrc == ssrc)
    }

    /// Our own source of this number. None is ever forgotten: its keystream would be used twice if it came again.
    pub fn entry_for_sending(&mut self, ssrc: u32) -> Result<&mut Source, SrtpError> {
        let at = match self.known.iter().position(|source| source.ssrc == ssrc) {
            Some(at) => at,
            None if self.known.len() == MAX_SOURCES => return Err(SrtpError::TooManySources),
            None => self.add(ssrc),
        };
        Ok(&mut self.known[at])
    }

    /// The other side's source of this number, to be called once its packet is known to be authentic.
    ///
    /// In place of a source too many, the one that was silent longest is forgotten; only the key's owner can make it so.
    pub fn entry_for_receiving(&mut self, ssrc: u32) -> &mut Source {
        self.packets += 1;
        let at = match self.known.iter().position(|source| source.ssrc == ssrc) {
            Some(at) => at,
            None => {
                if self.known.len() == MAX_SOURCES {
                    self.forget_the_most_silent();
                }
                self.add(ssrc)
            }
        };
        self.known[at].used = self.packets;
        &mut self.known[at]
    }

    fn add(&mut self, ssrc: u32) -> usize {
        self.known.push(Source { ssrc, window: Window::new(), used: self.packets });
        self.known.len() - 1
    }

    fn forget_the_most_silent(&mut self) {
        let silent = self.known.iter().enumerate().min_by_key(|(_, source)| source.used);
        if let Some((at, _)) = silent {
            self.known.swap_remove(at);
        }
    }
}
