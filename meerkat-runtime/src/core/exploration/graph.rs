//! The explored graph: a state from which no end can be reached is a wedge, and no trace of a single path shows it.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub(super) struct Graph(Mutex<Recorded>);

#[derive(Default)]
struct Recorded {
    states: HashMap<u64, bool>,
    before: HashMap<u64, Vec<u64>>,
}

impl Graph {
    /// A state, and whether everything is done in it.
    pub(super) fn visit(&self, state: u64, done: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).states.insert(state, done);
    }

    pub(super) fn step(&self, from: u64, to: u64) {
        if from != to {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).before.entry(to).or_default().push(from);
        }
    }

    pub(super) fn states(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).states.len()
    }

    /// The states from which nothing leads to one in which everything is done.
    pub(super) fn wedged(&self) -> HashSet<u64> {
        let graph = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wedged: HashSet<u64> = graph.states.keys().copied().collect();
        let mut reached: Vec<u64> = graph.states.iter().filter(|(_, done)| **done).map(|(state, _)| *state).collect();
        while let Some(state) = reached.pop() {
            if wedged.remove(&state) {
                reached.extend(graph.before.get(&state).into_iter().flatten());
            }
        }
        wedged
    }
}
