//! What a session's machine was offered, told to whoever listens: one `tracing` event per accepted input.
//!
//! It is for holding a running host against the machine, as `model_check::Conformance` does. Without a subscriber that
//! wants these events, nothing is encoded.

use machine_spec::session::MeerkatMachineState;
use serde::Serialize;
use tracing::Level;

use crate::core::{Core, Step};
use crate::{RECOVERY_TARGET, STEP_TARGET, SessionId};

/// A step that is durable.
pub(super) fn step(core: &Core, step: &Step) {
    if !tracing::enabled!(target: STEP_TARGET, Level::TRACE) {
        return;
    }
    let (session, incarnation) = (core.session(), core.incarnation().number());
    for input in &step.inputs {
        if let Some(input) = encoded(session, input) {
            tracing::trace!(target: STEP_TARGET, %session, incarnation, input);
        }
    }
}

/// The state of a session that was brought back from its store.
pub(super) fn recovered(session: &SessionId, state: &MeerkatMachineState) {
    if !tracing::enabled!(target: RECOVERY_TARGET, Level::TRACE) {
        return;
    }
    if let Some(state) = encoded(session, state) {
        tracing::trace!(target: RECOVERY_TARGET, %session, state);
    }
}

fn encoded(session: &SessionId, value: &impl Serialize) -> Option<String> {
    serde_json::to_string(value).inspect_err(|error| tracing::warn!(%session, %error, "a step cannot be told")).ok()
}
