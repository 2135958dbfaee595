//! Prompts, as they are read from files and from stdin: JSON, one object per line.
//!
//! ```json
//! {"session":"alice","prompt":"hello","key":"mail/17","lane":"steer"}
//! ```
//!
//! Session and prompt are needed. The lane is `queue` unless it is `steer`: ahead of the queue. The key makes a prompt
//! safe to give twice. In a file it defaults to the place of the line, `<file name>:<line number>`, so the same file can
//! be given again after a crash and goes on where it stopped; the price is that lines may be added at the end of a file
//! and not changed. From stdin there is no default: a line without a key is a new input each time.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use meerkat_runtime::{Lane, SessionId, SessionIdError, Submission};
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::protocol::parse_object;

/// A prompt and where it came from.
#[derive(Debug)]
pub(crate) struct Prompt {
    /// File and line.
    pub(crate) place: String,
    /// Whom it is for.
    pub(crate) session: SessionId,
    /// Its name, if it has one.
    pub(crate) key: Option<Arc<str>>,
    /// Where it waits.
    pub(crate) lane: Lane,
    /// What it says.
    pub(crate) text: Arc<str>,
}

impl Prompt {
    /// What the session is given.
    pub(crate) fn submission(&self) -> Submission {
        let submission = Submission::prompt(Arc::clone(&self.text)).lane(self.lane);
        match &self.key {
            Some(key) => submission.idempotency_key(Arc::clone(key)),
            None => submission,
        }
    }
}

/// A line that is no prompt.
#[derive(Debug)]
pub(crate) struct BadLine {
    /// File and line.
    pub(crate) place: String,
    /// Why it is none.
    pub(crate) error: LineError,
}

/// Why a line is no prompt.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    /// It is not the JSON that it should be.
    #[error("not a prompt ({0}); write one object per line, such as {{\"session\":\"alice\",\"prompt\":\"hello\"}}")]
    Json(#[from] serde_json::Error),
    /// It names no session.
    #[error("{0}")]
    Session(#[from] SessionIdError),
    /// It is too long to be read.
    #[error("the line has more than {limit_bytes} bytes; split the prompt")]
    TooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// The rest of the file cannot be read.
    #[error("the rest cannot be read ({0}); look at the file")]
    Unreadable(#[source] io::Error),
}

/// Why a source cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// It cannot be opened.
    #[error("{} cannot be read ({source}); check the path", .path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Two files have the same name, and a line's key is made of it.
    #[error("two prompt files are named {name:?}, and the lines' keys start with that name; rename one of them")]
    SameName {
        /// The name.
        name: String,
    },
}

/// Where prompts come from.
pub(crate) struct Source {
    name: String,
    has_keys: bool,
    lines: Box<dyn BufRead + Send>,
}

impl Source {
    /// Opens all of them, `-` being stdin, before anything is done with one.
    pub(crate) fn open_all(paths: &[PathBuf]) -> Result<Vec<Self>, SourceError> {
        let sources: Vec<Self> = paths.iter().map(|path| Self::open(path)).collect::<Result<_, _>>()?;
        let mut names = BTreeSet::new();
        match sources.iter().find(|source| !names.insert(source.name.as_str())) {
            Some(source) => Err(SourceError::SameName { name: source.name.clone() }),
            None => Ok(sources),
        }
    }

    fn open(path: &Path) -> Result<Self, SourceError> {
        if path == Path::new("-") {
            return Ok(Self {
                name: "stdin".to_owned(),
                has_keys: false,
                lines: Box::new(BufReader::new(io::stdin())),
            });
        }
        let cannot = |source| SourceError::CannotOpen { path: path.to_owned(), source };
        let file = File::open(path).map_err(cannot)?;
        if file.metadata().map_err(cannot)?.is_dir() {
            return Err(cannot(io::ErrorKind::IsADirectory.into()));
        }
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Self { name, has_keys: true, lines: Box::new(BufReader::new(file)) })
    }

    /// Reads it to its end, or until nobody listens any more.
    fn read(mut self, sender: &mpsc::Sender<Result<Prompt, BadLine>>) {
        for number in 1_usize.. {
            let place = format!("{}:{number}", self.name);
            let prompt = match self.line() {
                Ok(None) => return,
                Ok(Some(line)) if line.trim_ascii().is_empty() => continue,
                Ok(Some(line)) => self.parse(&line, &place),
                Err(error) => Err(error),
            };
            let last = matches!(prompt, Err(LineError::Unreadable(_)));
            if sender.blocking_send(prompt.map_err(|error| BadLine { place, error })).is_err() || last {
                return;
            }
        }
    }

    fn line(&mut self) -> Result<Option<Vec<u8>>, LineError> {
        const LIMIT_BYTES: usize = 16 * 1024 * 1024;
        let mut line = Vec::new();
        let mut limited = (&mut self.lines).take(LIMIT_BYTES as u64 + 1);
        let count = limited.read_until(b'\n', &mut line).map_err(LineError::Unreadable)?;
        if count > LIMIT_BYTES {
            if line.last() != Some(&b'\n') {
                self.lines.skip_until(b'\n').map_err(LineError::Unreadable)?;
            }
            return Err(LineError::TooLong { limit_bytes: LIMIT_BYTES });
        }
        Ok((count > 0).then_some(line))
    }

    fn parse(&self, line: &[u8], place: &str) -> Result<Prompt, LineError> {
        // Some editors put a byte order mark at the beginning of a file.
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        let raw: RawPrompt = parse_object(line)?;
        let default = self.has_keys.then(|| Arc::from(place));
        Ok(Prompt {
            place: place.to_owned(),
            session: SessionId::new(raw.session)?,
            key: raw.key.map(Arc::from).or(default),
            lane: match raw.lane {
                RawLane::Queue => Lane::Queue,
                RawLane::Steer => Lane::Steer,
            },
            text: raw.prompt.into(),
        })
    }
}

/// Reads the sources one after the other on a thread of its own: stdin cannot be read without one, and a read of stdin
/// cannot be taken back. So nobody waits for the thread; it ends with its sources, or after the first line that nobody
/// wants any more, or with the process.
pub(crate) fn read_all(sources: Vec<Source>) -> mpsc::Receiver<Result<Prompt, BadLine>> {
    const READ_AHEAD: usize = 64;
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    std::thread::spawn(move || {
        for source in sources {
            source.read(&sender);
        }
    });
    receiver
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPrompt {
    session: String,
    prompt: String,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    lane: RawLane,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawLane {
    #[default]
    Queue,
    Steer,
}
