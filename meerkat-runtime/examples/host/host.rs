//! Hosts sessions until their prompts are settled, or until it is told to end.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use meerkat_runtime::store::{RuntimeStore, SqliteStore, StoreError};
use meerkat_runtime::{MeerkatMachine, RuntimeError, RuntimeOptions, SessionHandle, SessionId};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::ending::{Ending, Reason};
use crate::error::HostError;
use crate::executor::{AgentExecutor, describe};
use crate::leftovers::{self, Leftovers};
use crate::prompts::{BadLine, Prompt};
use crate::report::{Event, Reporter};
use crate::session;
use crate::signals::Signals;
use crate::summary::{Summary, Tally};

/// Prompts as they are read.
pub(crate) type Prompts = mpsc::Receiver<Result<Prompt, BadLine>>;

/// What all sessions share.
pub(crate) struct Host {
    pub(crate) machine: MeerkatMachine,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) reporter: Reporter,
    pub(crate) ending: Ending,
    pub(crate) leftovers: Leftovers,
    executor: Arc<AgentExecutor>,
    failed: Mutex<BTreeSet<SessionId>>,
}

impl Host {
    pub(crate) fn new(
        store: Arc<SqliteStore>,
        leftovers: Leftovers,
        options: RuntimeOptions,
        executor: AgentExecutor,
        reporter: Reporter,
        ending: Ending,
    ) -> Self {
        Self {
            machine: MeerkatMachine::persistent(Arc::clone(&store) as Arc<dyn RuntimeStore>).with_options(options),
            executor: Arc::new(executor),
            store,
            reporter,
            ending,
            leftovers,
            failed: Mutex::default(),
        }
    }

    /// The session with its executor; none, and the user is told, if it is out of order.
    pub(crate) async fn open(&self, session: &SessionId) -> Option<SessionHandle> {
        let executor = Arc::clone(&self.executor);
        match self.machine.ensure_session_with_executor(session, executor).await {
            Ok(attachment) => Some(attachment.handle().clone()),
            Err(error) => {
                self.session_failed(session, &error.source).await;
                None
            }
        }
    }

    /// Tells the user once that a session is out of order; rows of it that contradict each other are no matter of other
    /// sessions. A store that fails is more than that, and a host that ends is less.
    pub(crate) async fn session_failed(&self, session: &SessionId, error: &RuntimeError) {
        match error {
            RuntimeError::ShutDown | RuntimeError::SessionGone { .. } | RuntimeError::Draining { .. } => return,
            RuntimeError::Store { source, .. } if !matches!(**source, StoreError::Corrupt { .. }) => {
                return self.ending.ask(Reason::StoreFailed { message: describe(error) });
            }
            _ => {}
        }
        let new = self.failed.lock().unwrap_or_else(PoisonError::into_inner).insert(session.clone());
        if new {
            let failed = Event::SessionFailed { session: session.clone(), message: describe(error) };
            self.reporter.tell(failed).await;
        }
    }

    /// Does all there is to do, and gives the sum of it. The host must be dropped before the reporter's writer ends.
    pub(crate) async fn run(
        self: &Arc<Self>,
        prompts: Prompts,
        signals: &mut Signals,
        drain: Duration,
    ) -> Result<Summary, HostError> {
        let began = Instant::now();
        let mut work = tokio::spawn(work(Arc::clone(self), prompts));
        let finished = tokio::select! {
            finished = &mut work => Some(finished),
            () = signals.next() => { self.ending.ask(Reason::Interrupted); None }
            () = self.reporter.gone() => { self.ending.ask(Reason::Unheard); None }
            () = self.ending.asked() => None,
        };
        let sessions = self.machine.statistics().sessions;
        self.shut_down(signals, drain).await;
        let finished = match finished {
            Some(finished) => finished,
            None => tell_the_rest(&mut work, signals, &self.ending).await?,
        };
        // The task is not aborted, so only its panic can be an error, and a panic goes on.
        let mut tally = finished.unwrap_or_else(|fault| std::panic::resume_unwind(fault.into_panic()));
        tally.failed_sessions = self.failed.lock().unwrap_or_else(PoisonError::into_inner).len() as u64;
        let (runtime, store) = (self.machine.statistics(), self.store.statistics());
        Ok(Summary::new(sessions, tally, &runtime, &store, began.elapsed()))
    }

    /// Lets current runs end, as long as the reason allows. A second signal ends them at once.
    async fn shut_down(&self, signals: &mut Signals, drain: Duration) {
        let patience = match self.ending.reason() {
            None | Some(Reason::Interrupted | Reason::Unheard) => drain,
            Some(Reason::NoAgent { .. } | Reason::StoreFailed { .. }) => Duration::ZERO,
        };
        let asked_again = async {
            if self.ending.reason() == Some(&Reason::Interrupted) {
                let drain_ms = patience.as_millis();
                eprintln!("host: current runs may go on for {drain_ms} ms; press Ctrl-C again to end them now");
            }
            signals.next().await;
        };
        tokio::select! {
            // The shutdown has begun when the user is told so.
            biased;
            _ = self.machine.shutdown(patience) => {}
            () = asked_again => {
                self.ending.ask(Reason::Interrupted);
                self.machine.shutdown(Duration::ZERO).await;
            }
        }
    }
}

/// What is left to do is to tell of it, which takes as long as the reader of the output likes. The user may be in more
/// of a hurry.
pub(crate) async fn tell_the_rest<T>(
    rest: impl Future<Output = T>,
    signals: &mut Signals,
    ending: &Ending,
) -> Result<T, HostError> {
    const PATIENCE: Duration = Duration::from_secs(1);
    let hurry = async {
        if ending.reason() == Some(&Reason::Interrupted) {
            tokio::select! {
                () = signals.next() => return,
                () = tokio::time::sleep(PATIENCE) => {}
            }
            eprintln!("host: nobody reads the output; read it, or press Ctrl-C again to end without the rest of it");
        }
        signals.next().await;
    };
    tokio::select! {
        told = rest => Ok(told),
        () = hurry => Err(HostError::Untold),
    }
}

/// Gives each prompt to its session, and waits until all are settled.
async fn work(host: Arc<Host>, mut prompts: Prompts) -> Tally {
    let mut tally = Tally::default();
    let mut tasks = JoinSet::new();
    tasks.spawn(leftovers::follow(Arc::clone(&host)));
    let mut sessions = HashMap::new();
    loop {
        let read = tokio::select! {
            biased;
            () = host.ending.asked() => None,
            read = prompts.recv() => read,
        };
        match read {
            None => break,
            Some(Ok(prompt)) => {
                let session = session_for(&host, &mut sessions, &mut tasks, &prompt.session);
                tally.untaken += u64::from(session.send(prompt).await.is_err());
            }
            Some(Err(BadLine { place, error })) => {
                tally.rejected += 1;
                host.reporter.tell(Event::Rejected { place, session: None, message: error.to_string() }).await;
            }
        }
    }
    drop(sessions);
    while let Some(part) = tasks.join_next().await {
        tally.merge(part.unwrap_or_else(|fault| std::panic::resume_unwind(fault.into_panic())));
    }
    tally
}

fn session_for<'sessions>(
    host: &Arc<Host>,
    sessions: &'sessions mut HashMap<SessionId, mpsc::Sender<Prompt>>,
    tasks: &mut JoinSet<Tally>,
    session: &SessionId,
) -> &'sessions mpsc::Sender<Prompt> {
    const AHEAD_OF_SESSION: usize = 64;
    sessions.entry(session.clone()).or_insert_with(|| {
        let (sender, prompts) = mpsc::channel(AHEAD_OF_SESSION);
        tasks.spawn(session::serve(Arc::clone(host), session.clone(), prompts));
        sender
    })
}
