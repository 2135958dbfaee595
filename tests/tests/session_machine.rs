//! The session machine holds everything it claims: checked over the generated code, slice by slice,
//! exhaustively within the bounds of its plans.

use machine_spec::Bounds;
use machine_spec::session::{
    Fence, Incarnation, InputId, Lane, Meerkat, MeerkatMachineAuthority, MeerkatMachineEffect, MeerkatMachineGuard,
    MeerkatMachineInput, MeerkatMachineMutator, MeerkatMachineRejection, ModelCall, OperationId, OperationKind,
    OperationResult, Primitive, RunId, WaitId,
};
use model_check::{Check, Engine, Plan, assert_plan};

const PLAN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/session_machine.toml");
const SMALLER_PLAN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/session_machine_explained.toml");
const MUTANTS_PLAN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/session_machine_mutants.toml");

#[test]
fn it_holds_everything_it_claims() {
    let plan = Plan::read(PLAN).expect("a plan");
    let report = Check::<Meerkat>::new().cross_check(false).sliced().plan(plan).run().expect("runs");
    println!("{report}");
    report.assert_holds();
}

/// The plan of the operations leaves runs out, so here is one operation beside one run.
#[test]
fn operations_beside_runs_hold_what_they_claim() {
    let bounds = Bounds::default().with_ids(1).with_epochs(1).with_integers(1).with("DrainId", 0);
    let check = Check::<Meerkat>::new().bounds(bounds).cross_check(false).allow_vacuous(true);
    let report = check.sliced().only("operation_numbers").run().expect("runs");
    println!("{report}");
    report.assert_holds();
    assert_eq!(report.slice("operation_numbers").map(|slice| slice.report.size.states), Some(93_418));
}

/// The plans were written by the other engine.
#[test]
fn stateright_finds_the_numbers_of_a_plan() {
    let plan = Plan::read(PLAN).expect("a plan");
    let check = Check::<Meerkat>::new().engine(Engine::Stateright).sliced().plan(plan);
    let report = check.only("servers").only("peer_ingress").run().expect("runs");
    for slice in &report.slices {
        let pins_all = slice.expected.steps.is_some() && slice.expected.effects.is_some();
        assert!(pins_all && slice.has_expected_numbers(), "{report}");
    }
}

/// The mutants are tried by a plan of their own, which differs from that of the check in one slice.
#[test]
fn the_plan_of_the_mutants_has_the_numbers_of_the_machine() {
    let plan = |path| std::fs::read_to_string(path).expect("a plan");
    let (own, mutants) = (plan(PLAN), plan(MUTANTS_PLAN));
    let sections =
        |text: &str| text.split("\n\n").filter(|part| part.contains("[slices.")).map(str::to_owned).collect::<Vec<_>>();
    let others: Vec<String> = sections(&mutants).into_iter().filter(|one| !sections(&own).contains(one)).collect();
    assert!(others.len() == 1 && others[0].starts_with("[slices.registration]"), "{others:?}");
    let check = Check::<Meerkat>::new().sliced().plan(Plan::read(MUTANTS_PLAN).expect("a plan"));
    check.only("registration").run().expect("runs").assert_holds();
}

#[test]
fn its_explanations_tell_what_apply_does() {
    assert_plan::<Meerkat>(SMALLER_PLAN);
}

#[test]
fn its_inputs_and_rejections_are_small() {
    let (input, rejection) = (size_of::<MeerkatMachineInput>(), size_of::<MeerkatMachineRejection>());
    println!("an input has {input} bytes, a rejection {rejection}");
    assert!(input <= 128, "an input is copied into every journal and mailbox");
    assert!(rejection <= 16, "a rejection is returned by value");
}

/// The plan of the turn leaves operations out, so here is one.
#[test]
fn a_turn_passes_its_barrier_when_its_operation_has_ended() {
    use MeerkatMachineInput as Input;
    let (incarnation, fence, run) = (Incarnation::from_number(1), Fence::from_number(1), RunId::from_number(1));
    let (input, call) = (InputId::from_number(1), ModelCall::from_number(1));
    let (operation, wait) = (OperationId::from_number(1), WaitId::from_number(1));
    let mut authority = MeerkatMachineAuthority::new();
    let mut effects = Vec::new();
    for step in [
        Input::Register { incarnation, attempt_limit: 1, waiting_limit: 2 },
        Input::LimitOperations { limit: 1 },
        Input::BeginAttach { incarnation, fence },
        Input::FinishAttach { fence },
        Input::Admit { incarnation, input, lane: Lane::Queue, wakes: true },
        Input::StartRun { run, input },
        Input::BeginTurn { run, primitive: Primitive::Conversation, attempt_limit: 1 },
        Input::ApplyPrimitive { run },
        Input::CallTools { run, call, tools: 1 },
        Input::RegisterOperation { operation, kind: OperationKind::Tool },
        Input::StartOperation { operation },
        Input::ReturnTool { run },
        Input::OpenWait { wait },
        Input::AddToWait { wait, operation },
        Input::SealWait { wait },
        Input::EnterBarrier { run, wait },
    ] {
        authority.apply(&step, &mut effects).unwrap_or_else(|rejection| panic!("{step:?}: {rejection}"));
    }
    let refusal = authority.can_apply(&Input::PassBarrier { run, wait }).expect_err("the operation works");
    let guard = MeerkatMachineGuard::EveryOperationHasEnded;
    assert!(matches!(refusal, MeerkatMachineRejection::Guard { guard: failed, .. } if failed == guard), "{refusal}");
    let early = authority.can_apply(&Input::EnterBoundary { run }).expect_err("the barrier stands in front of it");
    assert!(matches!(early, MeerkatMachineRejection::Phase { .. }), "{early}");

    effects.clear();
    let finish = Input::FinishOperation { operation, result: OperationResult::Completed };
    authority.apply(&finish, &mut effects).expect("it works");
    assert!(effects.contains(&MeerkatMachineEffect::WaitSatisfied { wait }), "{effects:?}");
    authority.apply(&Input::PassBarrier { run, wait }, &mut effects).expect("every operation has ended");
    authority.apply(&Input::EnterBoundary { run }, &mut effects).expect("nothing is pending");
}
