//! The same machine as one would write it for Stateright by hand: enums and the ordered maps of the standard library.

use std::collections::BTreeMap;

use stateright::{Model, Property};

use crate::Size;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    Idle,
    Attached,
    Running(u8),
    Cancelling(u8),
    Draining,
    Retired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Progress {
    Queued,
    Staged(u8),
    Applied(u8),
    Consumed,
    Abandoned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    progress: Progress,
    steers: bool,
    attempts: u8,
}

impl Entry {
    fn in_run(self) -> bool {
        matches!(self.progress, Progress::Staged(_) | Progress::Applied(_))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    phase: Phase,
    fence: u8,
    inputs: BTreeMap<u8, Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    Attach,
    Detach(u8),
    Admit(u8, bool),
    Start(u8, u8),
    Join(u8),
    Reach,
    Finish(u8),
    Fail(u8),
    Cancel(u8),
    Forget(u8),
    Retire,
}

/// The machine within bounds.
#[derive(Clone, Copy)]
pub(crate) struct Sessions(pub(crate) Size);

impl Sessions {
    fn all(self) -> impl Iterator<Item = Action> {
        let Size { inputs, runs, fences } = self.0;
        let (inputs, runs) = (move || 1..=inputs as u8, move || 1..=runs as u8);
        let alone = [Action::Attach, Action::Reach, Action::Retire].into_iter();
        alone
            .chain((0..=fences as u8).map(Action::Detach))
            .chain(inputs().flat_map(|input| [Action::Admit(input, true), Action::Admit(input, false)]))
            .chain(runs().flat_map(move |run| inputs().map(move |input| Action::Start(run, input))))
            .chain(inputs().flat_map(|input| [Action::Join(input), Action::Forget(input)]))
            .chain(runs().flat_map(|run| [Action::Finish(run), Action::Fail(run), Action::Cancel(run)]))
    }
}

impl State {
    fn waits(&self) -> bool {
        self.inputs.values().any(|entry| entry.progress == Progress::Queued)
    }

    fn apply(&self, action: Action) -> Option<Self> {
        use Phase::{Attached, Cancelling, Draining, Idle, Retired, Running};
        let mut next = self.clone();
        match action {
            Action::Attach if self.phase == Idle => {
                next.phase = Attached;
                next.fence += 1;
            }
            Action::Detach(fence) if self.phase == Attached && fence == self.fence => next.phase = Idle,
            Action::Admit(input, steers)
                if !matches!(self.phase, Draining | Retired) && !self.inputs.contains_key(&input) =>
            {
                next.inputs.insert(input, Entry { progress: Progress::Queued, steers, attempts: 0 });
            }
            Action::Start(run, input) if self.phase == Attached => {
                next.phase = Running(run);
                next.stage(input, run, false)?;
            }
            Action::Join(input) => {
                let Running(run) = self.phase else { return None };
                next.stage(input, run, true)?;
            }
            Action::Reach if matches!(self.phase, Running(_)) => {
                for entry in next.inputs.values_mut() {
                    if let Progress::Staged(run) = entry.progress {
                        entry.progress = Progress::Applied(run);
                    }
                }
            }
            Action::Finish(run) => {
                next.end(run)?;
                for entry in next.inputs.values_mut() {
                    match entry.progress {
                        Progress::Applied(_) => entry.progress = Progress::Consumed,
                        Progress::Staged(_) => entry.progress = Progress::Queued,
                        _ => {}
                    }
                }
            }
            Action::Fail(run) => {
                next.end(run)?;
                for entry in next.inputs.values_mut().filter(|entry| entry.in_run()) {
                    entry.progress = if entry.attempts < 2 { Progress::Queued } else { Progress::Abandoned };
                }
            }
            Action::Cancel(run) if self.phase == Running(run) => next.phase = Cancelling(run),
            Action::Forget(input) => {
                let entry = self.inputs.get(&input)?;
                if entry.in_run() {
                    return None;
                }
                next.inputs.remove(&input);
            }
            Action::Retire if matches!(self.phase, Idle | Attached) && self.waits() => next.phase = Draining,
            Action::Retire if matches!(self.phase, Idle | Attached | Draining) && !self.waits() => next.phase = Retired,
            _ => return None,
        }
        Some(next)
    }

    fn stage(&mut self, input: u8, run: u8, steering: bool) -> Option<()> {
        let entry = self.inputs.get_mut(&input)?;
        let is_next = entry.progress == Progress::Queued && entry.attempts < 2 && (!steering || entry.steers);
        entry.attempts += 1;
        entry.progress = Progress::Staged(run);
        is_next.then_some(())
    }

    fn end(&mut self, run: u8) -> Option<()> {
        let is_present = self.phase == Phase::Running(run) || self.phase == Phase::Cancelling(run);
        self.phase = Phase::Attached;
        is_present.then_some(())
    }
}

impl Model for Sessions {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State { phase: Phase::Idle, fence: 0, inputs: BTreeMap::new() }]
    }

    fn actions(&self, _state: &State, actions: &mut Vec<Action>) {
        actions.extend(self.all());
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        state.apply(action)
    }

    fn within_boundary(&self, state: &State) -> bool {
        u64::from(state.fence) <= self.0.fences
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("what is in a run is in the present one", |_, state: &State| {
                state.inputs.values().all(|entry| match entry.progress {
                    Progress::Staged(run) | Progress::Applied(run) => {
                        state.phase == Phase::Running(run) || state.phase == Phase::Cancelling(run)
                    }
                    _ => true,
                })
            }),
            Property::always("a staged input was attempted", |_, state: &State| {
                state.inputs.values().all(|entry| !matches!(entry.progress, Progress::Staged(_)) || entry.attempts > 0)
            }),
        ]
    }
}
