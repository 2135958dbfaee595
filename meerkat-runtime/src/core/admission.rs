//! Inputs come in, and go out without having been run.

use std::ops::Bound;
use std::sync::Arc;

use machine_spec::session::{AbandonReason, InputId, MeerkatMachineInput as Input};

use super::{Action, Content, Core, Remains};
use crate::store::{AdmittedInput, StoredInput};
use crate::submission::Relation;
use crate::{ActiveInput, InputOutcome, InputStatus, Receipt, RuntimeError, Submission, codec};

/// The answer to a submission.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) receipt: Receipt,
    /// What became of it, if it is a duplicate of an input that is settled.
    pub(crate) outcome: Option<InputOutcome>,
}

impl Accepted {
    fn duplicate(input: InputId, outcome: Option<InputOutcome>) -> Self {
        Self { receipt: Receipt { input, deduplicated: true }, outcome }
    }
}

impl Core {
    /// Whether only the store can tell if the key was used before.
    pub(crate) fn needs_lookup(&self, key: &Arc<str>) -> bool {
        !self.keys.contains_key(key)
    }

    /// Takes an input in, as a whole or not at all. `known` is what the store has under its key.
    pub(crate) fn accept(
        &mut self,
        submission: &Submission,
        known: Option<&StoredInput>,
    ) -> Result<Accepted, RuntimeError> {
        let digest = submission.digest();
        if let Some(key) = &submission.key
            && let Some(accepted) = self.duplicate(key, &digest, known)?
        {
            return Ok(accepted);
        }
        let input = self.fresh(self.state().admission().last_input())?;
        let admit =
            Input::Admit { incarnation: self.incarnation(), input, lane: submission.lane, wakes: submission.wakes };
        self.would_accept(&admit)?;
        self.check_relation(submission.relation)?;
        self.request(admit)?;
        self.remember(input, submission, digest);
        self.relate(input, submission.relation);
        Ok(Accepted { receipt: Receipt { input, deduplicated: false }, outcome: None })
    }

    /// Once the new input is admitted nothing can be taken back, so everything that may be refused is asked before:
    /// the target waits if, and only if, it could be abandoned.
    fn check_relation(&self, relation: Relation) -> Result<(), RuntimeError> {
        match relation {
            Relation::Own => Ok(()),
            Relation::Supersedes(input) | Relation::CoalescesInto(input) => {
                self.would_accept(&Input::Abandon { input, reason: AbandonReason::Withdrawn })
            }
        }
    }

    fn relate(&mut self, input: InputId, relation: Relation) {
        match relation {
            Relation::Own => {}
            Relation::Supersedes(target) => {
                self.insist(Input::Supersede { input: target, by: input }, &Remains::default());
            }
            Relation::CoalescesInto(into) => {
                let ingress = self.state().ingress();
                if ingress.waking().contains(input) && !ingress.waking().contains(into) {
                    self.insist(Input::WakeInput { input: into }, &Remains::default());
                }
                self.insist(Input::Coalesce { input, into }, &Remains::default());
            }
        }
    }

    fn remember(&mut self, input: InputId, submission: &Submission, digest: [u8; 32]) {
        self.step.admitted.push(AdmittedInput {
            number: input.number(),
            idempotency_key: submission.key.clone(),
            digest,
            payload: Arc::clone(&submission.prompt).into(),
        });
        if let Some(key) = &submission.key {
            self.keys.insert(Arc::clone(key), input);
        }
        let prompt = Arc::clone(&submission.prompt);
        let content = Content { prompt, key: submission.key.clone(), digest, coalesced: Vec::new() };
        self.contents.insert(input, content);
    }

    /// The input that has the key: it waits, or this step settles it, or the store has it.
    fn duplicate(
        &self,
        key: &Arc<str>,
        digest: &[u8; 32],
        known: Option<&StoredInput>,
    ) -> Result<Option<Accepted>, RuntimeError> {
        if let Some(&input) = self.keys.get(key) {
            let same = self.contents.get(&input).is_some_and(|content| content.digest == *digest);
            return self.same_content(same, input).map(|()| Some(Accepted::duplicate(input, None)));
        }
        let settled_now = self.step.settled_keys.iter().find(|(settled, ..)| settled == key);
        if let Some(&(_, input, ref content)) = settled_now {
            self.same_content(content == digest, input)?;
            return Ok(Some(Accepted::duplicate(input, self.settled_in_step(input))));
        }
        let Some(stored) = known else { return Ok(None) };
        let input = InputId::from_number(stored.number);
        self.same_content(stored.digest == *digest, input)?;
        let Some(outcome) = &stored.outcome else {
            // Its row contradicts the machine: nobody follows it, so nobody may wait for it.
            let unreadable = InputOutcome::Abandoned { reason: AbandonReason::Unreadable, detail: None };
            return Ok(Some(Accepted::duplicate(input, Some(unreadable))));
        };
        let outcome = codec::decode_outcome(outcome).map_err(|source| RuntimeError::OutcomeUnreadable {
            session: self.session.clone(),
            input,
            source: Arc::new(source),
        })?;
        Ok(Some(Accepted::duplicate(input, Some(outcome))))
    }

    fn same_content(&self, same: bool, existing: InputId) -> Result<(), RuntimeError> {
        if same {
            return Ok(());
        }
        Err(RuntimeError::IdempotencyConflict { session: self.session.clone(), existing })
    }

    fn settled_in_step(&self, wanted: InputId) -> Option<InputOutcome> {
        self.step.actions.iter().find_map(|action| match action {
            Action::Settle { input, outcome } if *input == wanted => Some(outcome.clone()),
            _ => None,
        })
    }

    /// The host takes a waiting input back.
    pub(crate) fn withdraw(&mut self, input: InputId) -> Result<(), RuntimeError> {
        self.request(Input::Abandon { input, reason: AbandonReason::Withdrawn })
    }

    /// Calls for everything that waits; tells how many inputs would not have woken by themselves.
    pub(crate) fn wake(&mut self) -> Result<u64, RuntimeError> {
        let ingress = self.state().ingress();
        let asleep = ingress.waiting().len() - ingress.waking().len();
        self.request(Input::Wake { incarnation: self.incarnation() })?;
        Ok(asleep)
    }

    /// Where an input is, if it is not settled.
    pub(crate) fn input_status(&self, input: InputId) -> Option<InputStatus> {
        let instance = self.state().ingress().get(input)?;
        let (ingress, attempts) = (self.state().ingress(), instance.attempts());
        Some(match self.current_run() {
            Some(run) if ingress.in_run().contains(input) => InputStatus::InRun { run, attempts },
            _ => InputStatus::Waiting { lane: instance.lane(), attempts, wakes: ingress.waking().contains(input) },
        })
    }

    /// Up to `limit` inputs that are not settled, in order of admission, from the first one after `after`.
    pub(crate) fn active_inputs(&self, after: Option<InputId>, limit: usize) -> Vec<ActiveInput> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let active = |(input, content): (&InputId, &Content)| {
            let status = self.input_status(*input)?;
            Some(ActiveInput { input: *input, status, idempotency_key: content.key.clone() })
        };
        self.contents.range((from, Bound::Unbounded)).filter_map(active).take(limit).collect()
    }
}
