//! The name of a session.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name that the host chose for a session: 1 to 200 bytes without control characters. Cloning shares the text.
///
/// Ids are ordered by their bytes, in every store alike.
///
/// ```
/// use meerkat_runtime::SessionId;
/// let id = SessionId::new("billing/42")?;
/// assert_eq!(id.as_str(), "billing/42");
/// assert_eq!(SessionId::new("").unwrap_err().code(), "session_id.empty");
/// # Ok::<(), meerkat_runtime::SessionIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// The longest allowed id.
    pub const MAX_BYTES: usize = 200;

    /// Takes a name for a session.
    ///
    /// # Errors
    ///
    /// If the name is empty, longer than [`SessionId::MAX_BYTES`], or has a control character in it.
    pub fn new(name: impl AsRef<str> + Into<Arc<str>>) -> Result<Self, SessionIdError> {
        check(name.as_ref())?;
        Ok(Self(name.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(name: &str) -> Result<(), SessionIdError> {
    if name.is_empty() {
        return Err(SessionIdError::Empty);
    }
    if name.len() > SessionId::MAX_BYTES {
        return Err(SessionIdError::TooLong { length_bytes: name.len() });
    }
    match name.char_indices().find(|(_, character)| character.is_control()) {
        Some((offset_bytes, _)) => Err(SessionIdError::ControlCharacter { offset_bytes }),
        None => Ok(()),
    }
}

/// Why a text cannot name a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionIdError {
    /// There is no text.
    #[error("a session id is empty; give it at least one character")]
    Empty,
    /// There is too much text.
    #[error("a session id has {length_bytes} bytes; shorten it to at most {max} bytes", max = SessionId::MAX_BYTES)]
    TooLong {
        /// How long it is.
        length_bytes: usize,
    },
    /// It would garble logs and terminals.
    #[error("a session id has a control character at byte {offset_bytes}; remove it")]
    ControlCharacter {
        /// Where the first one is.
        offset_bytes: usize,
    },
}

impl SessionIdError {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "session_id.empty",
            Self::TooLong { .. } => "session_id.too_long",
            Self::ControlCharacter { .. } => "session_id.control_character",
        }
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SessionId({:?})", &self.0)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl AsRef<str> for SessionId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for SessionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = SessionIdError;

    fn from_str(name: &str) -> Result<Self, SessionIdError> {
        Self::new(name)
    }
}

impl TryFrom<&str> for SessionId {
    type Error = SessionIdError;

    fn try_from(name: &str) -> Result<Self, SessionIdError> {
        Self::new(name)
    }
}

impl TryFrom<String> for SessionId {
    type Error = SessionIdError;

    fn try_from(name: String) -> Result<Self, SessionIdError> {
        Self::new(name)
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{SessionId, SessionIdError};

    #[test]
    fn the_limits_are_inclusive() {
        assert!(SessionId::new("x".repeat(SessionId::MAX_BYTES)).is_ok());
        let too_long = SessionId::new("x".repeat(SessionId::MAX_BYTES + 1));
        assert_eq!(too_long, Err(SessionIdError::TooLong { length_bytes: 201 }));
        assert_eq!(SessionId::new(""), Err(SessionIdError::Empty));
    }

    #[test]
    fn control_characters_are_refused_where_they_are() {
        assert_eq!(SessionId::new("a\nb"), Err(SessionIdError::ControlCharacter { offset_bytes: 1 }));
        assert_eq!(SessionId::new("é\u{85}"), Err(SessionIdError::ControlCharacter { offset_bytes: 2 }));
        assert!(SessionId::new("été 🐾").is_ok());
    }

    #[test]
    fn a_stored_id_is_checked_when_it_is_read() {
        let id = SessionId::new("a").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"a\"");
        assert_eq!(serde_json::from_str::<SessionId>("\"a\"").unwrap(), id);
        assert!(serde_json::from_str::<SessionId>("\"\"").is_err());
    }
}
