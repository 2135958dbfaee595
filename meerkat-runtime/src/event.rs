//! What subscribers hear: every durable step of every session, in the order of its session.

use machine_spec::session::{
    CancelPoint, Fence, Incarnation, InputId, Lane, MeerkatMachineEffect, MeerkatMachineInput, RunId, RunOutcome,
};
use tokio::sync::broadcast;

use crate::{InputOutcome, SessionId};

/// Something that happened to a session, and is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeEvent {
    /// The session.
    pub session: SessionId,
    /// The registration in which it happened.
    pub incarnation: Incarnation,
    /// What happened.
    pub kind: RuntimeEventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuntimeEventKind {
    /// This process took the session.
    Registered,
    /// An executor was bound.
    ExecutorAttached {
        /// The binding.
        fence: Fence,
    },
    /// The executor was let go of.
    ExecutorReleased {
        /// The binding.
        fence: Fence,
    },
    /// An input was taken in.
    InputAccepted {
        /// The input.
        input: InputId,
        /// Where it waits.
        lane: Lane,
    },
    /// An input was settled.
    InputSettled {
        /// The input.
        input: InputId,
        /// What became of it.
        outcome: InputOutcome,
    },
    /// A run began.
    RunStarted {
        /// The run.
        run: RunId,
    },
    /// A steering input joined the run.
    RunJoined {
        /// The run.
        run: RunId,
        /// The input.
        input: InputId,
    },
    /// A run was told to end early.
    RunCancelled {
        /// The run.
        run: RunId,
        /// When it is to end.
        point: CancelPoint,
    },
    /// A run ended.
    RunFinished {
        /// The run.
        run: RunId,
        /// How.
        outcome: RunOutcome,
    },
    /// The host retired the session.
    Retired,
    /// The host stopped the session. A current run is still to end.
    Stopped,
    /// The host called for what waits.
    Woken,
    /// The host took a retired session back into use.
    Recycled,
    /// The host reset the session.
    Reset,
    /// The host destroyed the session. A current run is still to end.
    Destroyed,
    /// This process began to give the session up.
    Draining,
    /// This process gave the session up.
    Unregistered,
    /// The session's registration ended because the store failed or the runtime broke a rule of its own.
    Failed,
    /// The session machine asks for something that only the host can do, or know what to do about.
    Effect(MeerkatMachineEffect),
}

impl RuntimeEventKind {
    /// What a machine input that was accepted says to subscribers, if it says something that no outcome says.
    pub(crate) fn of(input: &MeerkatMachineInput) -> Option<Self> {
        use MeerkatMachineInput as Input;
        Some(match *input {
            Input::Register { .. } => Self::Registered,
            Input::FinishAttach { fence } => Self::ExecutorAttached { fence },
            Input::Admit { input, lane, .. } => Self::InputAccepted { input, lane },
            Input::StartRun { run, .. } => Self::RunStarted { run },
            Input::JoinRun { run, input } => Self::RunJoined { run, input },
            Input::CancelRun { run, point } => Self::RunCancelled { run, point },
            Input::FinishRun { run, outcome } => Self::RunFinished { run, outcome },
            Input::Retire { .. } => Self::Retired,
            Input::Stop { .. } => Self::Stopped,
            Input::Wake { .. } => Self::Woken,
            Input::Recycle { .. } => Self::Recycled,
            Input::Reset { .. } => Self::Reset,
            Input::Destroy { .. } => Self::Destroyed,
            Input::Unregister { .. } => Self::Draining,
            Input::FinishUnregister { .. } => Self::Unregistered,
            _ => return None,
        })
    }
}

/// The events from a subscription on. It holds nothing of the runtime back: who is too slow loses the oldest events and
/// is told how many.
#[derive(Debug)]
pub struct EventStream(pub(crate) broadcast::Receiver<RuntimeEvent>);

/// Events were lost because they were not taken in time. The stream goes on after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{missed} events were lost; take them faster, or raise the event capacity")]
pub struct EventsLagged {
    /// How many.
    pub missed: u64,
}

impl EventStream {
    /// The next event; none once the runtime is gone. May be dropped at any time without losing an event.
    ///
    /// # Errors
    ///
    /// If events were lost since the last call.
    pub async fn next(&mut self) -> Option<Result<RuntimeEvent, EventsLagged>> {
        match self.0.recv().await {
            Ok(event) => Some(Ok(event)),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(Err(EventsLagged { missed })),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
