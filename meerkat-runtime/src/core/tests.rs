//! Stories of the core, and random ones: whatever is asked in whatever order, what is stored replays to the same state,
//! at most one run is current, every input is settled once, and recovery has an outcome for every stored shape.

mod beside;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use machine_spec::session::{
    AbandonReason, CancelPoint, DrainExit, DrainId, Fence, InputId, Lane, MeerkatMachineInput, Primitive,
    RegistrationPhase, RunId, TurnLimit,
};
use proptest::prelude::*;

use super::recovery::Recovery;
use super::{Action, Core, RunEnd};
use crate::store::{Commit, MemoryStore, RuntimeStore, StoreError};
use crate::{ExecutorError, InputOutcome, RunOutput, RuntimeOptions, SessionId, Submission};

/// The memory store answers at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the memory store never waits"),
    }
}

fn session() -> SessionId {
    SessionId::new("s").unwrap()
}

/// A core, its store, and what a shell would remember.
struct World {
    store: MemoryStore,
    options: RuntimeOptions,
    core: Core,
    claim: Option<Fence>,
    run: Option<RunId>,
    drain_task: Option<DrainId>,
    settled: Vec<(InputId, InputOutcome)>,
}

impl World {
    fn new(snapshot_interval: u64) -> Self {
        let options = RuntimeOptions { snapshot_interval, batch_limit: 2, ..RuntimeOptions::default() };
        let core = Recovery::fresh(session(), &options).take_over(&options).unwrap().0;
        let store = MemoryStore::new();
        let mut world = Self { store, options, core, claim: None, run: None, drain_task: None, settled: Vec::new() };
        world.commit();
        world
    }

    /// Ends the step as the owner does.
    fn commit(&mut self) -> Vec<MeerkatMachineInput> {
        self.core.advance();
        let (commit, step) = self.core.take_step().unwrap();
        if let Some(commit) = commit {
            self.store_it(commit).unwrap();
        }
        for action in step.actions {
            match action {
                Action::Start(run) => {
                    assert_eq!(self.run.replace(run.run), None, "one run at a time");
                    assert!(!run.inputs.is_empty());
                }
                Action::Settle { input, outcome } => self.settled.push((input, outcome)),
                Action::Continue { run, .. } | Action::Interrupt { run } => assert_eq!(self.run, Some(run)),
                Action::Release { .. } | Action::Notify(_) => {}
                Action::StartDrain { drain } => assert_eq!(self.drain_task.replace(drain), None, "one drain at a time"),
                Action::InterruptDrain { drain } => assert_eq!(self.drain_task, Some(drain)),
                Action::DrainEnded { drain, .. } => {
                    assert!(drain <= self.core.state().comms_drain().last_drain());
                    assert_eq!(self.drain_task, None, "an end is told when the task was joined");
                }
            }
        }
        step.inputs
    }

    fn store_it(&self, commit: Commit) -> Result<(), StoreError> {
        now(self.store.commit(commit))
    }

    /// The process dies, and the next one takes the session over.
    fn crash(&mut self) {
        let stored = now(self.store.load(&session())).unwrap().unwrap();
        let mut recovery = Recovery::replay(session(), &self.options, &stored).unwrap();
        assert_eq!(recovery.core.state(), self.core.state(), "what is stored replays to the same state");
        for (into, input) in recovery.wanted() {
            let part = now(self.store.input(&session(), input.number())).unwrap();
            recovery.take_part(into, input, part.as_ref());
        }
        assert_eq!(recovery.core.names.all(), self.core.names.all());
        for (input, content) in &self.core.contents {
            assert_eq!(recovery.core.contents[input].coalesced, content.coalesced);
        }
        self.core = recovery.take_over(&self.options).unwrap().0;
        (self.claim, self.run, self.drain_task) = (None, None, None);
        self.commit();
    }

    /// The owner takes the end of a run before everything else of its step.
    fn finish(&mut self, end: RunEnd) {
        self.commit();
        if let Some(run) = self.run.take() {
            self.core.finish_run(run, end);
        }
    }

    /// The task of the drain has ended, and the owner joins it.
    fn join_drain(&mut self, exit: DrainExit) {
        self.commit();
        if let Some(drain) = self.drain_task.take() {
            self.core.drain_exited(drain, exit);
        }
    }

    fn attach(&mut self) {
        if let Ok(fence) = self.core.begin_attach() {
            self.claim = Some(fence);
        }
    }

    /// Attaches, and completes runs until nothing waits.
    fn drain(&mut self) {
        if let Some(fence) = self.claim.take() {
            drop(self.core.abandon_attach(fence));
        }
        self.finish(RunEnd::Completed(RunOutput::empty()));
        self.commit();
        self.attach();
        if let Some(fence) = self.claim.take() {
            self.core.finish_attach(fence).unwrap();
        }
        drop(self.core.wake());
        self.commit();
        while self.run.is_some() {
            self.finish(RunEnd::Completed(RunOutput::empty()));
            self.commit();
        }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Accept { lane: Lane, wakes: bool, relation: u8, target: u64, key: Option<u8> },
    Wake,
    Recycle,
    Intern { name: u8 },
    Attach,
    FinishAttach,
    AbandonAttach,
    Detach,
    Boundary,
    Cancel { point: CancelPoint, ago: u64 },
    Withdraw { target: u64 },
    Complete,
    Fail { retry: bool },
    Retire,
    Stop,
    Reset,
    Beside(beside::Beside),
    Commit,
    Crash,
}

/// Any call; of 41 that are not about what goes on beside the inputs there are so many that are.
fn op(beside: u32) -> impl Strategy<Value = Op> {
    let lane = prop_oneof![Just(Lane::Queue), Just(Lane::Steer)];
    let point = prop_oneof![Just(CancelPoint::Boundary), Just(CancelPoint::Now)];
    prop_oneof![
        6 => (lane, any::<bool>(), 0..4_u8, 1..8_u64, proptest::option::of(0..4_u8))
            .prop_map(|(lane, wakes, relation, target, key)| Op::Accept { lane, wakes, relation, target, key }),
        1 => Just(Op::Wake),
        1 => Just(Op::Recycle),
        1 => (0..6_u8).prop_map(|name| Op::Intern { name }),
        6 => Just(Op::Attach),
        6 => Just(Op::FinishAttach),
        1 => Just(Op::AbandonAttach),
        1 => Just(Op::Detach),
        2 => Just(Op::Boundary),
        1 => (point, 0..2_u64).prop_map(|(point, ago)| Op::Cancel { point, ago }),
        1 => (1..8_u64).prop_map(|target| Op::Withdraw { target }),
        3 => Just(Op::Complete),
        2 => any::<bool>().prop_map(|retry| Op::Fail { retry }),
        1 => Just(Op::Retire),
        1 => Just(Op::Stop),
        1 => Just(Op::Reset),
        beside => beside::beside().prop_map(Op::Beside),
        4 => Just(Op::Commit),
        1 => Just(Op::Crash),
    ]
}

/// Refusals are part of the play.
fn play(world: &mut World, op: &Op) {
    match *op {
        Op::Accept { lane, wakes, relation, target, key } => accept(world, lane, wakes, relation, target, key),
        Op::Wake => drop(world.core.wake()),
        Op::Recycle => drop(world.core.recycle()),
        Op::Intern { name } => {
            let name = world.core.transact(|core| core.intern(super::NameKind::Tool, &format!("tool {name}")));
            assert!(name.is_ok_and(|number| number <= 6));
        }
        Op::Attach => world.attach(),
        Op::FinishAttach => {
            if let Some(fence) = world.claim.take() {
                drop(world.core.finish_attach(fence));
            }
        }
        Op::AbandonAttach => {
            if let Some(fence) = world.claim.take() {
                drop(world.core.abandon_attach(fence));
            }
        }
        Op::Detach => drop(world.core.detach()),
        Op::Boundary => {
            if let Some(run) = world.run {
                world.core.reach_boundary(run).unwrap();
            }
        }
        Op::Cancel { point, ago } => {
            let run = RunId::from_number(world.core.state().lifecycle().last_run().number().saturating_sub(ago));
            drop(world.core.cancel_run(run, point));
        }
        Op::Withdraw { target } => drop(world.core.withdraw(InputId::from_number(target))),
        Op::Complete => world.finish(RunEnd::Completed(RunOutput::text("done"))),
        Op::Fail { retry: true } => world.finish(RunEnd::Failed(ExecutorError::retryable("again"))),
        Op::Fail { retry: false } => world.finish(RunEnd::Failed(ExecutorError::fatal("never"))),
        Op::Retire => drop(world.core.retire()),
        Op::Stop => drop(world.core.stop()),
        Op::Reset => drop(world.core.reset()),
        Op::Beside(beside) => beside::play(world, beside),
        Op::Commit => drop(world.commit()),
        Op::Crash => {
            world.commit();
            world.crash();
        }
    }
    // A run starts in the step of what made it possible, and the shell knows of it at the next commit only.
    world.core.advance();
    if world.core.current_run() != world.run {
        world.commit();
    }
}

fn accept(world: &mut World, lane: Lane, wakes: bool, relation: u8, target: u64, key: Option<u8>) {
    let target = InputId::from_number(target);
    let submission = Submission::prompt("text").lane(lane);
    let mut submission = if wakes { submission } else { submission.without_wake() };
    submission = match relation {
        1 => submission.superseding(target),
        2 => submission.coalescing_into(target),
        _ => submission,
    };
    let mut known = None;
    if let Some(key) = key {
        submission = submission.idempotency_key(format!("{key}"));
        let keys = vec![submission.key.clone().unwrap()];
        known = now(world.store.find_by_key(&session(), keys)).unwrap().pop().flatten();
    }
    let before = (world.core.state().clone(), world.core.step.inputs.len());
    if world.core.accept(&submission, known.as_ref()).is_err() {
        let after = (world.core.state().clone(), world.core.step.inputs.len());
        assert_eq!(before, after, "a refused submission leaves no trace");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_the_store_and_the_machine_agree(
        ops in prop_oneof![
            3 => proptest::collection::vec(op(12), 1..60),
            1 => proptest::collection::vec(op(70), 150..300),
        ],
        snapshot_interval in prop_oneof![Just(0_u64), Just(8), Just(1_000)],
    ) {
        let mut world = World::new(snapshot_interval);
        for op in &ops {
            play(&mut world, op);
        }
        world.commit();
        world.crash();
        world.drain();
        prop_assert_eq!(world.core.state().ingress().len(), 0);
        prop_assert!(world.core.contents.is_empty() && world.core.keys.is_empty());
        let stored = now(world.store.inputs(&session(), None, 1_000)).unwrap();
        prop_assert_eq!(stored.len() as u64, world.core.state().admission().last_input().number());
        prop_assert!(stored.iter().all(|input| input.outcome.is_some()));
        let mut settled: Vec<_> = world.settled.iter().map(|(input, _)| input.number()).collect();
        settled.sort_unstable();
        settled.dedup();
        prop_assert_eq!(settled.len(), world.settled.len(), "an input is settled once");
    }
}

#[test]
fn the_end_of_a_run_and_the_start_of_the_next_are_one_step() {
    let mut world = World::new(1_000);
    world.attach();
    let fence = world.claim.take().unwrap();
    world.core.finish_attach(fence).unwrap();
    for text in ["a", "b"] {
        world.core.accept(&Submission::prompt(text), None).unwrap();
    }
    world.commit();
    world.finish(RunEnd::Completed(RunOutput::text("done")));
    let steps = world.commit();
    let names: Vec<_> =
        steps.iter().map(|step| format!("{step:?}").split([' ', '(']).next().unwrap().to_owned()).collect();
    assert_eq!(names, ["ReachBoundary", "FinishRun", "Forget", "StartRun"]);
    assert_eq!(world.run, Some(RunId::from_number(2)));
}

#[test]
fn an_input_that_cannot_be_read_is_settled_alone() {
    let mut world = World::new(1_000);
    for text in ["a", "b", "c"] {
        world.core.accept(&Submission::prompt(text), None).unwrap();
    }
    world.commit();
    let mut stored = now(world.store.load(&session())).unwrap().unwrap();
    stored.unsettled[1].payload = [0xff].into();
    let recovery = Recovery::replay(session(), &world.options, &stored).unwrap();
    world.core = recovery.take_over(&world.options).unwrap().0;
    world.commit();
    assert_eq!(world.settled.len(), 1);
    let (input, outcome) = &world.settled[0];
    assert_eq!(input.number(), 2);
    assert!(matches!(outcome, InputOutcome::Abandoned { reason: crate::AbandonReason::Unreadable, .. }));
    assert_eq!(world.core.state().ingress().waiting().len(), 2);
}

#[test]
fn rows_that_contradict_the_machine_quarantine_the_session() {
    let mut world = World::new(1_000);
    world.core.accept(&Submission::prompt("a"), None).unwrap();
    world.commit();
    let stored = now(world.store.load(&session())).unwrap().unwrap();
    let code = |change: &dyn Fn(&mut crate::store::StoredSession)| {
        let mut changed = stored.clone();
        change(&mut changed);
        Recovery::replay(session(), &world.options, &changed).map(drop).unwrap_err().code()
    };
    assert_eq!(code(&|stored| stored.unsettled[0].number = 9), "recovery.content_unexpected");
    assert_eq!(code(&|stored| drop(stored.journal.pop())), "recovery.entry_missing");
    assert_eq!(code(&|stored| stored.journal[1].entry.clear()), "recovery.entry_unreadable");
    assert_eq!(code(&|stored| stored.journal[1].entry = stored.journal[0].entry.clone()), "recovery.entry_refused");
}

/// A session with every kind of row: a snapshot, a journal, names, a part, a settled input.
fn stored_world(snapshot_interval: u64) -> (World, crate::store::StoredSession) {
    let mut world = World::new(snapshot_interval);
    let first = world.core.accept(&Submission::prompt("a"), None).unwrap().receipt.input;
    world.core.accept(&Submission::prompt("b").coalescing_into(first), None).unwrap();
    world.core.transact(|core| core.intern(super::NameKind::Tool, "search")).unwrap();
    world.commit();
    world.attach();
    let fence = world.claim.take().unwrap();
    world.core.finish_attach(fence).unwrap();
    world.core.accept(&Submission::prompt("c").lane(Lane::Steer).idempotency_key("c"), None).unwrap();
    world.commit();
    let stored = now(world.store.load(&session())).unwrap().unwrap();
    (world, stored)
}

/// Every way in which a row may be cut short, and one wrong bit at every place.
fn damaged(bytes: &[u8]) -> Vec<Vec<u8>> {
    let cut = (0..bytes.len()).map(|length| bytes[..length].to_vec());
    let flipped = (0..bytes.len() * 8).map(|bit| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    });
    cut.chain(flipped).collect()
}

/// Whatever is stored, recovery comes to an end: with a session that can commit, or with an error.
fn recovers(world: &World, stored: &crate::store::StoredSession) -> bool {
    let Ok(mut recovery) = Recovery::replay(session(), &world.options, stored) else { return false };
    for (into, input) in recovery.wanted() {
        let part = now(world.store.input(&session(), input.number())).unwrap();
        recovery.take_part(into, input, part.as_ref());
    }
    let Ok((mut core, _)) = recovery.take_over(&world.options) else { return false };
    core.advance();
    core.take_step().is_ok()
}

#[test]
fn a_wrong_bit_anywhere_is_an_error_or_another_session_and_never_a_panic() {
    let mut tried = 0;
    for snapshot_interval in [0, 1_000] {
        let (world, stored) = stored_world(snapshot_interval);
        assert!(recovers(&world, &stored));
        for row in 0..stored.journal.len() {
            for entry in damaged(&stored.journal[row].entry) {
                let mut changed = stored.clone();
                changed.journal[row].entry = entry;
                recovers(&world, &changed);
                tried += 1;
            }
        }
        for state in stored.snapshot.iter().flat_map(|snapshot| damaged(&snapshot.state)) {
            let mut changed = stored.clone();
            changed.snapshot.as_mut().unwrap().state = state;
            recovers(&world, &changed);
            tried += 1;
        }
        for row in 0..stored.unsettled.len() {
            for payload in damaged(&stored.unsettled[row].payload) {
                let mut changed = stored.clone();
                changed.unsettled[row].payload = payload.into();
                assert!(recovers(&world, &changed), "content harms its own input only");
                tried += 1;
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
}

#[test]
fn positions_and_numbers_at_the_end_of_their_range_are_no_panic() {
    let (world, stored) = stored_world(0);
    for number in [0, 1, u64::MAX - 1, u64::MAX] {
        let mut changed = stored.clone();
        changed.snapshot.as_mut().unwrap().position = number;
        assert!(!recovers(&world, &changed) || number == stored.snapshot.as_ref().unwrap().position);
        changed.next_position = number.wrapping_add(1);
        recovers(&world, &changed);
        let mut changed = stored.clone();
        changed.unsettled[0].number = number;
        recovers(&world, &changed);
    }
}

#[test]
fn a_refused_call_leaves_no_name_behind() {
    let mut world = World::new(1_000);
    let refused = world.core.transact(|core| {
        core.intern(super::NameKind::Tool, "a")?;
        core.intern(super::NameKind::Tool, "b")?;
        core.detach()
    });
    assert_eq!(refused.unwrap_err().code(), "runtime.not_attached");
    assert_eq!(world.core.names().number(super::NameKind::Tool, "a"), None);
    let (commit, _) = world.core.take_step().unwrap();
    assert!(commit.is_none(), "there is nothing to make durable");
    assert_eq!(world.core.transact(|core| core.intern(super::NameKind::Tool, "b")).unwrap(), 1);
}

#[test]
fn a_refused_call_that_had_moved_the_machine_ends_the_registration() {
    let mut world = World::new(1_000);
    let refused = world.core.transact(|core| {
        core.retire()?;
        core.detach()
    });
    assert_eq!(refused.unwrap_err().code(), "runtime.not_attached");
    assert_eq!(world.core.take_step().map(drop).unwrap_err().code(), "runtime.half_done");
}

#[test]
fn a_step_without_new_names_is_a_bare_list() {
    let mut world = World::new(1_000);
    world.core.accept(&Submission::prompt("a"), None).unwrap();
    world.commit();
    world.core.transact(|core| core.intern(super::NameKind::Tool, "a")).unwrap();
    world.commit();
    let journal = now(world.store.load(&session())).unwrap().unwrap().journal;
    let first: Vec<u8> = journal.iter().map(|row| row.entry[0]).collect();
    assert_eq!(first, *b"[[{");
    assert_eq!(journal[2].entry, br#"{"names":[["Tool","a"]],"inputs":[]}"#);
}

#[test]
fn a_snapshot_is_taken_once_per_interval() {
    let mut world = World::new(8);
    let mut snapshots = Vec::new();
    for _ in 0..20 {
        let receipt = world.core.accept(&Submission::prompt("a"), None).unwrap().receipt;
        world.core.withdraw(receipt.input).unwrap();
        world.commit();
        snapshots.push(now(world.store.load(&session())).unwrap().unwrap().snapshot.map(|snapshot| snapshot.position));
    }
    snapshots.dedup();
    // One for the registration, and then each step has three inputs, so every third one exceeds the interval.
    assert_eq!(snapshots, [None, Some(3), Some(6), Some(9), Some(12), Some(15), Some(18)]);
}

/// A world in which a run is current and its executor has begun to report.
fn reporting(primitive: Primitive) -> (World, RunId) {
    let mut world = World::new(1_000);
    world.options.attempt_limit = 1;
    world.crash();
    world.attach();
    let fence = world.claim.take().unwrap();
    world.core.finish_attach(fence).unwrap();
    world.core.accept(&Submission::prompt("a"), None).unwrap();
    world.commit();
    let run = world.run.unwrap();
    world.core.offer(MeerkatMachineInput::BeginTurn { run, primitive, attempt_limit: 1 }).unwrap();
    (world, run)
}

/// What becomes of the input when the executor returns.
fn outcome_of(mut world: World, end: RunEnd) -> InputOutcome {
    world.finish(end);
    world.commit();
    assert!(world.core.state().turn().is_empty(), "the turn ends with its run");
    assert!(matches!(world.core.state().registration().phase(), RegistrationPhase::Active { .. }));
    world.settled.pop().unwrap().1
}

#[test]
fn a_run_ends_as_its_turn_did_whatever_its_executor_returns() {
    use MeerkatMachineInput as Input;
    let returned = || RunEnd::Completed(RunOutput::text("done"));
    let broke = || RunEnd::Failed(ExecutorError::retryable("broken"));
    let done = InputOutcome::Consumed { output: RunOutput::text("done") };
    let nothing = InputOutcome::Consumed { output: RunOutput::empty() };
    let abandoned = |reason, detail: &str| InputOutcome::Abandoned { reason, detail: Some(detail.into()) };
    let half_way = "the run returned in the midst of its turn";

    for (step, on_return, on_break) in [
        (
            None,
            abandoned(AbandonReason::AttemptsExhausted, half_way),
            abandoned(AbandonReason::AttemptsExhausted, "broken"),
        ),
        (Some(0), done.clone(), nothing),
        (Some(1), abandoned(AbandonReason::Failed, half_way), abandoned(AbandonReason::Failed, "broken")),
        (Some(2), done, abandoned(AbandonReason::Failed, "broken")),
        (Some(3), abandoned(AbandonReason::Cancelled, half_way), abandoned(AbandonReason::Cancelled, "broken")),
    ] {
        for (end, expected) in [(returned(), on_return), (broke(), on_break)] {
            let (mut world, run) = reporting(Primitive::Append);
            let report = step.map(|step| match step {
                0 => Input::ApplyPrimitive { run },
                1 => Input::FailTurn { run },
                2 => Input::LimitTurn { run, limit: TurnLimit::Budget },
                _ => Input::ObserveCancellation { run },
            });
            if step == Some(3) {
                world.core.cancel_run(run, CancelPoint::Now).unwrap();
            }
            if let Some(report) = report {
                world.core.offer(report).unwrap();
            }
            assert_eq!(outcome_of(world, end), expected, "after {report:?}");
        }
    }
}
