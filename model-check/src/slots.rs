//! Which bit of a state's record answers which question.

use machine_spec::spec::MachineSpec;

/// What every machine must keep, whatever it declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Promise {
    /// In a region (in each instance of a keyed one) at most one transition accepts an input.
    Deterministic,
    /// `explain` and `apply` say the same of every input.
    Explained,
    /// A rejected input leaves the state as it was, and asks the shell for nothing.
    RejectionsChangeNothing,
}

impl Promise {
    /// All of them, in the order in which a report lists them.
    pub const ALL: [Self; 3] = [Self::Deterministic, Self::Explained, Self::RejectionsChangeNothing];

    /// The promise in words.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Deterministic => "at most one transition per region accepts an input",
            Self::Explained => "explain and apply agree on every input",
            Self::RejectionsChangeNothing => "a rejected input changes nothing",
        }
    }

    /// Whether the promise is one of the generated code and not of the machine, so that only a run with cross-check says
    /// something about it.
    #[must_use]
    pub fn needs_cross_check(self) -> bool {
        self != Self::Deterministic
    }
}

/// The layout of the bits of one state.
#[derive(Clone, Copy)]
pub(crate) struct Slots {
    properties: usize,
    assumptions: usize,
}

impl Slots {
    pub(crate) fn new(spec: &MachineSpec) -> Self {
        Self { properties: spec.properties.len(), assumptions: spec.fairness.len() }
    }

    /// Of an invariant: violated here. Of an `always`: violated by a step from here. Of a `reachable`: holds here.
    /// Of a `possible`: the premise holds here. Of a `leads_to`: the premise holds here, and the claim does not.
    pub(crate) fn property(self, index: usize) -> usize {
        2 * index
    }

    /// Of a `possible`: what must stay possible holds here. Of a `leads_to`: what must follow holds here.
    pub(crate) fn conclusion(self, index: usize) -> usize {
        2 * index + 1
    }

    /// The promise is broken here, by some input.
    pub(crate) fn promise(self, promise: Promise) -> usize {
        2 * self.properties + promise as usize
    }

    /// Some step from here leaves the bounds.
    pub(crate) fn clipped(self) -> usize {
        2 * self.properties + Promise::ALL.len()
    }

    /// The input of this fairness assumption would change the state, wherever that leads.
    pub(crate) fn possible(self, assumption: usize) -> usize {
        self.clipped() + 1 + 2 * assumption
    }

    /// The input of this fairness assumption may be taken here in a way that is not followed: out of the bounds, with
    /// payload beyond them, or for regions outside of the slice only.
    pub(crate) fn unseen(self, assumption: usize) -> usize {
        self.clipped() + 2 + 2 * assumption
    }

    /// How many bits a state has.
    pub(crate) fn count(self) -> usize {
        self.possible(self.assumptions)
    }

    /// How many words the bits of a state take.
    pub(crate) fn words(self) -> usize {
        self.count().div_ceil(64)
    }
}
