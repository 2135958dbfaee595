//! The same exploration by Stateright: slower, and independent of ours in everything but the generated code.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use machine_spec::{Bounds, Machine};
use stateright::report::{ReportData, ReportDiscovery, Reporter};
use stateright::{Checker, Model};

use crate::check::{Observer, Progress};
use crate::engine::{End, Explored, Failure, Limits};
use crate::explore::{Exploration, Node};
use crate::fair_inputs::FairInputs;
use crate::graph::{Collision, StateGraph};
use crate::record::Recorder;
use crate::renaming::Renaming;
use crate::slice::Slice;
use crate::slots::Slots;

/// Lets Stateright visit every state.
pub(crate) fn explore<M: Machine>(
    (inputs, bounds): (Arc<Vec<M::Input>>, Bounds),
    scope: (&Slice, &Renaming),
    fair: Arc<FairInputs<M>>,
    threads: usize,
    (limits, observer): (Limits, &mut Option<Observer>),
) -> Result<Result<Explored, Failure>, Collision> {
    let (recorder, failure) = (Arc::new(Recorder::new(M::SPEC, limits.states)), Arc::new(OnceLock::new()));
    let results = (Arc::clone(&recorder), Arc::clone(&failure));
    let found = search(Exploration::<M>::new(inputs, &bounds, scope, fair, results), threads, observer);
    if let Some(failure) = failure.get() {
        return Ok(Err(*failure));
    }
    let graph = graph::<M>(scope, &recorder, found)?;
    let end = if recorder.was_cut_off() { End::States } else { End::Closed };
    let (premises, failed_guards) = (recorder.premises.raised(), recorder.failed_guards.raised());
    Ok(Ok(Explored { graph, end, premises, failed_guards, bytes: 0 }))
}

/// How many states Stateright counted.
fn search<M: Machine>(exploration: Exploration<M>, threads: usize, observer: &mut Option<Observer>) -> usize {
    let search = exploration.checker().threads(threads).spawn_bfs();
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

impl<M: Machine> Reporter<Exploration<M>> for Reporting {
    fn report_checking(&mut self, data: ReportData) {
        // Stateright counts the states of a path and not its steps, and says nothing about those to be visited.
        let depth = data.max_depth.saturating_sub(1);
        (self.0)(&Progress { states: data.unique_states, frontier: 0, depth, elapsed: data.duration });
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
