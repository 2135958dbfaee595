//! The front door: what to check, within which bounds, and the run itself.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use machine_spec::{Bounds, Machine};
use stateright::report::{ReportData, ReportDiscovery, Reporter};
use stateright::{Checker, Model};
use thiserror::Error;

use crate::bound_names::{self, UnknownBound};
use crate::coverage::{Coverage, Observed};
use crate::explore::{Exploration, Node};
use crate::fair_inputs::FairInputs;
use crate::graph::{Collision, StateGraph};
use crate::judge::Judge;
use crate::plan::UnknownSlice;
use crate::record::Recorder;
use crate::report::{Ending, Report, Size};
use crate::slice::Slice;
use crate::sliced::SlicedCheck;
use crate::slots::Slots;

/// How far a running check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Distinct states found so far.
    pub states: usize,
    /// How many steps the farthest visited state is away from the initial one.
    pub depth: usize,
    /// Since the start of the exploration.
    pub elapsed: Duration,
}

/// Why a check gives no report.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CheckError {
    /// A bound is set for a name that the machine does not have.
    #[error(transparent)]
    UnknownBound(#[from] UnknownBound),
    /// A slice is named that the machine does not have.
    #[error(transparent)]
    UnknownSlice(#[from] UnknownSlice),
    /// Two states share a fingerprint, or the machine itself is not a function of state and input.
    #[error(
        "the explored graph of machine {machine} is inconsistent: two states share a fingerprint, or the machine does \
         not always answer the same; no verdict is possible"
    )]
    Inconsistent {
        /// The machine.
        machine: &'static str,
    },
}

type Observer = Box<dyn FnMut(&Progress) + Send>;

/// A check to be run. The defaults: [`Bounds::default`], a thread per core, no budget, everything is checked, and
/// what never occurs is a failure.
///
/// ```no_run
/// # fn check<Light: machine_spec::Machine>() -> Result<(), model_check::CheckError> {
/// use model_check::Check;
/// Check::<Light>::new().with_bound("LampId", 3).run()?.assert_holds().assert_states(27);
/// # Ok(())
/// # }
/// ```
#[must_use = "a check does nothing until it is run"]
pub struct Check<M: Machine> {
    bounds: Bounds,
    threads: usize,
    budget: Option<usize>,
    cross_check: bool,
    allow_vacuous: bool,
    observer: Option<Observer>,
    machine: PhantomData<fn() -> M>,
}

impl<M: Machine> Default for Check<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Machine> Check<M> {
    /// A check with the defaults.
    pub fn new() -> Self {
        Self {
            bounds: Bounds::default(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            budget: None,
            cross_check: true,
            allow_vacuous: false,
            observer: None,
            machine: PhantomData,
        }
    }

    /// Sets all bounds.
    pub fn bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// Sets one bound by name, see [`Bounds::with`].
    pub fn with_bound(self, name: impl Into<String>, bound: u64) -> Self {
        Self { bounds: self.bounds.with(name, bound), ..self }
    }

    /// Sets how many threads explore; zero counts as one. The report does not depend on it, unless a budget ends the
    /// run.
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// Ends the run after this many distinct states. A run that this ends does not pass, and a trace that it gives
    /// need not be a shortest one.
    pub fn budget(self, states: usize) -> Self {
        Self { budget: Some(states), ..self }
    }

    /// Holds `explain` against `apply` for every state and every input (the default). Without it a check is several
    /// times faster, and says nothing about determinism and about guards that are never false.
    pub fn cross_check(self, cross_check: bool) -> Self {
        Self { cross_check, ..self }
    }

    /// Lets a check pass in spite of things that never occur. The report still lists them.
    pub fn allow_vacuous(self, allow_vacuous: bool) -> Self {
        Self { allow_vacuous, ..self }
    }

    /// Is called some times per second while the check runs, from another thread.
    pub fn on_progress(self, observer: impl FnMut(&Progress) + Send + 'static) -> Self {
        Self { observer: Some(Box::new(observer)), ..self }
    }

    /// Explores every state within the bounds and judges what it saw.
    ///
    /// # Errors
    /// [`CheckError`] if a bound has an unknown name, or if there is no consistent graph to judge.
    pub fn run(mut self) -> Result<Report, CheckError> {
        let bounds = self.bounds.clone();
        self.run_slice(&Slice::whole(M::SPEC), bounds).map(|(report, _)| report)
    }

    /// Checks the machine slice by slice, for a machine whose regions together have too many states.
    pub fn sliced(self) -> SlicedCheck<M> {
        SlicedCheck::new(self)
    }

    /// Explores one slice within bounds. What it saw can be added to what other slices saw.
    pub(crate) fn run_slice(&mut self, slice: &Slice, bounds: Bounds) -> Result<(Report, Observed), CheckError> {
        bound_names::verify(M::SPEC, &bounds)?;
        let start = Instant::now();
        let mut inputs = M::inputs_within(&bounds);
        inputs.retain(|input| slice.has_input(M::SPEC, M::input_index(input)));
        let fair = Arc::new(FairInputs::<M>::new(slice, &bounds, &inputs));
        let inputs = Arc::new(inputs);
        let recorder = Arc::new(Recorder::new(M::SPEC, self.budget));
        let found = self.explore(slice, &bounds, (&inputs, &fair), &recorder);
        let graph = graph::<M>(slice, &recorder, found)
            .map_err(|Collision| CheckError::Inconsistent { machine: M::SPEC.name })?;
        let judge = Judge::<M> {
            graph: &graph,
            inputs: &inputs,
            bounds: &bounds,
            slice,
            fair: &fair,
            was_cut_off: recorder.was_cut_off(),
            cross_check: self.cross_check,
        };
        let findings = judge.findings();
        let observed = Observed::of(&graph.counts, &recorder);
        let report = Report {
            machine: M::SPEC.name,
            place: M::SPEC.place,
            size: size(&graph, inputs.len()),
            ending: self.ending(&recorder),
            findings,
            coverage: Coverage::measure(M::SPEC, slice, &observed, self.cross_check),
            cross_checked: self.cross_check,
            vacuity_allowed: self.allow_vacuous,
            threads: self.threads,
            elapsed: start.elapsed(),
            bounds,
        };
        Ok((report, observed))
    }

    /// Lets Stateright visit every state; returns how many it counted.
    fn explore(
        &mut self,
        slice: &Slice,
        bounds: &Bounds,
        (inputs, fair): (&Arc<Vec<M::Input>>, &Arc<FairInputs<M>>),
        recorder: &Arc<Recorder>,
    ) -> usize {
        let (inputs, fair, recorder) = (Arc::clone(inputs), Arc::clone(fair), Arc::clone(recorder));
        let (bounds, slice) = (bounds.clone(), slice.clone());
        let exploration = Exploration::<M>::new(inputs, bounds, slice, fair, self.cross_check, recorder);
        let search = exploration.checker().threads(self.threads).spawn_bfs();
        let Some(observer) = self.observer.take() else { return search.join().unique_state_count() };
        let mut reporting = Reporting(observer);
        let found = search.join_and_report(&mut reporting).unique_state_count();
        self.observer = Some(reporting.0);
        found
    }

    /// Whether everything that never occurs is accepted.
    pub(crate) fn allows_vacuity(&self) -> bool {
        self.allow_vacuous
    }

    /// The bounds where no plan gives others.
    pub(crate) fn general_bounds(&self) -> Bounds {
        self.bounds.clone()
    }

    pub(crate) fn is_cross_checked(&self) -> bool {
        self.cross_check
    }

    fn ending(&self, recorder: &Recorder) -> Ending {
        match self.budget {
            Some(budget) if recorder.was_cut_off() => Ending::BudgetEnded(budget),
            _ => Ending::Closed,
        }
    }
}

fn graph<M: Machine>(slice: &Slice, recorder: &Recorder, found: usize) -> Result<StateGraph, Collision> {
    let initial = Node::<M>::new(M::initial(), &slice.view(M::SPEC)).fingerprint;
    let words = Slots::new(M::SPEC).words();
    let graph = StateGraph::build(M::SPEC, &recorder.take(), initial, words, recorder.was_cut_off())?;
    // Two counts by two fingerprint functions.
    let agree = recorder.was_cut_off() || graph.states() == found;
    if agree { Ok(graph) } else { Err(Collision) }
}

fn size(graph: &StateGraph, inputs: usize) -> Size {
    let counts = &graph.counts;
    Size { states: graph.states(), steps: counts.steps, clipped: counts.clipped, depth: graph.depth(), inputs }
}

/// Passes Stateright's progress on. Its discoveries are of no interest: there are none.
struct Reporting(Observer);

impl<M: Machine> Reporter<Exploration<M>> for Reporting {
    fn report_checking(&mut self, data: ReportData) {
        // Stateright counts the states of a path and not its steps.
        let depth = data.max_depth.saturating_sub(1);
        (self.0)(&Progress { states: data.unique_states, depth, elapsed: data.duration });
    }

    fn report_discoveries(
        &mut self,
        _model: &Exploration<M>,
        _discoveries: std::collections::BTreeMap<&'static str, ReportDiscovery<Exploration<M>>>,
    ) {
    }

    fn delay(&self) -> Duration {
        // The check ends only when the last delay does.
        Duration::from_millis(50)
    }
}
