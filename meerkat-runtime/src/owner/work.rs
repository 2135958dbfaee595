//! Who follows which operations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use machine_spec::session::{EndSequence, MeerkatMachineEffect as Effect, OperationId, WaitId};
use tokio::sync::oneshot;

use super::Owner;
use crate::cell::Cell;
use crate::facet::{Following, OperationWait, Teller};
use crate::{InterruptCause, OperationEnd, RuntimeError};

/// Those who are told of the ends of operations. Each is told once.
#[derive(Default)]
pub(super) struct Followers {
    waits: BTreeMap<WaitId, Teller<()>>,
    /// The number tells those apart who follow the same operation.
    ends: BTreeMap<(OperationId, u64), Teller<OperationEnd>>,
    /// Each wants to hear of an end behind its place.
    advances: Vec<(EndSequence, Teller<EndSequence>)>,
    added: u64,
}

impl Followers {
    fn is_empty(&self) -> bool {
        self.waits.is_empty() && self.ends.is_empty() && self.advances.is_empty()
    }

    /// An operation has ended.
    fn tell_end(&mut self, operation: OperationId, end: OperationEnd, sequence: EndSequence) {
        while let Some((&followed, _)) = self.ends.range((operation, 0)..=(operation, u64::MAX)).next() {
            if let Some(teller) = self.ends.remove(&followed) {
                tell(teller, Ok(end));
            }
        }
        for (_, teller) in self.advances.extract_if(.., |(since, _)| *since < sequence) {
            tell(teller, Ok(sequence));
        }
    }

    fn tell_wait(&mut self, wait: WaitId) {
        if let Some(teller) = self.waits.remove(&wait) {
            tell(teller, Ok(()));
        }
    }

    /// Nobody follows the operations any longer.
    fn interrupt(self, cause: InterruptCause) {
        self.waits.into_values().for_each(|teller| tell(teller, Err(cause)));
        self.ends.into_values().for_each(|teller| tell(teller, Err(cause)));
        self.advances.into_iter().for_each(|(_, teller)| tell(teller, Err(cause)));
    }
}

impl Owner {
    fn followers(&mut self) -> &mut Followers {
        self.followers.get_or_insert_default()
    }

    /// Gives back what nobody needs any more.
    pub(super) fn rest_followers(&mut self) {
        self.followers.take_if(|followers| followers.is_empty());
    }

    pub(super) fn interrupt_followers(&mut self, cause: InterruptCause) {
        if let Some(followers) = self.followers.take() {
            followers.interrupt(cause);
        }
    }

    /// An effect is durable: tells those who wait for it.
    pub(super) fn tell_followers(&mut self, effect: &Effect) {
        let Some(followers) = &mut self.followers else { return };
        match *effect {
            Effect::OperationEnded { operation, end, sequence } => followers.tell_end(operation, end, sequence),
            Effect::WaitSatisfied { wait } => followers.tell_wait(wait),
            _ => {}
        }
    }

    /// Opens a wait. It is told with the step that ends its last operation, which may be the one that opens it.
    pub(crate) fn wait_all(
        &mut self,
        cell: &Arc<Cell>,
        operations: &BTreeSet<OperationId>,
    ) -> Result<OperationWait, RuntimeError> {
        let wait = self.core.transact(|core| core.open_wait(operations))?;
        let (teller, told) = oneshot::channel();
        self.followers().waits.insert(wait, teller);
        Ok(OperationWait::new(Arc::clone(cell), wait, Following::new(told)))
    }

    pub(crate) fn close_wait(&mut self, wait: WaitId) {
        self.core.close_wait(wait);
        if let Some(followers) = &mut self.followers {
            followers.waits.remove(&wait);
        }
    }

    /// A future of an operation's end; ready at once if it has ended.
    pub(crate) fn follow_operation(&mut self, operation: OperationId) -> Result<Following<OperationEnd>, RuntimeError> {
        let (teller, told) = oneshot::channel();
        match self.core.operation_end(operation)? {
            Some(end) => tell(teller, Ok(end)),
            None => {
                let followers = self.followers();
                followers.ends.retain(|_, teller| !teller.is_closed());
                followers.ends.insert((operation, followers.added), teller);
                followers.added += 1;
            }
        }
        Ok(Following::new(told))
    }

    /// A future of the next end behind a place; ready at once if there is one.
    pub(crate) fn follow_ends(&mut self, since: EndSequence) -> Following<EndSequence> {
        let (teller, told) = oneshot::channel();
        match self.core.advanced(since) {
            Some(latest) => tell(teller, Ok(latest)),
            None => {
                let advances = &mut self.followers().advances;
                advances.retain(|(_, teller)| !teller.is_closed());
                advances.push((since, teller));
            }
        }
        Following::new(told)
    }
}

/// Who went away does not want to know.
fn tell<T>(teller: Teller<T>, told: Result<T, InterruptCause>) {
    drop(teller.send(told));
}
