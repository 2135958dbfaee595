//! The front door: which mutants to try, within which bounds, and the run itself.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use machine_spec::{Bounds, Machine};
use thiserror::Error;

use super::crew::{Crew, MOST_STATES, Observer};
use super::kind::MutationKind;
use super::machine;
use super::mutant::{Change, Mutant};
use super::report::{MutationReport, Tally};
use crate::bound_names::{self, UnknownBound};
use crate::pinned::{Deviation, Pinned};
use crate::plan::Plan;
use crate::slice::Slice;

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutationProgress {
    /// The slice of the machine that is explored, before the first mutant is tried.
    pub exploring: Option<String>,
    /// What became of the mutants so far.
    pub tally: Tally,
    /// How many mutants there are.
    pub total: usize,
    /// Since the start.
    pub elapsed: Duration,
}

/// Why mutants were not tried.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MutationError {
    /// A bound is set for a name that the machine does not have.
    #[error(transparent)]
    UnknownBound(#[from] UnknownBound),
    /// A property of the machine itself does not hold within the bounds.
    #[error("machine {machine} itself does not hold \"{sentence}\" in slice {slice}: its mutants would say nothing")]
    Unproved {
        /// The machine.
        machine: &'static str,
        /// The slice.
        slice: String,
        /// The property.
        sentence: &'static str,
    },
    /// Two transitions of the machine itself accept the same input.
    #[error("transitions {first} and {second} of machine {machine} itself overlap: its mutants would say nothing")]
    Overlapping {
        /// The machine.
        machine: &'static str,
        /// The one.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// The machine has more states in a slice than anybody wants to wait for, again and again.
    #[error("machine {machine} has more than {MOST_STATES} states in slice {slice}: its mutants need smaller bounds")]
    TooLarge {
        /// The machine.
        machine: &'static str,
        /// The slice.
        slice: String,
    },
    /// A number of the machine itself is not the one that the plan pins.
    #[error("slice {slice} of machine {machine} is not as planned: {deviation}; bring the plan up to date first")]
    Unplanned {
        /// The machine.
        machine: &'static str,
        /// The slice.
        slice: String,
        /// The number.
        deviation: Deviation,
    },
    /// The constant data of the machine make no sense to the interpreter.
    #[error("machine {machine}: {reason}")]
    Unreadable {
        /// The machine.
        machine: &'static str,
        /// Why not.
        reason: String,
    },
}

/// Mutants of a machine, to be tried. The defaults: [`Bounds::default`], all regions together, every kind that a check
/// could notice.
///
/// ```no_run
/// # fn every_mistake_is_noticed<Light: machine_spec::Machine>() -> Result<(), model_check::MutationError> {
/// use model_check::Mutants;
/// Mutants::<Light>::new().run()?.assert_no_survivors();
/// # Ok(())
/// # }
/// ```
#[must_use = "no mutant is tried until it is run"]
pub struct Mutants<M: Machine> {
    bounds: Bounds,
    plan: Option<Plan>,
    sliced: bool,
    only: Vec<String>,
    kinds: Vec<MutationKind>,
    regions: Vec<String>,
    budget: usize,
    threads: usize,
    answers_aside: bool,
    properties_only: bool,
    observer: Option<Observer>,
    machine: PhantomData<fn() -> M>,
}

impl<M: Machine> Default for Mutants<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Machine> Mutants<M> {
    /// All mutants that a check could notice.
    pub fn new() -> Self {
        Self {
            bounds: Bounds::default(),
            plan: None,
            sliced: false,
            only: Vec::new(),
            kinds: Vec::new(),
            regions: Vec::new(),
            budget: 50_000,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            answers_aside: false,
            properties_only: false,
            observer: None,
            machine: PhantomData,
        }
    }

    /// Sets all bounds.
    pub fn bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// Tries the mutants slice by slice, within the bounds that a plan gives. A mutant is tried in every slice that holds
    /// the region it is made in; it is killed if a check of one of them would not pass. If the only reason is a number that
    /// the plan pins, it counts as [pinned](super::Fate::Pinned).
    pub fn plan(self, plan: Plan) -> Self {
        Self { plan: Some(plan), sliced: true, ..self }
    }

    /// Tries the mutants slice by slice, all within the same bounds unless a plan gives others.
    pub fn sliced(self) -> Self {
        Self { sliced: true, ..self }
    }

    /// Tries the mutants of this slice in this slice and the others named like this only. What never occurs is nothing to
    /// go by then: it may in a slice that is left out.
    pub fn only(mut self, slice: impl Into<String>) -> Self {
        self.sliced = true;
        self.only.push(slice.into());
        self
    }

    /// Tries mutants of this kind and the others named like this only.
    pub fn kind(mut self, kind: MutationKind) -> Self {
        self.kinds.push(kind);
        self
    }

    /// Tries mutants of this region and the others named like this only.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.regions.push(region.into());
        self
    }

    /// Gives a mutant up in a slice in which it has so many states more than the machine. The default is 50,000.
    pub fn budget(self, states: usize) -> Self {
        Self { budget: states, ..self }
    }

    /// Sets how many threads try mutants, each with an exploration of the machine of its own; zero counts as one. The
    /// report does not depend on it.
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// Sets mutants aside that differ in answers only: in effects, or in whether an input that changes nothing is accepted.
    /// No property can speak of these; stories can (`docs/guide/testing.md`).
    pub fn answers_aside(self) -> Self {
        Self { answers_aside: true, ..self }
    }

    /// Takes no account of the numbers that the plan pins: a mutant that nothing else notices survives.
    pub fn properties_only(self) -> Self {
        Self { properties_only: true, ..self }
    }

    /// Is called after each mutant, and before, when a slice of the machine is explored.
    pub fn on_progress(self, observer: impl FnMut(&MutationProgress) + Send + 'static) -> Self {
        Self { observer: Some(Box::new(observer)), ..self }
    }

    /// Makes the mutants and tries each of them.
    ///
    /// # Errors
    /// [`MutationError`] if a bound has an unknown name, or if the machine itself does not pass: then nothing can be told
    /// of its mutants.
    pub fn run(self) -> Result<MutationReport, MutationError> {
        let start = Instant::now();
        let mut mutants = machine::mutants(M::SPEC);
        mutants.retain(|mutant| self.is_wanted(mutant));
        let crew = Crew {
            spec: M::SPEC,
            slices: self.bounded_slices()?,
            is_complete: self.only.is_empty(),
            is_sliced: self.sliced,
            budget: self.budget,
            start,
        };
        let found = crew.run(mutants, self.threads, self.observer)?;
        Ok(MutationReport {
            machine: M::SPEC.name,
            place: M::SPEC.place,
            trials: found.trials,
            answers_aside: self.answers_aside,
            slices: found.slices,
            grounding: found.grounding,
            elapsed: start.elapsed(),
        })
    }

    fn is_wanted(&self, mutant: &Mutant) -> bool {
        let is_of_kind = match self.kinds.as_slice() {
            [] => mutant.kind.is_noticeable(),
            kinds => kinds.contains(&mutant.kind),
        };
        let is_of_region = |name: &String| mutant.region == Some(name.as_str());
        is_of_kind && (self.regions.is_empty() || self.regions.iter().any(is_of_region)) && self.is_in_slices(mutant)
    }

    /// Whether a slice that is explored holds what the mutant changes.
    fn is_in_slices(&self, mutant: &Mutant) -> bool {
        self.only.is_empty()
            || self.slices().iter().any(|slice| match mutant.change {
                Change::Handler { region, .. } => slice.has_region(region),
                Change::Property { index, .. } => slice.properties.contains(&index),
                Change::Shared(..) => true,
            })
    }

    fn slices(&self) -> Vec<Slice> {
        let all = if self.sliced { Slice::all(M::SPEC) } else { vec![Slice::whole(M::SPEC)] };
        all.into_iter().filter(|slice| self.only.is_empty() || self.only.contains(&slice.name)).collect()
    }

    /// What is explored, within which bounds, and which numbers are compared.
    fn bounded_slices(&self) -> Result<Vec<(Slice, Bounds, Pinned)>, UnknownBound> {
        bound_names::verify(M::SPEC, &self.bounds)?;
        let mut slices = Vec::new();
        for slice in self.slices() {
            let bounds = self.plan.as_ref().map_or_else(|| self.bounds.clone(), |plan| plan.bounds(&slice.name));
            bound_names::verify(M::SPEC, &bounds)?;
            let plan = self.plan.as_ref().filter(|_| !self.properties_only);
            let pinned = plan.map(|plan| plan.pinned(&slice.name)).unwrap_or_default();
            slices.push((slice, bounds, pinned));
        }
        Ok(slices)
    }
}

/// Tries the mutants of a machine within bounds. The one line for a test.
///
/// # Panics
/// With the printed report, unless every mutant is killed or equivalent; those that differ in answers only are set aside.
#[track_caller]
pub fn assert_no_survivors<M: Machine>(bounds: &Bounds) -> MutationReport {
    match Mutants::<M>::new().bounds(bounds.clone()).answers_aside().run() {
        Ok(report) => {
            report.assert_no_survivors();
            report
        }
        Err(error) => panic!("{error}"),
    }
}
