//! Machines from the literature, written as a user would, with the numbers of states that the literature gives.

mod two_phase_commit;

use machine_spec::Bounds;
use model_check::Check;

#[test]
fn two_phase_commit_has_as_many_states_as_its_authors_found() {
    use two_phase_commit::{five, seven, three};
    let check = |managers| Bounds::default().with("Manager", managers);
    Check::<three::TwoPhase>::new().bounds(check(3)).run().expect("runs").assert_holds().assert_states(288);
    Check::<five::TwoPhase>::new().bounds(check(5)).run().expect("runs").assert_holds().assert_states(8_832);
    let large = Check::<seven::TwoPhase>::new().bounds(check(7)).cross_check(false).run().expect("runs");
    large.assert_holds().assert_states(296_448);
}
