//! Whether two transitions may have accepted one input, without words for it.
//!
//! Nearly always only one does, and this shows it without a text for every instance. Where it leaves a doubt, the
//! explanation is asked.

use std::fmt::Debug;

use machine_spec::{GuardOutcome, Trial, Trials};

use crate::agreement::Agreement;

/// Memory for the trials of one input after the other.
#[derive(Default)]
pub(super) struct Contest {
    /// Which instance is being tried: its number, as they come.
    instance: usize,
    /// How many guards of the present transition were tested, and which of them do not hold.
    guards: usize,
    failed: Vec<usize>,
    /// Region, target and instance of each transition that accepts.
    accepting: Vec<(usize, usize, usize)>,
}

impl Contest {
    /// Follows the trials of one input.
    pub(super) fn trials<'run>(
        &'run mut self,
        agreement: &'run Agreement,
        guard_offsets: &'run [usize],
        failed_guards: &'run mut [bool],
    ) -> Contestants<'run> {
        (self.instance, self.guards) = (0, 0);
        self.failed.clear();
        self.accepting.clear();
        Contestants { contest: self, agreement, guard_offsets, failed_guards }
    }

    /// Whether two transitions of one region may have accepted for one instance. Instances under two key expressions may
    /// be one.
    pub(super) fn is_doubtful(&self) -> bool {
        let accepting = &self.accepting;
        accepting.iter().enumerate().any(|(position, (region, target, instance))| {
            let rivals = &accepting[position + 1..];
            rivals.iter().any(|other| other.0 == *region && (other.1 != *target || other.2 == *instance))
        })
    }
}

pub(super) struct Contestants<'run> {
    contest: &'run mut Contest,
    agreement: &'run Agreement,
    /// Where the guards of each transition start among all guards.
    guard_offsets: &'run [usize],
    failed_guards: &'run mut [bool],
}

impl Trials for Contestants<'_> {
    #[inline]
    fn instance(&mut self, _key: Option<&dyn Debug>) {
        self.contest.instance += 1;
    }

    #[inline]
    fn guard(&mut self, outcome: GuardOutcome) {
        if outcome != GuardOutcome::Holds {
            self.contest.failed.push(self.contest.guards);
        }
        self.contest.guards += 1;
    }

    #[inline]
    fn tried(&mut self, transition: usize, trial: Trial) {
        let offset = self.guard_offsets[transition];
        let refused = !self.contest.failed.is_empty();
        self.contest.failed.drain(..).for_each(|position| self.failed_guards[offset + position] = true);
        self.contest.guards = 0;
        if trial == (Trial::Tested { overflows: false }) && !refused {
            let (region, target) = self.agreement.place(transition);
            self.contest.accepting.push((region, target, self.contest.instance));
        }
    }
}

#[cfg(test)]
mod tests {
    use machine_spec::machine;

    use super::*;

    machine! {
        /// Two transitions of one region can accept for one instance, by one key or by two.
        machine Doubles;
        id Key;
        input Open { key: Key }
        input Touch { one: Key, other: Key, hard: bool }
        input Sweep;
        keyed region doors[Key] {
            phases { Ajar, final Shut }
            select ajar = Ajar;
            on Open { key } create key to Ajar;
            on Touch { one, other, hard } at one {
                from Ajar to Shut { require "it is hard": hard; }
                from Ajar stay { require "one is enough": one == other; }
            }
            on Sweep each ajar { from Ajar to Shut; }
        }
    }

    fn doubtful(keys: u64, input: &DoublesMachineInput) -> (bool, Vec<bool>) {
        use machine_spec::Machine;
        let agreement = Agreement::new(Doubles::SPEC);
        let (mut contest, mut failed) = (Contest::default(), vec![false; 2]);
        let mut authority = Doubles::initial();
        for key in 1..=keys {
            let open = DoublesMachineInput::Open { key: Key::from_number(key) };
            Doubles::apply(&mut authority, &open, &mut ()).expect("it is not open");
        }
        let mut trials = contest.trials(&agreement, &[0, 0, 1, 2], &mut failed);
        Doubles::examine(Doubles::state(&authority), input, &mut trials);
        (contest.is_doubtful(), failed)
    }

    #[test]
    fn doubts_are_about_two_transitions_and_one_instance() {
        let key = Key::from_number(1);
        let touch = |hard| DoublesMachineInput::Touch { one: key, other: key, hard };
        assert_eq!(doubtful(1, &touch(true)), (true, vec![false, false]));
        assert_eq!(
            doubtful(1, &touch(false)),
            (false, vec![true, false]),
            "the guard of one of them fails, and is noted"
        );
        assert_eq!(
            doubtful(2, &DoublesMachineInput::Sweep),
            (false, vec![false, false]),
            "two instances are no rivals"
        );
    }
}
