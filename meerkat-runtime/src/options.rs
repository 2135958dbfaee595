//! The limits of a runtime.

/// The limits of a runtime. Change some and keep the defaults of the others.
///
/// ```
/// use meerkat_runtime::{MeerkatMachine, RuntimeOptions};
/// let options = RuntimeOptions { attempt_limit: 5, ..RuntimeOptions::default() };
/// let machine = MeerkatMachine::ephemeral().with_options(options);
/// assert_eq!(machine.options().attempt_limit, 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuntimeOptions {
    /// How often an input may be handed to a run, counting the first time; at least 1. A session takes the limit over
    /// when it is registered.
    pub attempt_limit: u32,
    /// How many inputs of a session may wait before it takes no more; at least 1. A session takes the limit over when it
    /// is registered, and what waits already stays.
    pub waiting_limit: u64,
    /// The most inputs that a run starts with, and that join it at one boundary. A run starts with one input at least.
    pub batch_limit: usize,
    /// The longest prompt, in bytes of UTF-8.
    pub prompt_limit_bytes: usize,
    /// How many names of one kind a session may have.
    pub name_limit: usize,
    /// How long a run that was told to end may take before its task is aborted, in milliseconds.
    pub cancel_grace_ms: u64,
    /// A snapshot is stored when more machine inputs than this (and than twice the inputs being tracked) were
    /// journaled since the last one.
    pub snapshot_interval: u64,
    /// How many events a slow subscriber may be behind before it loses some.
    pub event_capacity: usize,
}

impl Default for RuntimeOptions {
    fn default() -> Self {
        Self {
            attempt_limit: 3,
            waiting_limit: 100_000,
            batch_limit: 16,
            prompt_limit_bytes: 1024 * 1024,
            name_limit: 4_096,
            cancel_grace_ms: 5_000,
            snapshot_interval: 256,
            event_capacity: 1_024,
        }
    }
}
