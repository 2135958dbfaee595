//! Finds the number of a state by its bits: an open-addressing table of hashes and numbers.
//!
//! The table holds no states. An entry with the wanted half of a hash is only a candidate, and the caller compares the
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
    /// A number in the lower half, and the lower half of the hash above it.
    entries: Vec<u64>,
    taken: usize,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { entries: vec![FREE; LEAST_CAPACITY], taken: 0 }
    }

    /// Looks for a state with this hash among those for which `is_same` holds; puts in the number otherwise.
    ///
    /// Call [`Table::reserve`] before, or there may be no free slot to end the search.
    #[inline]
    pub(super) fn find_or_insert(&mut self, hash: u64, number: u32, is_same: impl Fn(u32) -> bool) -> Found {
        let mut slot = self.home(hash << 32);
        loop {
            let entry = self.entries[slot];
            if entry == FREE {
                self.entries[slot] = entry_of(hash, number);
                self.taken += 1;
                return Found::New(slot);
            }
            if entry >> 32 == hash & 0xffff_ffff && is_same(entry as u32) {
                return Found::Known(entry as u32);
            }
            slot += 1;
            if slot == self.entries.len() {
                slot = 0;
            }
        }
    }

    /// Gives what is in a slot another number.
    #[inline]
    pub(super) fn renumber(&mut self, slot: usize, number: u32) {
        self.entries[slot] = self.entries[slot] & !0xffff_ffff | u64::from(number);
    }

    /// The number where the search for this hash begins, if the state behind it may be the one.
    #[inline]
    pub(super) fn guess(&self, hash: u64) -> Option<u32> {
        let entry = self.entries[self.home(hash << 32)];
        (entry != FREE && entry >> 32 == hash & 0xffff_ffff).then_some(entry as u32)
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
            let mut slot = self.home(entry);
            while self.entries[slot] != FREE {
                slot = if slot + 1 == capacity { 0 } else { slot + 1 };
            }
            self.entries[slot] = entry;
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.entries.len() * size_of::<u64>()
    }

    /// What an entry keeps of a hash chooses the slot, so that a table grows without its states. Any number of slots will do.
    #[inline]
    fn home(&self, entry: u64) -> usize {
        (((entry >> 32) * self.entries.len() as u64) >> 32) as usize
    }
}

fn entry_of(hash: u64, number: u32) -> u64 {
    (hash & 0xffff_ffff) << 32 | u64::from(number)
}

/// The hash of a state's bits.
#[inline]
pub(super) fn hash(words: &[u64]) -> u64 {
    let mut hash = 0x9e37_79b9_7f4a_7c15;
    for word in words {
        let product = u128::from(hash ^ word).wrapping_mul(0xa076_1d64_78bd_642f_e703_7ed1_a0b4_28db);
        hash = (product >> 64) as u64 ^ product as u64;
    }
    hash ^ hash >> 29
}

/// The table, out of so many, that a state with this hash belongs to: by the uppermost bits.
#[inline]
pub(super) fn shard(hash: u64) -> usize {
    (hash >> 60) as usize
}

/// How many tables there are.
pub(super) const SHARDS: usize = 16;

#[cfg(test)]
mod tests {
    use super::{Found, Table, hash};

    #[test]
    fn every_state_is_found_however_the_table_grows() {
        let (mut table, states): (Table, Vec<[u64; 1]>) = (Table::new(), (0..10_000).map(|word| [word]).collect());
        for (number, state) in states.iter().enumerate() {
            table.reserve(1);
            let found = table.find_or_insert(hash(state), number as u32, |known| states[known as usize] == *state);
            assert!(matches!(found, Found::New(_)), "{number}");
        }
        for (number, state) in states.iter().enumerate() {
            let found = table.find_or_insert(hash(state), 0, |known| states[known as usize] == *state);
            assert_eq!(found, Found::Known(number as u32));
        }
        assert!(table.bytes() < 10_000 * 16);
    }

    #[test]
    fn states_with_the_same_hash_are_told_apart() {
        let mut table = Table::new();
        assert!(matches!(table.find_or_insert(7, 0, |_| false), Found::New(_)));
        assert!(matches!(table.find_or_insert(7, 1, |_| false), Found::New(_)));
        assert_eq!(table.find_or_insert(7, 2, |number| number == 1), Found::Known(1));
    }
}
