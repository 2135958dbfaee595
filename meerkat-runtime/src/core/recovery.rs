//! From what is stored back to a session: by replaying machine inputs, never by writing state.

use std::collections::BTreeMap;
use std::sync::Arc;

use machine_spec::Epoch;
use machine_spec::session::{
    AbandonReason, Incarnation, InputId, MeerkatMachineAuthority, MeerkatMachineInput as Input, MeerkatMachineMutator,
};

use super::{Content, Core, Remains};
use crate::store::{JournalRow, StoredInput, StoredSession, StoredSnapshot};
use crate::{CoalescedInput, QuarantineReason, RecoveryError, RuntimeError, RuntimeOptions, SessionId, codec};

/// A session as its last process left it, on its way to the next.
pub(crate) struct Recovery {
    pub(super) core: Core,
    /// Which inputs became part of which waiting one; the store has their content.
    coalesced: BTreeMap<InputId, Vec<InputId>>,
    unreadable: Vec<InputId>,
}

impl Recovery {
    /// A session that nobody registered before.
    pub(crate) fn fresh(session: SessionId, options: &RuntimeOptions) -> Self {
        Self { core: Core::new(session, options), coalesced: BTreeMap::new(), unreadable: Vec::new() }
    }

    /// Brings a stored session back to its last durable step.
    pub(crate) fn replay(
        session: SessionId,
        options: &RuntimeOptions,
        stored: &StoredSession,
    ) -> Result<Self, RecoveryError> {
        let mut recovery = Self::fresh(session, options);
        let mut next = 0;
        if let Some(snapshot) = &stored.snapshot {
            recovery.restore(snapshot).map_err(|reason| recovery.quarantined(snapshot.position, reason))?;
            next = snapshot.position + 1;
        }
        for row in &stored.journal {
            recovery.replay_row(row, next).map_err(|reason| recovery.quarantined(row.position, reason))?;
            next = row.position + 1;
        }
        if next != stored.next_position {
            return Err(recovery.quarantined(next, QuarantineReason::EntryMissing));
        }
        recovery.core.position = next;
        recovery.take_contents(&stored.unsettled).map_err(|reason| recovery.quarantined(next, reason))?;
        Ok(recovery)
    }

    fn quarantined(&self, position: u64, reason: QuarantineReason) -> RecoveryError {
        RecoveryError::Quarantined { session: self.core.session.clone(), position, reason }
    }

    fn restore(&mut self, snapshot: &StoredSnapshot) -> Result<(), QuarantineReason> {
        let decoded = codec::decode_snapshot(&snapshot.state)
            .map_err(|source| QuarantineReason::SnapshotUnreadable(Arc::new(source)))?;
        self.core.authority =
            MeerkatMachineAuthority::restore(decoded.state).map_err(QuarantineReason::SnapshotInvalid)?;
        self.coalesced = decoded.coalesced.into_iter().collect();
        Ok(())
    }

    fn replay_row(&mut self, row: &JournalRow, expected: u64) -> Result<(), QuarantineReason> {
        if row.position != expected {
            return Err(QuarantineReason::EntryMissing);
        }
        let inputs =
            codec::decode_entry(&row.entry).map_err(|source| QuarantineReason::EntryUnreadable(Arc::new(source)))?;
        for input in &inputs {
            // What the effects asked for was done, or is undone by the end of the process.
            let mut past = Vec::new();
            self.core.authority.apply(input, &mut past).map_err(QuarantineReason::EntryRefused)?;
            match *input {
                Input::Coalesce { input, into } => self.coalesced.entry(into).or_default().push(input),
                Input::Forget { input } => drop(self.coalesced.remove(&input)),
                _ => {}
            }
        }
        self.core.journaled += inputs.len() as u64;
        Ok(())
    }

    fn take_contents(&mut self, unsettled: &[StoredInput]) -> Result<(), QuarantineReason> {
        for stored in unsettled {
            let input = InputId::from_number(stored.number);
            if self.core.state().ingress().get(input).is_none() {
                return Err(QuarantineReason::ContentUnexpected { input });
            }
            self.take_content(input, stored);
        }
        let missing = self.core.state().ingress().iter().find(|input| !self.core.contents.contains_key(&input.key()));
        match missing {
            Some(input) => Err(QuarantineReason::ContentMissing { input: input.key() }),
            None => Ok(()),
        }
    }

    /// Content that cannot be read settles its own input and harms no other.
    fn take_content(&mut self, input: InputId, stored: &StoredInput) {
        let prompt = std::str::from_utf8(&stored.payload).unwrap_or_else(|_| {
            self.unreadable.push(input);
            ""
        });
        let key = stored.idempotency_key.clone();
        if let Some(key) = &key {
            self.core.keys.insert(Arc::clone(key), input);
        }
        let content = Content { prompt: prompt.into(), key, digest: stored.digest, coalesced: Vec::new() };
        self.core.contents.insert(input, content);
    }

    /// The inputs whose content is still to be fetched, each with the input that it became part of.
    pub(crate) fn wanted(&self) -> Vec<(InputId, InputId)> {
        let parts = |(into, parts): (&InputId, &Vec<InputId>)| {
            let into = *into;
            parts.iter().map(move |part| (into, *part)).collect::<Vec<_>>()
        };
        self.coalesced.iter().flat_map(parts).collect()
    }

    /// Takes the content of an input that became part of another. Without it that other one is unreadable.
    pub(crate) fn take_part(&mut self, into: InputId, input: InputId, stored: Option<&StoredInput>) {
        let prompt = stored.and_then(|stored| std::str::from_utf8(&stored.payload).ok());
        match (prompt, self.core.contents.get_mut(&into)) {
            (Some(prompt), Some(content)) => {
                content.coalesced.push(CoalescedInput { input, prompt: prompt.into() });
            }
            _ => self.unreadable.push(into),
        }
    }

    /// Makes the session this process's own: the process that had it is gone, and this one registers it.
    pub(crate) fn take_over(mut self, attempt_limit: u32) -> Result<Core, RuntimeError> {
        let core = &mut self.core;
        if core.position > 0 {
            core.insist(Input::Recover, &Remains::default());
        }
        for &input in &self.unreadable {
            if core.contents.contains_key(&input) {
                core.insist(Input::Abandon { input, reason: AbandonReason::Unreadable }, &Remains::default());
            }
        }
        let latest = core.incarnation();
        let incarnation: Incarnation =
            latest.checked_fresh().ok_or_else(|| RuntimeError::SessionGone { session: core.session.clone() })?;
        core.request(Input::Register { incarnation, attempt_limit })?;
        Ok(self.core)
    }
}
