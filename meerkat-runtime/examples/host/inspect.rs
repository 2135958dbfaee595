//! Looks into a store that no host has open.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use meerkat_runtime::store::{RuntimeStore, SqliteOptions, SqliteStore, StoredInput};
use meerkat_runtime::{InputOutcome, SessionId};
use serde::Serialize;

use crate::arguments::{Results, Sessions, State};
use crate::error::HostError;
use crate::report::{Format, write_json};
use crate::store::{each_page, each_session, read_outcome};
use crate::text;

/// What the store knows of an input.
#[derive(Debug, Serialize)]
struct Entry {
    session: SessionId,
    input: u64,
    key: Option<Arc<str>>,
    state: State,
    prompt: String,
    /// The result, or why it was given up.
    text: Option<String>,
}

/// What the store knows of a session.
#[derive(Debug, Serialize)]
struct Counts {
    session: SessionId,
    inputs: u64,
    done: u64,
    abandoned: u64,
    waiting: u64,
    other: u64,
}

/// A prompt as `host run` reads it.
#[derive(Debug, Serialize)]
struct AgainPrompt<'entry> {
    session: &'entry SessionId,
    prompt: &'entry str,
}

/// Shows inputs.
pub(crate) async fn results(arguments: Results) -> Result<(), HostError> {
    let store = open(&arguments.store).await?;
    let only = arguments.session.clone().map(SessionId::new).transpose()?;
    let mut output = BufWriter::new(io::stdout().lock());
    let (mut after, mut found) = (None, only.is_none());
    while let Some(session) = each_session(&store, &mut after).await? {
        if only.as_ref().is_some_and(|only| *only != session) {
            continue;
        }
        found = true;
        let mut last = None;
        loop {
            let page = each_page(&store, &session, &mut last).await?;
            if page.is_empty() {
                break;
            }
            for input in page {
                show(&mut output, &arguments, &session, input)?;
            }
        }
    }
    output.flush()?;
    store.close().await?;
    match only {
        Some(session) if !found => Err(HostError::NoSuchSession { session }),
        _ => Ok(()),
    }
}

fn show(
    output: &mut impl Write,
    arguments: &Results,
    session: &SessionId,
    stored: StoredInput,
) -> Result<(), HostError> {
    let outcome = stored.outcome.as_deref().map(read_outcome);
    let state = state(outcome.as_ref());
    if arguments.state.is_some_and(|wanted| wanted != state) {
        return Ok(());
    }
    let prompt = String::from_utf8_lossy(&stored.payload).into_owned();
    if arguments.as_prompts {
        return Ok(write_json(output, &AgainPrompt { session, prompt: &prompt })?);
    }
    let said = outcome.flatten().and_then(said);
    if format(arguments.format) == Format::Text {
        let (what, how) = (format!("#{}", stored.number), name(state));
        return Ok(text::line(output, session.as_str(), &what, how, said.as_deref().unwrap_or(&prompt))?);
    }
    let (session, input, key) = (session.clone(), stored.number, stored.idempotency_key);
    Ok(write_json(output, &Entry { session, input, key, state, prompt, text: said })?)
}

fn name(state: State) -> &'static str {
    match state {
        State::Waiting => "waits",
        State::Done => "done",
        State::Abandoned => "given up",
        State::Superseded => "replaced by",
        State::Coalesced => "joined",
        State::Unreadable => "unreadable",
    }
}

fn state(outcome: Option<&Option<InputOutcome>>) -> State {
    match outcome {
        None => State::Waiting,
        Some(None | Some(InputOutcome::Interrupted { .. })) => State::Unreadable,
        Some(Some(InputOutcome::Consumed { .. })) => State::Done,
        Some(Some(InputOutcome::Abandoned { .. })) => State::Abandoned,
        Some(Some(InputOutcome::Superseded { .. })) => State::Superseded,
        Some(Some(InputOutcome::Coalesced { .. })) => State::Coalesced,
    }
}

fn said(outcome: InputOutcome) -> Option<String> {
    match outcome {
        InputOutcome::Consumed { output } => Some(output.as_str().to_owned()),
        InputOutcome::Abandoned { detail, .. } => detail.map(|detail| detail.as_ref().to_owned()),
        InputOutcome::Superseded { by } => Some(format!("#{}", by.number())),
        InputOutcome::Coalesced { into } => Some(format!("#{}", into.number())),
        InputOutcome::Interrupted { .. } => None,
    }
}

/// Shows sessions.
pub(crate) async fn sessions(arguments: Sessions) -> Result<(), HostError> {
    let store = open(&arguments.store).await?;
    let mut output = BufWriter::new(io::stdout().lock());
    let mut after = None;
    while let Some(session) = each_session(&store, &mut after).await? {
        let counts = count(&store, session).await?;
        match format(arguments.format) {
            Format::Json => write_json(&mut output, &counts)?,
            Format::Text => {
                let Counts { session, inputs, done, abandoned, waiting, other: _ } = &counts;
                let session = text::printable(session.as_str());
                writeln!(
                    output,
                    "{session:20} {inputs:6} inputs {done:6} done {abandoned:4} given up {waiting:4} waiting"
                )?;
            }
        }
    }
    output.flush()?;
    Ok(store.close().await?)
}

async fn count(store: &SqliteStore, session: SessionId) -> Result<Counts, HostError> {
    let mut counts = Counts { session, inputs: 0, done: 0, abandoned: 0, waiting: 0, other: 0 };
    let mut last = None;
    loop {
        let page = each_page(store, &counts.session, &mut last).await?;
        if page.is_empty() {
            return Ok(counts);
        }
        for input in page {
            counts.inputs += 1;
            match state(input.outcome.as_deref().map(read_outcome).as_ref()) {
                State::Done => counts.done += 1,
                State::Abandoned => counts.abandoned += 1,
                State::Waiting => counts.waiting += 1,
                State::Superseded | State::Coalesced | State::Unreadable => counts.other += 1,
            }
        }
    }
}

/// Opens a store that is there: looking must not make one.
async fn open(path: &Path) -> Result<SqliteStore, HostError> {
    if !path.exists() {
        return Err(HostError::NoSuchStore { path: path.to_owned() });
    }
    Ok(SqliteStore::open(path, SqliteOptions::default()).await?)
}

/// Text for people, JSON for programs.
pub(crate) fn format(wanted: Option<Format>) -> Format {
    use std::io::IsTerminal;
    let usual = if io::stdout().is_terminal() { Format::Text } else { Format::Json };
    wanted.unwrap_or(usual)
}
