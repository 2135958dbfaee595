//! The one task that owns a session while it has something to do.
//!
//! It feeds letters and the end of a run to the core, makes one commit for all of them, and only then lets anybody know:
//! callers, waiters, subscribers and the executor. While a commit is in flight the mailbox fills up, which makes the next
//! batch.

mod answer;
mod changing;
mod drain;
mod ending;
mod execution;
mod feed;
mod opening;
mod transcript;
mod waiters;
mod watchers;
mod work;

use std::collections::VecDeque;
use std::sync::Arc;

use machine_spec::session::{Fence, InputId, RegistrationPhase, RunId};
use tokio::time::Instant;

use self::answer::Answer;
use self::changing::Changing;
use self::drain::PeerSide;
use self::ending::Leaving;
use self::execution::Execution;
pub(crate) use self::opening::open;
use self::waiters::Waiters;
use self::work::Followers;
use crate::cell::Cell;
use crate::command::{Command, Reply};
use crate::core::{Action, Core, RunEnd, Step};
use crate::environment::{Counters, Environment};
use crate::{
    Completion, CoreExecutor, EndReport, InterruptHandle, RecoveryReport, RuntimeError, RuntimeEvent, RuntimeEventKind,
};

/// The most letters in one commit.
const BATCH: usize = 256;

/// A session and the mechanics around it.
pub(crate) struct Owner {
    core: Core,
    executor: Option<(Fence, Arc<dyn CoreExecutor>)>,
    waiters: Waiters,
    /// Who follows operations; most sessions have none.
    followers: Option<Box<Followers>>,
    /// Who changes the model; most sessions keep theirs.
    changing: Option<Box<Changing>>,
    execution: Option<Box<Execution>>,
    /// What the host has to say to the run when it is told to end.
    interrupt_handle: Option<Arc<dyn InterruptHandle>>,
    /// Callers of stop and destroy, until no run is current and no drain at work.
    endings: Vec<(Reply<EndReport>, EndReport)>,
    leaving: Option<Box<Leaving>>,
    /// The drain of the inbox, and whoever waits for something between peers. Most sessions have nothing of it.
    peers: Option<Box<PeerSide>>,
    recovery: Option<Box<RecoveryReport>>,
}

/// Why the owner task has nothing to do any more.
enum End {
    /// The session was given up in good order.
    GivenUp,
    /// A step failed.
    Failed(RuntimeError),
    /// The runtime was dropped.
    Dropped,
}

/// Works until nothing is left to do, then lets the session rest.
pub(crate) async fn serve(mut owner: Box<Owner>, cell: Arc<Cell>) {
    let mut vigil = Vigil { cell, over: false };
    let mut batch = VecDeque::new();
    let end = loop {
        let ended = match owner.turn(&vigil.cell, &mut batch).await {
            Turn::Work(ended) => ended,
            Turn::Dropped => break End::Dropped,
            Turn::Rest => match vigil.cell.park(owner) {
                None => {
                    vigil.over = true;
                    return;
                }
                Some(back) => {
                    owner = back;
                    continue;
                }
            },
        };
        if let Err(end) = owner.step(&vigil.cell, ended, &mut batch).await {
            break end;
        }
        if owner.execution.is_some() {
            // The end of a run that returns at once, and letters that are being written, are in time for the next step.
            tokio::task::yield_now().await;
        }
    };
    owner.end(&vigil.cell, end).await;
    vigil.over = true;
}

/// Ends the registration if its task ends before its time: because it panicked, or with the tokio runtime.
struct Vigil {
    cell: Arc<Cell>,
    over: bool,
}

impl Drop for Vigil {
    fn drop(&mut self) {
        if !self.over {
            drop(self.cell.leave());
        }
    }
}

/// What the owner found to do.
enum Turn {
    /// Letters, or the end of the run, or both.
    Work(Option<(RunId, RunEnd)>),
    Rest,
    Dropped,
}

impl Owner {
    fn new(core: Core, recovery: Option<Box<RecoveryReport>>) -> Self {
        Self {
            core,
            executor: None,
            waiters: Waiters::default(),
            followers: None,
            changing: None,
            execution: None,
            interrupt_handle: None,
            endings: Vec::new(),
            leaving: None,
            peers: None,
            recovery,
        }
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    pub(crate) fn core_mut(&mut self) -> &mut Core {
        &mut self.core
    }

    pub(crate) fn set_interrupt_handle(&mut self, handle: Arc<dyn InterruptHandle>) {
        self.interrupt_handle = Some(handle);
    }

    /// What the registration found in the store.
    pub(crate) fn recovery(&self) -> RecoveryReport {
        self.recovery.as_deref().cloned().unwrap_or_default()
    }

    /// A future of an input's outcome; none if the input is not followed here any more.
    pub(crate) fn completion(&mut self, input: InputId) -> Option<Completion> {
        self.core.input_status(input)?;
        let (sender, completion) = Completion::waiting();
        self.waiters.add(input, sender);
        Some(completion)
    }

    /// Gives back memory that only a working session needs: most sessions rest, and for long.
    pub(crate) fn rest(&mut self) {
        self.core.rest();
        self.waiters.rest();
        self.peers.take_if(|peers| peers.is_idle());
        self.rest_followers();
    }

    /// Waits until there is something to do. The end of a run comes before the letters: a letter of its executor that is
    /// still in the mailbox is too late.
    async fn turn(&mut self, cell: &Cell, batch: &mut VecDeque<Command>) -> Turn {
        loop {
            if cell.environment().dropped.is_cancelled() {
                return Turn::Dropped;
            }
            // A mailbox that never empties must not keep the thread from everybody else.
            tokio::task::coop::consume_budget().await;
            self.keep_time(cell);
            let ended = self.ended().await;
            cell.take(batch, BATCH);
            if ended.is_some() || self.is_drain_over() || !batch.is_empty() {
                return Turn::Work(ended);
            }
            if self.execution.is_none() && !self.has_drain() {
                return Turn::Rest;
            }
            self.wait(cell).await;
        }
    }

    /// The end of the run, if it has ended.
    async fn ended(&mut self) -> Option<(RunId, RunEnd)> {
        if !self.execution.as_ref()?.is_finished() {
            return None;
        }
        let execution = self.execution.take()?;
        Some((execution.run(), execution.conclude().await))
    }

    /// Waits for a letter, the end of the run, or the next deadline.
    async fn wait(&mut self, cell: &Cell) {
        let deadline = self.deadline();
        let (execution, peers) = (&mut self.execution, &mut self.peers);
        tokio::select! {
            () = cell.rung() => {}
            () = execution::finished(execution) => {}
            () = drain::finished(peers) => {}
            () = until(deadline) => {}
            () = cell.environment().dropped.cancelled() => {}
        }
    }

    /// Tells the run to end when the session's time is up, and aborts it when its grace is over.
    fn keep_time(&mut self, cell: &Cell) {
        self.keep_drain_time();
        if self.execution.is_none() {
            return;
        }
        let now = Instant::now();
        if self.leaving.as_ref().is_some_and(|leaving| now >= leaving.interrupt_at)
            && let Some(run) = self.interrupt_run(cell)
            && let Some(leaving) = &mut self.leaving
        {
            leaving.interrupted = Some(run);
        }
        if let Some(execution) = &mut self.execution {
            execution.abort_if_overdue(now);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        [self.run_deadline(), self.drain_deadline()].into_iter().flatten().min()
    }

    fn run_deadline(&self) -> Option<Instant> {
        let execution = self.execution.as_ref()?;
        let leaving = self.leaving.as_ref().map(|leaving| leaving.interrupt_at);
        execution.abort_at().or(if execution.is_interrupted() { None } else { leaving })
    }

    /// Tells the run to end now; none if there is none, or if it was told before.
    fn interrupt_run(&mut self, cell: &Cell) -> Option<RunId> {
        let execution = self.execution.as_mut()?;
        execution.interrupt(Instant::now(), cell, self.interrupt_handle.as_ref()).then_some(execution.run())
    }

    /// One step: the core takes what happened, the store makes it durable, the world is told.
    async fn step(
        &mut self,
        cell: &Arc<Cell>,
        ended: Option<(RunId, RunEnd)>,
        batch: &mut VecDeque<Command>,
    ) -> Result<(), End> {
        let known = self.look_up(cell, self.unknown_keys(batch)).await;
        if let Some((run, end)) = ended {
            self.core.finish_run(run, end);
        }
        self.conclude_drain().await;
        let mut answers = Vec::with_capacity(batch.len());
        for command in batch.drain(..) {
            answers.extend(self.feed(cell, command, &known));
        }
        // Only now: a letter that gives the session up keeps the next run from starting.
        self.core.advance();
        match self.commit(cell.environment()).await {
            Ok(step) => self.release(cell, step, answers),
            Err(end) => {
                if let End::Failed(error) = &end {
                    answers.into_iter().for_each(|answer| answer.fail(error));
                }
                Err(end)
            }
        }
    }

    async fn commit(&mut self, environment: &Environment) -> Result<Step, End> {
        let (commit, step) = self.core.take_step().map_err(End::Failed)?;
        let Some(commit) = commit else { return Ok(step) };
        let result = tokio::select! {
            biased;
            result = environment.store.commit(commit) => result,
            () = environment.dropped.cancelled() => return Err(End::Dropped),
        };
        result.map_err(|source| {
            End::Failed(RuntimeError::Store { session: self.core.session().clone(), source: Arc::new(source) })
        })?;
        Counters::add(&environment.counters.commits, 1);
        Counters::add(&environment.counters.steps, step.inputs.len() as u64);
        Ok(step)
    }

    /// Everything up to here is durable.
    fn release(&mut self, cell: &Arc<Cell>, mut step: Step, answers: Vec<Answer>) -> Result<(), End> {
        transcript::step(&self.core, &step);
        self.announce(cell.environment(), &step);
        for action in step.actions.drain(..) {
            self.carry_out(cell, action);
        }
        self.ask_host(cell);
        self.core.reuse(step);
        cell.show_run(self.core.current_run());
        answers.into_iter().for_each(Answer::give);
        if self.core.current_run().is_none() && !self.has_drain() {
            self.endings.drain(..).for_each(|(reply, report)| answer::tell(reply, Ok(report)));
        }
        match self.core.state().registration().phase() {
            RegistrationPhase::Absent => Err(End::GivenUp),
            _ => Ok(()),
        }
    }

    fn carry_out(&mut self, cell: &Arc<Cell>, action: Action) {
        match action {
            Action::Start(run) => {
                Counters::add(&cell.environment().counters.runs, 1);
                let executor = self.executor.as_ref().map(|(_, executor)| Arc::clone(executor));
                self.execution = Some(Box::new(Execution::start(cell, executor, run)));
            }
            Action::Continue { run, joined } => {
                if let Some(execution) = self.execution_of(run) {
                    execution.hand_over(joined);
                }
            }
            Action::Interrupt { run } => {
                if self.execution_of(run).is_some() {
                    self.interrupt_run(cell);
                }
            }
            Action::Release { fence } => self.release_executor(fence),
            Action::StartDrain { drain } => self.start_drain(cell, drain),
            Action::InterruptDrain { drain } => self.interrupt_drain(cell, drain),
            Action::DrainEnded { drain, exit } => self.tell_drain_end(drain, exit),
            // Announced with the step as well.
            Action::Notify(effect) => {
                self.tell_exchange(&effect);
                self.tell_followers(&effect);
                self.tell_change(&effect);
            }
            Action::Settle { input, outcome } => {
                Counters::add(&cell.environment().counters.settled, 1);
                self.waiters.tell(input, &outcome);
            }
        }
    }

    fn execution_of(&mut self, run: RunId) -> Option<&mut Box<Execution>> {
        self.execution.as_mut().filter(|execution| execution.run() == run)
    }

    fn release_executor(&mut self, fence: Fence) {
        self.executor.take_if(|(bound, _)| *bound == fence);
    }

    /// An event per accepted machine input; a settled input is forgotten at once, which gives its outcome the place. The
    /// effects that are for the host follow the inputs of their step.
    #[allow(clippy::clone_on_copy, reason = "an effect need not be a plain value")]
    fn announce(&self, environment: &Environment, step: &Step) {
        if environment.events.receiver_count() == 0 {
            return;
        }
        let mut outcomes = step.actions.iter().filter_map(|action| match action {
            Action::Settle { input, outcome } => Some((*input, outcome.clone())),
            _ => None,
        });
        for machine_input in &step.inputs {
            let kind = match machine_input {
                machine_spec::session::MeerkatMachineInput::Forget { .. } => {
                    outcomes.next().map(|(input, outcome)| RuntimeEventKind::InputSettled { input, outcome })
                }
                other => RuntimeEventKind::of(other),
            };
            if let Some(kind) = kind {
                self.announce_one(environment, kind);
            }
        }
        for action in &step.actions {
            if let Action::Notify(effect) = action {
                self.announce_one(environment, RuntimeEventKind::Effect(effect.clone()));
            }
        }
    }

    fn announce_one(&self, environment: &Environment, kind: RuntimeEventKind) {
        environment.announce(|| RuntimeEvent {
            session: self.core.session().clone(),
            incarnation: self.core.incarnation(),
            kind,
        });
    }
}

/// Resolves at the deadline; never without one, and then without needing a clock.
async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
