//! Finds the number of a state by its bits: an open-addressing table of hashes and numbers.
//!
//! The table holds no states. An entry with the wanted hash is only a candidate, and the caller compares the
//! states themselves; so no two states are ever taken for one.

/// Of so many slots ...
const SLOTS: usize = 4;
/// ... at most so many are taken.
const TAKEN: usize = 3;
const LEAST_CAPACITY: usize = 64;
const FREE: u64 = u64::MAX;

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The number of the state.
    Known(u32),
    /// It is not there; now it is, in this slot.
    New(usize),
}

pub(super) struct Table {
    /// A number in the lower half, and the hash above it.
    entries: Vec<u64>,
    taken: usize,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { entries: vec![FREE; LEAST_CAPACITY], taken: 0 }
    }

    /// Looks for a state with this hash among those for which `is_same` holds; puts in the number otherwise.
    ///
    /// The search starts at a slot that [`Table::candidate`] gave for the hash. Call [`Table::reserve`] before, or there
    /// may be no free slot to end it.
    #[inline]
    pub(super) fn find_or_insert(
        &mut self,
        (hash, start): (u32, usize),
        number: u32,
        is_same: impl Fn(u32) -> bool,
    ) -> Found {
        let mut slot = start;
        loop {
            let entry = self.entries[slot];
            if entry == FREE {
                self.entries[slot] = entry_of(hash, number);
                self.taken += 1;
                return Found::New(slot);
            }
            if has_hash(entry, hash) && is_same(entry as u32) {
                return Found::Known(entry as u32);
            }
            slot = self.after(slot);
        }
    }

    /// The first slot that may hold a state with this hash, or could take it. Stays so while others are put in.
    #[inline]
    pub(super) fn candidate(&self, hash: u32) -> usize {
        let mut slot = self.home(hash);
        while self.entries[slot] != FREE && !has_hash(self.entries[slot], hash) {
            slot = self.after(slot);
        }
        slot
    }

    /// Gives what is in a slot another number.
    #[inline]
    pub(super) fn renumber(&mut self, slot: usize, number: u32) {
        self.entries[slot] = self.entries[slot] & !0xffff_ffff | u64::from(number);
    }

    /// Reads where the search for this hash begins, so that it is in the cache. What it gives means nothing.
    #[inline]
    pub(super) fn touch(&self, hash: u32) -> u64 {
        self.entries[self.home(hash)]
    }

    /// The number in a slot; none if it is free.
    #[inline]
    pub(super) fn number(&self, slot: usize) -> Option<u32> {
        Some(self.entries[slot]).filter(|entry| *entry != FREE).map(|entry| entry as u32)
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        let needed = (self.taken + more) * SLOTS / TAKEN + 1;
        if needed <= self.entries.len() {
            return;
        }
        let capacity = needed.max(self.entries.len() + self.entries.len() / 3);
        let old = std::mem::replace(&mut self.entries, vec![FREE; capacity]);
        for entry in old.into_iter().filter(|entry| *entry != FREE) {
            let mut slot = self.home((entry >> 32) as u32);
            while self.entries[slot] != FREE {
                slot = self.after(slot);
            }
            self.entries[slot] = entry;
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.entries.len() * size_of::<u64>()
    }

    #[inline]
    fn after(&self, slot: usize) -> usize {
        if slot + 1 == self.entries.len() { 0 } else { slot + 1 }
    }

    /// The hash that an entry keeps chooses the slot, so that a table grows without its states. Any number of slots will do.
    #[inline]
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.entries.len() as u64) >> 32) as usize
    }
}

#[inline]
fn has_hash(entry: u64, hash: u32) -> bool {
    (entry >> 32) as u32 == hash
}

fn entry_of(hash: u32, number: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(number)
}

/// The table, out of so many, that a state belongs to by its bits, and its hash there.
///
/// Words of zeros count for nothing: a state has the same hash however wide it is stored.
#[inline]
pub(super) fn hash(words: &[u64]) -> (usize, u32) {
    let folded = |word: u64, factor: u64| {
        let product = u128::from(word) * u128::from(factor);
        (product >> 64) as u64 ^ product as u64
    };
    // Another odd factor for every place.
    let mut factor: u64 = 0xa076_1d64_78bd_642f;
    let mut sum: u64 = 0;
    for word in words {
        sum = sum.wrapping_add(folded(*word, factor));
        factor = factor.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    let hash = folded(sum ^ 0xe703_7ed1_a0b4_28db, 0x8ebc_6af0_9c88_c6e3);
    ((hash >> 60) as usize, hash as u32)
}

/// How many tables there are.
pub(super) const SHARDS: usize = 16;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Found, Table, hash};

    fn look_up(table: &mut Table, hash: u32, number: u32, is_same: impl Fn(u32) -> bool) -> Found {
        let start = table.candidate(hash);
        table.find_or_insert((hash, start), number, is_same)
    }

    #[test]
    fn every_state_is_found_however_the_table_grows() {
        let (mut table, states): (Table, Vec<[u64; 1]>) = (Table::new(), (0..10_000).map(|word| [word]).collect());
        for (number, state) in states.iter().enumerate() {
            table.reserve(1);
            let found = look_up(&mut table, hash(state).1, number as u32, |known| states[known as usize] == *state);
            assert!(matches!(found, Found::New(_)), "{number}");
        }
        for (number, state) in states.iter().enumerate() {
            let found = look_up(&mut table, hash(state).1, 0, |known| states[known as usize] == *state);
            assert_eq!(found, Found::Known(number as u32));
        }
        assert!(table.bytes() < 10_000 * 16);
    }

    #[test]
    fn zeros_behind_a_state_do_not_change_its_hash_and_other_words_do() {
        let hashes: HashSet<(usize, u32)> =
            (0..100_000_u64).map(|number| hash(&[number % 100, number / 100 % 100, number / 10_000])).collect();
        assert_eq!(hashes.len(), 100_000);
        assert_eq!(hash(&[3, 7]), hash(&[3, 7, 0, 0]));
    }

    #[test]
    fn states_with_the_same_hash_are_told_apart() {
        let mut table = Table::new();
        assert!(matches!(look_up(&mut table, 7, 0, |_| false), Found::New(_)));
        assert!(matches!(look_up(&mut table, 7, 1, |_| false), Found::New(_)));
        assert_eq!(look_up(&mut table, 7, 2, |number| number == 1), Found::Known(1));
    }
}
