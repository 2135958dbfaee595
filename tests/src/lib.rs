//! What crosses crates: the workloads that several tests and benches share.

pub mod job;
pub mod session_mix;
