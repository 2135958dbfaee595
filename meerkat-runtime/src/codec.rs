//! The bytes in the store.
//!
//! Journal entries, snapshots and outcomes are JSON: it names fields and variants, so an older journal survives a
//! machine whose declarations were reordered, and whoever opens the database can read it. A prompt is stored as its
//! own bytes, shared with the copy in memory.

use std::sync::Arc;

use machine_spec::session::{InputId, MeerkatMachineInput, MeerkatMachineState};
use serde::{Deserialize, Serialize};

use crate::InputOutcome;

/// A session between two steps.
#[derive(Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) state: MeerkatMachineState,
    pub(crate) coalesced: Vec<(InputId, Vec<InputId>)>,
}

#[derive(Serialize)]
struct SnapshotRef<'state> {
    state: &'state MeerkatMachineState,
    /// For each waiting input, the inputs that became part of it.
    coalesced: &'state [(InputId, Vec<InputId>)],
}

fn encode(value: &impl Serialize, capacity: usize) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::with_capacity(capacity);
    serde_json::to_writer(&mut bytes, value)?;
    Ok(bytes)
}

pub(crate) fn encode_entry(inputs: &[MeerkatMachineInput]) -> Result<Vec<u8>, serde_json::Error> {
    encode(&inputs, 2 + 64 * inputs.len())
}

pub(crate) fn decode_entry(bytes: &[u8]) -> Result<Vec<MeerkatMachineInput>, serde_json::Error> {
    serde_json::from_slice(bytes)
}

pub(crate) fn encode_snapshot(
    state: &MeerkatMachineState,
    coalesced: &[(InputId, Vec<InputId>)],
) -> Result<Vec<u8>, serde_json::Error> {
    encode(&SnapshotRef { state, coalesced }, 512)
}

pub(crate) fn decode_snapshot(bytes: &[u8]) -> Result<Snapshot, serde_json::Error> {
    serde_json::from_slice(bytes)
}

pub(crate) fn encode_outcome(outcome: &InputOutcome) -> Result<Arc<[u8]>, serde_json::Error> {
    Ok(encode(outcome, 64)?.into())
}

pub(crate) fn decode_outcome(bytes: &[u8]) -> Result<InputOutcome, serde_json::Error> {
    serde_json::from_slice(bytes)
}
