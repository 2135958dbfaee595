//! A step allocates nothing that it does not keep, and a rejection allocates nothing at all.

use allocation_counter::measure;
use machine_spec::session::{
    CancelPoint, Fence, Incarnation, InputId, Meerkat, MeerkatMachineAuthority, MeerkatMachineInput,
    MeerkatMachineMutator, MeerkatMachineRejection, RunId,
};
use machine_spec::{Bounds, Machine};
use tests::job::{
    HandJob, JobMachineAuthority, JobMachineInput, JobMachineMutator, JobMachineRejection, SEED, Tally, inputs,
};
use tests::session_mix::SessionMix;

#[test]
fn the_small_machine_never_allocates() {
    let inputs = inputs(SEED, 16_384);
    let (mut job, mut tally) = (JobMachineAuthority::new(), Tally::default());
    let (mut accepted, mut rejected) = (0, 0);
    let allocations = measure(|| {
        for input in &inputs {
            match job.apply(input, &mut tally) {
                Ok(()) => accepted += 1,
                Err(_) => rejected += 1,
            }
        }
    });
    assert!(accepted > 1_000 && rejected > 1_000, "{accepted} accepted, {rejected} rejected");
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn the_small_machine_and_the_match_agree() {
    let (mut job, mut hand) = (JobMachineAuthority::new(), HandJob::default());
    let (mut effects, mut expected) = (Vec::new(), Vec::new());
    for input in inputs(SEED, 16_384) {
        assert_eq!(job.apply(&input, &mut effects), hand.apply(&input, &mut expected), "{input:?}");
        assert_eq!(job.state().job().phase(), hand.phase);
    }
    assert_eq!(effects, expected);
}

/// Sessions in which something is held, waits, runs, drains or has ended.
fn sessions() -> Vec<MeerkatMachineAuthority> {
    let running = |mut session: MeerkatMachineAuthority| {
        let (run, input) = (RunId::from_number(1), InputId::from_number(1));
        session.apply(&MeerkatMachineInput::StartRun { run, input }, &mut ()).expect("starts");
        session
    };
    let with = |mut session: MeerkatMachineAuthority, input: MeerkatMachineInput| {
        session.apply(&input, &mut ()).expect("is accepted");
        session
    };
    let (waiting, incarnation) = (SessionMix::waiting(100).session, Incarnation::from_number(2));
    let cancel = MeerkatMachineInput::CancelRun { run: RunId::from_number(1), point: CancelPoint::Now };
    vec![
        MeerkatMachineAuthority::new(),
        running(waiting.clone()),
        with(running(waiting.clone()), MeerkatMachineInput::ReachBoundary { run: RunId::from_number(1) }),
        with(running(waiting.clone()), cancel),
        with(waiting.clone(), MeerkatMachineInput::Unregister { incarnation }),
        with(waiting.clone(), MeerkatMachineInput::Retire { incarnation }),
        with(waiting.clone(), MeerkatMachineInput::Stop { incarnation }),
        with(waiting.clone(), MeerkatMachineInput::Destroy { incarnation }),
        with(waiting.clone(), MeerkatMachineInput::Detach { fence: Fence::from_number(1) }),
        waiting,
    ]
}

#[test]
fn a_rejection_of_the_session_machine_allocates_nothing_and_changes_nothing() {
    let inputs = Meerkat::inputs_within(&Bounds::default());
    let (mut rejected, mut effects) = (0, Vec::new());
    for before in sessions() {
        let mut session = before.clone();
        for input in inputs.iter().filter(|input| before.can_apply(input).is_err()) {
            let mut result = Ok(());
            let allocations = measure(|| result = session.apply(input, &mut effects));
            assert!(result.is_err(), "{input:?}");
            assert_eq!(allocations.count_total, 0, "{input:?}");
            rejected += 1;
        }
        assert_eq!(session, before);
    }
    assert!(effects.is_empty());
    assert!(rejected > 1_000, "{rejected}");
}

#[test]
fn inputs_and_rejections_are_small() {
    let sizes = [
        ("MeerkatMachineInput", size_of::<MeerkatMachineInput>(), 128),
        ("MeerkatMachineRejection", size_of::<MeerkatMachineRejection>(), 8),
        ("Result<(), MeerkatMachineRejection>", size_of::<Result<(), MeerkatMachineRejection>>(), 8),
        ("JobMachineInput", size_of::<JobMachineInput>(), 16),
        ("JobMachineRejection", size_of::<JobMachineRejection>(), 4),
    ];
    for (name, size, limit) in sizes {
        println!("{name}: {size} bytes, at most {limit}");
        assert!(size <= limit, "{name}: {size}");
    }
}
