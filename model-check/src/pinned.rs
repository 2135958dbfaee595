//! The numbers of a slice that a plan pins. They tell of a change that no property speaks of.

use std::fmt;

use crate::display::grouped;

/// How much there is of a slice within its bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Distinct states.
    pub states: u64,
    /// Accepted inputs, over all states, that stay within the bounds.
    pub steps: u64,
    /// What these inputs emit, over all states, by regions of the slice.
    pub effects: u64,
}

/// One of the [`Numbers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Of states.
    States,
    /// Of steps.
    Steps,
    /// Of effects.
    Effects,
}

impl Number {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::States, Self::Steps, Self::Effects];

    /// What a plan calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::States => "states",
            Self::Steps => "steps",
            Self::Effects => "effects",
        }
    }
}

impl Numbers {
    /// One of them.
    #[must_use]
    pub fn get(&self, number: Number) -> u64 {
        match number {
            Number::States => self.states,
            Number::Steps => self.steps,
            Number::Effects => self.effects,
        }
    }
}

/// The numbers that a plan expects of a slice; it may leave each of them open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pinned {
    /// Of states.
    pub states: Option<u64>,
    /// Of steps.
    pub steps: Option<u64>,
    /// Of effects.
    pub effects: Option<u64>,
}

impl Pinned {
    /// One of them, unless it is left open.
    #[must_use]
    pub fn get(&self, number: Number) -> Option<u64> {
        match number {
            Number::States => self.states,
            Number::Steps => self.steps,
            Number::Effects => self.effects,
        }
    }

    /// Without those of steps and effects.
    pub(crate) fn of_states(self) -> Self {
        Self { steps: None, effects: None, ..self }
    }

    /// Where these numbers are others.
    pub fn deviations(self, found: Numbers) -> impl Iterator<Item = Deviation> {
        Number::ALL.into_iter().filter_map(move |number| {
            let (pinned, found) = (self.get(number)?, found.get(number));
            (pinned != found).then_some(Deviation { number, pinned, found })
        })
    }
}

/// A number that is not the pinned one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// Which.
    pub number: Number,
    /// What the plan says.
    pub pinned: u64,
    /// What was found.
    pub found: u64,
}

impl fmt::Display for Deviation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, pinned, found } = *self;
        write!(formatter, "{} {}, found {}", grouped(pinned), number.name(), grouped(found))
    }
}
