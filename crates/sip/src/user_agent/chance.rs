//! Random words for tags, branches and Call-IDs, all from one seed: a history can be played again, and nobody who sees some
//! of the words can tell the others.

use sha2::{Digest, Sha256};

/// A stream of random numbers: SHA-256 over the seed and a counter.
#[derive(Debug)]
pub struct Chance {
    seed: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Chance {
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0, block: [0; 32], used: 32 }
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        if self.used >= self.block.len() {
            let mut hash = Sha256::new();
            hash.update(self.seed);
            hash.update(self.counter.to_be_bytes());
            self.block = hash.finalize().into();
            self.counter += 1;
            self.used = 0;
        }
        let mut octets = [0; 8];
        octets.copy_from_slice(&self.block[self.used..self.used + 8]);
        self.used += 8;
        u64::from_be_bytes(octets)
    }

    /// A number below `limit`, which is not zero.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.number() % limit.max(1)
    }
}
