//! The session machine holds everything it claims: checked over the generated code, slice by slice,
//! exhaustively within the bounds of its plans.

use machine_spec::session::{Meerkat, MeerkatMachineInput, MeerkatMachineRejection};
use model_check::{Check, Plan, assert_plan};

const PLAN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/session_machine.toml");
const SMALLER_PLAN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/session_machine_explained.toml");

#[test]
fn it_holds_everything_it_claims() {
    let plan = Plan::read(PLAN).expect("a plan");
    let report = Check::<Meerkat>::new().cross_check(false).sliced().plan(plan).run().expect("runs");
    println!("{report}");
    report.assert_holds();
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
