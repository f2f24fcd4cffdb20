//! A hash map for small fixed keys (addresses, ports): fast, and the same everywhere.
//!
//! Never iterated: what is printed or decided by order lives in ordered maps.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map keyed by addresses, ports or tuples of them.
pub type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mixer>>;

/// Multiplies and rotates word by word, in the manner of Firefox's hash. Keys come from the learner's own
/// text, so nobody gains from making them collide.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mixer(u64);

impl Mixer {
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;

    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(Self::FACTOR);
    }
}

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        // The table takes its bucket from the low bits and its tag from the high ones; products are good only in
        // the high half, so fold and spread once more.
        let folded = (self.0 ^ (self.0 >> 32)).wrapping_mul(Self::FACTOR);
        folded ^ (folded >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, it: u8) {
        self.mix(u64::from(it));
    }

    fn write_u16(&mut self, it: u16) {
        self.mix(u64::from(it));
    }

    fn write_u32(&mut self, it: u32) {
        self.mix(u64::from(it));
    }

    fn write_u64(&mut self, it: u64) {
        self.mix(it);
    }

    fn write_usize(&mut self, it: usize) {
        self.mix(it as u64);
    }
}
