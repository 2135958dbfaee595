//! The vocabulary of Meerkat machines.
//!
//! A machine is declared with [`machine!`] and compiled into ordinary Rust types: state, inputs, effects, an authority
//! that owns the state, and a mutator whose `apply` is the only way to change it. This crate holds what that generated
//! code uses, what a checker or a runtime needs to work with any machine ([`Machine`]), and the machine as constant
//! data ([`spec`]). A machine of your own depends on this crate and on nothing else.
//!
//! The session machine that `meerkat-runtime` hosts is behind the default feature `session`.

// Generated code names this crate by path, here as everywhere.
extern crate self as machine_spec;

pub mod bounds;
pub mod collection;
mod contract;
pub mod explain;
pub mod inspect;
pub mod meaning;
mod names;
pub mod pack;
#[cfg(feature = "session")]
pub mod session;
pub mod spec;
pub mod value;

pub use bounds::{Bounds, Domain};
pub use collection::{Key, Map, Seq, Set};
pub use contract::{Evaluation, Machine, RestoreError, Sink};
pub use explain::{Candidate, Explanation, GuardOutcome, Outcome, Trial, Trials};
pub use inspect::{Inspect, Inspected, Refusal, Value};
#[doc = include_str!("../../docs/language.md")]
pub use meerkat_dsl_macros::machine;
/// Keeps a region in a file of its own: `region! { region door { ... } }` in `door.rs` of the same crate, and
/// `use door::door;` among the items of the [`machine!`]. The machine is compiled as a whole, as if the region stood in it.
pub use meerkat_dsl_macros::region;
pub use names::{Names, Signatures};
pub use pack::{Pack, Packer, Unpacker};
pub use value::{Bounded, CheckedArithmetic, Epoch, Id, Opaque, Overflow};
