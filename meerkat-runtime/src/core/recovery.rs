//! From what is stored back to a session: by replaying machine inputs, never by writing state.
//!
//! Every stored shape has an outcome. What the machine's history depends on, snapshot and journal, is whole or
//! quarantines the session. The row of an input quarantines that input alone: it is settled as unreadable, or left where
//! it is if the machine has nothing to do with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use machine_spec::session::{
    AbandonReason, Incarnation, InputId, MeerkatMachineAuthority, MeerkatMachineInput as Input, MeerkatMachineMutator,
    MeerkatMachineState,
};

use super::{Action, Content, Core, NewName, Remains};
use crate::store::{JournalRow, StoredInput, StoredSession, StoredSnapshot};
use crate::{
    CoalescedInput, InputOutcome, QuarantineReason, QuarantinedInput, RecoveryError, RecoveryReport, RowReason,
    RuntimeError, RuntimeOptions, SessionId, codec,
};

/// A session as its last process left it, on its way to the next.
pub(crate) struct Recovery {
    pub(super) core: Core,
    /// Which inputs became part of which waiting one; the store has their content.
    coalesced: BTreeMap<InputId, Vec<InputId>>,
    report: RecoveryReport,
}

impl Recovery {
    /// A session that nobody registered before.
    pub(crate) fn fresh(session: SessionId, options: &RuntimeOptions) -> Self {
        let core = Core::new(session, options);
        Self { core, coalesced: BTreeMap::new(), report: RecoveryReport::default() }
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
            next = recovery.restore(snapshot).map_err(|reason| recovery.quarantined(snapshot.position, reason))?;
        }
        for row in &stored.journal {
            next = recovery.replay_row(row, next).map_err(|reason| recovery.quarantined(row.position, reason))?;
        }
        if next != stored.next_position {
            return Err(recovery.quarantined(next, QuarantineReason::EntryMissing));
        }
        recovery.core.position = next;
        recovery.take_contents(&stored.unsettled).map_err(|reason| recovery.quarantined(next, reason))?;
        Ok(recovery)
    }

    /// The state as it is stored; none if nobody registered the session before.
    pub(crate) fn state(&self) -> Option<&MeerkatMachineState> {
        (self.core.position > 0).then(|| self.core.state())
    }

    fn quarantined(&self, position: u64, reason: QuarantineReason) -> RecoveryError {
        RecoveryError::Quarantined { session: self.core.session.clone(), position, reason }
    }

    /// Gives the position behind the snapshot, and so does the next one for a row.
    fn restore(&mut self, snapshot: &StoredSnapshot) -> Result<u64, QuarantineReason> {
        let decoded = codec::decode_snapshot(&snapshot.state)
            .map_err(|source| QuarantineReason::SnapshotUnreadable(Arc::new(source)))?;
        self.core.authority =
            MeerkatMachineAuthority::restore(decoded.state).map_err(QuarantineReason::SnapshotInvalid)?;
        self.coalesced = decoded.coalesced.into_iter().collect();
        self.take_names(decoded.names)?;
        self.report.snapshot = Some(snapshot.position);
        behind(snapshot.position)
    }

    fn replay_row(&mut self, row: &JournalRow, expected: u64) -> Result<u64, QuarantineReason> {
        if row.position != expected {
            return Err(QuarantineReason::EntryMissing);
        }
        let entry =
            codec::decode_entry(&row.entry).map_err(|source| QuarantineReason::EntryUnreadable(Arc::new(source)))?;
        self.core.journaled += (entry.inputs.len() + entry.names.len()) as u64;
        self.take_names(entry.names)?;
        for input in &entry.inputs {
            // What the effects asked for was done, or is undone by the end of the process.
            let mut past = Vec::new();
            self.core.authority.apply(input, &mut past).map_err(QuarantineReason::EntryRefused)?;
            match *input {
                Input::Coalesce { input, into } => self.coalesced.entry(into).or_default().push(input),
                Input::Forget { input } => drop(self.coalesced.remove(&input)),
                _ => {}
            }
        }
        self.report.steps += 1;
        self.report.machine_inputs += entry.inputs.len() as u64;
        behind(row.position)
    }

    fn take_names(&mut self, names: Vec<NewName>) -> Result<(), QuarantineReason> {
        let mut names = names.into_iter();
        names.try_for_each(|name| self.core.names.replay(name)).map_err(|_| QuarantineReason::NameInvalid)
    }

    fn take_contents(&mut self, unsettled: &[StoredInput]) -> Result<(), QuarantineReason> {
        for stored in unsettled {
            let input = InputId::from_number(stored.number);
            if self.core.state().ingress().get(input).is_some() {
                self.take_content(input, stored);
            } else if input <= self.core.state().admission().last_input() {
                // The machine is done with it. An outcome keeps whoever asks for it by its key from waiting.
                self.set_aside(input, RowReason::Unexpected);
                self.core.step.torn.get_or_insert_default().stray.push(input);
            } else {
                // The session's next input would have its number.
                return Err(QuarantineReason::ContentUnexpected { input });
            }
        }
        let contents = &self.core.contents;
        let missing = |input: &InputId| !contents.contains_key(input);
        let missing: Vec<InputId> =
            self.core.state().ingress().iter().map(|input| input.key()).filter(missing).collect();
        missing.iter().for_each(|input| self.set_aside(*input, RowReason::ContentMissing));
        if !missing.is_empty() {
            self.core.step.torn.get_or_insert_default().lost = missing;
        }
        Ok(())
    }

    fn set_aside(&mut self, input: InputId, reason: RowReason) {
        self.report.quarantined.push(QuarantinedInput { input, reason });
    }

    fn take_content(&mut self, input: InputId, stored: &StoredInput) {
        let prompt = std::str::from_utf8(&stored.payload).unwrap_or_else(|_| {
            self.set_aside(input, RowReason::ContentUnreadable);
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
            _ => self.set_aside(into, RowReason::PartUnreadable { part: input }),
        }
    }

    /// Makes the session this process's own: the process that had it is gone, and this one registers it. Tells what
    /// that did, if there was something to recover. A session whose last process died while it was being destroyed is
    /// destroyed now: its step settles what was in the run, and nobody registers it.
    pub(crate) fn take_over(
        mut self,
        options: &RuntimeOptions,
    ) -> Result<(Core, Option<Box<RecoveryReport>>), RuntimeError> {
        let core = &mut self.core;
        core.greeting()?;
        let recovered = core.position > 0;
        let in_run: Vec<InputId> = core.state().ingress().in_run().iter().collect();
        if recovered {
            core.insist(Input::Recover, &Remains::default());
        }
        for QuarantinedInput { input, .. } in &self.report.quarantined {
            if core.state().ingress().waiting().contains(*input) {
                core.insist(Input::Abandon { input: *input, reason: AbandonReason::Unreadable }, &Remains::default());
            }
        }
        if core.greeting().is_ok() {
            let incarnation: Incarnation = core.fresh(core.incarnation())?;
            let (attempt_limit, waiting_limit) = (options.attempt_limit, options.waiting_limit);
            core.request(Input::Register { incarnation, attempt_limit, waiting_limit })?;
            core.limit_operations(options.operation_limit);
        }
        let report = recovered.then(|| Box::new(self.report.finish(&self.core, &in_run)));
        Ok((self.core, report))
    }
}

fn behind(position: u64) -> Result<u64, QuarantineReason> {
    position.checked_add(1).ok_or(QuarantineReason::EntryMissing)
}

impl RecoveryReport {
    /// Adds what the take-over did to the inputs.
    fn finish(mut self, core: &Core, in_run: &[InputId]) -> Self {
        let waiting = core.state().ingress().waiting();
        self.returned = in_run.iter().copied().filter(|input| waiting.contains(*input)).collect();
        self.waiting = waiting.len();
        let abandoned = |action: &Action| match action {
            Action::Settle { input, outcome: InputOutcome::Abandoned { reason, .. } } => Some((*input, *reason)),
            _ => None,
        };
        self.abandoned = core.step.actions.iter().filter_map(abandoned).collect();
        self
    }
}
