//! What crosses crates.

pub mod host;
