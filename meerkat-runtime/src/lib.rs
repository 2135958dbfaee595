//! Hosts long-lived agent sessions whose lifecycle is a checked state machine.

mod session_id;
pub mod store;

pub use session_id::{SessionId, SessionIdError};
