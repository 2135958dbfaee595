//! The same exploration by Stateright: slower, and independent of ours in everything but the generated code.
//!
//! Stateright's breadth-first search owns the queue, the threads, and the decision which states are new. An action carries
//! its successor; there is nothing left to compute in `next_state`. What visits a state hides the types of its machine: so
//! the search is compiled once, and not with every machine that somebody checks.
//!
//! What is not used of Stateright, and why:
//!
//! * Its properties. They see one state and no step, and the search ends once each has a discovery. It gets a single
//!   property that always holds, so that it ends when it has seen everything.
//! * Its limits on states, depth and time. They report a cut-off search as done. The budget is kept by the recorder,
//!   which remembers that it ended the search.
//! * Its paths. They are shortest with one thread only. Traces are taken from the recorded graph.
//! * Its boundary. A step that leaves the bounds has to be counted, so it is held back.

use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use machine_spec::{Bounds, Machine};
use stateright::report::{ReportData, ReportDiscovery, Reporter};
use stateright::{Checker, Model, Property};

use crate::check::{Observer, Progress};
use crate::engine::{End, Explored, Failure, Limits};
use crate::explore::{Exploration, Node};
use crate::fair_inputs::FairInputs;
use crate::graph::{Collision, StateGraph};
use crate::record::Recorder;
use crate::renaming::Renaming;
use crate::slice::Slice;
use crate::slots::Slots;

/// A state as Stateright keeps it.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) node: Arc<dyn Any + Send + Sync>,
    /// A hash of the state, other than that of its record.
    pub(crate) identity: u64,
}

impl fmt::Debug for Known {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "state {:x}", self.identity)
    }
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

impl Hash for Known {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.identity.hash(hasher);
    }
}

/// Visits the states of some machine.
pub(crate) trait Visits: Send + Sync {
    fn initial(&self) -> Known;
    /// Judges a state; gives those that its steps lead to.
    fn visit(&self, state: &Known) -> Vec<Known>;
}

/// What Stateright searches.
struct Searched(Box<dyn Visits>);

impl Model for Searched {
    type State = Known;
    type Action = Known;

    fn init_states(&self) -> Vec<Known> {
        vec![self.0.initial()]
    }

    fn actions(&self, state: &Known, steps: &mut Vec<Known>) {
        steps.extend(self.0.visit(state));
    }

    fn next_state(&self, _state: &Known, next: Known) -> Option<Known> {
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("the search goes on until every state is visited", |_, _| true)]
    }
}

/// Lets Stateright visit every state.
pub(crate) fn explore<M: Machine>(
    (inputs, bounds): (Arc<Vec<M::Input>>, &Bounds),
    scope: (&Slice, &Renaming),
    fair: Arc<FairInputs<M>>,
    threads: usize,
    (limits, observer): (Limits, &mut Option<Observer>),
) -> Result<Result<Explored, Failure>, Collision> {
    let (recorder, failure) = (Arc::new(Recorder::new(M::SPEC, limits.states)), Arc::new(OnceLock::new()));
    let results = (Arc::clone(&recorder), Arc::clone(&failure));
    let visits = Box::new(Exploration::<M>::new(inputs, bounds, scope, fair, results));
    let found = search(Searched(visits), threads, observer);
    if let Some(failure) = failure.get() {
        return Ok(Err(*failure));
    }
    let graph = graph::<M>(scope, &recorder, found)?;
    let end = if recorder.was_cut_off() { End::States } else { End::Closed };
    let (premises, failed_guards) = (recorder.premises.raised(), recorder.failed_guards.raised());
    Ok(Ok(Explored { graph, end, premises, failed_guards, bytes: 0 }))
}

/// How many states Stateright counted.
fn search(searched: Searched, threads: usize, observer: &mut Option<Observer>) -> usize {
    let search = searched.checker().threads(threads).spawn_bfs();
    let Some(told) = observer.take() else { return search.join().unique_state_count() };
    let mut reporting = Reporting(told);
    let found = search.join_and_report(&mut reporting).unique_state_count();
    *observer = Some(reporting.0);
    found
}

fn graph<M: Machine>(
    (slice, renaming): (&Slice, &Renaming),
    recorder: &Recorder,
    found: usize,
) -> Result<StateGraph, Collision> {
    let initial = Node::<M>::initial(slice, renaming).fingerprint;
    let words = Slots::new(M::SPEC).words();
    let graph = StateGraph::build(M::SPEC, &recorder.take(), initial, words, recorder.was_cut_off())?;
    // Two counts by two fingerprint functions.
    let agree = recorder.was_cut_off() || graph.states() == found;
    if agree { Ok(graph) } else { Err(Collision) }
}

/// Passes Stateright's progress on. Its discoveries are of no interest: there are none.
struct Reporting(Observer);

impl Reporter<Searched> for Reporting {
    fn report_checking(&mut self, data: ReportData) {
        // Stateright counts the states of a path and not its steps, and says nothing about those to be visited.
        let depth = data.max_depth.saturating_sub(1);
        (self.0)(&Progress { states: data.unique_states, frontier: 0, depth, elapsed: data.duration });
    }

    fn report_discoveries(
        &mut self,
        _model: &Searched,
        _discoveries: std::collections::BTreeMap<&'static str, ReportDiscovery<Searched>>,
    ) {
    }

    fn delay(&self) -> Duration {
        // The check ends only when the last delay does.
        Duration::from_millis(50)
    }
}
