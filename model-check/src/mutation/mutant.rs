//! A machine with one small mistake.

use std::fmt;

use machine_spec::meaning::{HandlerMeaning, PropertyMeaning};
use machine_spec::spec::{MachineSpec, Place};

use super::kind::MutationKind;

/// A machine with one small mistake.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The kind of mistake.
    pub kind: MutationKind,
    /// Where it is made: at the guard, the update, the effect, the transition, the selection, the field or the property.
    /// Constants, functions have no place of their own in constant data; a mistake in them is that of the machine.
    pub place: Place,
    /// The region whose behaviour is changed; none for a mistake in a constant, a function or a property.
    pub region: Option<&'static str>,
    /// In which handler, constant or property it is made.
    pub within: String,
    /// What the machine file says.
    pub before: String,
    /// What the mutant says in its place; empty if it is left out.
    pub after: String,
    pub(super) change: Change,
}

/// What is another in a mutant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// A handler: its region, and its number among those of the region.
    Handler { region: usize, handler: usize, meaning: &'static HandlerMeaning },
    /// A property, by index.
    Property { index: usize, meaning: &'static PropertyMeaning },
    /// Something that many parts of the machine may rely on: the mutant, and what is another in it.
    Shared(&'static MachineSpec, Shared),
}

/// What handlers and properties share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shared {
    /// A constant or function of this name.
    Name(&'static str),
    /// A selection of the region of this index.
    Selection(usize),
    /// The first value of a field of the region of this index.
    FirstValue(usize),
}

impl fmt::Display for Mutant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (within, before, after) = (&self.within, &self.before, &self.after);
        match after.is_empty() {
            true => write!(formatter, "{within}: without `{before}`"),
            false => write!(formatter, "{within}: `{before}` becomes `{after}`"),
        }
    }
}
