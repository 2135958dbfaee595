//! Registration, executors, and the ends of a session.

use machine_spec::session::{Fence, Incarnation, MeerkatMachineInput as Input};

use super::Core;
use crate::{EndReport, RecycleReport, ResetReport, RetireReport, RuntimeError, RuntimeOptions};

impl Core {
    /// The registration, for whoever registers the session once more. A session that could not be recovered either is
    /// there for nobody.
    pub(crate) fn greeting(&self) -> Result<Incarnation, RuntimeError> {
        self.would_accept(&Input::Recover).map(|()| self.incarnation())
    }

    /// Makes the session this process's own.
    pub(super) fn register(&mut self, options: &RuntimeOptions) -> Result<(), RuntimeError> {
        let incarnation = self.fresh(self.incarnation())?;
        let (attempt_limit, waiting_limit) = (options.attempt_limit, options.waiting_limit);
        self.request(Input::Register { incarnation, attempt_limit, waiting_limit })?;
        self.limit_operations(options.operation_limit);
        Ok(())
    }

    /// Claims the session for an executor. Nothing runs until the claim is finished.
    pub(crate) fn begin_attach(&mut self) -> Result<Fence, RuntimeError> {
        let fence = self.fresh(self.state().registration().fence())?;
        self.request(Input::BeginAttach { incarnation: self.incarnation(), fence })?;
        Ok(fence)
    }

    /// Whoever attached the executor knows that it is bound.
    pub(crate) fn finish_attach(&mut self, fence: Fence) -> Result<(), RuntimeError> {
        self.request(Input::FinishAttach { fence })
    }

    /// Whoever was about to attach an executor is gone.
    pub(crate) fn abandon_attach(&mut self, fence: Fence) -> Result<(), RuntimeError> {
        self.request(Input::AbandonAttach { fence })
    }

    pub(crate) fn detach(&mut self) -> Result<(), RuntimeError> {
        self.request(Input::Detach { fence: self.state().registration().fence() })
    }

    pub(crate) fn retire(&mut self) -> Result<RetireReport, RuntimeError> {
        self.request(Input::Retire { incarnation: self.incarnation() })?;
        let ingress = self.state().ingress();
        Ok(RetireReport { draining: ingress.waiting().len() + ingress.in_run().len() })
    }

    pub(crate) fn recycle(&mut self) -> Result<RecycleReport, RuntimeError> {
        self.request(Input::Recycle { incarnation: self.incarnation() })?;
        Ok(RecycleReport { kept: self.state().ingress().waiting().len() })
    }

    pub(crate) fn reset(&mut self) -> Result<ResetReport, RuntimeError> {
        let abandoned = self.state().ingress().waiting().len();
        self.request(Input::Reset { incarnation: self.incarnation() })?;
        Ok(ResetReport { abandoned })
    }

    pub(crate) fn stop(&mut self) -> Result<EndReport, RuntimeError> {
        self.end_with(Input::Stop { incarnation: self.incarnation() })
    }

    pub(crate) fn destroy(&mut self) -> Result<EndReport, RuntimeError> {
        self.end_with(Input::Destroy { incarnation: self.incarnation() })
    }

    fn end_with(&mut self, input: Input) -> Result<EndReport, RuntimeError> {
        let report = EndReport { interrupted: self.current_run(), abandoned: self.state().ingress().waiting().len() };
        self.request(input)?;
        Ok(report)
    }

    /// No more input and no more runs. What waits stays in the store.
    pub(crate) fn unregister(&mut self) -> Result<(), RuntimeError> {
        self.request(Input::Unregister { incarnation: self.incarnation() })
    }
}
