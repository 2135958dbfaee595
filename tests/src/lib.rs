//! What crosses crates: the workloads that several tests and benches share.

pub mod hosting;
pub mod job;
pub mod rounds;
pub mod session_mix;
