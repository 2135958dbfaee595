//! The model checker for Meerkat machines.
//!
//! It explores every state of a machine that can be reached within given [`Bounds`], by the very code that the
//! `machine!` macro generated and that hosts run, and judges
//!
//! * the declared properties: `invariant`, `always`, `reachable`, `possible`, `leads_to`;
//! * what every machine promises ([`Promise`]): determinism, an `explain` that tells the truth, rejections without a
//!   trace;
//! * vacuity ([`Coverage`]): transitions that never fire, effects that are never emitted, phases that are never
//!   entered, guards that are never false, premises that never hold.
//!
//! A verdict is one of three: proved within the bounds, violated with a shortest trace, or unknown because a budget
//! ended the run. Nothing but a complete run passes.
//!
//! In a test, one line checks a machine and pins its number of states:
//!
//! ```
//! use machine_spec::machine;
//! use model_check::{Bounds, assert_machine};
//!
//! machine! {
//!     /// A lamp with one switch.
//!     pub machine Light;
//!
//!     input Toggle;
//!
//!     region lamp {
//!         phases { initial Off, On }
//!         on Toggle {
//!             from Off to On;
//!             from On to Off;
//!         }
//!     }
//!
//!     possible "the light can be switched off": lamp.is(On) => lamp.is(Off);
//! }
//!
//! # fn main() {
//! assert_machine::<Light>(&Bounds::default(), 2);
//! # }
//! ```
//!
//! Another line holds the generated code against the machine file, read by an interpreter ([`meaning`]):
//!
//! ```no_run
//! # fn light_means_what_it_says<Light: machine_spec::Inspected>() {
//! # use machine_spec::Bounds;
//! model_check::assert_meaning::<Light>(&Bounds::default());
//! # }
//! ```
//!
//! A machine whose regions together have too many states is checked slice by slice ([`Slice`]), within the bounds and
//! with the numbers of states that a file gives ([`Plan`]):
//!
//! ```no_run
//! # fn light_holds_in_slices<Light: machine_spec::Machine>() {
//! model_check::assert_plan::<Light>("tests/light.toml");
//! # }
//! ```
//!
//! Whether the properties say enough is asked by making mistakes in the machine ([`mutation`]):
//!
//! ```no_run
//! # fn light_is_pinned<Light: machine_spec::Machine>() {
//! # use machine_spec::Bounds;
//! model_check::assert_no_survivors::<Light>(&Bounds::default());
//! # }
//! ```
//!
//! Within bounds that are too large for either, [`Walks`] go at random and judge every step, which proves nothing and
//! finds much.
//!
//! With the feature `conformance` there is a `tracing` layer that holds the steps of a running host against its machine.
//!
//! [`Check`] sets everything there is to set. [`command_line`] gives a program of your own the command that `meerkat`
//! is, for your machines.
//!
//! # What the verdicts rest on
//!
//! Bounds say how many ids there are and how high counters go; within them nothing is sampled or skipped. A step that
//! leaves the bounds is not followed, and the report counts it. What was proved was proved for the states within the
//! bounds. Of states that differ in names only one is visited if that is asked for ([`Check::up_to_renaming`]).
//!
//! An `always` is judged over steps and, in every state, over a step in which nothing changes.
//!
//! States are compared as a whole. With [`Engine::Stateright`] they are told apart by two independent 64-bit fingerprints,
//! one of Stateright and one of this crate. Two states that share either of them leave a graph that does not close, or two
//! counts that differ; the run then ends with [`CheckError::Inconsistent`] and without a verdict.

mod account;
mod agreement;
mod bound_names;
mod catalog;
mod check;
mod command;
#[cfg(feature = "conformance")]
mod conformance;
mod coverage;
mod diagram;
mod display;
mod engine;
mod expand;
mod explore;
mod explorer;
mod fair_inputs;
mod graph;
pub mod interpret;
mod judge;
mod liveness;
pub mod meaning;
mod memory;
pub mod mutation;
mod oracle;
mod output;
mod pinned;
mod plan;
mod progress;
mod random;
mod record;
mod renaming;
mod report;
mod retrace;
mod slice;
mod sliced;
mod slots;
mod stepper;
mod tla;
mod trace;
mod walk;
mod watch;
mod web;

pub use account::{Account, Attempt, ExplainError, RegionAccount, explain};
pub use bound_names::UnknownBound;
pub use catalog::Catalog;
pub use check::{Check, CheckError, Engine, Progress};
pub use command::{Exit, command_line, execute, execute_with_input};
#[cfg(feature = "conformance")]
pub use conformance::{
    Conformance, ConformanceLayer, ConformanceReport, Mismatch, RECOVERY_TARGET, STEP_TARGET, SessionConformance,
};
pub use coverage::{Coverage, Gap, GapKind};
pub use diagram::{Diagram, Format};
pub use expand::{Code, ExpandError, Expansion, Target};
pub use machine_spec::Bounds;
use machine_spec::Machine;
pub use meaning::{assert_meaning, assert_meaning_of_regions, assert_meaning_on_walks};
pub use mutation::{Mutants, MutationError, MutationKind, MutationReport, assert_no_survivors};
pub use pinned::{Deviation, Number, Numbers, Pinned};
pub use plan::{Plan, PlanError, UnknownSlice};
pub use renaming::Renamed;
pub use report::{Claim, Counterexample, Ending, Finding, Report, Size, Verdict};
pub use slice::Slice;
pub use sliced::{SliceReport, SlicedCheck, SlicedReport};
pub use slots::Promise;
pub use tla::{InputNames, PropertyNames, TlaError, TlaModule};
pub use trace::{Change, Trace, TraceStep};
pub use walk::{Walks, WalksReport};

/// Checks a machine within bounds and pins its number of distinct states. The one line for a test.
///
/// # Panics
/// If something is violated, unknown or vacuous, with the printed report; and if the number of states is another one,
/// with the number to pin.
#[track_caller]
pub fn assert_machine<M: Machine>(bounds: &Bounds, states: usize) {
    match Check::<M>::new().bounds(bounds.clone()).run() {
        Ok(report) => {
            report.assert_holds().assert_states(states);
        }
        Err(error) => panic!("{error}"),
    }
}

/// Checks a machine slice by slice, within the bounds and with the numbers of states that a [`Plan`] gives. The one
/// line for a test of a machine with many regions.
///
/// # Panics
/// If the plan cannot be read; if something is violated, unknown or vacuous; and if a slice has another number of
/// states, steps or effects than the plan says. With the printed report.
#[track_caller]
pub fn assert_plan<M: Machine>(path: impl Into<std::path::PathBuf>) {
    let plan = Plan::read(path).unwrap_or_else(|error| panic!("{error}"));
    match Check::<M>::new().sliced().plan(plan).run() {
        Ok(report) => {
            report.assert_holds();
        }
        Err(error) => panic!("{error}"),
    }
}
