//! What crosses crates: the workloads that several tests and benches share, and the example host as a process.

pub mod host;
pub mod hosting;
pub mod job;
pub mod rounds;
pub mod session_mix;

/// The code of the readme, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
