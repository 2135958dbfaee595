//! Answers that wait for their step to become durable.

use machine_spec::session::Incarnation;

use crate::command::{Claim, Reply};
use crate::request::Letter;
use crate::{Completion, EndReport, Receipt, RuntimeError};

/// An answer and who is to have it.
pub(super) struct Pending<T> {
    reply: Reply<T>,
    answer: Result<T, RuntimeError>,
}

/// The answers that commands have.
pub(super) enum Answer {
    Done(Pending<()>),
    Accept(Pending<(Receipt, Option<Completion>)>),
    Claim(Pending<Claim>),
    Greet(Pending<Incarnation>),
    Ended(Pending<EndReport>),
    Call(Box<dyn Letter>),
}

impl<T> Pending<T> {
    pub(super) fn new(reply: Reply<T>, answer: Result<T, RuntimeError>) -> Self {
        Self { reply, answer }
    }

    fn give(self) {
        tell(self.reply, self.answer);
    }

    fn fail(self, error: &RuntimeError) {
        tell(self.reply, Err(error.clone()));
    }
}

impl Answer {
    /// The step is durable.
    pub(super) fn give(self) {
        match self {
            Self::Done(pending) => pending.give(),
            Self::Accept(pending) => pending.give(),
            Self::Claim(pending) => pending.give(),
            Self::Greet(pending) => pending.give(),
            Self::Ended(pending) => pending.give(),
            Self::Call(letter) => letter.give(),
        }
    }

    /// The step is not known to be durable.
    pub(super) fn fail(self, error: &RuntimeError) {
        match self {
            Self::Done(pending) => pending.fail(error),
            Self::Accept(pending) => pending.fail(error),
            Self::Claim(pending) => pending.fail(error),
            // Whoever registers tries again, which recovers the session.
            Self::Greet(pending) => drop(pending),
            Self::Ended(pending) => pending.fail(error),
            Self::Call(letter) => letter.fail(error),
        }
    }
}

/// Tells whoever asked, if somebody still waits. A claim that nobody receives lets its session go when it is dropped.
pub(super) fn tell<T>(reply: Reply<T>, answer: Result<T, RuntimeError>) {
    drop(reply.send(answer));
}
