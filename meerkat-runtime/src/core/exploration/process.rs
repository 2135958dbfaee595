//! The shell around the core in one process, as far as it matters for what the core promises: batches of letters,
//! commits, and who is told afterwards. It follows the owner task step by step, without tasks and clocks.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use machine_spec::session::{Fence, InputId, MeerkatMachineInput as Input, RegistrationPhase, RunId};

use super::journal::{Journal, Refused};
use super::ledger::{Form, Ledger, Promise, SUBMISSIONS};
use super::model::Fault;
use crate::codec;
use crate::core::recovery::Recovery;
use crate::core::{Action, Core, RunEnd, Step};
use crate::store::Commit;
use crate::{ExecutorError, RunInput, RunOutput, RuntimeOptions, SessionId};

/// How far the current step is.
#[derive(Clone)]
pub(super) enum Stage {
    /// Letters are being fed to the core.
    Feeding,
    /// The store was asked to make the step durable.
    Committing(Arc<Flight>),
    /// The step is durable, and nobody was told.
    Durable(Arc<Flight>),
}

#[derive(Clone)]
pub(super) struct Flight {
    commit: Commit,
    step: Step,
}

/// An answer that waits for its step. All others are given with no more than this said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Answer {
    /// The submission became this input, which may have ended already.
    Accepted { submission: usize, input: InputId, outcome: Option<Vec<u8>> },
    /// The session is kept for an executor.
    Claimed(Fence),
}

/// How an executor returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Return {
    Completed,
    Failed { retry: bool },
}

impl Return {
    pub(super) fn run_end(self) -> RunEnd {
        match self {
            Self::Completed => RunEnd::Completed(RunOutput::text("done")),
            Self::Failed { retry: true } => RunEnd::Failed(ExecutorError::retryable("again")),
            Self::Failed { retry: false } => RunEnd::Failed(ExecutorError::fatal("never")),
        }
    }
}

/// One registration in one process.
#[derive(Clone)]
pub(super) struct Process {
    pub(super) core: Arc<Core>,
    pub(super) stage: Stage,
    /// How many letters the current step has.
    pub(super) letters: u8,
    answers: Vec<Answer>,
    /// The executor that the shell holds, and the run that it executes.
    executor: Option<Fence>,
    pub(super) execution: Option<RunId>,
    /// Claims that callers hold.
    pub(super) claims: BTreeSet<Fence>,
    /// How many wait for the end of each input.
    waiters: [u8; SUBMISSIONS],
    /// Callers of stop and destroy, and whether the session is being given up.
    endings: u8,
    pub(super) leaving: bool,
}

impl Hash for Process {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.core.state().hash(hasher);
        self.core.boundaries.hash(hasher);
        for (input, content) in &self.core.contents {
            input.hash(hasher);
            content.coalesced.iter().for_each(|part| part.input.hash(hasher));
        }
        // What a step does follows from its machine inputs and the state before it.
        self.core.step.inputs.hash(hasher);
        match &self.stage {
            Stage::Feeding => 0.hash(hasher),
            Stage::Committing(flight) => (1, &flight.step.inputs, flight.step.actions.len()).hash(hasher),
            Stage::Durable(flight) => (2, &flight.step.inputs, flight.step.actions.len()).hash(hasher),
        }
        (self.letters, &self.answers, self.executor, self.execution, &self.claims).hash(hasher);
        (self.waiters, self.endings, self.leaving).hash(hasher);
    }
}

pub(super) fn session() -> SessionId {
    SessionId::new("s").unwrap()
}

pub(super) fn options() -> RuntimeOptions {
    let (attempt_limit, batch_limit) = (2, 2);
    RuntimeOptions { attempt_limit, batch_limit, snapshot_interval: u64::MAX, ..RuntimeOptions::default() }
}

impl Process {
    /// Registers the session, recovering it if it is stored.
    pub(super) fn register(journal: &Journal, ledger: &mut Ledger, fault: Fault) -> Option<Self> {
        let recovery = match journal.load() {
            None => Recovery::fresh(session(), &options()),
            Some(mut stored) => {
                if fault == Fault::RecoveryForgetsRuns {
                    let in_run = |number| journal.state().ingress().in_run().contains(InputId::from_number(number));
                    stored.unsettled.retain(|input| !in_run(input.number));
                }
                let mut recovery = Recovery::replay(session(), &options(), &stored).ok()?;
                for (into, input) in recovery.wanted() {
                    recovery.take_part(into, input, journal.stored_input(input).as_ref());
                }
                recovery
            }
        };
        let core = Arc::new(recovery.take_over(&options()).ok()?.0);
        let mut process = Self {
            core,
            stage: Stage::Feeding,
            letters: 0,
            answers: Vec::new(),
            executor: None,
            execution: None,
            claims: BTreeSet::new(),
            waiters: [0; SUBMISSIONS],
            endings: 0,
            leaving: false,
        };
        process.seal(journal, ledger, fault);
        Some(process)
    }

    pub(super) fn core(&mut self) -> &mut Core {
        Arc::make_mut(&mut self.core)
    }

    /// Whether the step has something in it.
    pub(super) fn has_letters(&self) -> bool {
        self.letters > 0
    }

    pub(super) fn submit(&mut self, submission: usize, form: Form, journal: &Journal) {
        let sent = form.submission(submission);
        let known = journal.row_of(submission).and_then(|(input, _)| journal.stored_input(input));
        let known = known.filter(|_| sent.key.as_ref().is_some_and(|key| self.core.needs_lookup(key)));
        let Ok(accepted) = self.core().accept(&sent, known.as_ref()) else { return };
        let outcome = accepted.outcome.map(|outcome| codec::encode_outcome(&outcome).unwrap().to_vec());
        if outcome.is_none() {
            self.waiters[submission] += 1;
        }
        self.answers.push(Answer::Accepted { submission, input: accepted.receipt.input, outcome });
    }

    pub(super) fn begin_attach(&mut self) {
        if let Ok(fence) = self.core().begin_attach() {
            self.executor = Some(fence);
            self.answers.push(Answer::Claimed(fence));
        }
    }

    pub(super) fn finish_attach(&mut self, fence: Fence) {
        self.claims.remove(&fence);
        if self.core().finish_attach(fence).is_err() {
            self.release_executor(fence);
        }
    }

    pub(super) fn abandon_attach(&mut self, fence: Fence) {
        self.claims.remove(&fence);
        // Refused if the claim has ended in another way; the executor goes in either case.
        drop(self.core().abandon_attach(fence));
        self.release_executor(fence);
    }

    pub(super) fn end_session(&mut self, end: impl FnOnce(&mut Core) -> bool) {
        if end(self.core()) {
            self.endings += 1;
        }
    }

    pub(super) fn finish_run(&mut self, end: Return) {
        if let Some(run) = self.execution.take() {
            self.core().finish_run(run, end.run_end());
        }
    }

    /// Ends the step: nothing more is fed to it.
    pub(super) fn seal(&mut self, journal: &Journal, ledger: &mut Ledger, fault: Fault) {
        self.core().advance();
        self.letters = 0;
        match self.core().take_step() {
            Err(_) => ledger.require(false, Promise::Whole),
            Ok((None, step)) => self.release(step, journal, ledger),
            Ok((Some(commit), mut step)) => {
                if fault == Fault::ToldBeforeCommit {
                    self.release(step.clone(), journal, ledger);
                    step.actions.clear();
                }
                self.stage = Stage::Committing(Arc::new(Flight { commit, step }));
            }
        }
    }

    /// The store has made the step durable.
    pub(super) fn stored(&mut self, journal: &mut Journal, ledger: &mut Ledger) {
        let Stage::Committing(flight) = &self.stage else { return };
        match journal.commit(&flight.commit, &ledger.forms) {
            Ok(()) => {}
            Err(Refused::SettledTwice) => ledger.require(false, Promise::Once),
            Err(Refused::Step) => ledger.require(false, Promise::Stored),
        }
        self.stage = Stage::Durable(Arc::clone(flight));
    }

    /// Everything up to here is durable. False if the registration has ended.
    pub(super) fn tell(&mut self, journal: &Journal, ledger: &mut Ledger) -> bool {
        if let Stage::Durable(flight) = std::mem::replace(&mut self.stage, Stage::Feeding) {
            self.release(flight.step.clone(), journal, ledger);
        }
        self.core.state().registration().phase() != RegistrationPhase::Absent
    }

    fn release(&mut self, step: Step, journal: &Journal, ledger: &mut Ledger) {
        for action in &step.actions {
            self.carry_out(action, journal, ledger);
        }
        self.core().reuse(step);
        for answer in std::mem::take(&mut self.answers) {
            self.give(answer, journal, ledger);
        }
        if self.core.current_run().is_none() {
            self.endings = 0;
        }
    }

    fn carry_out(&mut self, action: &Action, journal: &Journal, ledger: &mut Ledger) {
        match action {
            Action::Start(run) => {
                ledger.require(self.execution.replace(run.run).is_none(), Promise::Run);
                ledger.require(self.executor.is_some() && !run.inputs.is_empty(), Promise::Run);
                require_durable(&run.inputs, journal, ledger);
            }
            Action::Continue { run, joined } => {
                ledger.require(self.execution == Some(*run), Promise::Run);
                require_durable(joined, journal, ledger);
            }
            Action::Interrupt { run } => ledger.require(self.execution == Some(*run), Promise::Run),
            Action::Release { fence } => self.release_executor(*fence),
            Action::Settle { input, outcome } => {
                let row = journal.rows.get(input);
                let stored = row.and_then(|row| row.outcome.as_deref());
                let told = codec::encode_outcome(outcome).unwrap();
                ledger.require(stored == Some(&*told), Promise::Durable);
                let first = ledger.told.insert(*input);
                ledger.require(first, Promise::Told);
                if let Some(row) = row {
                    self.waiters[row.submission] = 0;
                }
            }
            Action::Notify(_) => {}
        }
    }

    fn give(&mut self, answer: Answer, journal: &Journal, ledger: &mut Ledger) {
        match answer {
            Answer::Claimed(fence) => drop(self.claims.insert(fence)),
            Answer::Accepted { submission, input, outcome } => {
                let row = journal.row_of(submission);
                ledger.require(row.is_some_and(|(stored, _)| stored == input), Promise::Durable);
                let stored = row.and_then(|(_, row)| row.outcome.as_deref());
                ledger.require(outcome.is_none() || outcome.as_deref() == stored, Promise::Durable);
                let before = ledger.acknowledged[submission].replace(input);
                ledger.require(before.is_none_or(|before| before == input), Promise::Once);
            }
        }
    }

    fn release_executor(&mut self, fence: Fence) {
        self.executor.take_if(|bound| *bound == fence);
    }

    /// What is in memory, as far as it must be what is stored: between two steps.
    pub(super) fn agrees_with(&self, journal: &Journal) -> bool {
        let Stage::Feeding = self.stage else { return true };
        if self.has_letters() {
            return true;
        }
        let contents = self.core.contents.keys().copied();
        let tracked = journal.state().ingress().iter().map(|instance| instance.key());
        self.core.state() == journal.state()
            && contents.eq(tracked)
            && self.core.current_run() == self.execution
            && self.core.step.inputs.is_empty()
    }

    /// Between two steps somebody waits only for what the session will come to.
    pub(super) fn owes_only_what_comes(&self, journal: &Journal) -> bool {
        let Stage::Feeding = self.stage else { return true };
        if self.has_letters() {
            return true;
        }
        let follows = |submission| {
            let row = journal.row_of(submission);
            row.is_some_and(|(input, row)| row.outcome.is_none() && self.core.contents.contains_key(&input))
        };
        (0..SUBMISSIONS).all(|submission| self.waiters[submission] == 0 || follows(submission))
            && (self.endings == 0 || self.execution.is_some())
            && self.answers.is_empty()
    }

    /// Nothing is in flight and nobody waits.
    pub(super) fn is_quiet(&self) -> bool {
        matches!(self.stage, Stage::Feeding)
            && !self.has_letters()
            && self.execution.is_none()
            && self.waiters == [0; SUBMISSIONS]
            && self.endings == 0
            && !self.leaving
    }

    /// Offers everything that somebody of the past may still say: a boundary, a cancel and an end of an earlier run, and
    /// the two ends of an earlier claim.
    pub(super) fn refuses_the_past(&self) -> bool {
        let mut core = (*self.core).clone();
        let (current, held) = (core.current_run(), core.state().registration().phase());
        let runs = 1..=core.state().lifecycle().last_run().number();
        let fences = 1..=core.state().registration().fence().number();
        let refused = runs
            .map(RunId::from_number)
            .filter(|run| current != Some(*run))
            .all(|run| core.reach_boundary(run).is_err() && core.cancel_run(run, crate::CancelPoint::Now).is_err())
            && fences.map(Fence::from_number).all(|fence| {
                held == RegistrationPhase::Attaching { fence }
                    || (core.finish_attach(fence).is_err() && core.abandon_attach(fence).is_err())
            });
        refused && core.state() == self.core.state() && core.step.inputs.len() == self.core.step.inputs.len()
    }

    /// The end of the run before the current one would be no end of it: it commits nothing.
    pub(super) fn commits_no_late_end(&self) -> bool {
        let last = self.core.state().lifecycle().last_run().number();
        let late = last - u64::from(self.core.current_run().is_some());
        if late == 0 {
            return true;
        }
        [Return::Completed, Return::Failed { retry: true }].into_iter().all(|end| {
            let mut core = (*self.core).clone();
            core.finish_run(RunId::from_number(late), end.run_end());
            core.state() == self.core.state() && core.take_step().is_err()
        })
    }

    /// The machine inputs of the step that is being committed.
    pub(super) fn in_flight(&self) -> &[Input] {
        match &self.stage {
            Stage::Feeding => &[],
            Stage::Committing(flight) | Stage::Durable(flight) => &flight.step.inputs,
        }
    }
}

/// A run is handed only what is stored, is not settled, and has an attempt left.
fn require_durable(inputs: &[RunInput], journal: &Journal, ledger: &mut Ledger) {
    for input in inputs {
        let waits = journal.rows.get(&input.input).is_some_and(|row| row.outcome.is_none());
        let staged = journal.state().ingress().in_run().contains(input.input);
        ledger.require(waits && staged && input.attempt <= options().attempt_limit, Promise::Run);
    }
}
