//! An executor that the test drives by hand, a store that fails when told to, and small helpers.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use meerkat_runtime::store::{
    Commit, MemoryStore, RuntimeStore, StoreError, StoreStatistics, StoredInput, StoredReceipt, StoredSession,
};
use meerkat_runtime::{
    Boundary, CoreExecutor, ExecutorError, InputId, MeerkatMachine, Run, RunControl, RunOutput, RuntimeOptions,
    SessionHandle, SessionId,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Ends a story that hangs.
pub(crate) async fn within<T>(story: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), story).await.expect("the story hangs")
}

pub(crate) fn id(name: &str) -> SessionId {
    SessionId::new(name).unwrap()
}

pub(crate) fn machine() -> MeerkatMachine {
    MeerkatMachine::ephemeral().with_options(options())
}

pub(crate) fn options() -> RuntimeOptions {
    RuntimeOptions { cancel_grace_ms: 20, ..RuntimeOptions::default() }
}

/// A machine, one session, and the executor that the test drives.
pub(crate) async fn driven(machine: &MeerkatMachine) -> (SessionHandle, Turns) {
    let (driven, turns) = Driven::new(true);
    let attachment = machine.ensure_session_with_executor(&id("s"), driven).await.unwrap();
    assert!(attachment.is_attached());
    (attachment.handle().clone(), turns)
}

/// Completes every run with its first prompt.
pub(crate) struct Echo;

#[async_trait]
impl CoreExecutor for Echo {
    async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
        Ok(RunOutput::text(&*run.inputs[0].prompt))
    }
}

/// Hands every run to the test.
pub(crate) struct Driven {
    turns: mpsc::UnboundedSender<Turn>,
    obeys: bool,
}

pub(crate) struct Turns(mpsc::UnboundedReceiver<Turn>);

/// A run in the test's hand. Dropping it completes the run.
pub(crate) struct Turn {
    pub(crate) run: Run,
    pub(crate) cancellation: CancellationToken,
    orders: mpsc::UnboundedSender<Order>,
}

enum Order {
    Complete(String),
    Fail(ExecutorError),
    Panic,
    Boundary(oneshot::Sender<Boundary>),
    BoundaryDroppedAtOnce(oneshot::Sender<()>),
}

impl Driven {
    /// `obeys`: ends as cancelled when it is told to.
    pub(crate) fn new(obeys: bool) -> (Arc<Self>, Turns) {
        let (turns, receiver) = mpsc::unbounded_channel();
        (Arc::new(Self { turns, obeys }), Turns(receiver))
    }
}

#[async_trait]
impl CoreExecutor for Driven {
    async fn execute(&self, run: Run, mut control: RunControl) -> Result<RunOutput, ExecutorError> {
        let (orders, mut told) = mpsc::unbounded_channel();
        let cancellation = control.cancellation().clone();
        if self.turns.send(Turn { run, cancellation: cancellation.clone(), orders }).is_err() {
            return Ok(RunOutput::text("nobody looks"));
        }
        loop {
            let order = tokio::select! {
                order = told.recv() => order,
                () = cancellation.cancelled(), if self.obeys => return Err(ExecutorError::cancelled()),
            };
            match order {
                None => return Ok(RunOutput::empty()),
                Some(Order::Complete(text)) => return Ok(RunOutput::text(text)),
                Some(Order::Fail(error)) => return Err(error),
                Some(Order::Panic) => panic!("as the test told"),
                Some(Order::Boundary(tell)) => tell.send(control.boundary().await).unwrap(),
                Some(Order::BoundaryDroppedAtOnce(tell)) => {
                    assert!(polled(control.boundary(), 1).await.is_none());
                    tell.send(()).unwrap();
                }
            }
        }
    }
}

impl Turns {
    pub(crate) async fn next(&mut self) -> Turn {
        self.0.recv().await.expect("the executor is gone")
    }
}

impl Turn {
    pub(crate) fn prompts(&self) -> Vec<&str> {
        self.run.inputs.iter().map(|input| &*input.prompt).collect()
    }

    pub(crate) fn complete(&self, text: &str) {
        self.order(Order::Complete(text.to_owned()));
    }

    pub(crate) fn fail(&self, error: ExecutorError) {
        self.order(Order::Fail(error));
    }

    pub(crate) fn panic(&self) {
        self.order(Order::Panic);
    }

    pub(crate) async fn boundary(&self) -> Boundary {
        let (tell, told) = oneshot::channel();
        self.order(Order::Boundary(tell));
        told.await.unwrap()
    }

    pub(crate) async fn drop_boundary(&self) {
        let (tell, told) = oneshot::channel();
        self.order(Order::BoundaryDroppedAtOnce(tell));
        told.await.unwrap();
    }

    fn order(&self, order: Order) {
        assert!(self.orders.send(order).is_ok(), "the run has ended");
    }
}

/// Polls a future at most so often, then drops it.
pub(crate) async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut polls = 0;
    poll_fn(|context| {
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls >= times => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// What happens to the commit that is to fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// It is lost, and the store is well again.
    LostOnce,
    /// It is kept, but its writer is not told so, and the store is well again.
    KeptOnce,
    /// It is lost and so are all later ones: the process died before it.
    DeadBefore,
    /// The store panics instead, once.
    Panic,
    /// It is kept and all later ones are lost: the process died behind it.
    DeadBehind,
}

/// A store that fails at one commit.
pub(crate) struct Faulty {
    pub(crate) inner: MemoryStore,
    at: u64,
    fault: Fault,
    commits: AtomicU64,
}

impl Faulty {
    /// The commit with this number, from 1, fails.
    pub(crate) fn new(inner: MemoryStore, at: u64, fault: Fault) -> Arc<Self> {
        Arc::new(Self { inner, at, fault, commits: AtomicU64::new(0) })
    }

    pub(crate) fn fired(&self) -> bool {
        self.commits.load(Ordering::SeqCst) >= self.at
    }

    fn failed(&self) -> StoreError {
        StoreError::Backend { place: "a test".to_owned(), source: "injected".into() }
    }
}

#[async_trait]
impl RuntimeStore for Faulty {
    async fn load(&self, session: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        self.inner.load(session).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        let dead = matches!(self.fault, Fault::DeadBefore | Fault::DeadBehind);
        if number < self.at || (number > self.at && !dead) {
            return self.inner.commit(commit).await;
        }
        assert!(number != self.at || self.fault != Fault::Panic, "injected");
        if number == self.at && matches!(self.fault, Fault::KeptOnce | Fault::DeadBehind) {
            self.inner.commit(commit).await?;
        }
        Err(self.failed())
    }

    async fn find_by_key(
        &self,
        session: &SessionId,
        keys: Vec<Arc<str>>,
    ) -> Result<Vec<Option<StoredInput>>, StoreError> {
        self.inner.find_by_key(session, keys).await
    }

    async fn input(&self, session: &SessionId, number: u64) -> Result<Option<StoredInput>, StoreError> {
        self.inner.input(session, number).await
    }

    async fn inputs(
        &self,
        session: &SessionId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredInput>, StoreError> {
        self.inner.inputs(session, after, limit).await
    }

    async fn receipt(&self, session: &SessionId, run: u64, boundary: u64) -> Result<Option<StoredReceipt>, StoreError> {
        self.inner.receipt(session, run, boundary).await
    }

    async fn sessions(&self, after: Option<&SessionId>, limit: usize) -> Result<Vec<SessionId>, StoreError> {
        self.inner.sessions(after, limit).await
    }

    fn statistics(&self) -> StoreStatistics {
        self.inner.statistics()
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.inner.close().await
    }
}

/// The input with this number.
pub(crate) fn input(number: u64) -> InputId {
    InputId::from_number(number)
}
