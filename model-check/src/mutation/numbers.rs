//! Numbers in the place of states.
//!
//! The states of each region are few, however many states the machine has; and what a handler or a property says depends
//! on few regions. So the state of a region gets a number, a state of the machine is a row of numbers, and what depends on
//! some regions is looked up by the number of what they are in: by the *sight* of whoever looks at them.

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;

use super::limits::Limits;
use crate::interpret::RegionState;

/// The states of the regions, with their numbers.
pub(super) struct Regions {
    limits: Limits,
    known: Vec<Known>,
}

#[derive(Default)]
struct Known {
    states: Vec<RegionState>,
    within: Vec<bool>,
    numbers: FxHashMap<RegionState, u32>,
}

impl Regions {
    pub(super) fn new(limits: Limits) -> Self {
        let known = limits.spec.regions.iter().map(|_| Known::default()).collect();
        Self { limits, known }
    }

    /// The number of a state of this region, by its index.
    pub(super) fn number(&mut self, region: usize, state: &RegionState) -> u32 {
        let known = &mut self.known[region];
        if let Some(number) = known.numbers.get(state) {
            return *number;
        }
        let number = known.states.len() as u32;
        known.states.push(state.clone());
        known.within.push(self.limits.hold_region(region, state));
        known.numbers.insert(state.clone(), number);
        number
    }

    pub(super) fn state(&self, region: usize, number: u32) -> &RegionState {
        &self.known[region].states[number as usize]
    }

    pub(super) fn is_within(&self, region: usize, number: u32) -> bool {
        self.known[region].within[number as usize]
    }
}

/// Rows of numbers, each with a number of its own.
pub(super) struct Rows {
    width: usize,
    count: usize,
    cells: Vec<u32>,
    numbers: HashTable<u32>,
}

impl Rows {
    pub(super) fn new(width: usize) -> Self {
        Self { width, count: 0, cells: Vec::new(), numbers: HashTable::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn row(&self, number: u32) -> &[u32] {
        &self.cells[number as usize * self.width..(number as usize + 1) * self.width]
    }

    /// The number of a row, and whether it is new.
    pub(super) fn number(&mut self, row: &[u32]) -> (u32, bool) {
        let Self { width, cells, numbers, .. } = self;
        let row_of = |number: u32| &cells[number as usize * *width..(number as usize + 1) * *width];
        let hash = |row: &[u32]| FxBuildHasher.hash_one(row);
        if let Some(number) = numbers.find(hash(row), |number| row_of(*number) == row) {
            return (*number, false);
        }
        let number = self.count as u32;
        numbers.insert_unique(hash(row), number, |number| hash(row_of(*number)));
        cells.extend_from_slice(row);
        self.count += 1;
        (number, true)
    }
}

impl Rows {
    /// Forgets all rows but the first ones.
    pub(super) fn truncate(&mut self, count: usize) {
        let Self { width, cells, numbers, .. } = self;
        for number in count as u32..self.count as u32 {
            let row = &cells[number as usize * *width..(number as usize + 1) * *width];
            if let Ok(entry) = numbers.find_entry(FxBuildHasher.hash_one(row), |known| *known == number) {
                entry.remove();
            }
        }
        cells.truncate(count * *width);
        self.count = count.min(self.count);
    }
}

/// Who looks at the same regions sees the same.
pub(super) struct Sights {
    sights: Vec<Sight>,
}

/// What the states of some regions of a slice, by their places in it, are together.
struct Sight {
    places: Vec<usize>,
    seen: Rows,
}

impl Sights {
    pub(super) fn new() -> Self {
        Self { sights: Vec::new() }
    }

    /// The sight of these places.
    pub(super) fn of(&mut self, places: Vec<usize>) -> usize {
        match self.sights.iter().position(|sight| sight.places == places) {
            Some(known) => known,
            None => {
                self.sights.push(Sight { seen: Rows::new(places.len()), places });
                self.sights.len() - 1
            }
        }
    }

    pub(super) fn places(&self, sight: usize) -> &[usize] {
        &self.sights[sight].places
    }

    /// What is seen of a state.
    pub(super) fn number(&mut self, sight: usize, state: &[u32]) -> u32 {
        let Sight { places, seen } = &mut self.sights[sight];
        match places.as_slice() {
            // The numbers of the region's own states will do.
            [] => 0,
            [place] => state[*place],
            places => {
                let mut row = [0; 16];
                match row.get_mut(..places.len()) {
                    Some(row) => {
                        row.iter_mut().zip(places).for_each(|(cell, place)| *cell = state[*place]);
                        seen.number(row).0
                    }
                    None => seen.number(&places.iter().map(|place| state[*place]).collect::<Vec<_>>()).0,
                }
            }
        }
    }

    /// The states of its regions that are seen under a number, in the order of its places.
    pub(super) fn seen(&self, sight: usize, number: u32) -> Vec<u32> {
        let Sight { places, seen } = &self.sights[sight];
        match places.len() {
            0 => Vec::new(),
            1 => vec![number],
            _ => seen.row(number).to_vec(),
        }
    }
}
