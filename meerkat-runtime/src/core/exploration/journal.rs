//! An abstract store: what the committed steps replay to, and the input rows.
//!
//! Each entry is decoded and replayed when it is committed. So the journal need not be kept, and two histories that end
//! alike are one state.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use machine_spec::session::{
    InputId, MeerkatMachineAuthority, MeerkatMachineInput as Input, MeerkatMachineMutator, MeerkatMachineState,
};

use super::ledger::{Form, key};
use crate::codec;
use crate::store::{AdmittedInput, Commit, StoredInput, StoredSession, StoredSnapshot};

/// One input row. Its submission gives its key and its content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) submission: usize,
    pub(super) form: Form,
    pub(super) outcome: Option<Arc<[u8]>>,
}

/// The journal would not take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is not the next one, it does not replay, or its rows cannot be written.
    Step,
    /// It settles an input that is settled.
    SettledTwice,
}

#[derive(Clone, Debug)]
pub(super) struct Journal {
    replayed: Arc<MeerkatMachineAuthority>,
    /// Compared by the store alone, so states that differ in nothing else behave alike.
    position: u64,
    pub(super) rows: BTreeMap<InputId, Row>,
    parts: BTreeMap<InputId, Vec<InputId>>,
}

impl Hash for Journal {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (self.position > 0, &self.replayed, &self.rows, &self.parts).hash(hasher);
    }
}

impl Journal {
    pub(super) fn new() -> Self {
        let replayed = Arc::new(MeerkatMachineAuthority::new());
        Self { replayed, position: 0, rows: BTreeMap::new(), parts: BTreeMap::new() }
    }

    pub(super) fn state(&self) -> &MeerkatMachineState {
        self.replayed.state()
    }

    /// Makes a step durable. `forms` tells what the submissions were.
    pub(super) fn commit(&mut self, commit: &Commit, forms: &[Option<Form>]) -> Result<(), Refused> {
        if commit.position != self.position {
            return Err(Refused::Step);
        }
        let entry = codec::decode_entry(&commit.entry).map_err(|_| Refused::Step)?;
        entry.inputs.iter().try_for_each(|input| self.replay(input))?;
        commit.admitted.iter().try_for_each(|admitted| self.admit(admitted, forms))?;
        for settled in &commit.settled {
            let row = self.rows.get_mut(&InputId::from_number(settled.number)).ok_or(Refused::Step)?;
            if row.outcome.replace(Arc::clone(&settled.outcome)).is_some() {
                return Err(Refused::SettledTwice);
            }
        }
        self.position += 1;
        Ok(())
    }

    fn replay(&mut self, input: &Input) -> Result<(), Refused> {
        Arc::make_mut(&mut self.replayed).apply(input, &mut Vec::new()).map_err(|_| Refused::Step)?;
        match *input {
            Input::Coalesce { input, into } => self.parts.entry(into).or_default().push(input),
            Input::Forget { input } => drop(self.parts.remove(&input)),
            _ => {}
        }
        Ok(())
    }

    fn admit(&mut self, admitted: &AdmittedInput, forms: &[Option<Form>]) -> Result<(), Refused> {
        let has_key = |submission: &usize| admitted.idempotency_key == Some(key(*submission));
        let submission = (0..forms.len()).find(has_key).ok_or(Refused::Step)?;
        let form = forms[submission].ok_or(Refused::Step)?;
        let taken = self.rows.values().any(|row| row.submission == submission);
        let row = Row { submission, form, outcome: None };
        let replaced = self.rows.insert(InputId::from_number(admitted.number), row);
        if taken || replaced.is_some() { Err(Refused::Step) } else { Ok(()) }
    }

    pub(super) fn row_of(&self, submission: usize) -> Option<(InputId, &Row)> {
        self.rows.iter().find(|(_, row)| row.submission == submission).map(|(input, row)| (*input, row))
    }

    pub(super) fn stored_input(&self, input: InputId) -> Option<StoredInput> {
        let row = self.rows.get(&input)?;
        let submission = row.form.submission(row.submission);
        Some(StoredInput {
            number: input.number(),
            idempotency_key: submission.key.clone(),
            digest: submission.digest(),
            payload: Arc::clone(&submission.prompt).into(),
            outcome: row.outcome.clone(),
        })
    }

    /// What recovery is given; none if nothing was ever committed.
    pub(super) fn load(&self) -> Option<StoredSession> {
        let position = self.position.checked_sub(1)?;
        let parts: Vec<_> = self.parts.iter().map(|(into, parts)| (*into, parts.clone())).collect();
        let state = codec::encode_snapshot(self.state(), &parts, &[]).unwrap();
        let unsettled = self.rows.iter().filter(|(_, row)| row.outcome.is_none());
        Some(StoredSession {
            next_position: self.position,
            snapshot: Some(StoredSnapshot { position, state }),
            journal: Vec::new(),
            unsettled: unsettled.filter_map(|(input, _)| self.stored_input(*input)).collect(),
        })
    }
}
