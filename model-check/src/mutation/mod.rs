//! How well the properties of a machine pin what it does: the machine with one small mistake, for every mistake there is.
//!
//! The mistakes ([`MutationKind`]) are made in the constant data of the machine, and executed by the
//! [interpreter](crate::interpret). A mutant is killed if a check of it would not pass; equivalent, if within the bounds it
//! has the same states, steps and effects, which is found out and never assumed; and survives otherwise, with a shortest
//! run that tells it from the machine. Where a plan pins numbers of states, steps or effects, one that would survive but has
//! other numbers is pinned.
//!
//! What a mutant is judged by is what a check judges by: declared properties, overlapping transitions, and what never
//! occurs, over all slices together; and after all that by pinned numbers. Two promises cannot be broken by a mutant, since
//! they are about generated code: that `explain` and `apply` agree, and that a rejection changes nothing.
//!
//! `handlers` and `machine` make the mutants, of `changes` in expressions. `engine` holds the tables of what handlers
//! decide and properties say, `explore` looks them up, `judge` asks what only a whole graph can tell, `compare` looks for
//! the first difference, `counting` counts steps and effects, and `trial` brings them together for one mutant.

mod changes;
mod compare;
mod counting;
mod coverage;
mod crew;
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
mod score;
#[cfg(test)]
mod tests;
mod told;
mod touched;
mod trial;
mod words;

pub(crate) use expression::children;
pub use kind::MutationKind;
pub use mutant::Mutant;
pub use report::{Fate, Killer, MutationReport, Survival, Tally, Telltale, Trial};
pub use run::{Mutants, MutationError, MutationProgress, assert_no_survivors};
