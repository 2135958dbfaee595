//! The states that were met, each as bits, in the order in which they were met.

use crate::graph::NOWHERE;

/// States per block. Blocks never move, so that growing needs no second copy of what is there.
const BLOCK: usize = 1 << 14;

/// Every state takes the same number of words, which is that of the longest.
pub(super) struct States {
    stride: usize,
    blocks: Vec<Vec<u64>>,
    /// From which state, and by which input, each was met first. The initial state comes from nowhere.
    origins: Vec<(u32, u32)>,
    /// The first state of each depth.
    levels: Vec<u32>,
}

impl States {
    pub(super) fn new(stride: usize) -> Self {
        Self { stride, blocks: Vec::new(), origins: Vec::new(), levels: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.origins.len()
    }

    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    #[inline]
    pub(super) fn words(&self, number: u32) -> &[u64] {
        let (block, place) = (number as usize / BLOCK, number as usize % BLOCK);
        &self.blocks[block][place * self.stride..][..self.stride]
    }

    #[inline]
    pub(super) fn origin(&self, number: u32) -> (u32, u32) {
        self.origins[number as usize]
    }

    /// Puts a state in, behind all others. States come in the order of those that they were met from.
    pub(super) fn push(&mut self, words: &[u64], origin: (u32, u32)) {
        let number = self.origins.len();
        if number.is_multiple_of(BLOCK) {
            // The first one grows with what it holds: most machines are small.
            let capacity = if number == 0 { 0 } else { BLOCK * self.stride };
            self.blocks.push(Vec::with_capacity(capacity));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.extend_from_slice(words);
        }
        let is_deeper = origin == NOWHERE || self.levels.last().is_some_and(|level| origin.0 >= *level);
        if is_deeper {
            self.levels.push(number as u32);
        }
        self.origins.push(origin);
    }

    /// Makes room for states of so many words.
    pub(super) fn widen(&mut self, stride: usize) {
        if stride <= self.stride {
            return;
        }
        for block in &mut self.blocks {
            *block = widened(block, self.stride, stride);
        }
        self.stride = stride;
    }

    /// How many bytes the states take.
    pub(super) fn bytes(&self) -> usize {
        self.blocks.iter().map(Vec::capacity).sum::<usize>() * size_of::<u64>()
            + self.origins.capacity() * size_of::<(u32, u32)>()
            + self.levels.capacity() * size_of::<u32>()
    }

    /// How many steps the farthest state is away from the initial one.
    pub(super) fn depth(&self) -> usize {
        self.levels.len().saturating_sub(1)
    }

    /// Leaves the first states over, and hands out where they come from and where the levels start.
    pub(super) fn into_origins(mut self, states: usize) -> (Vec<(u32, u32)>, Vec<u32>) {
        self.origins.truncate(states);
        self.levels.retain(|level| (*level as usize) < states);
        (self.origins, self.levels)
    }
}

/// Whether two entries are the same but for zeros behind one of them.
#[inline]
pub(super) fn are_same(one: &[u64], other: &[u64]) -> bool {
    let shared = one.len().min(other.len());
    let is_zero = |word: &u64| *word == 0;
    are_equal(&one[..shared], &other[..shared])
        && one[shared..].iter().all(is_zero)
        && other[shared..].iter().all(is_zero)
}

/// As `==`, which calls a function that is made for longer slices.
#[inline]
pub(super) fn are_equal(one: &[u64], other: &[u64]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one == other)
}

/// The same entries with zeros behind each.
pub(super) fn widened(words: &[u64], from: usize, to: usize) -> Vec<u64> {
    let mut wide = Vec::with_capacity(words.len() / from.max(1) * to);
    for entry in words.chunks_exact(from) {
        wide.extend_from_slice(entry);
        wide.resize(wide.len() + to - from, 0);
    }
    wide
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, States};
    use crate::graph::NOWHERE;

    #[test]
    fn states_are_found_by_number_also_after_one_that_is_longer() {
        let mut states = States::new(1);
        let last = BLOCK as u32 + 5;
        for number in 0..=last {
            states.push(&[u64::from(number)], if number == 0 { NOWHERE } else { (number - 1, 7) });
        }
        states.widen(2);
        states.push(&[1, 2], (last, 8));
        assert_eq!((states.words(3), states.words(last)), ([3, 0].as_slice(), [u64::from(last), 0].as_slice()));
        assert_eq!((states.words(last + 1), states.origin(last + 1)), ([1, 2].as_slice(), (last, 8)));
        assert_eq!((states.len(), states.stride()), (BLOCK + 7, 2));
    }

    #[test]
    fn a_level_starts_where_a_state_comes_from_the_one_before() {
        let mut states = States::new(1);
        for origin in [NOWHERE, (0, 0), (0, 1), (1, 0), (2, 0), (3, 0)] {
            states.push(&[0], origin);
        }
        assert_eq!(states.depth(), 3);
        let (origins, levels) = states.into_origins(4);
        assert_eq!((origins.len(), levels), (4, vec![0, 1, 3]));
    }
}
