//! What hosts see of the runtime, one story per test.

#![allow(clippy::unwrap_used, reason = "a story ends at its first surprise")]

mod calls;
mod drops;
mod failures;
mod inputs;
mod lifecycle;
mod recovery;
mod runs;
mod scale;
mod support;
