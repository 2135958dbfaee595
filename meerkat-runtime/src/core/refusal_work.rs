//! From the machine's rejections to the errors of turns and operations.

use machine_spec::session::{
    MeerkatMachineGuard as Guard, MeerkatMachineInput as Input, MeerkatMachineRejection as Rejection, ModelCall,
    OperationId, OperationsPhase, RunId, TurnPhase, WaitId,
};

use super::Core;
use crate::{OperationError, RuntimeError, TurnError};

impl Core {
    /// The error of a report that was refused; none if the input is none.
    pub(super) fn work_refusal(&self, input: &Input, rejection: Rejection) -> Option<RuntimeError> {
        if let Some((run, call, wait)) = turn_of(input) {
            return self.turn_refusal(run, call, wait, rejection).map(Into::into);
        }
        if let Rejection::Guard { guard: Guard::AnotherOperationMayLive, .. } = rejection {
            let (session, limit) = (self.session.clone(), self.state().operation_numbers().limit());
            return Some(OperationError::TooMany { session, limit }.into());
        }
        self.operation_refusal(operation_of(input)?, rejection).map(Into::into)
    }

    fn turn_refusal(
        &self,
        run: RunId,
        call: Option<ModelCall>,
        wait: Option<WaitId>,
        rejection: Rejection,
    ) -> Option<TurnError> {
        let session = self.session.clone();
        Some(match rejection {
            Rejection::NoInstance { .. } => TurnError::NotBegun { session, run },
            Rejection::InstanceExists { .. } => TurnError::Begun { session, run },
            Rejection::Phase { .. } => match self.state().turn().get(run).map(|turn| turn.phase()) {
                Some(TurnPhase::Ended { end }) => TurnError::Ended { session, run, end },
                _ => TurnError::OutOfOrder { session, run },
            },
            Rejection::Guard { guard, .. } => match guard {
                Guard::TheRunIsTheCurrentOne => TurnError::RunOver { session, run },
                Guard::TheRunWasNotToldToEndNow | Guard::TheRunMayGoOn => TurnError::ToldToEnd { session, run },
                Guard::TheRunWasToldToEndOrTheProcessGivesTheSessionUp => TurnError::NotToldToEnd { session, run },
                Guard::TheCallIsTheLatestOne => TurnError::CallStale { session, call: call? },
                Guard::TheWaitIsSealed | Guard::TheWaitIsTheOneThatTheTurnWaitsWith => {
                    TurnError::WaitUnknown { session, wait: wait? }
                }
                Guard::EveryOperationHasEnded => TurnError::BarrierClosed { session, wait: wait? },
                Guard::AModelCallHasAtLeastOneAttempt | Guard::AtLeastOneToolIsCalled => TurnError::Zero { session },
                Guard::AToolHasNotReturned => TurnError::OutOfOrder { session, run },
                _ => return None,
            },
            _ => return None,
        })
    }

    fn operation_refusal(&self, operation: OperationId, rejection: Rejection) -> Option<OperationError> {
        let session = self.session.clone();
        Some(match rejection {
            Rejection::NoInstance { .. } => OperationError::Unknown { session, operation },
            Rejection::Phase { .. } => match self.state().operations().get(operation).map(|o| o.phase()) {
                Some(OperationsPhase::Ended { end, .. }) => OperationError::Ended { session, operation, end },
                _ => OperationError::OutOfOrder { session, operation },
            },
            Rejection::Guard { guard: Guard::TheOperationIsAPeer, .. } => {
                OperationError::NotPeer { session, operation }
            }
            Rejection::Guard {
                guard:
                    Guard::WhatNeverWorkedFailsOrIsGivenUp
                    | Guard::WhatWorksNeitherWasGivenUpNorWoundDown
                    | Guard::WhatWindsDownWasNotGivenUp,
                ..
            } => OperationError::ResultImpossible { session, operation },
            _ => return None,
        })
    }
}

/// The run of a turn's report, with the call and the wait that it names.
fn turn_of(input: &Input) -> Option<(RunId, Option<ModelCall>, Option<WaitId>)> {
    Some(match *input {
        Input::BeginTurn { run, .. }
        | Input::ApplyPrimitive { run }
        | Input::ReturnTool { run }
        | Input::ContinueTurn { run }
        | Input::EnterBoundary { run }
        | Input::CompleteTurn { run }
        | Input::BeginExtraction { run }
        | Input::FailTurn { run }
        | Input::LimitTurn { run, .. }
        | Input::ObserveCancellation { run } => (run, None, None),
        Input::CallTools { run, call, .. }
        | Input::AcceptExtraction { run, call }
        | Input::RejectExtraction { run, call }
        | Input::FailModelCall { run, call }
        | Input::RetryModelCall { run, call } => (run, Some(call), None),
        Input::EnterBarrier { run, wait } | Input::PassBarrier { run, wait } => (run, None, Some(wait)),
        _ => return None,
    })
}

fn operation_of(input: &Input) -> Option<OperationId> {
    Some(match *input {
        Input::StartOperation { operation }
        | Input::MarkPeerReady { operation }
        | Input::ReportProgress { operation }
        | Input::RetireOperation { operation }
        | Input::FinishOperation { operation, .. }
        | Input::CollectOperation { operation } => operation,
        _ => return None,
    })
}
