//! Writes states as bits: as they are, or as the state that stands for all that differ from it in names only.

use machine_spec::{Machine, Packer};

use super::Failure;
use super::duties::Piece;
use crate::renaming::{Canonical, Form, Renaming};
use crate::slice::Slice;

pub(super) struct Writer<'run> {
    slice: &'run Slice,
    packer: Packer,
    /// None if every name matters.
    canonical: Option<Canonical>,
    /// The exploration cannot go on.
    pub(super) failure: Option<Failure>,
}

impl<'run> Writer<'run> {
    pub(super) fn new(slice: &'run Slice, renaming: &Renaming) -> Self {
        let canonical = (!renaming.is_empty()).then(|| Canonical::new(renaming));
        Self { slice, packer: Packer::new(), canonical, failure: None }
    }

    /// Whether states are written under other names than their own.
    pub(super) fn renames(&self) -> bool {
        self.canonical.is_some()
    }

    /// Takes a state for the one from which all steps come that are asked about from now on.
    pub(super) fn start_from<M: Machine>(&mut self, state: &M::State) {
        if let Some(canonical) = &mut self.canonical {
            canonical.start_from(&self.slice.packing::<M>(state));
        }
    }

    /// Finds the form in which a state is written; false if that lies out of the bounds.
    pub(super) fn find<M: Machine>(&mut self, state: &M::State) -> bool {
        let Some(canonical) = &mut self.canonical else { return true };
        match canonical.find(&self.slice.packing::<M>(state)) {
            Form::Found => return true,
            Form::OutOfBounds => {}
            Form::NotAnOrder(of) => self.failure = Some(Failure::NotAnOrder(of)),
            Form::Lost => self.failure = Some(Failure::Unpackable),
        }
        false
    }

    /// The bits of a state; it is the one that was asked about last.
    fn words<M: Machine>(&mut self, state: &M::State) -> &[u64] {
        if let Some(canonical) = &self.canonical {
            return canonical.words();
        }
        self.packer.clear();
        self.slice.packing::<M>(state)(&mut self.packer);
        finished(&mut self.packer, &mut self.failure)
    }

    /// The bits of the state behind a step; it is the one that was asked about last. What the step keeps of the state in
    /// front is copied: from its bits, with the places where those of each region start.
    pub(super) fn step<M: Machine>(
        &mut self,
        state: &M::State,
        pieces: &[Piece],
        (before, places): (&[u64], &[usize]),
    ) -> &[u64] {
        if let Some(canonical) = &self.canonical {
            return canonical.words();
        }
        self.packer.clear();
        for piece in pieces {
            match piece {
                Piece::Changed(region) => M::pack_region(state, *region, &mut self.packer),
                Piece::Kept(kept) => self.packer.copy(before, places[kept.start]..places[kept.end]),
            }
        }
        finished(&mut self.packer, &mut self.failure)
    }

    /// The bits of the initial state, which is visited even if it lies out of the bounds.
    pub(super) fn initial<M: Machine>(&mut self) -> Result<Vec<u64>, Failure> {
        let initial = M::initial();
        let state = M::state(&initial);
        self.start_from::<M>(state);
        self.find::<M>(state);
        let words = self.words::<M>(state).to_vec();
        self.failure.map_or(Ok(words), Err)
    }
}

fn finished<'bits>(packer: &'bits mut Packer, failure: &mut Option<Failure>) -> &'bits [u64] {
    if !packer.is_faithful() {
        *failure = Some(Failure::Unpackable);
    }
    packer.finish()
}
