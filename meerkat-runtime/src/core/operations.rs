//! Operations, from their registration until their end is collected, and waits for them.

use std::collections::BTreeSet;

use machine_spec::session::{EndSequence, MeerkatMachineInput as Input, OperationId, OperationsPhase, WaitId};

use super::{Core, Remains};
use crate::{EndedOperation, OperationEnd, OperationError, OperationKind, OperationStatus, RuntimeError};

impl Core {
    /// How many operations may live is the host's choice at each registration. What lives already is not touched.
    pub(super) fn limit_operations(&mut self, limit: u64) {
        if self.state().operation_numbers().limit() != limit.max(1) {
            self.insist(Input::LimitOperations { limit: limit.max(1) }, &Remains::default());
        }
    }

    pub(crate) fn register_operation(&mut self, kind: OperationKind) -> Result<OperationId, RuntimeError> {
        let operation = self.fresh(self.state().operation_numbers().last_operation())?;
        self.request(Input::RegisterOperation { operation, kind })?;
        Ok(operation)
    }

    /// Takes a report of an operation.
    pub(crate) fn report_operation(&mut self, report: Input) -> Result<(), RuntimeError> {
        self.request(report)
    }

    pub(crate) fn operation_status(&self, operation: OperationId) -> Option<OperationStatus> {
        let phase = self.state().operations().get(operation)?.phase();
        Some(OperationStatus { operation, phase })
    }

    /// A page of operations, the oldest first.
    pub(crate) fn list_operations(&self, after: Option<OperationId>, limit: usize) -> Vec<OperationStatus> {
        let later = self.state().operations().iter().filter(|o| after.is_none_or(|after| o.key() > after));
        later.take(limit).map(|o| OperationStatus { operation: o.key(), phase: o.phase() }).collect()
    }

    pub(crate) fn operation_end(&self, operation: OperationId) -> Result<Option<OperationEnd>, RuntimeError> {
        match self.operation_status(operation) {
            Some(OperationStatus { phase: OperationsPhase::Ended { end, .. }, .. }) => Ok(Some(end)),
            Some(_) => Ok(None),
            None => Err(self.unknown_operation(operation)),
        }
    }

    /// Its end was taken notice of: it leaves the machine's memory.
    pub(crate) fn collect_operation(&mut self, operation: OperationId) -> Result<OperationEnd, RuntimeError> {
        let end = self.operation_end(operation)?;
        let not_ended = || OperationError::NotEnded { session: self.session.clone(), operation };
        let end = end.ok_or_else(not_ended)?;
        self.request(Input::CollectOperation { operation })?;
        Ok(end)
    }

    /// The ends behind a place, in their order. What ended in one step has one place and stays together, so a page may
    /// be longer than asked for by the rest of its last place.
    pub(crate) fn completed_since(&self, since: EndSequence, limit: usize) -> Vec<EndedOperation> {
        let operations = self.state().operations();
        let ended = operations.ended().iter().filter_map(|operation| match operations.get(operation)?.phase() {
            OperationsPhase::Ended { end, sequence } if sequence > since => {
                Some(EndedOperation { sequence, operation, end })
            }
            _ => None,
        });
        let mut ended: Vec<_> = ended.collect();
        ended.sort_unstable_by_key(|ended| (ended.sequence, ended.operation));
        let last = ended.get(limit.saturating_sub(1)).map(|last| last.sequence);
        if let Some(last) = last {
            ended.truncate(ended.partition_point(|ended| ended.sequence <= last));
        }
        ended
    }

    /// The latest place that an end has, if it lies behind this one.
    pub(crate) fn advanced(&self, since: EndSequence) -> Option<EndSequence> {
        self.completed_since(since, usize::MAX).last().map(|ended| ended.sequence)
    }

    /// Opens a wait for all of them. All is asked for before anything is changed.
    pub(crate) fn open_wait(&mut self, operations: &BTreeSet<OperationId>) -> Result<WaitId, RuntimeError> {
        let unknown = operations.iter().find(|operation| !self.state().operations().contains_key(**operation));
        if let Some(unknown) = unknown {
            return Err(self.unknown_operation(*unknown));
        }
        let wait = self.fresh(self.state().operation_numbers().last_wait())?;
        self.request(Input::OpenWait { wait })?;
        for operation in operations {
            self.insist(Input::AddToWait { wait, operation: *operation }, &Remains::default());
        }
        self.insist(Input::SealWait { wait }, &Remains::default());
        Ok(wait)
    }

    /// Whoever waited was told, or went away. A wait that ended with its process need not be closed.
    pub(crate) fn close_wait(&mut self, wait: WaitId) {
        if self.state().waits().contains_key(wait) {
            self.insist(Input::CloseWait { wait }, &Remains::default());
        }
    }

    pub(crate) fn unknown_operation(&self, operation: OperationId) -> RuntimeError {
        OperationError::Unknown { session: self.session.clone(), operation }.into()
    }
}
