//! Calls that travel to a session as one letter: what to do there, and who is told what came of it.
//!
//! A call is a closure over the [`Core`]: it offers machine inputs and reads its answer from the state behind them. The
//! letter holds the closure and the one reply that fits it, so an answer of another kind cannot be written down. Like
//! every other answer it waits until the step is durable.
//!
//! A new call is a method on `Core` beside its region, and one line in a facet:
//!
//! ```ignore
//! impl Core {
//!     pub(crate) fn enable_tool(&mut self, name: &str) -> Result<Revision, RuntimeError> {
//!         let tool = ToolId::from_number(self.intern(NameKind::Tool, name)?);
//!         let revision = self.fresh(self.state().tools().revision())?;
//!         self.request(Input::EnableTool { incarnation: self.incarnation(), tool, revision })?;
//!         Ok(revision)
//!     }
//! }
//!
//! impl Tools<'_> {
//!     pub async fn enable(&self, name: impl Into<Arc<str>>) -> Result<Revision, RuntimeError> {
//!         let name = name.into();
//!         self.cell.call(move |core| core.enable_tool(&name)).await
//!     }
//! }
//! ```

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::RuntimeError;
use crate::cell::Cell;
use crate::command::{Command, Reply};
use crate::core::Core;
use crate::owner::Owner;

/// A call on its way: first performed, then answered.
pub(crate) trait Letter: Send {
    /// Does what was asked for.
    fn perform(&mut self, owner: &mut Owner);
    /// The step is durable: tells whoever asked what came of it.
    fn give(self: Box<Self>);
    /// It came to nothing, or nobody knows whether it did not.
    fn fail(self: Box<Self>, error: &RuntimeError);
}

struct Call<F, T> {
    perform: Option<F>,
    answer: Option<Result<T, RuntimeError>>,
    reply: Reply<T>,
}

impl<F, T> Letter for Call<F, T>
where
    F: FnOnce(&mut Owner) -> Result<T, RuntimeError> + Send,
    T: Send,
{
    fn perform(&mut self, owner: &mut Owner) {
        self.answer = self.perform.take().map(|perform| perform(owner));
    }

    fn give(self: Box<Self>) {
        if let Some(answer) = self.answer {
            // Who went away does not want to know.
            drop(self.reply.send(answer));
        }
    }

    fn fail(self: Box<Self>, error: &RuntimeError) {
        drop(self.reply.send(Err(error.clone())));
    }
}

impl Cell {
    /// Sends a call to the core. Dropping the answer takes nothing back.
    pub(crate) fn call<T: Send + 'static>(
        self: &Arc<Self>,
        perform: impl FnOnce(&mut Core) -> Result<T, RuntimeError> + Send + 'static,
    ) -> InProgress<T> {
        self.call_owner(move |owner| owner.core_mut().transact(perform))
    }

    /// Sends a call that needs what is around the core as well.
    pub(crate) fn call_owner<T: Send + 'static>(
        self: &Arc<Self>,
        perform: impl FnOnce(&mut Owner) -> Result<T, RuntimeError> + Send + 'static,
    ) -> InProgress<T> {
        self.ask(|reply| Command::Call(Box::new(Call { perform: Some(perform), answer: None, reply })))
    }

    /// Sends a letter and gives its answer. Dropping the answer takes nothing back.
    pub(crate) fn ask<T>(self: &Arc<Self>, letter: impl FnOnce(Reply<T>) -> Command) -> InProgress<T> {
        let (reply, answer) = oneshot::channel();
        self.push(letter(reply));
        InProgress { cell: Arc::clone(self), answer }
    }
}

/// Something that a session was asked for and is about to do. Await it to hear what came of it; dropping it takes
/// nothing back.
#[must_use = "await it to hear what came of it"]
pub struct InProgress<T> {
    cell: Arc<Cell>,
    answer: oneshot::Receiver<Result<T, RuntimeError>>,
}

impl<T> InProgress<T> {
    /// Waits so long and no longer.
    pub(crate) async fn within(mut self, patience: Duration) -> Result<Ending<T>, RuntimeError> {
        match tokio::time::timeout(patience, &mut self).await {
            Ok(answer) => answer.map(Ending::Done),
            Err(_) => Ok(Ending::InProgress(self)),
        }
    }
}

impl<T> Future for InProgress<T> {
    type Output = Result<T, RuntimeError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = Pin::new(&mut self.answer).poll(context);
        answer.map(|answer| answer.unwrap_or_else(|_| Err(self.cell.gone())))
    }
}

impl<T> fmt::Debug for InProgress<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("InProgress").field("session", self.cell.session()).finish_non_exhaustive()
    }
}

/// How far an ending got while its caller was patient.
#[derive(Debug)]
#[must_use = "the end may still be in progress"]
pub enum Ending<T> {
    /// It is over.
    Done(T),
    /// It goes on by itself. Await it to hear of its end, or drop it.
    InProgress(InProgress<T>),
}

impl<T> Ending<T> {
    /// Waits for the end, however long it takes.
    ///
    /// # Errors
    ///
    /// If the ending fails: mostly because the store does.
    pub async fn done(self) -> Result<T, RuntimeError> {
        match self {
            Self::Done(report) => Ok(report),
            Self::InProgress(rest) => rest.await,
        }
    }
}
