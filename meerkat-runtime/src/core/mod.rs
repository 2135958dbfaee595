//! The pure core of a session: no task, no clock, no store, no lock.
//!
//! It owns the machine and the content of the inputs that are not settled. Each method takes one command or event,
//! offers inputs to the machine, and collects what came of it in a [`Step`]: what must become durable, and what may be
//! carried out once it is. The machine decides; the core translates a rejection into the caller's error and never asks
//! for a phase in order to decide by itself.

mod admission;
mod binding;
mod drain;
mod exchanges;
#[cfg(test)]
mod exploration;
mod model;
mod names;
mod operations;
mod peer_refusal;
mod peers;
mod realtime;
pub(crate) mod recovery;
mod refusal;
mod refusal_model;
mod refusal_work;
mod running;
mod servers;
mod supervisor;
mod surfaces;
#[cfg(test)]
mod tests;
mod tools;
mod turn;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use machine_spec::Epoch;
use machine_spec::session::{
    AbandonReason, DrainExit, DrainId, Fence, Incarnation, InputId, LifecyclePhase, MeerkatMachineAuthority,
    MeerkatMachineEffect, MeerkatMachineInput, MeerkatMachineMutator, MeerkatMachineRejection, MeerkatMachineState,
    RunId, Settlement,
};

pub use self::names::NameKind;
pub(crate) use self::names::{Names, NewName};
pub(crate) use self::running::RunEnd;
use crate::store::{AdmittedInput, Commit, SettledInput, StoredReceipt};
use crate::{CoalescedInput, InputOutcome, Run, RunInput, RunOutput, RuntimeError, RuntimeOptions, SessionId, codec};

/// How many machine inputs and effects a resting session keeps room for: no more than an input on its own needs.
const SMALL: usize = 4;

/// One session.
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Core {
    session: SessionId,
    batch_limit: usize,
    name_limit: usize,
    snapshot_interval: u64,
    authority: MeerkatMachineAuthority,
    /// What the unsettled inputs say.
    contents: BTreeMap<InputId, Content>,
    /// The unsettled inputs that have an idempotency key.
    keys: HashMap<Arc<str>, InputId>,
    names: Names,
    /// How many boundaries the current run has reached. No run outlives its process, so nobody recovers it.
    boundaries: u64,
    /// The journal position of the next commit.
    position: u64,
    /// How many machine inputs were journaled since the last snapshot.
    journaled: u64,
    step: Step,
    effects: Vec<MeerkatMachineEffect>,
    /// A rule that this code broke, kept until the owner ends the registration for it.
    defect: Option<Box<RuntimeError>>,
}

/// What an input says.
#[cfg_attr(test, derive(Clone))]
struct Content {
    prompt: Arc<str>,
    key: Option<Arc<str>>,
    digest: [u8; 32],
    coalesced: Vec<CoalescedInput>,
}

/// What changed since the last commit.
#[derive(Default)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Step {
    /// The machine inputs that were accepted.
    pub(crate) inputs: Vec<MeerkatMachineInput>,
    /// The names that it gave a number.
    names: Vec<NewName>,
    admitted: Vec<AdmittedInput>,
    receipts: Vec<StoredReceipt>,
    /// Rows that contradict the machine; only the step that recovers a session may have some.
    torn: Option<Box<Torn>>,
    /// What to do once all that is durable.
    pub(crate) actions: Vec<Action>,
    /// Keys of inputs that this step settles: neither in memory any more nor in the store yet.
    settled_keys: Vec<(Arc<str>, InputId, [u8; 32])>,
}

/// Inputs that the machine and the store do not agree on.
#[derive(Default)]
#[cfg_attr(test, derive(Clone))]
struct Torn {
    /// The machine followed them and the store has lost them: it can keep no outcome of theirs.
    lost: Vec<InputId>,
    /// The store has them as waiting and the machine does not follow them.
    stray: Vec<InputId>,
}

/// What the shell does once a step is durable.
#[derive(Debug, PartialEq)]
#[cfg_attr(test, derive(Clone))]
pub(crate) enum Action {
    /// Start the bound executor.
    Start(Run),
    /// Let the run go on behind its boundary, with what joined it.
    Continue { run: RunId, joined: Vec<RunInput> },
    /// Tell the executor to end the run now.
    Interrupt { run: RunId },
    /// Let go of the executor bound under the fence.
    Release { fence: Fence },
    /// Tell whoever waits for the input.
    Settle { input: InputId, outcome: InputOutcome },
    /// Start the drain.
    StartDrain { drain: DrainId },
    /// Tell the drain to end.
    InterruptDrain { drain: DrainId },
    /// Tell whoever waits for the end of the drain.
    DrainEnded { drain: DrainId, exit: DrainExit },
    /// Tell subscribers, and whoever waits for this very thing: what to do about it is the host's matter.
    Notify(MeerkatMachineEffect),
}

/// What a run left behind for the outcomes of its inputs.
#[derive(Default)]
struct Remains {
    output: Option<RunOutput>,
    detail: Option<Arc<str>>,
}

impl Core {
    /// A session that nobody registered before.
    pub(crate) fn new(session: SessionId, options: &RuntimeOptions) -> Self {
        Self {
            session,
            batch_limit: options.batch_limit,
            name_limit: options.name_limit,
            snapshot_interval: options.snapshot_interval,
            authority: MeerkatMachineAuthority::new(),
            contents: BTreeMap::new(),
            keys: HashMap::new(),
            names: Names::default(),
            boundaries: 0,
            position: 0,
            journaled: 0,
            step: Step::default(),
            effects: Vec::new(),
            defect: None,
        }
    }

    pub(crate) fn session(&self) -> &SessionId {
        &self.session
    }

    pub(crate) fn state(&self) -> &MeerkatMachineState {
        self.authority.state()
    }

    pub(crate) fn incarnation(&self) -> Incarnation {
        self.state().registration().incarnation()
    }

    pub(crate) fn current_run(&self) -> Option<RunId> {
        match self.state().lifecycle().phase() {
            LifecyclePhase::Running { run, .. } => Some(run),
            _ => None,
        }
    }

    /// Ends the step: gives what must become durable, if something must, and what to do then. The next step is for the
    /// position behind it, so a commit that fails ends this core.
    pub(crate) fn take_step(&mut self) -> Result<(Option<Commit>, Step), RuntimeError> {
        if let Some(defect) = self.defect.take() {
            return Err(*defect);
        }
        let mut step = std::mem::take(&mut self.step);
        if step.inputs.is_empty() && step.names.is_empty() {
            return Ok((None, step));
        }
        let commit = self
            .seal(&mut step)
            .map_err(|source| RuntimeError::Unencodable { session: self.session.clone(), source: Arc::new(source) })?;
        self.position += 1;
        Ok((Some(commit), step))
    }

    /// Takes the lists of a step that was carried out back, so that the next step need not allocate them.
    pub(crate) fn reuse(&mut self, mut step: Step) {
        step.inputs.clear();
        step.names.clear();
        step.actions.clear();
        step.settled_keys.clear();
        self.step = step;
    }

    /// Gives back memory that only a working session needs: a tree that was emptied keeps a node with room for eleven.
    pub(crate) fn rest(&mut self) {
        self.step.actions = Vec::new();
        self.step.settled_keys = Vec::new();
        self.step.inputs.shrink_to(SMALL);
        self.step.names = Vec::new();
        self.effects.shrink_to(SMALL);
        if self.contents.is_empty() {
            self.contents = BTreeMap::new();
        }
        if self.keys.is_empty() {
            self.keys = HashMap::new();
        }
    }

    fn seal(&mut self, step: &mut Step) -> Result<Commit, serde_json::Error> {
        let mut commit =
            Commit::new(self.session.clone(), self.position, codec::encode_entry(&step.inputs, &step.names)?);
        commit.admitted = std::mem::take(&mut step.admitted);
        commit.receipts = std::mem::take(&mut step.receipts);
        let torn = step.torn.take();
        for action in &step.actions {
            if let Action::Settle { input, outcome } = action
                && !torn.as_ref().is_some_and(|torn| torn.lost.contains(input))
            {
                let outcome = codec::encode_outcome(outcome)?;
                commit.settled.push(SettledInput { number: input.number(), outcome });
            }
        }
        for input in torn.map(|torn| torn.stray).unwrap_or_default() {
            let outcome = InputOutcome::Abandoned { reason: AbandonReason::Unreadable, detail: None };
            let outcome = codec::encode_outcome(&outcome)?;
            commit.settled.push(SettledInput { number: input.number(), outcome });
        }
        self.journaled += (step.inputs.len() + step.names.len()) as u64;
        if self.journaled > self.snapshot_interval.max(2 * self.tracked()) {
            commit.snapshot = Some(codec::encode_snapshot(self.state(), &self.coalesced(), &self.names.all())?);
            self.journaled = 0;
        }
        Ok(commit)
    }

    /// How many things the machine follows, which is what a snapshot costs.
    fn tracked(&self) -> u64 {
        self.state().ingress().len() + self.state().operations().len()
    }

    fn coalesced(&self) -> Vec<(InputId, Vec<InputId>)> {
        let parts = |content: &Content| content.coalesced.iter().map(|part| part.input).collect();
        let with_parts = self.contents.iter().filter(|(_, content)| !content.coalesced.is_empty());
        with_parts.map(|(input, content)| (*input, parts(content))).collect()
    }

    /// The epoch after this one. A session that has used them all up takes nothing more.
    fn fresh<E: Epoch>(&self, latest: E) -> Result<E, RuntimeError> {
        latest.checked_fresh().ok_or_else(|| RuntimeError::SessionGone { session: self.session.clone() })
    }

    /// Offers an input to the machine.
    fn offer(&mut self, input: MeerkatMachineInput) -> Result<(), MeerkatMachineRejection> {
        self.offer_with(input, &Remains::default())
    }

    fn offer_with(&mut self, input: MeerkatMachineInput, remains: &Remains) -> Result<(), MeerkatMachineRejection> {
        self.authority.apply(&input, &mut self.effects)?;
        self.took(input, remains);
        Ok(())
    }

    /// The machine has accepted the input: it belongs to the step, and its effects become actions.
    fn took(&mut self, input: MeerkatMachineInput, remains: &Remains) {
        self.step.inputs.push(input);
        let mut effects = std::mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            self.carry(effect, remains);
        }
        self.effects = effects;
    }

    /// Offers an input that the machine cannot refuse unless this code is wrong.
    fn insist(&mut self, input: MeerkatMachineInput, remains: &Remains) {
        if let Err(rejection) = self.offer_with(input, remains) {
            self.break_rule(rejection);
        }
    }

    fn break_rule(&mut self, source: MeerkatMachineRejection) {
        self.break_off(RuntimeError::Defect { session: self.session.clone(), source });
    }

    /// Nothing of the step may be kept: the registration ends with the first error of this kind.
    fn break_off(&mut self, defect: RuntimeError) {
        self.defect.get_or_insert_with(|| Box::new(defect));
    }

    /// `StartExecutor` and `ContinueRun` wait for the inputs that join: see `start_run` and `reach_boundary`.
    fn carry(&mut self, effect: MeerkatMachineEffect, remains: &Remains) {
        match effect {
            MeerkatMachineEffect::StartExecutor { .. } | MeerkatMachineEffect::ContinueRun { .. } => {}
            MeerkatMachineEffect::InterruptRun { run } => self.step.actions.push(Action::Interrupt { run }),
            MeerkatMachineEffect::ReleaseExecutor { fence } => self.step.actions.push(Action::Release { fence }),
            MeerkatMachineEffect::InputSettled { input, settlement } => self.settle(input, settlement, remains),
            MeerkatMachineEffect::StartDrain { drain } => self.step.actions.push(Action::StartDrain { drain }),
            MeerkatMachineEffect::InterruptDrain { drain } => self.step.actions.push(Action::InterruptDrain { drain }),
            MeerkatMachineEffect::DrainEnded { drain } => {
                let exit = self.latest_drain_end().unwrap_or(DrainExit::Clean);
                self.step.actions.push(Action::DrainEnded { drain, exit });
            }
            other => {
                self.forget_exchange(&other);
                self.step.actions.push(Action::Notify(other));
            }
        }
    }

    /// A settled input is forgotten in the step that settles it: memory does not grow with history.
    fn settle(&mut self, input: InputId, settlement: Settlement, remains: &Remains) {
        let outcome = match settlement {
            Settlement::Consumed => {
                InputOutcome::Consumed { output: remains.output.clone().unwrap_or_else(RunOutput::empty) }
            }
            Settlement::Abandoned { reason } => InputOutcome::Abandoned { reason, detail: remains.detail.clone() },
            Settlement::Superseded { by } => InputOutcome::Superseded { by },
            Settlement::Coalesced { into } => InputOutcome::Coalesced { into },
        };
        if let Some(content) = self.contents.remove(&input) {
            self.forget_content(input, content, settlement);
        }
        self.step.actions.push(Action::Settle { input, outcome });
        self.forget(MeerkatMachineInput::Forget { input });
    }

    /// Has the machine forget what is over. Without effects, so it may come in the midst of those of another input.
    fn forget(&mut self, forget: MeerkatMachineInput) {
        match self.authority.apply(&forget, &mut Vec::new()) {
            Ok(()) => self.step.inputs.push(forget),
            Err(rejection) => self.break_rule(rejection),
        }
    }

    fn forget_content(&mut self, input: InputId, content: Content, settlement: Settlement) {
        if let Some(key) = content.key {
            self.keys.remove(&key);
            self.step.settled_keys.push((key, input, content.digest));
        }
        if let Settlement::Coalesced { into } = settlement
            && let Some(target) = self.contents.get_mut(&into)
        {
            target.coalesced.push(CoalescedInput { input, prompt: content.prompt });
        }
    }

    /// What follows from the state alone: a run starts if one can, a server is connected once an executor is bound, and a
    /// session that was given up is let go of once nothing runs. Called in every step, so that nothing has to remember to
    /// wake anybody.
    pub(crate) fn advance(&mut self) {
        self.start_run();
        self.connect_servers();
        // Refused unless the session is being given up, its run has ended and its drain was joined.
        let finish = MeerkatMachineInput::FinishUnregister { incarnation: self.incarnation() };
        if self.authority.can_apply(&finish).is_ok() {
            self.insist(finish, &Remains::default());
        }
    }
}
