//! What the host and an agent say to each other: JSON, one object per line.
//!
//! The host starts the agent's command once per run. It writes one [`Turn`] to the agent's stdin and closes it:
//!
//! ```json
//! {"session":"alice","run":7,"attempt":1,"inputs":[{"input":3,"prompt":"hello","key":null,"coalesced":[]}]}
//! ```
//!
//! The agent prints any number of partial lines, then how the run ended, and exits with code 0:
//!
//! ```json
//! {"partial":"thinking"}
//! {"result":"hello yourself"}
//! ```
//!
//! or `{"error":"the model is busy","retry":true}` in place of the result. What it logs goes to stderr. A result may be
//! any JSON value; other values than text are stored as their JSON.
//!
//! A run that failed, or that a crash cut off, is tried again with a higher `attempt`: an agent that changes the world
//! does well to hand `key`, or session and input, to whatever it calls.
//!
//! With `--steerable` stdin stays open, so an agent must read one line and not to the end. It may then print
//! `{"boundary":true}` between two steps, and reads back `{"joined":[...]}`, the inputs that joined its run, often
//! none, or `{"interrupt":true}`, which asks it to end.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an agent is to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Turn {
    /// The session.
    pub(crate) session: String,
    /// The run's number in the session.
    pub(crate) run: u64,
    /// 1 for the first run of these inputs, 2 for the second.
    pub(crate) attempt: u32,
    /// What to run, at least one.
    pub(crate) inputs: Vec<TurnInput>,
}

/// One input of a turn.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TurnInput {
    /// Its number in the session.
    pub(crate) input: u64,
    /// What it says.
    pub(crate) prompt: String,
    /// The host's name for it.
    pub(crate) key: Option<String>,
    /// Later inputs that became part of it.
    #[serde(default)]
    pub(crate) coalesced: Vec<TurnPart>,
}

/// An input that became part of another.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TurnPart {
    /// Its number in the session.
    pub(crate) input: u64,
    /// What it says.
    pub(crate) prompt: String,
}

/// One line from an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawLine", into = "RawLine")]
pub(crate) enum Line {
    /// Something to show while the run goes on.
    Partial(String),
    /// The run may be steered or ended here. The agent waits for an [`Answer`].
    Boundary,
    /// The run completed.
    Result(String),
    /// The run failed.
    Error {
        /// Why.
        message: String,
        /// Whether another run may get over it.
        retry: bool,
    },
}

/// What the host answers at a boundary.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// Go on, with these inputs as well.
    Joined(Vec<TurnInput>),
    /// End now.
    Interrupt(bool),
}

/// Reads an object. The names matter: an array with the same values is none.
pub(crate) fn parse_object<T: serde::de::DeserializeOwned>(line: &[u8]) -> Result<T, serde_json::Error> {
    match line.trim_ascii_start().first() {
        Some(b'[') => Err(serde::de::Error::custom("an array is no object")),
        _ => serde_json::from_slice(line),
    }
}

/// A line as it is written: exactly one of the first four is there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLine {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partial: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    boundary: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry: Option<bool>,
}

impl TryFrom<RawLine> for Line {
    type Error = &'static str;

    fn try_from(raw: RawLine) -> Result<Self, &'static str> {
        match raw {
            RawLine { partial: Some(text), boundary: None, result: None, error: None, retry: None } => {
                Ok(Self::Partial(text))
            }
            RawLine { boundary: Some(true), partial: None, result: None, error: None, retry: None } => {
                Ok(Self::Boundary)
            }
            RawLine { result: Some(value), partial: None, boundary: None, error: None, retry: None } => {
                Ok(Self::Result(match value {
                    Value::String(text) => text,
                    other => other.to_string(),
                }))
            }
            RawLine { error: Some(message), retry, partial: None, boundary: None, result: None } => {
                Ok(Self::Error { message, retry: retry.unwrap_or(true) })
            }
            _ => Err("a line has exactly one of partial, boundary, result and error"),
        }
    }
}

impl From<Line> for RawLine {
    fn from(line: Line) -> Self {
        let none = Self::default();
        match line {
            Line::Partial(text) => Self { partial: Some(text), ..none },
            Line::Boundary => Self { boundary: Some(true), ..none },
            Line::Result(text) => Self { result: Some(Value::String(text)), ..none },
            Line::Error { message, retry } => Self { error: Some(message), retry: Some(retry), ..none },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, parse_object};

    #[test]
    fn a_line_says_exactly_one_thing() {
        let parse = |line: &str| parse_object::<Line>(line.as_bytes());
        assert_eq!(parse(r#"{"partial":"a"}"#).unwrap(), Line::Partial("a".to_owned()));
        assert_eq!(parse(r#"{"boundary":true}"#).unwrap(), Line::Boundary);
        assert_eq!(parse(r#"{"result":"a"}"#).unwrap(), Line::Result("a".to_owned()));
        assert_eq!(parse(r#"{"result":{"a":[1]}}"#).unwrap(), Line::Result(r#"{"a":[1]}"#.to_owned()));
        let error = |retry| Line::Error { message: "e".to_owned(), retry };
        assert_eq!(parse(r#"{"error":"e"}"#).unwrap(), error(true));
        assert_eq!(parse(r#"{"error":"e","retry":false}"#).unwrap(), error(false));
        let wrong = [
            "{}",
            "[\"a\"]",
            "1",
            r#"{"result":null}"#,
            r#"{"partial":"a","result":"b"}"#,
            r#"{"boundary":false}"#,
            "x",
        ];
        for line in wrong {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let error = Line::Error { message: "e".to_owned(), retry: false };
        for line in [Line::Partial("p\n".to_owned()), Line::Boundary, Line::Result(String::new()), error] {
            let text = serde_json::to_string(&line).unwrap();
            assert!(!text.contains('\n'));
            assert_eq!(serde_json::from_str::<Line>(&text).unwrap(), line);
        }
    }
}
