//! The core, explored: every order of host commands, executor events, store answers and crashes within bounds.
//!
//! The machine's own properties are checked elsewhere, without this code. Here it is the core that is under test: what it
//! makes durable, what it tells, and what it takes over from a process that died. A state is the core, an abstract store
//! and what surrounds them; its surroundings can be made to fail in the ways that a shell could, and then a promise must
//! be seen to break.

mod graph;
mod journal;
mod ledger;
mod model;
mod process;

use std::sync::Arc;
use std::time::Instant;

use stateright::{Checker, Model};

use self::graph::Graph;
use self::ledger::Budget;
use self::model::{CoreModel, Fault, Limits};

/// What an exploration found: how many states there are, what was seen of properties, and how many states lead nowhere.
struct Explored {
    states: usize,
    found: Vec<&'static str>,
    wedged: usize,
}

/// Explores without any limit of the engine's own, which would cut the search off and call it done.
fn explore(limits: Limits, fault: Fault) -> Explored {
    let begun = Instant::now();
    let graph = Arc::new(Graph::default());
    let model = CoreModel { limits, fault, graph: Arc::clone(&graph) };
    let checker = model.checker().spawn_bfs().join();
    let mut found: Vec<_> = checker.discoveries().into_keys().collect();
    found.sort_unstable();
    let wedged = graph.wedged().len();
    let states = checker.unique_state_count();
    assert_eq!(states, graph.states(), "every state was visited");
    println!("{limits:?}, {fault:?}: {states} states, {wedged} wedged, in {:?}; found {found:?}", begun.elapsed());
    Explored { states, found, wedged }
}

const SECOND_ATTEMPT: &str = "an input is consumed at its second attempt";
const TWO_INPUTS: &str = "two inputs are consumed";
const GIVEN_UP: &str = "a session is given up while it runs";

/// In a shell without faults the core keeps every promise: nothing is found but what must be reachable, and there are as
/// many states as ever.
fn holds(limits: Limits, states: usize, reached: &[&str]) {
    let explored = explore(limits, Fault::None);
    assert_eq!(explored.found, reached, "every promise is kept, and what must be reachable is reached");
    assert_eq!(explored.wedged, 0, "from every state one is reached in which everything is settled");
    assert_eq!(explored.states, states);
}

#[test]
fn two_inputs_keep_every_promise_through_a_crash_or_a_failed_commit() {
    let limits = Limits { submissions: 2, budget: Budget { commands: 0, faults: 1 }, batch: 1 };
    holds(limits, 70_776, &[SECOND_ATTEMPT, TWO_INPUTS]);
}

#[test]
fn two_inputs_keep_every_promise_whatever_the_host_commands() {
    let limits = Limits { submissions: 2, budget: Budget { commands: 1, faults: 0 }, batch: 1 };
    holds(limits, 110_571, &[GIVEN_UP, SECOND_ATTEMPT, TWO_INPUTS]);
}

#[test]
fn letters_that_share_a_step_keep_every_promise_through_a_command_and_a_crash() {
    let limits = Limits { submissions: 1, budget: Budget { commands: 1, faults: 1 }, batch: 2 };
    holds(limits, 133_168, &[GIVEN_UP, SECOND_ATTEMPT]);
}

/// Run it in the release profile: `cargo test --release -p meerkat-runtime --lib exploration -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn more_commands_and_more_crashes_change_nothing() {
    let limits = Limits { submissions: 1, budget: Budget { commands: 2, faults: 2 }, batch: 1 };
    holds(limits, 669_485, &[GIVEN_UP, SECOND_ATTEMPT]);
    let limits = Limits { submissions: 2, budget: Budget { commands: 1, faults: 1 }, batch: 1 };
    holds(limits, 1_162_640, &[GIVEN_UP, SECOND_ATTEMPT, TWO_INPUTS]);
}

/// Within limits this small each fault of the shell breaks a promise, so the promises above are not empty.
#[test]
fn a_shell_that_does_wrong_is_found_out() {
    let limits = Limits { submissions: 1, budget: Budget { commands: 0, faults: 1 }, batch: 1 };
    for (fault, broken) in [
        (Fault::RecoveryForgetsRuns, "no acknowledged input is lost"),
        (Fault::ToldBeforeCommit, "nothing is told before it is durable"),
        (Fault::LateEnd, "the core breaks no rule of its own"),
        (Fault::FailureIgnored, "what is in memory is what is stored"),
    ] {
        let explored = explore(limits, fault);
        assert!(explored.found.contains(&broken), "{fault:?} breaks that {broken}");
    }
    let explored = explore(limits, Fault::NoRestart);
    assert_eq!(explored.found, [SECOND_ATTEMPT], "no single state shows it");
    assert!(explored.wedged > 0, "nothing that was taken in is settled any more");
}
