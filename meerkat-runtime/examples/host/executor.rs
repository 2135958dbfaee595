//! Runs the turns of all sessions, each in a child process.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use meerkat_runtime::{Boundary, CoreExecutor, ExecutorError, Run, RunControl, RunInput, RunOutput};
use tokio::sync::Semaphore;

use crate::agent::{AgentCommand, AgentError, AgentFailure, AgentProcess, OutputLimits, Watchdog};
use crate::ending::{Ending, Reason};
use crate::protocol::{Answer, Line, Turn, TurnInput, TurnPart};
use crate::report::{Event, Reporter};

/// How agents are run.
#[derive(Clone, Debug)]
pub(crate) struct AgentOptions {
    /// How one is started.
    pub(crate) command: AgentCommand,
    /// How many may run at once.
    pub(crate) max_running: usize,
    /// How long one may take.
    pub(crate) timeout: Duration,
    /// How much one may print.
    pub(crate) limits: OutputLimits,
    /// Whether its stdin stays open, so that it can be steered.
    pub(crate) steerable: bool,
}

/// The executor that all sessions share.
#[derive(Debug)]
pub(crate) struct AgentExecutor {
    options: AgentOptions,
    watchdog: Arc<Watchdog>,
    slots: Semaphore,
    reporter: Reporter,
    ending: Ending,
}

impl AgentExecutor {
    pub(crate) fn new(options: AgentOptions, watchdog: Watchdog, reporter: Reporter, ending: Ending) -> Self {
        let slots = Semaphore::new(options.max_running.min(Semaphore::MAX_PERMITS));
        Self { options, watchdog: Arc::new(watchdog), slots, reporter, ending }
    }

    /// Starts the agent. One that cannot be started is no fault of the prompts: the host ends, and they wait in the
    /// store for a better day.
    async fn start(&self, control: &RunControl) -> Result<AgentProcess, AgentError> {
        let AgentOptions { command, limits, steerable, .. } = &self.options;
        let started = AgentProcess::start(command, *limits, *steerable, &self.watchdog);
        if let Err(error) = &started {
            self.ending.ask(Reason::NoAgent { message: describe(error) });
            control.cancellation().cancelled().await;
        }
        started
    }

    /// Runs an agent to its end, whatever that is. When this returns nothing of it is left.
    async fn run_agent(&self, run: &Run, control: &mut RunControl) -> Result<RunOutput, AgentFailure> {
        let silent = |error| AgentFailure { error, last_words: Vec::new() };
        let mut process = self.start(control).await.map_err(silent)?;
        let cancellation = control.cancellation().clone();
        let limit_ms = u64::try_from(self.options.timeout.as_millis()).unwrap_or(u64::MAX);
        let ended = tokio::select! {
            biased;
            () = cancellation.cancelled() => Err(AgentError::Cancelled),
            () = tokio::time::sleep(self.options.timeout) => Err(AgentError::TimedOut { limit_ms }),
            ended = self.converse(run, control, &mut process) => ended,
        };
        let gone = process.end().await;
        let result = ended.and_then(|output| gone.map(|()| output));
        result.map_err(|error| AgentFailure { error, last_words: process.last_words() })
    }

    async fn converse(
        &self,
        run: &Run,
        control: &mut RunControl,
        process: &mut AgentProcess,
    ) -> Result<RunOutput, AgentError> {
        process.tell(&turn(run))?;
        let mut last = None;
        while let Some(line) = process.next_line().await? {
            if last.is_some() {
                return Err(AgentError::AfterTheEnd { line: format!("{line:?}") });
            }
            match line {
                Line::Partial(text) => self.show(run, text).await,
                Line::Boundary if self.options.steerable => process.tell(&answer(control.boundary().await))?,
                Line::Boundary => return Err(AgentError::NotSteerable),
                Line::Result(text) => last = Some(Ok(RunOutput::text(text))),
                Line::Error { message, retry } => last = Some(Err(AgentError::Reported { message, retry })),
            }
        }
        let status = process.exit().await?;
        match last {
            Some(Err(reported)) => Err(reported),
            Some(Ok(output)) if status.success() => Ok(output),
            _ => Err(AgentError::of_exit(status)),
        }
    }

    async fn show(&self, run: &Run, text: String) {
        let (session, run) = (run.session.clone(), run.run.number());
        self.reporter.tell(Event::Output { session, run, text }).await;
    }
}

#[async_trait]
impl CoreExecutor for AgentExecutor {
    async fn execute(&self, run: Run, mut control: RunControl) -> Result<RunOutput, ExecutorError> {
        let cancellation = control.cancellation().clone();
        // The semaphore is never closed, so a slot that does not come means a cancel.
        let slot = tokio::select! {
            biased;
            () = cancellation.cancelled() => None,
            slot = self.slots.acquire() => slot.ok(),
        };
        let Some(_slot) = slot else { return Err(ExecutorError::cancelled()) };
        let (session, number, attempt) = (run.session.clone(), run.run.number(), attempt(&run));
        let inputs = run.inputs.iter().map(|input| input.input.number()).collect();
        self.reporter.tell(Event::Started { session: session.clone(), run: number, attempt, inputs }).await;
        match self.run_agent(&run, &mut control).await {
            Ok(output) => Ok(output),
            Err(failure) => {
                let message = failure.to_string();
                let error = match failure.error.retry() {
                    true => ExecutorError::retryable(message.as_str()),
                    false => ExecutorError::fatal(message.as_str()),
                };
                self.reporter.tell(Event::RunFailed { session, run: number, attempt, message }).await;
                Err(error)
            }
        }
    }
}

/// An error with its causes, in one line.
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

fn attempt(run: &Run) -> u32 {
    run.inputs.iter().map(|input| input.attempt).max().unwrap_or(1)
}

fn turn(run: &Run) -> Turn {
    Turn {
        session: run.session.as_str().to_owned(),
        run: run.run.number(),
        attempt: attempt(run),
        inputs: run.inputs.iter().map(turn_input).collect(),
    }
}

fn turn_input(input: &RunInput) -> TurnInput {
    let part = |part: &meerkat_runtime::CoalescedInput| TurnPart {
        input: part.input.number(),
        prompt: part.prompt.as_ref().to_owned(),
    };
    TurnInput {
        input: input.input.number(),
        prompt: input.prompt.as_ref().to_owned(),
        key: input.idempotency_key.as_deref().map(str::to_owned),
        coalesced: input.coalesced.iter().map(part).collect(),
    }
}

fn answer(boundary: Boundary) -> Answer {
    match boundary {
        Boundary::Continue { joined } => Answer::Joined(joined.iter().map(turn_input).collect()),
        Boundary::Interrupt => Answer::Interrupt(true),
    }
}
