//! What the host tells its user, as it happens.
//!
//! Every event is one JSON line with its kind under `event`, or a line of text for people. One thread writes them all.
//! The events of an input come in the order accepted, done (or what else became of it); those of a run in the order
//! started, output, failed. A run may start so soon that its events overtake the accepted line of its input.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use meerkat_runtime::SessionId;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::summary::Summary;
use crate::text;

/// Something that the user may want to know.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// A prompt is in the store. It runs even if this process is killed now.
    Accepted {
        /// Whom it is for.
        session: SessionId,
        /// Its number.
        input: u64,
        /// Its name.
        key: Option<Arc<str>>,
        /// It was there already.
        deduplicated: bool,
        /// What it says.
        #[serde(skip)]
        prompt: Arc<str>,
    },
    /// An earlier start of the host accepted this and did not settle it.
    Continued {
        /// Whom it is for.
        session: SessionId,
        /// Its number.
        input: u64,
        /// Its name.
        key: Option<Arc<str>>,
    },
    /// An agent was started.
    Started {
        /// Whom it works for.
        session: SessionId,
        /// Its run.
        run: u64,
        /// How often its inputs were tried, this time included.
        attempt: u32,
        /// What it was given.
        inputs: Vec<u64>,
    },
    /// The agent said something on the way.
    Output {
        /// Whom it works for.
        session: SessionId,
        /// Its run.
        run: u64,
        /// What it said.
        text: String,
    },
    /// The agent gave no result. The outcome of its inputs tells whether they are tried again.
    RunFailed {
        /// Whom it worked for.
        session: SessionId,
        /// Its run.
        run: u64,
        /// How often its inputs were tried, this time included.
        attempt: u32,
        /// Why.
        message: String,
    },
    /// An input was consumed, and its result is in the store.
    Done {
        /// Whom it was for.
        session: SessionId,
        /// Its number.
        input: u64,
        /// The result.
        output: String,
        /// It was consumed before this prompt was given again.
        earlier: bool,
    },
    /// An input was given up, and that is in the store.
    Abandoned {
        /// Whom it was for.
        session: SessionId,
        /// Its number.
        input: u64,
        /// Why.
        reason: &'static str,
        /// What the agent said last.
        detail: Option<Arc<str>>,
        /// It was given up before this prompt was given again.
        earlier: bool,
    },
    /// A later input took the place of this one.
    Superseded {
        /// Whom it was for.
        session: SessionId,
        /// Its number.
        input: u64,
        /// The later input.
        by: u64,
    },
    /// This input became part of an earlier one.
    Coalesced {
        /// Whom it was for.
        session: SessionId,
        /// Its number.
        input: u64,
        /// The earlier input.
        into: u64,
    },
    /// The host ends before this input was settled. It waits in the store.
    Left {
        /// Whom it is for.
        session: SessionId,
        /// Its number.
        input: u64,
    },
    /// A line was no prompt, or a session did not take it. It is not in the store.
    Rejected {
        /// File and line.
        place: String,
        /// Whom it was for, if that can be told.
        session: Option<SessionId>,
        /// Why.
        message: String,
    },
    /// A session is out of order. Others are not harmed.
    SessionFailed {
        /// The session.
        session: SessionId,
        /// Why.
        message: String,
    },
    /// The end.
    Summary(Summary),
}

/// Where events go.
#[derive(Clone, Debug)]
pub(crate) struct Reporter(mpsc::Sender<Event>);

impl Reporter {
    /// Tells the user. Waits while the user is slow; says nothing once the user is gone.
    pub(crate) async fn tell(&self, event: Event) {
        // Whoever runs the host watches `gone` and ends it.
        drop(self.0.send(event).await);
    }

    /// Is ready when nothing can be written any more.
    pub(crate) async fn gone(&self) {
        self.0.closed().await;
    }
}

/// What stdout shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// JSON lines, for programs.
    Json,
}

/// Why nothing can be written any more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportError {
    /// The results file cannot be opened.
    #[error("the results file {} cannot be written ({source}); check the path", .path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line could not be written.
    #[error("results cannot be written any more ({0}); what was accepted is in the store, so start again to go on")]
    Write(#[from] io::Error),
    /// The thread that writes panicked.
    #[error("the writer of results panicked; what was accepted is in the store, so start again to go on")]
    Panicked,
}

/// The thread that writes. A write takes as long as the reader likes, so nothing but [`finish`](Self::finish) waits for
/// it.
#[derive(Debug)]
pub(crate) struct Writer(JoinHandle<io::Result<()>>);

/// Opens the file for JSON lines, if there is to be one, and starts to write. New lines go behind old ones.
pub(crate) fn start(format: Format, results: Option<PathBuf>) -> Result<(Reporter, Writer), ReportError> {
    const WRITE_BEHIND: usize = 1024;
    let file = results.map(|path| {
        let opened = File::options().create(true).append(true).open(&path);
        opened.map_err(|source| ReportError::CannotOpen { path, source })
    });
    let file = file.transpose()?;
    let (sender, receiver) = mpsc::channel(WRITE_BEHIND);
    Ok((Reporter(sender), Writer(tokio::task::spawn_blocking(move || write_all(receiver, format, file)))))
}

impl Writer {
    /// Waits until everything is written, or nothing can be any more. Every reporter must be gone before.
    pub(crate) async fn finish(self) -> Result<(), ReportError> {
        Ok(self.0.await.map_err(|_| ReportError::Panicked)??)
    }
}

fn write_all(mut events: mpsc::Receiver<Event>, format: Format, mut file: Option<File>) -> io::Result<()> {
    while let Some(event) = events.blocking_recv() {
        if let Some(file) = &mut file {
            write_json(file, &event)?;
        }
        let mut stdout = io::stdout().lock();
        match format {
            Format::Json => write_json(&mut stdout, &event)?,
            Format::Text => text::write(&mut stdout, &event)?,
        }
        stdout.flush()?;
    }
    Ok(())
}

/// One line in one write, so that a reader never sees half of it unless the disk is full.
pub(crate) fn write_json(output: &mut impl Write, event: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    output.write_all(&line)
}
