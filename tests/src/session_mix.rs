//! The session machine at work: a cycle of accepted and rejected inputs that leaves as many waiting as it found.

use machine_spec::session::{
    Fence, Incarnation, InputId, Lane, MeerkatMachineAuthority, MeerkatMachineEffect, MeerkatMachineInput,
    MeerkatMachineMutator, RunId, RunOutcome,
};

/// A session with a number of waiting inputs.
#[derive(Clone, Debug)]
pub struct SessionMix {
    /// The session.
    pub session: MeerkatMachineAuthority,
    effects: Vec<MeerkatMachineEffect>,
    oldest: u64,
    newest: u64,
    run: u64,
}

const HELD: Incarnation = Incarnation::from_number(2);
const STALE: Incarnation = Incarnation::from_number(1);

impl SessionMix {
    /// How many inputs a cycle offers: five are accepted, four rejected.
    pub const STEPS: u64 = 9;

    /// A session with a bound executor in which this many inputs wait.
    #[must_use]
    pub fn waiting(count: u64) -> Self {
        let fence = Fence::from_number(1);
        let mut mix = Self {
            session: MeerkatMachineAuthority::new(),
            effects: Vec::with_capacity(8),
            oldest: 1,
            newest: 0,
            run: 0,
        };
        assert!(mix.offer(MeerkatMachineInput::Register {
            incarnation: HELD,
            attempt_limit: 3,
            waiting_limit: u64::MAX
        }));
        assert!(mix.offer(MeerkatMachineInput::BeginAttach { incarnation: HELD, fence }));
        assert!(mix.offer(MeerkatMachineInput::FinishAttach { fence }));
        for _ in 0..count {
            assert!(mix.admit(HELD));
        }
        mix
    }

    #[inline]
    fn offer(&mut self, input: MeerkatMachineInput) -> bool {
        self.effects.clear();
        let result = self.session.apply(&input, &mut self.effects);
        std::hint::black_box(result).is_ok()
    }

    fn admit(&mut self, incarnation: Incarnation) -> bool {
        let input = InputId::from_number(self.newest + 1);
        let accepted = self.offer(MeerkatMachineInput::Admit { incarnation, input, lane: Lane::Queue, wakes: true });
        self.newest += u64::from(accepted);
        accepted
    }

    /// Offers [`Self::STEPS`] inputs; tells how many were accepted.
    pub fn cycle(&mut self) -> u64 {
        self.run += 1;
        let (run, wrong) = (RunId::from_number(self.run), RunId::from_number(self.run - 1));
        let (oldest, newest) = (InputId::from_number(self.oldest), InputId::from_number(self.newest));
        let outcome = RunOutcome::Completed;
        let mut accepted = 0;
        for input in [
            MeerkatMachineInput::StartRun { run, input: oldest },
            MeerkatMachineInput::StartRun { run, input: oldest },
            MeerkatMachineInput::ReachBoundary { run },
            MeerkatMachineInput::FinishRun { run: wrong, outcome },
            MeerkatMachineInput::FinishRun { run, outcome },
            MeerkatMachineInput::Forget { input: newest },
            MeerkatMachineInput::Forget { input: oldest },
        ] {
            accepted += u64::from(self.offer(input));
        }
        self.oldest += 1;
        accepted + u64::from(self.admit(STALE)) + u64::from(self.admit(HELD))
    }
}
