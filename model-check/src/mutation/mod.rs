//! How well the properties of a machine pin what it does: the machine with one small mistake, again and again.
//!
//! The mistakes are made in the constant data of the machine and executed by the interpreter, so nothing is compiled
//! ([why](https://docs.rs/model-check)).
mod changes;
mod compare;
mod coverage;
mod display;
mod engine;
mod explore;
mod expression;
mod ground;
mod handlers;
mod judge;
mod kind;
mod limits;
mod machine;
mod mutant;
mod numbers;
mod reads;
mod report;
mod run;
mod told;
mod touched;
mod trial;
mod words;

pub use kind::MutationKind;
pub use mutant::Mutant;
pub use report::{Fate, Killer, MutationReport, Survival, Tally, Trial};
pub use run::{MutationError, MutationProgress, Mutants, assert_no_survivors};
