//! The front door: what to check, within which bounds, and the run itself.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use machine_spec::{Bounds, Machine};
use thiserror::Error;

use crate::bound_names::{self, UnknownBound};
use crate::coverage::{Coverage, Observed};
use crate::engine::{self, End, Explored, Failure, Limits};
use crate::fair_inputs::FairInputs;
use crate::graph::{Collision, StateGraph};
use crate::judge::Judge;
use crate::memory;
use crate::oracle;
use crate::plan::UnknownSlice;
use crate::renaming::Renaming;
use crate::report::{Ending, Report, Size};
use crate::slice::Slice;
use crate::sliced::SlicedCheck;

/// How far a running check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Distinct states found so far.
    pub states: usize,
    /// How many of them are still to be visited; 0 where the engine does not say.
    pub frontier: usize,
    /// How many steps the farthest visited state is away from the initial one.
    pub depth: usize,
    /// Since the start of the exploration.
    pub elapsed: Duration,
}

/// Why a check gives no report.
#[derive(Clone, Debug, Error)]
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
    /// A state holds an opaque value that is not the default of its type. A checker knows no other.
    #[error(
        "machine {machine} gives an opaque field a value that is not the default of its type, and no check can tell such \
         values apart: let the field start with the default"
    )]
    Unpackable {
        /// The machine.
        machine: &'static str,
    },
    /// The threads of the exploration could not be started.
    #[error("cannot start the threads of the check: {0}")]
    Threads(Arc<rayon::ThreadPoolBuildError>),
}

impl PartialEq for CheckError {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::UnknownBound(one), Self::UnknownBound(other)) => one == other,
            (Self::UnknownSlice(one), Self::UnknownSlice(other)) => one == other,
            (Self::Inconsistent { machine: one }, Self::Inconsistent { machine: other })
            | (Self::Unpackable { machine: one }, Self::Unpackable { machine: other }) => one == other,
            _ => false,
        }
    }
}

impl From<rayon::ThreadPoolBuildError> for CheckError {
    fn from(error: rayon::ThreadPoolBuildError) -> Self {
        Self::Threads(Arc::new(error))
    }
}

/// What explores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// Our own: states as bits, compared as a whole.
    #[default]
    Packed,
    /// Stateright's breadth-first search over the states themselves, told apart by fingerprints. Far slower; it is there to
    /// confirm what the other says. It always compares `explain` with `apply`, and keeps no budget of memory.
    Stateright,
}

pub(crate) type Observer = Box<dyn FnMut(&Progress) + Send>;

/// A check to be run. The defaults: [`Bounds::default`], a thread per core, no budget, every property, and what never
/// occurs is a failure.
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
    memory: Option<usize>,
    engine: Engine,
    cross_check: bool,
    up_to_renaming: bool,
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
            memory: memory::default_budget(),
            engine: Engine::default(),
            cross_check: false,
            up_to_renaming: false,
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

    /// Ends the run when the explored states take this many bytes; without it, three quarters of what the system says is
    /// free. A run that this ends does not pass.
    pub fn memory(self, bytes: usize) -> Self {
        Self { memory: Some(bytes), ..self }
    }

    /// Chooses what explores.
    pub fn engine(self, engine: Engine) -> Self {
        Self { engine, ..self }
    }

    /// Holds `explain` against `apply` for every state and every input, and looks for a trace of every rejection. That
    /// tests the generated code rather than the machine, and takes many times as long; it is off by default.
    pub fn cross_check(self, cross_check: bool) -> Self {
        Self { cross_check, ..self }
    }

    /// Visits one of the states that differ in names only: in which id is which, of types that the machine compares for
    /// equality only, and in how far epochs are apart, as far as the machine cannot tell. The verdicts are those of the
    /// check without it, and traces are runs of the machine; the numbers of states and steps are smaller.
    ///
    /// A bound on such an epoch then bounds how many of them are in use at the same time, and not how often one is counted
    /// up: a run may go on for ever.
    pub fn up_to_renaming(self, up_to_renaming: bool) -> Self {
        Self { up_to_renaming, ..self }
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
        let (explored, renaming) = self.explore_renamed((&inputs, &bounds), slice, &fair)?;
        let Explored { graph, end, premises, failed_guards, bytes } = explored;
        let cross_checked = self.cross_check || self.engine == Engine::Stateright;
        let judge = Judge::<M> {
            graph: &graph,
            inputs: &inputs,
            bounds: &bounds,
            slice,
            fair: &fair,
            renaming: &renaming,
            was_cut_off: end != End::Closed,
            cross_check: cross_checked,
        };
        let findings = judge.findings();
        let observed = Observed::of(&graph.counts, failed_guards, premises);
        let report = Report {
            machine: M::SPEC.name,
            place: M::SPEC.place,
            size: size(&graph, inputs.len()),
            renamed: renaming.types(M::SPEC),
            ending: match end {
                End::Closed => Ending::Closed,
                End::States => Ending::BudgetEnded(self.budget.unwrap_or(usize::MAX)),
                End::Memory => Ending::MemoryEnded(self.memory.unwrap_or(usize::MAX)),
            },
            findings,
            coverage: Coverage::measure(M::SPEC, slice, &observed),
            cross_checked,
            vacuity_allowed: self.allow_vacuous,
            threads: self.threads,
            bytes,
            elapsed: start.elapsed(),
            bounds,
        };
        Ok((report, observed))
    }

    /// Explores, and again without the epochs that turn out to be more than an order.
    fn explore_renamed(
        &mut self,
        (inputs, bounds): (&Arc<Vec<M::Input>>, &Bounds),
        slice: &Slice,
        fair: &Arc<FairInputs<M>>,
    ) -> Result<(Explored, Renaming), CheckError> {
        let mut except = Vec::new();
        loop {
            let renaming = match self.up_to_renaming {
                true => Renaming::new(M::SPEC, slice, bounds, &except),
                false => Renaming::none(M::SPEC),
            };
            match self.explore((inputs, bounds), (slice, &renaming), fair)? {
                Ok(explored) => return Ok((explored, renaming)),
                Err(Failure::NotAnOrder(of)) => except.push(of),
                Err(Failure::Unpackable) => return Err(CheckError::Unpackable { machine: M::SPEC.name }),
            }
        }
    }

    fn explore(
        &mut self,
        (inputs, bounds): (&Arc<Vec<M::Input>>, &Bounds),
        (slice, renaming): (&Slice, &Renaming),
        fair: &Arc<FairInputs<M>>,
    ) -> Result<Result<Explored, Failure>, CheckError> {
        let limits = Limits { states: self.budget, bytes: self.memory };
        if self.engine == Engine::Stateright {
            let model = (Arc::clone(inputs), bounds);
            let observer = &mut self.observer;
            return oracle::explore(model, (slice, renaming), Arc::clone(fair), self.threads, (limits, observer))
                .map_err(|Collision| CheckError::Inconsistent { machine: M::SPEC.name });
        }
        let threads = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build()?;
        let observer = self.observer.as_mut().map(|observer| &mut **observer as &mut (dyn FnMut(&Progress) + Send));
        let scope = (slice, renaming);
        Ok(engine::explore((inputs, bounds), scope, fair, self.cross_check, &threads, (limits, observer)))
    }

    /// Whether everything that never occurs is accepted.
    pub(crate) fn allows_vacuity(&self) -> bool {
        self.allow_vacuous
    }

    pub(crate) fn is_up_to_renaming(&self) -> bool {
        self.up_to_renaming
    }

    /// The bounds where no plan gives others.
    pub(crate) fn general_bounds(&self) -> Bounds {
        self.bounds.clone()
    }
}

fn size(graph: &StateGraph, inputs: usize) -> Size {
    let counts = &graph.counts;
    let (states, depth) = (graph.states(), graph.depth());
    Size { states, steps: counts.steps, effects: counts.effects, clipped: counts.clipped, depth, inputs }
}
