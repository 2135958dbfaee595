//! The session machine holds everything it claims: checked over the generated code, exhaustively within bounds.

use machine_spec::Bounds;
use machine_spec::session::{Meerkat, MeerkatMachineInput, MeerkatMachineRejection};
use model_check::Check;

#[test]
fn it_holds_everything_it_claims() {
    // With two fences there are 1,075,452 states, and everything holds as well: `cargo meerkat check Meerkat`.
    let bounds = Bounds::default().with("Fence", 1);
    let report = Check::<Meerkat>::new().bounds(bounds).cross_check(false).run().expect("runs");
    println!("{report}");
    report.assert_holds().assert_states(507_764);
}

#[test]
fn its_explanations_tell_what_apply_does() {
    let bounds = Bounds::default().with("Incarnation", 1).with("Fence", 1);
    let report = Check::<Meerkat>::new().bounds(bounds).run().expect("runs");
    println!("{report}");
    report.assert_holds().assert_states(104_280);
}

#[test]
fn its_inputs_and_rejections_are_small() {
    let (input, rejection) = (size_of::<MeerkatMachineInput>(), size_of::<MeerkatMachineRejection>());
    println!("an input has {input} bytes, a rejection {rejection}");
    assert!(input <= 128, "an input is copied into every journal and mailbox");
    assert!(rejection <= 16, "a rejection is returned by value");
}
