//! The checker on machines as users write them, keyed regions included.
#![allow(missing_docs, reason = "the machines below are compiled for this test alone")]

use machine_spec::{Bounds, machine};
use model_check::{Check, assert_machine};

machine! {
    /// Letters that are sent, delivered and forgotten.
    pub machine Post;

    id Letter;

    input Send { letter: Letter }
    input Deliver { letter: Letter }
    input Forget { letter: Letter }
    input DeliverAll;

    effect Rung { letter: Letter }

    keyed region letters[Letter] {
        phases { Waiting, final Delivered }
        field knocks: u8 = 0;

        select waiting = Waiting;

        on Send { letter } create letter to Waiting;
        on Deliver { letter } at letter from Waiting to Delivered {
            set knocks = self.knocks + 1;
            emit Rung { letter };
        }
        on DeliverAll each waiting from Waiting to Delivered {
            set knocks = self.knocks + 2;
            emit Rung { letter: self.key };
        }
        on Forget { letter } at letter from Delivered remove;
    }

    invariant "somebody knocked for every delivered letter": letters.all(|one| !one.is(Delivered) || one.knocks > 0);
    always "no letter is ever gone": letters.all(|one| next.letters.contains_key(one.key));
    possible "every letter can be delivered": true => letters.waiting.is_empty();
}

machine! {
    /// A lamp with one switch.
    pub machine Light;

    input Toggle;

    region lamp {
        phases { initial Off, On }
        on Toggle {
            from Off to On;
            from On to Off;
        }
    }

    reachable "there is light": lamp.is(On);
}

#[test]
fn a_machine_is_checked_in_one_line() {
    assert_machine::<Light>(&Bounds::default(), 2);
}

#[test]
fn a_trace_shows_instances_that_appear_and_disappear() {
    let report = Check::<Post>::new().with_bound("Letter", 1).run().expect("a report");
    let text = report.to_string();
    let expected = "
  1. Send { letter: Letter(1) }   by LettersSend
       letters[1].phase: appeared with Waiting
       letters[1].knocks: appeared with 0
  2. Deliver { letter: Letter(1) }   by LettersDeliver
       letters[1].phase: Waiting -> Delivered
       letters[1].knocks: 0 -> 1
       emits Rung { letter: Letter(1) }
  3. Forget { letter: Letter(1) }   by LettersForget
       letters[1].phase: disappeared, was Delivered
       letters[1].knocks: disappeared, was 1
  the last step violates it
";
    assert!(text.contains(expected), "{text}");
    assert_eq!((report.violations(), report.vacuities()), (1, 0), "{text}");
}

#[test]
fn explanations_of_keyed_regions_agree_with_their_steps() {
    for letters in 0..=3 {
        let report = Check::<Post>::new().with_bound("Letter", letters).cross_check(true).run().expect("a report");
        let agree = report.finding("explain and apply agree on every input").expect("a promise");
        assert!(agree.verdict.is_proved(), "{report}");
        // Each letter is away, waiting, delivered with one knock, or delivered with two.
        assert_eq!(report.size.states, 4_usize.pow(u32::try_from(letters).expect("small")));
    }
}
