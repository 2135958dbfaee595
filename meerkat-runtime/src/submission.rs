//! What a host gives to a session.

use std::sync::Arc;

use machine_spec::session::{InputId, Lane};
use sha2::{Digest, Sha256};

use crate::{RuntimeError, RuntimeOptions};

/// An input that a host is about to give to a session.
///
/// ```
/// use meerkat_runtime::{Lane, Submission};
/// let urgent = Submission::prompt("stop and read this first").lane(Lane::Steer).idempotency_key("mail/17");
/// assert_eq!(urgent.text(), "stop and read this first");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    pub(crate) prompt: Arc<str>,
    pub(crate) lane: Lane,
    pub(crate) wakes: bool,
    pub(crate) key: Option<Arc<str>>,
    pub(crate) relation: Relation,
}

/// How a new input relates to one that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Own,
    Supersedes(InputId),
    CoalescesInto(InputId),
}

impl Submission {
    /// The longest idempotency key, in bytes.
    pub const MAX_KEY_BYTES: usize = 512;

    /// An input for the queue.
    #[must_use]
    pub fn prompt(text: impl Into<Arc<str>>) -> Self {
        Self { prompt: text.into(), lane: Lane::Queue, wakes: true, key: None, relation: Relation::Own }
    }

    /// Where it waits; the queue unless told.
    #[must_use]
    pub fn lane(self, lane: Lane) -> Self {
        Self { lane, ..self }
    }

    /// It starts no run by itself: it runs, in its order, once an input that waits does, once the host calls for what
    /// waits, or when the session is retired.
    #[must_use]
    pub fn without_wake(self) -> Self {
        Self { wakes: false, ..self }
    }

    /// The host's own name for it. A second submission under the same key is answered with the first one's receipt, for
    /// as long as the store keeps the session; without a key every submission is a new input.
    #[must_use]
    pub fn idempotency_key(self, key: impl Into<Arc<str>>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// It takes the place of an input that still waits. Replaces an earlier relation of this submission.
    #[must_use]
    pub fn superseding(self, input: InputId) -> Self {
        Self { relation: Relation::Supersedes(input), ..self }
    }

    /// It is handed to the executor together with an input that still waits. Replaces an earlier relation.
    #[must_use]
    pub fn coalescing_into(self, input: InputId) -> Self {
        Self { relation: Relation::CoalescesInto(input), ..self }
    }

    /// The prompt.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.prompt
    }

    pub(crate) fn check(&self, options: &RuntimeOptions) -> Result<(), RuntimeError> {
        let (length_bytes, limit_bytes) = (self.prompt.len(), options.prompt_limit_bytes);
        if length_bytes > limit_bytes {
            return Err(RuntimeError::PromptTooLarge { length_bytes, limit_bytes });
        }
        let key_bytes = self.key.as_ref().map_or(1, |key| key.len());
        if key_bytes == 0 || key_bytes > Self::MAX_KEY_BYTES {
            return Err(RuntimeError::KeyInvalid { length_bytes: key_bytes });
        }
        Ok(())
    }

    /// Tells whether another submission has the same content. The lane is not content: a retry may be in more of a
    /// hurry than the first try.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let (tag, number) = match self.relation {
            Relation::Own => (0_u8, 0),
            Relation::Supersedes(input) => (1, input.number()),
            Relation::CoalescesInto(input) => (2, input.number()),
        };
        let mut hash = Sha256::new();
        hash.update([tag]);
        hash.update(number.to_le_bytes());
        hash.update(self.prompt.as_bytes());
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::Submission;
    use crate::{InputId, Lane, RuntimeOptions};

    #[test]
    fn the_lane_and_the_key_are_no_content_and_the_rest_is() {
        let plain = Submission::prompt("a").digest();
        assert_eq!(Submission::prompt("a").lane(Lane::Steer).idempotency_key("k").digest(), plain);
        assert_ne!(Submission::prompt("b").digest(), plain);
        let one = InputId::from_number(1);
        assert_ne!(Submission::prompt("a").superseding(one).digest(), plain);
        assert_ne!(
            Submission::prompt("a").superseding(one).digest(),
            Submission::prompt("a").coalescing_into(one).digest()
        );
    }

    #[test]
    fn limits_are_inclusive_and_name_themselves() {
        let options = RuntimeOptions { prompt_limit_bytes: 2, ..RuntimeOptions::default() };
        assert!(Submission::prompt("é").check(&options).is_ok());
        assert_eq!(Submission::prompt("abc").check(&options).unwrap_err().code(), "runtime.prompt_too_large");
        assert_eq!(
            Submission::prompt("").idempotency_key("").check(&options).unwrap_err().code(),
            "runtime.key_invalid"
        );
    }
}
