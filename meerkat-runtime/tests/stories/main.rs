//! What hosts see of the runtime, one story per test.

mod drops;
mod failures;
mod inputs;
mod lifecycle;
mod runs;
mod scale;
mod support;
