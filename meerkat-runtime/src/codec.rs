//! The bytes in the store.
//!
//! Journal entries, snapshots and outcomes are JSON: it names fields and variants, so an older journal survives a
//! machine whose declarations were reordered, and whoever opens the database can read it. A prompt is stored as its
//! own bytes, shared with the copy in memory.

use std::sync::Arc;

use machine_spec::session::{InputId, MeerkatMachineInput, MeerkatMachineState};
use serde::{Deserialize, Serialize};

use crate::InputOutcome;
use crate::core::NewName;

/// One step: machine inputs, and the names that they use first.
#[derive(Deserialize)]
pub(crate) struct Entry {
    pub(crate) names: Vec<NewName>,
    pub(crate) inputs: Vec<MeerkatMachineInput>,
}

#[derive(Serialize)]
struct EntryRef<'step> {
    names: &'step [NewName],
    inputs: &'step [MeerkatMachineInput],
}

/// A session between two steps.
#[derive(Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) state: MeerkatMachineState,
    pub(crate) coalesced: Vec<(InputId, Vec<InputId>)>,
    #[serde(default)]
    pub(crate) names: Vec<NewName>,
}

#[derive(Serialize)]
struct SnapshotRef<'state> {
    state: &'state MeerkatMachineState,
    /// For each waiting input, the inputs that became part of it.
    coalesced: &'state [(InputId, Vec<InputId>)],
    #[serde(skip_serializing_if = "<[NewName]>::is_empty")]
    names: &'state [NewName],
}

fn encode(value: &impl Serialize, capacity: usize) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::with_capacity(capacity);
    serde_json::to_writer(&mut bytes, value)?;
    Ok(bytes)
}

/// Nearly every step has no new names, and is then the bare list of its inputs.
pub(crate) fn encode_entry(inputs: &[MeerkatMachineInput], names: &[NewName]) -> Result<Vec<u8>, serde_json::Error> {
    let capacity = 2 + 72 * (inputs.len() + names.len());
    if names.is_empty() { encode(&inputs, capacity) } else { encode(&EntryRef { names, inputs }, capacity) }
}

pub(crate) fn decode_entry(bytes: &[u8]) -> Result<Entry, serde_json::Error> {
    match bytes.first() {
        Some(b'{') => serde_json::from_slice(bytes),
        _ => Ok(Entry { names: Vec::new(), inputs: serde_json::from_slice(bytes)? }),
    }
}

pub(crate) fn encode_snapshot(
    state: &MeerkatMachineState,
    coalesced: &[(InputId, Vec<InputId>)],
    names: &[NewName],
) -> Result<Vec<u8>, serde_json::Error> {
    encode(&SnapshotRef { state, coalesced, names }, 512)
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
