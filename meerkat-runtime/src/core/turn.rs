//! What the executor of the current run reports, and what it is told to do next.

use machine_spec::session::{MeerkatMachineInput as Input, ModelCall, RunId, TurnPhase};

use super::Core;
use crate::turn::{AfterFailure, TurnStatus};
use crate::{RuntimeError, TurnEnd, TurnError, TurnFailure};

impl Core {
    pub(crate) fn turn_status(&self, run: RunId) -> Option<TurnStatus> {
        let turn = self.state().turn().get(run)?;
        Some(TurnStatus {
            phase: turn.phase(),
            primitive: turn.primitive(),
            attempt_limit: turn.attempt_limit(),
            call: turn.call(),
            failures: turn.failures(),
        })
    }

    /// Takes a report of the run's turn, and tells where the turn is behind it.
    pub(crate) fn report_turn(&mut self, run: RunId, report: Input) -> Result<TurnStatus, RuntimeError> {
        self.request(report)?;
        self.turn_status(run)
            .ok_or_else(|| RuntimeError::Turn(TurnError::NotBegun { session: self.session.clone(), run }))
    }

    /// As `report_turn`; the answer is whether, and with which call, the turn may try again.
    pub(crate) fn report_failure(&mut self, run: RunId, report: Input) -> Result<AfterFailure, RuntimeError> {
        let TurnStatus { phase, call, failures, .. } = self.report_turn(run, report)?;
        Ok(match phase {
            TurnPhase::Ended {
                end: TurnEnd::Failed { failure: TurnFailure::ModelExhausted | TurnFailure::ExtractionExhausted },
            } => AfterFailure::Exhausted,
            _ => AfterFailure::Again { call, failures },
        })
    }

    /// The inputs are in the conversation: the first model call, if the model is to answer.
    pub(crate) fn apply_primitive(&mut self, run: RunId) -> Result<Option<ModelCall>, RuntimeError> {
        let status = self.report_turn(run, Input::ApplyPrimitive { run })?;
        Ok((status.phase == TurnPhase::CallingModel).then_some(status.call))
    }

    /// A tool has returned: how many others have not.
    pub(crate) fn return_tool(&mut self, run: RunId) -> Result<u32, RuntimeError> {
        let status = self.report_turn(run, Input::ReturnTool { run })?;
        Ok(match status.phase {
            TurnPhase::UsingTools { pending } => pending,
            _ => 0,
        })
    }
}
