//! Requests between peers, and the streams over which somebody follows an interaction.

use std::sync::Arc;

use machine_spec::session::{Reply, RequestId, RequestOutcome, StreamEnd, StreamId};

use crate::cell::Cell;
use crate::{InProgress, RuntimeError};

/// The requests between a session and its peers. Reached by [`SessionHandle::requests`](crate::SessionHandle::requests).
///
/// The host numbers requests; a number may be used again once its request is over. A request that was sent is settled
/// once, tells so once, and is forgotten in the same step. It ends with its process, with the registration, with a stop,
/// a reset and a destruction. An answer that is owed to a peer survives its process and the registration.
///
/// ```
/// # use meerkat_runtime::{MeerkatMachine, RequestId, RequestOutcome, SessionId};
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// # let machine = MeerkatMachine::ephemeral();
/// # let handle = machine.register_session(&SessionId::new("coder")?).await?;
/// let request = RequestId::from_number(1);
/// let outcome = handle.requests().send(request, "reviewer").await?;
/// let progress = handle.requests().progressed(request, "reviewer").await?;
/// assert_eq!(progress, 1);
/// // A deadline from before that sign of progress does not count.
/// assert_eq!(handle.requests().time_out(request, 0).await.unwrap_err().code(), "peers.request_heard_of");
/// handle.requests().answered(request, "reviewer").await?;
/// assert_eq!(outcome.await?, RequestOutcome::Answered);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Requests<'handle> {
    cell: &'handle Arc<Cell>,
}

/// A request that a peer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRequest {
    /// The peer.
    pub peer: Arc<str>,
    /// How often the peer has said that it is at it.
    pub progress: u32,
}

/// A request of a peer that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwedReply {
    /// The peer waits for an answer.
    Unanswered {
        /// The request.
        request: RequestId,
        /// The peer.
        peer: Arc<str>,
    },
    /// The answer is on its way to the peer.
    Undelivered {
        /// The request.
        request: RequestId,
        /// The answer.
        reply: Reply,
    },
}

impl<'handle> Requests<'handle> {
    pub(crate) fn new(cell: &'handle Arc<Cell>) -> Self {
        Self { cell }
    }

    /// Asks a peer. The host hears [`DispatchRequest`](crate::MeerkatMachineEffect::DispatchRequest) and sends it. What
    /// is given back tells once what became of the request; it fails only if the registration does.
    ///
    /// # Errors
    ///
    /// If there is a request under this number, the peer has no valid name, or the session is being unregistered.
    pub async fn send(
        &self,
        request: RequestId,
        peer: impl Into<Arc<str>>,
    ) -> Result<InProgress<RequestOutcome>, RuntimeError> {
        let peer = peer.into();
        let (reply, outcome) = self.cell.promise();
        let send = move |owner: &mut crate::owner::Owner| {
            owner.core_mut().transact(|core| core.send_request(request, &peer))?;
            owner.watch_request(request, reply);
            Ok(())
        };
        self.cell.call_owner(send).await.map(|()| outcome)
    }

    /// The peer is at it. Gives how often it has said so, which a new deadline is to be held against.
    ///
    /// # Errors
    ///
    /// If the request is over, or went to another peer.
    pub async fn progressed(&self, request: RequestId, peer: impl Into<Arc<str>>) -> Result<u32, RuntimeError> {
        let peer = peer.into();
        self.cell.call(move |core| core.progress_request(request, &peer)).await
    }

    /// The peer has answered.
    ///
    /// # Errors
    ///
    /// If the request is over, or went to another peer.
    pub async fn answered(&self, request: RequestId, peer: impl Into<Arc<str>>) -> Result<(), RuntimeError> {
        self.finish(request, peer.into(), true).await
    }

    /// The peer has failed to answer.
    ///
    /// # Errors
    ///
    /// If the request is over, or went to another peer.
    pub async fn failed(&self, request: RequestId, peer: impl Into<Arc<str>>) -> Result<(), RuntimeError> {
        self.finish(request, peer.into(), false).await
    }

    async fn finish(&self, request: RequestId, peer: Arc<str>, answered: bool) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.finish_request(request, &peer, answered)).await
    }

    /// The deadline has passed that was set when the peer had been heard of so many times.
    ///
    /// # Errors
    ///
    /// If the peer was heard of since, or the request is over.
    pub async fn time_out(&self, request: RequestId, progress: u32) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.time_out_request(request, progress)).await
    }

    /// A request that a peer has.
    ///
    /// # Errors
    ///
    /// If there is none under this number, or it is over.
    pub async fn sent(&self, request: RequestId) -> Result<SentRequest, RuntimeError> {
        self.cell.call(move |core| core.sent_request(request)).await
    }

    /// A peer asks the session.
    ///
    /// # Errors
    ///
    /// If there is a request under this number, the peer has no valid name, or the session takes no input.
    pub async fn received(&self, request: RequestId, peer: impl Into<Arc<str>>) -> Result<(), RuntimeError> {
        let peer = peer.into();
        self.cell.call(move |core| core.receive_request(request, &peer)).await
    }

    /// The session answers, or says that it will not. The host hears
    /// [`SendReply`](crate::MeerkatMachineEffect::SendReply).
    ///
    /// # Errors
    ///
    /// If there is no such request, or it was answered already.
    pub async fn reply(&self, request: RequestId, reply: Reply) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.reply_to_request(request, reply)).await
    }

    /// The reply has reached its peer, or nobody will ask for it again: the request is forgotten.
    ///
    /// # Errors
    ///
    /// If there is no such request, or it was not answered yet.
    pub async fn delivered(&self, request: RequestId) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.forget_reply(request)).await
    }

    /// What peers are still to hear, in the order of the requests' numbers.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn owed(&self) -> Result<Vec<OwedReply>, RuntimeError> {
        self.cell.call(|core| Ok(core.owed_replies())).await
    }
}

/// The streams over which somebody follows an interaction. Reached by
/// [`SessionHandle::streams`](crate::SessionHandle::streams).
///
/// A stream is reserved, attached to by its reader, and ends once, in one way; then it tells so once and is forgotten. The
/// host numbers streams and never uses a number twice. Streams end with their process, with the registration, with a
/// stop, a reset and a destruction.
///
/// ```
/// # use meerkat_runtime::{MeerkatMachine, SessionId, StreamEnd, StreamId};
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// # let machine = MeerkatMachine::ephemeral();
/// # let handle = machine.register_session(&SessionId::new("coder")?).await?;
/// let stream = StreamId::from_number(1);
/// let end = handle.streams().reserve(stream).await?;
/// handle.streams().attach(stream).await?;
/// assert_eq!(handle.streams().expire(stream).await.unwrap_err().code(), "peers.stream_has_reader");
/// handle.streams().complete(stream).await?;
/// assert_eq!(end.await?, StreamEnd::Completed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Streams<'handle> {
    cell: &'handle Arc<Cell>,
}

impl<'handle> Streams<'handle> {
    pub(crate) fn new(cell: &'handle Arc<Cell>) -> Self {
        Self { cell }
    }

    /// Keeps a stream for its reader. What is given back tells once how the stream ended; it fails only if the
    /// registration does.
    ///
    /// # Errors
    ///
    /// If there is a stream under this number, or the session is being unregistered.
    pub async fn reserve(&self, stream: StreamId) -> Result<InProgress<StreamEnd>, RuntimeError> {
        let (reply, end) = self.cell.promise();
        let reserve = move |owner: &mut crate::owner::Owner| {
            owner.core_mut().transact(|core| core.reserve_stream(stream))?;
            owner.watch_stream(stream, reply);
            Ok(())
        };
        self.cell.call_owner(reserve).await.map(|()| end)
    }

    /// The reader is there.
    ///
    /// # Errors
    ///
    /// If the stream has a reader, or has ended.
    pub async fn attach(&self, stream: StreamId) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.attach_stream(stream)).await
    }

    /// All was said.
    ///
    /// # Errors
    ///
    /// If the stream has no reader, or has ended.
    pub async fn complete(&self, stream: StreamId) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.complete_stream(stream)).await
    }

    /// The reader did not come.
    ///
    /// # Errors
    ///
    /// If the stream has its reader, or has ended.
    pub async fn expire(&self, stream: StreamId) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.expire_stream(stream)).await
    }

    /// The stream ends before all was said.
    ///
    /// # Errors
    ///
    /// If the stream has ended.
    pub async fn close(&self, stream: StreamId) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.close_stream(stream)).await
    }
}
