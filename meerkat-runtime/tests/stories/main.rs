//! What hosts see of the runtime, one story per test.

#![allow(clippy::unwrap_used, reason = "a story ends at its first surprise")]

mod calls;
mod drains;
mod drops;
mod exchanges;
mod failures;
mod inputs;
mod lifecycle;
mod models;
mod operations;
mod peers;
mod realtime;
mod recovery;
mod runs;
mod scale;
mod supervisors;
mod support;
mod surfaces;
mod tools;
mod turns;
