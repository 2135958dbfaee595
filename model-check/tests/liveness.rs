//! `leads_to` under fairness: what it trusts, what it does not, and what it says at the edge of the bounds.
#![allow(missing_docs, reason = "the machines below are compiled for this test alone")]

use machine_spec::spec::Strength;
use machine_spec::{Bounds, Machine, machine};
use model_check::{Check, Report, Verdict, assert_meaning};

/// A letter on a wire that loses it now and then.
macro_rules! lossy {
    ($name:ident: $($fairness:tt)*) => {
        pub(crate) mod $name {
            use super::*;

            machine! {
                /// A wire that loses what is sent.
                pub machine Wire;

                input Send;
                input Lose;
                input Deliver;

                region wire {
                    phases { initial Empty, Full }
                    on Send from Empty to Full;
                    on Lose from Full to Empty;
                    on Deliver from Full to Empty;
                }
                region letter {
                    phases { initial Waiting, final Arrived }
                    on Deliver { from Waiting to Arrived; ignore from Arrived; }
                }

                $($fairness)*
                leads_to "a letter arrives": letter.is(Waiting) => letter.is(Arrived);
            }
        }
    };
}

lossy!(untrusted: );
lossy!(sending: fair Send;);
lossy!(weak: fair Send, Deliver;);
lossy!(strong: fair Send; strongly fair Deliver;);
lossy!(strong_only: strongly fair Deliver;);

fn check<M: Machine>() -> Report {
    Check::<M>::new().run().expect("a report")
}

fn violation<M: Machine>() -> String {
    let text = check::<M>().to_string();
    let start = text.find("\nVIOLATED").expect("a violation");
    let end = text.rfind("\nFAILED").expect("a summary");
    text[start..end].trim().lines().skip(2).map(str::trim_start).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_happens_that_is_not_trusted_to() {
    assert_eq!(
        violation::<untrusted::Wire>(),
        "\
in the initial state
and then nothing happens any more
where
letter.phase = Waiting
from the start on it waits for ever for: letter.is(Arrived)"
    );
}

#[test]
fn a_step_that_is_always_possible_happens_and_another_need_not() {
    assert_eq!(
        violation::<sending::Wire>(),
        "\
after 1 step from the initial state:
1. Send   by WireSend
wire.phase: Empty -> Full
and then nothing happens any more
where
letter.phase = Waiting
from the start on it waits for ever for: letter.is(Arrived)
Send is fair, and is impossible again and again"
    );
}

#[test]
fn weak_fairness_does_not_help_against_loss() {
    assert_eq!(
        violation::<weak::Wire>(),
        "\
after 2 steps from the initial state:
1. Send   by WireSend
wire.phase: Empty -> Full
2. Lose   by WireLose
wire.phase: Full -> Empty
and then steps 1 to 2 again and again
where
letter.phase = Waiting
from the start on it waits for ever for: letter.is(Arrived)
Send is fair, and is taken again and again
Deliver is fair, and is impossible again and again"
    );
}

#[test]
fn strong_fairness_does_and_only_if_the_letter_is_sent_again() {
    check::<strong::Wire>().assert_holds().assert_states(4);
    let text = violation::<strong_only::Wire>();
    assert!(text.ends_with("Deliver is strongly fair, and is impossible all the time"), "{text}");
    let strengths: Vec<_> = strong::Wire::SPEC.fairness.iter().map(|one| (one.input, one.strength)).collect();
    assert_eq!(strengths, [(0, Strength::Weak), (2, Strength::Strong)]);
}

#[test]
fn generated_code_and_interpreter_agree_on_it() {
    assert_meaning::<strong::Wire>(&Bounds::default());
}

machine! {
    /// Tickets with numbers that only grow, and a counter.
    pub machine Queue;

    epoch Number;

    input Take { number: Number }
    input Serve;
    input Count;

    region desk {
        phases { initial Free, Taken }
        field last: Number = Number::ZERO;
        on Take { number } from Free to Taken {
            require "the number is new": number > self.last;
            set last = number;
        }
        on Serve from Taken to Free;
    }
    region counter {
        field count: u8 = 0;
        on Count stay { set count = self.count + 1; }
    }

    fair Take, Serve, Count;
    leads_to "whoever is there is served": desk.is(Taken) => desk.is(Free);
    leads_to "somebody comes again": desk.is(Free) => desk.is(Taken);
    leads_to "it is counted beyond the bounds": counter.count > 250;
}

#[test]
fn what_the_bounds_cut_off_is_neither_proved_nor_violated() {
    let report = check::<Queue>();
    let verdict = |sentence: &str| report.finding(sentence).map(|finding| finding.verdict.clone());
    assert_eq!(verdict("whoever is there is served"), Some(Verdict::Proved { witness: None }));
    // No number is left within the bounds, but there is one beyond them.
    assert_eq!(verdict("somebody comes again"), Some(Verdict::Unknown));
    assert_eq!(verdict("it is counted beyond the bounds"), Some(Verdict::Unknown));
    assert!(!report.passes() && report.violations() == 0);
    assert!(report.to_string().contains("fair runs leave these bounds"), "{report}");
}

#[test]
fn a_run_that_its_budget_ends_proves_nothing_and_may_violate() {
    let cut_off = Check::<strong::Wire>::new().budget(2).run().expect("a report");
    assert_eq!(cut_off.unknowns(), cut_off.findings.len(), "{cut_off}");
    let cut_off = Check::<untrusted::Wire>::new().budget(2).run().expect("a report");
    assert!(cut_off.finding("a letter arrives").is_some_and(|finding| finding.verdict.is_violated()), "{cut_off}");
}

machine! {
    /// A fair input of which one payload is for the second region alone.
    pub machine Shared;

    enum Side { Inside, Outside }

    input Ring { side: Side }

    region inside {
        phases { initial Quiet, final Rung }
        on Ring { side } {
            from Quiet to Rung { require "it is meant": side == Side::Inside; }
            from Quiet stay { require "it is not meant": side == Side::Outside; }
            ignore from Rung;
        }
    }
    region outside {
        field last: Side = Side::Inside;
        on Ring { side } stay { set last = side; }
    }
    region switch {
        phases { initial Off, On }
        on Ring { from Off to On; from On to Off; }
    }

    invariant "the last one is known": outside.last == Side::Inside || outside.last == Side::Outside;
    possible "it can be switched off": switch.is(On) => switch.is(Off);
    fair Ring;
    leads_to "it is rung inside": inside.is(Rung);
}

#[test]
fn a_slice_does_not_trust_what_others_may_have_taken() {
    // Ringing outside for ever is fair in the whole machine, and no step at all in the slice.
    let whole = check::<Shared>();
    assert!(whole.finding("it is rung inside").is_some_and(|finding| finding.verdict.is_violated()), "{whole}");
    let sliced = Check::<Shared>::new().sliced().run().expect("a report");
    let slice = sliced.slices.iter().find_map(|one| one.report.finding("it is rung inside")).expect("a finding");
    assert_eq!(slice.verdict, Verdict::Unknown, "{sliced}");
}

#[test]
fn the_lossy_wire_is_the_same_in_slices() {
    let sliced = Check::<strong::Wire>::new().sliced().run().expect("a report");
    sliced.assert_holds();
    let sliced = Check::<weak::Wire>::new().sliced().run().expect("a report");
    assert_eq!(sliced.violations(), 1, "{sliced}");
}
