//! Strongly connected components of one part of a graph after the other, in memory that serves again.
//!
//! Tarjan's algorithm (Depth-first search and linear graph algorithms, 1972), with its calls on a stack of its own: a way
//! through the graph may be as long as there are states.

use crate::graph::Steps;

/// Belongs to no component, because no search was asked for it.
const OUTSIDE: u32 = u32::MAX;
/// Belongs to the part that is searched, and has no component yet.
const OPEN: u32 = u32::MAX - 1;

/// States in groups.
#[derive(Default)]
pub(super) struct Groups {
    states: Vec<u32>,
    /// Where each group ends.
    ends: Vec<usize>,
}

impl Groups {
    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.states[start..*end])
    }

    pub(super) fn push(&mut self, group: &[u32]) {
        self.states.extend_from_slice(group);
        self.ends.push(self.states.len());
    }
}

pub(super) struct Components<'graph> {
    steps: &'graph Steps,
    /// By state: the component that it was found in last.
    component: Vec<u32>,
    /// How many components were found. Each has a number of its own, also if they were found one after the other.
    count: u32,
    /// By state of the part: when the search met it, counted from one; zero if it did not.
    met: Vec<u32>,
    /// By state: the first of those on the stack that it leads to, as far as the search knows.
    least: Vec<u32>,
    stack: Vec<u32>,
    /// How the search came to where it is: states, with the place of the next edge of each.
    calls: Vec<(u32, usize)>,
}

impl<'graph> Components<'graph> {
    pub(super) fn new(steps: &'graph Steps) -> Self {
        let states = steps.states();
        let [met, least] = [vec![0; states], vec![0; states]];
        Self { steps, component: vec![OUTSIDE; states], count: 0, met, least, stack: Vec::new(), calls: Vec::new() }
    }

    /// Whether both were found in the same component.
    pub(super) fn are_together(&self, one: u32, other: u32) -> bool {
        self.component[one as usize] == self.component[other as usize]
    }

    /// Finds the components of the graph that these states and the edges between them are.
    pub(super) fn find(&mut self, part: &[u32]) -> Groups {
        for state in part {
            self.met[*state as usize] = 0;
            self.component[*state as usize] = OPEN;
        }
        let mut found = Groups::default();
        let mut order = 0;
        for state in part {
            if self.met[*state as usize] == 0 {
                self.search(*state, &mut order, &mut found);
            }
        }
        found
    }

    /// Finds the components of what can be reached from here and has none.
    fn search(&mut self, start: u32, order: &mut u32, found: &mut Groups) {
        self.enter(start, order);
        while let Some((state, place)) = self.calls.last_mut() {
            let (state, edges) = (*state, self.steps.range(*state as usize));
            if *place < edges.end {
                let target = self.steps.target(*place);
                *place += 1;
                self.follow(state, target, order);
            } else {
                self.calls.pop();
                self.leave(state, found);
            }
        }
    }

    fn enter(&mut self, state: u32, order: &mut u32) {
        *order += 1;
        (self.met[state as usize], self.least[state as usize]) = (*order, *order);
        self.stack.push(state);
        self.calls.push((state, self.steps.range(state as usize).start));
    }

    fn follow(&mut self, state: u32, target: u32, order: &mut u32) {
        if self.component[target as usize] != OPEN {
            return;
        }
        match self.met[target as usize] {
            0 => self.enter(target, order),
            met => self.least[state as usize] = self.least[state as usize].min(met),
        }
    }

    /// Everything behind a state was searched. If it leads to none before it, it is the first of its component.
    fn leave(&mut self, state: u32, found: &mut Groups) {
        let least = self.least[state as usize];
        if let Some((caller, _)) = self.calls.last() {
            self.least[*caller as usize] = self.least[*caller as usize].min(least);
        }
        if least < self.met[state as usize] {
            return;
        }
        let first = self.stack.iter().rposition(|other| *other == state).unwrap_or(0);
        self.stack[first..].iter().for_each(|one| self.component[*one as usize] = self.count);
        found.push(&self.stack[first..]);
        self.stack.truncate(first);
        self.count += 1;
    }
}
