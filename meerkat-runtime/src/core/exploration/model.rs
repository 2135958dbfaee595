//! What may happen next, and what must hold whatever did.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use machine_spec::session::{CancelPoint, Fence, InputId, LifecyclePhase, RegistrationPhase, RunId};
use stateright::{Model, Property};

use super::graph::Graph;
use super::journal::Journal;
use super::ledger::{Budget, Form, Ledger, Promise};
use super::process::{Process, Return, Stage};
use crate::{AbandonReason, InputOutcome, codec};

/// What the surroundings of the core do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// Recovery is not given the inputs that the lost run had.
    RecoveryForgetsRuns,
    /// The shell carries a step out before it is durable.
    ToldBeforeCommit,
    /// The end of an earlier run is taken for the end of the current one.
    LateEnd,
    /// The shell goes on after a commit that failed.
    FailureIgnored,
    /// Once an input was taken in, no process takes the session over any more.
    NoRestart,
}

/// How far the exploration goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) budget: Budget,
    /// How many submissions the host makes.
    pub(super) submissions: usize,
    /// How many letters a step may have.
    pub(super) batch: u8,
}

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Happening {
    Register,
    Submit {
        submission: usize,
        form: Form,
    },
    Wake,
    Withdraw(InputId),
    Cancel(RunId, CancelPoint),
    Retire,
    Recycle,
    Reset,
    Stop,
    Destroy,
    Attach,
    FinishAttach(Fence),
    AbandonAttach(Fence),
    Detach,
    Unregister,
    Boundary(RunId),
    Return(Return),
    /// An earlier run's executor returns; see [`Fault::LateEnd`].
    ReturnLate,
    /// The owner ends the step.
    Seal,
    /// The store has the step.
    Stored,
    /// The store says that it failed; whether it has the step nobody knows.
    StoreFailed {
        kept: bool,
    },
    /// The owner tells everybody.
    Tell,
    /// The process dies.
    Crash,
}

/// Everything: the store, the process, and what the host knows.
#[derive(Clone)]
pub(super) struct World {
    pub(super) journal: Journal,
    pub(super) process: Option<Process>,
    pub(super) ledger: Ledger,
    pub(super) budget: Budget,
}

impl World {
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// Everything that was taken in is settled, and nobody waits.
    fn is_done(&self) -> bool {
        let quiet = match &self.process {
            Some(process) => process.is_quiet(),
            None => self.journal.state().lifecycle().phase() == LifecyclePhase::Destroyed,
        };
        quiet && self.journal.rows.values().all(|row| row.outcome.is_some())
    }

    /// Whether the process is between two steps.
    fn resting(&self) -> Option<&Process> {
        self.process.as_ref().filter(|process| matches!(process.stage, Stage::Feeding) && !process.has_letters())
    }

    fn outcome(&self, input: InputId) -> Option<InputOutcome> {
        let outcome = self.journal.rows.get(&input)?.outcome.as_deref()?;
        codec::decode_outcome(outcome).ok()
    }

    /// The store follows what it has not settled, and settles nothing because it could not be read.
    fn loses_nothing(&self) -> bool {
        let unsettled = self.journal.rows.iter().filter(|(_, row)| row.outcome.is_none()).map(|(input, _)| *input);
        let unreadable = |input: &InputId| {
            matches!(self.outcome(*input), Some(InputOutcome::Abandoned { reason: AbandonReason::Unreadable, .. }))
        };
        unsettled.eq(self.journal.state().ingress().iter().map(|instance| instance.key()))
            && self.ledger.acknowledged.iter().flatten().all(|input| self.journal.rows.contains_key(input))
            && !self.journal.rows.keys().any(unreadable)
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (&self.journal, &self.process, &self.ledger, self.budget).hash(hasher);
    }
}

impl PartialEq for World {
    /// The same in everything that later steps depend on.
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint() == other.fingerprint()
    }
}

impl fmt::Debug for World {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let core = self.process.as_ref().map(|process| process.core.state().lifecycle().phase());
        let mut shown = formatter.debug_struct("World");
        shown.field("lifecycle", &core).field("rows", &self.journal.rows).field("ledger", &self.ledger);
        shown.field("in_flight", &self.process.as_ref().map(Process::in_flight)).finish()
    }
}

pub(super) struct CoreModel {
    pub(super) limits: Limits,
    pub(super) fault: Fault,
    pub(super) graph: Arc<Graph>,
}

impl CoreModel {
    fn host(&self, world: &World, process: &Process, actions: &mut Vec<Happening>) {
        let spare = world.budget.commands > 0;
        for submission in 0..self.limits.submissions {
            if submission == 0 || world.ledger.forms[0].is_some() {
                let asks = spare || world.ledger.acknowledged[submission].is_none();
                actions.extend(
                    forms(world, submission)
                        .into_iter()
                        .filter(|_| asks)
                        .map(|form| Happening::Submit { submission, form }),
                );
            }
        }
        actions.extend([Happening::Wake, Happening::Attach]);
        actions.extend(process.claims.iter().copied().map(Happening::FinishAttach));
        if !spare {
            return;
        }
        use Happening::{Destroy, Detach, Recycle, Reset, Retire, Stop, Unregister};
        actions.extend([Retire, Recycle, Reset, Stop, Destroy, Detach, Unregister]);
        actions.extend(process.claims.iter().copied().map(Happening::AbandonAttach));
        actions.extend(world.journal.rows.keys().copied().map(Happening::Withdraw));
        if let Some(run) = process.core.current_run() {
            let points = [CancelPoint::Boundary, CancelPoint::Now];
            actions.extend(points.map(|point| Happening::Cancel(run, point)));
        }
    }

    fn executor(&self, process: &Process, actions: &mut Vec<Happening>) {
        let Some(run) = process.execution else { return };
        if process.core.boundaries == 0 && process.core.current_run() == Some(run) {
            actions.push(Happening::Boundary(run));
        }
        // The owner takes the end of a run before every letter of the same step.
        if !process.has_letters() {
            let ends = [Return::Completed, Return::Failed { retry: true }, Return::Failed { retry: false }];
            actions.extend(ends.map(Happening::Return));
            if self.fault == Fault::LateEnd && run.number() > 1 {
                actions.push(Happening::ReturnLate);
            }
        }
    }

    fn store(&self, world: &World, process: &Process, actions: &mut Vec<Happening>) {
        match process.stage {
            Stage::Feeding => {}
            Stage::Durable(_) => actions.push(Happening::Tell),
            Stage::Committing(_) => {
                actions.push(Happening::Stored);
                if world.budget.faults > 0 {
                    actions.extend([true, false].map(|kept| Happening::StoreFailed { kept }));
                }
            }
        }
    }

    fn fails(&self, world: &mut World, kept: bool) {
        world.budget.faults -= 1;
        let (ledger, journal) = (&mut world.ledger, &mut world.journal);
        if let Some(process) = &mut world.process
            && kept
        {
            process.stored(journal, ledger);
        }
        if self.fault == Fault::FailureIgnored {
            if let Some(process) = &mut world.process {
                process.stage = Stage::Feeding;
            }
        } else {
            // Waiters and callers are told that the registration has ended, and the run is joined.
            world.process = None;
        }
    }

    /// What a letter, or the end of a run, does in the process that has the session.
    fn feed(&self, world: &mut World, happening: Happening) {
        let (ledger, journal) = (&mut world.ledger, &world.journal);
        let Some(process) = &mut world.process else { return };
        match happening {
            Happening::Submit { submission, form } => {
                ledger.forms[submission] = Some(form);
                process.submit(submission, form, journal);
            }
            Happening::Wake => drop(process.core().wake()),
            Happening::Withdraw(input) => drop(process.core().withdraw(input)),
            Happening::Cancel(run, point) => drop(process.core().cancel_run(run, point)),
            Happening::Retire => drop(process.core().retire()),
            Happening::Recycle => drop(process.core().recycle()),
            Happening::Reset => drop(process.core().reset()),
            Happening::Detach => drop(process.core().detach()),
            Happening::Stop => process.end_session(|core| core.stop().is_ok()),
            Happening::Destroy => process.end_session(|core| core.destroy().is_ok()),
            Happening::Attach => process.begin_attach(),
            Happening::FinishAttach(fence) => process.finish_attach(fence),
            Happening::AbandonAttach(fence) => process.abandon_attach(fence),
            Happening::Unregister => process.leaving |= process.core().unregister().is_ok(),
            Happening::Boundary(run) => drop(process.core().reach_boundary(run)),
            Happening::Return(end) => process.finish_run(end),
            Happening::ReturnLate => {
                if let Some(run) = process.execution {
                    process.core().finish_run(run, Return::Completed.run_end());
                }
            }
            _ => return,
        }
        process.letters += 1;
    }
}

/// The ways in which a submission can be made: one that was made before is made again as it was.
fn forms(world: &World, submission: usize) -> Vec<Form> {
    if let Some(form) = world.ledger.forms[submission] {
        return vec![form];
    }
    if submission == 0 {
        return vec![Form::Wakes, Form::Silent];
    }
    let mut forms = vec![Form::Wakes, Form::Steers];
    if let Some(first) = world.ledger.acknowledged[0] {
        forms.extend([Form::Supersedes(first), Form::Coalesces(first)]);
    }
    forms
}

/// Whether it is one of the things that a session does not need in order to come to an end.
fn is_command(world: &World, happening: Happening) -> bool {
    use Happening as H;
    match happening {
        H::Submit { submission, .. } => world.ledger.acknowledged[submission].is_some(),
        H::Withdraw(_) | H::Cancel(..) | H::Retire | H::Recycle | H::Reset | H::Stop | H::Destroy => true,
        H::AbandonAttach(_) | H::Detach | H::Unregister => true,
        _ => false,
    }
}

impl Model for CoreModel {
    type State = World;
    type Action = Happening;

    fn init_states(&self) -> Vec<World> {
        let budget = self.limits.budget;
        vec![World { journal: Journal::new(), process: None, ledger: Ledger::default(), budget }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Happening>) {
        self.graph.visit(world.fingerprint(), world.is_done());
        if world.ledger.broken.is_some() {
            return;
        }
        let Some(process) = &world.process else {
            if self.fault != Fault::NoRestart || world.journal.rows.is_empty() {
                actions.push(Happening::Register);
            }
            return;
        };
        if let Stage::Feeding = process.stage {
            if process.letters < self.limits.batch {
                self.host(world, process, actions);
                self.executor(process, actions);
            }
            if process.has_letters() {
                actions.push(Happening::Seal);
            }
        }
        self.store(world, process, actions);
        if world.budget.faults > 0 {
            actions.push(Happening::Crash);
        }
    }

    fn next_state(&self, before: &World, happening: Happening) -> Option<World> {
        let mut world = before.clone();
        let (ledger, journal) = (&mut world.ledger, &mut world.journal);
        match happening {
            Happening::Register => world.process = Process::register(journal, ledger, self.fault),
            Happening::Seal => world.process.as_mut()?.seal(journal, ledger, self.fault),
            Happening::Stored => world.process.as_mut()?.stored(journal, ledger),
            Happening::Tell => {
                if !world.process.as_mut()?.tell(journal, ledger) {
                    world.process = None;
                }
            }
            Happening::StoreFailed { kept } => self.fails(&mut world, kept),
            Happening::Crash => {
                world.budget.faults -= 1;
                world.process = None;
            }
            letter => {
                world.budget.commands -= u8::from(is_command(before, letter));
                self.feed(&mut world, letter);
            }
        }
        self.graph.step(before.fingerprint(), world.fingerprint());
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("no acknowledged input is lost", |_, world: &World| world.loses_nothing()),
            Property::always("no input is admitted, consumed or settled twice", |_, world: &World| {
                world.ledger.broken != Some(Promise::Once)
            }),
            Property::always("every waiter is told once, and nobody waits for nothing", |_, world: &World| {
                world.ledger.broken != Some(Promise::Told)
                    && world.process.as_ref().is_none_or(|process| process.owes_only_what_comes(&world.journal))
            }),
            Property::always("runs are one at a time, and start with durable inputs", |_, world: &World| {
                world.ledger.broken != Some(Promise::Run)
            }),
            Property::always("nothing is told before it is durable", |_, world: &World| {
                world.ledger.broken != Some(Promise::Durable)
            }),
            Property::always("the store takes every step of its only writer", |_, world: &World| {
                world.ledger.broken != Some(Promise::Stored)
            }),
            Property::always("the core breaks no rule of its own", |_, world: &World| {
                world.ledger.broken != Some(Promise::Whole)
            }),
            Property::always("what is in memory is what is stored", |_, world: &World| {
                world.process.as_ref().is_none_or(|process| process.agrees_with(&world.journal))
            }),
            Property::always("a late callback changes nothing", |_, world: &World| {
                world.resting().is_none_or(|process| process.refuses_the_past() && process.commits_no_late_end())
            }),
            Property::sometimes("an input is consumed at its second attempt", |_, world: &World| {
                let ran_twice = world.journal.state().lifecycle().last_run().number() == 2;
                ran_twice && world.journal.rows.len() == 1 && consumed(world) == 1
            }),
            Property::sometimes("two inputs are consumed", |_, world: &World| consumed(world) == 2),
            Property::sometimes("a session is given up while it runs", |_, world: &World| {
                world.resting().is_some_and(|process| {
                    process.execution.is_some()
                        && process.core.state().registration().phase() == RegistrationPhase::Draining
                })
            }),
        ]
    }
}

fn consumed(world: &World) -> usize {
    let consumed = |input: &&InputId| matches!(world.outcome(**input), Some(InputOutcome::Consumed { .. }));
    world.journal.rows.keys().filter(consumed).count()
}
