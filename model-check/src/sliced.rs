//! Checks a machine slice by slice, see [`Slice`].
//!
//! Claims are judged in one slice each. What occurs is judged over all of them together: a transition that fires in
//! one of the slices of its region fires in the machine.

use std::time::Duration;

use machine_spec::Machine;
use machine_spec::spec::Place;

use crate::check::{Check, CheckError};
use crate::coverage::{Coverage, Observed};
use crate::pinned::{Deviation, Pinned};
use crate::plan::{self, Plan};
use crate::report::{Ending, Report};
use crate::slice::Slice;

/// A check to be run slice by slice, with the settings of the [`Check`] that it was made of.
#[must_use = "a check does nothing until it is run"]
pub struct SlicedCheck<M: Machine> {
    check: Check<M>,
    plan: Option<Plan>,
    only: Vec<String>,
}

/// What a check found out about the slices of a machine.
#[derive(Clone, Debug)]
pub struct SlicedReport {
    /// The machine's name.
    pub machine: &'static str,
    /// Where it is declared.
    pub place: Place,
    /// The slices that were explored.
    pub slices: Vec<SliceReport>,
    /// What occurred in them, and what did not. Without gaps if some slices were left out.
    pub coverage: Coverage,
    /// Gaps in the coverage are no failure.
    pub vacuity_allowed: bool,
    /// A plan says how many states each slice should have, and may say more.
    pub planned: bool,
}

/// What a check found out about one slice.
#[derive(Clone, Debug)]
pub struct SliceReport {
    /// The slice.
    pub slice: Slice,
    /// The names of its regions.
    pub regions: Vec<&'static str>,
    /// The numbers that it should have, as far as a plan says so.
    pub expected: Pinned,
    /// What was found. Its coverage is that of this slice alone, and no failure by itself.
    pub report: Report,
}

impl<M: Machine> SlicedCheck<M> {
    pub(crate) fn new(check: Check<M>) -> Self {
        Self { check, plan: None, only: Vec::new() }
    }

    /// Takes bounds and expected numbers from a plan, in place of the bounds of the check. A plan may say that its numbers
    /// are up to renaming, and so is the check then; of a check up to renaming by another plan no numbers are expected.
    pub fn plan(self, plan: Plan) -> Self {
        Self { plan: Some(plan), ..self }
    }

    /// Whether the numbers of the plan are those of this check.
    fn is_planned(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.is_up_to_renaming() == self.check.is_up_to_renaming())
    }

    /// Explores this slice and the others named like this, and leaves out the rest. Nothing is said about what never
    /// occurs then.
    pub fn only(mut self, slice: impl Into<String>) -> Self {
        self.only.push(slice.into());
        self
    }

    /// Explores every slice and judges what it saw.
    ///
    /// # Errors
    /// [`CheckError`] if a bound or a slice has an unknown name, or if there is no consistent graph to judge.
    pub fn run(mut self) -> Result<SlicedReport, CheckError> {
        let all = Slice::all(M::SPEC);
        let planned = self.plan.iter().flat_map(Plan::names);
        for name in planned.chain(self.only.iter().map(String::as_str)) {
            plan::verify(M::SPEC.name, &all, name)?;
        }
        let (vacuity_allowed, general) = (self.check.allows_vacuity(), self.check.general_bounds());
        let up_to_renaming = self.plan.as_ref().is_some_and(Plan::is_up_to_renaming) || self.check.is_up_to_renaming();
        // What one slice leaves out another may do.
        self.check = self.check.allow_vacuous(true).up_to_renaming(up_to_renaming);
        let planned = self.is_planned();
        let (mut observed, mut slices, total) = (Observed::nothing(M::SPEC), Vec::new(), all.len());
        for slice in all.into_iter().filter(|slice| self.only.is_empty() || self.only.contains(&slice.name)) {
            let bounds = self.plan.as_ref().map_or_else(|| general.clone(), |plan| plan.bounds(&slice.name));
            let (report, seen) = self.check.run_slice(&slice, bounds)?;
            observed.add(&seen);
            let expected =
                self.plan.as_ref().filter(|_| planned).map(|plan| plan.pinned(&slice.name)).unwrap_or_default();
            slices.push(SliceReport { regions: slice.region_names(M::SPEC), slice, expected, report });
        }
        let mut coverage = Coverage::measure(M::SPEC, &Slice::whole(M::SPEC), &observed);
        if slices.len() < total {
            coverage.gaps.clear();
        }
        let (machine, place) = (M::SPEC.name, M::SPEC.place);
        Ok(SlicedReport { machine, place, slices, coverage, vacuity_allowed, planned })
    }
}

impl SliceReport {
    /// Whether a number of states is expected, and all expected numbers were found.
    #[must_use]
    pub fn has_expected_numbers(&self) -> bool {
        self.report.is_complete() && self.expected.states.is_some() && self.deviations().next().is_none()
    }

    /// Which numbers are not the expected ones.
    pub fn deviations(&self) -> impl Iterator<Item = Deviation> {
        self.expected.deviations(self.report.size.numbers())
    }
}

impl SlicedReport {
    /// Whether every explored slice was visited as a whole and has the planned numbers, every claim holds, and
    /// nothing is vacuous (unless that is allowed).
    #[must_use]
    pub fn passes(&self) -> bool {
        let holds = |one: &SliceReport| one.report.passes() && (!self.planned || one.has_expected_numbers());
        self.slices.iter().all(holds) && self.vacuities() == 0
    }

    /// How many claims do not hold.
    #[must_use]
    pub fn violations(&self) -> usize {
        self.slices.iter().map(|one| one.report.violations()).sum()
    }

    /// How many claims the runs could not settle.
    #[must_use]
    pub fn unknowns(&self) -> usize {
        self.slices.iter().map(|one| one.report.unknowns()).sum()
    }

    /// How many gaps in the coverage count as failures. If some slice was cut off none does: what is missing may be
    /// ahead.
    #[must_use]
    pub fn vacuities(&self) -> usize {
        let complete = self.slices.iter().all(|one| one.report.ending == Ending::Closed);
        if self.vacuity_allowed || !complete { 0 } else { self.coverage.gaps.len() }
    }

    /// How long all explorations took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.slices.iter().map(|one| one.report.elapsed).sum()
    }

    /// The slice of this name.
    #[must_use]
    pub fn slice(&self, name: &str) -> Option<&SliceReport> {
        self.slices.iter().find(|one| one.slice.name == name)
    }

    /// Demands that the check passes. For tests.
    ///
    /// # Panics
    /// With the printed report, unless [`SlicedReport::passes`].
    #[track_caller]
    pub fn assert_holds(&self) -> &Self {
        assert!(self.passes(), "the check of machine {} does not pass\n\n{self}", self.machine);
        self
    }
}
