//! Events as lines for people.

use std::io::{self, Write};

use crate::report::Event;
use crate::summary::Summary;

/// Writes an event as a line of text.
pub(crate) fn write(output: &mut impl Write, event: &Event) -> io::Result<()> {
    match event {
        Event::Accepted { deduplicated: true, .. } => Ok(()),
        Event::Accepted { session, input, prompt, .. } => {
            line(output, session.as_str(), &format!("#{input}"), "accepted", prompt)
        }
        Event::Continued { session, input, .. } => {
            line(output, session.as_str(), &format!("#{input}"), "goes on", "accepted before, not settled yet")
        }
        // Its output, its failure or its result will say as much.
        Event::Started { .. } => Ok(()),
        Event::Output { session, run, text } => line(output, session.as_str(), &format!("run {run}"), "says", text),
        Event::RunFailed { session, run, attempt, message } => {
            let message = format!("attempt {attempt}: {message}");
            line(output, session.as_str(), &format!("run {run}"), "failed", &message)
        }
        Event::Done { session, input, output: result, earlier } => {
            let how = if *earlier { "was done" } else { "done" };
            line(output, session.as_str(), &format!("#{input}"), how, result)
        }
        Event::Abandoned { session, input, earlier: false, reason, .. } => {
            // The failed run has just said why.
            line(output, session.as_str(), &format!("#{input}"), "given up", &reason.replace('_', " "))
        }
        Event::Abandoned { session, input, detail, .. } => {
            let detail = detail.as_deref().unwrap_or("no agent said why");
            line(output, session.as_str(), &format!("#{input}"), "was given up", detail)
        }
        Event::Superseded { session, input, by } => {
            line(output, session.as_str(), &format!("#{input}"), "replaced", &format!("by #{by}"))
        }
        Event::Coalesced { session, input, into } => {
            line(output, session.as_str(), &format!("#{input}"), "joined", &format!("#{into}"))
        }
        Event::Left { session, input } => {
            line(output, session.as_str(), &format!("#{input}"), "left", "waits in the store")
        }
        Event::Rejected { place, session, message } => {
            let place = place.as_str();
            match session {
                Some(session) => line(output, session.as_str(), place, "rejected", message),
                None => line(output, "", place, "rejected", message),
            }
        }
        Event::SessionFailed { session, message } => line(output, session.as_str(), "", "failed", message),
        Event::Summary(summary) => write_summary(output, summary),
    }
}

/// One line of columns.
pub(crate) fn line(output: &mut impl Write, session: &str, what: &str, how: &str, text: &str) -> io::Result<()> {
    writeln!(output, "{:10} {:6} {how:9} {}", printable(session), printable(what), printable(text))
}

/// Agents and prompts are strangers: what they say must not move the cursor.
pub(crate) fn printable(text: &str) -> String {
    const SHOWN_CHARACTERS: usize = 400;
    let mut shown = String::with_capacity(text.len().min(SHOWN_CHARACTERS));
    for (count, character) in text.chars().enumerate() {
        match character {
            _ if count == SHOWN_CHARACTERS => {
                shown.push('…');
                break;
            }
            '\n' | '\r' | '\t' => shown.push(' '),
            hidden if hidden.is_control() => shown.extend(hidden.escape_default()),
            plain => shown.push(plain),
        }
    }
    shown
}

fn write_summary(output: &mut impl Write, summary: &Summary) -> io::Result<()> {
    let Summary { sessions, tally, runs, transitions, commits, fsync_groups, elapsed_ms } = summary;
    let seconds = format!("{}.{:03}", elapsed_ms / 1000, elapsed_ms % 1000);
    let few = |count: u64, what: &str| if count == 0 { String::new() } else { format!(", {count} {what}") };
    let again = few(tally.deduplicated, "known already");
    let continued = few(tally.continued, "left by an earlier start");
    let before = few(tally.consumed_before, "done before");
    let left = few(tally.left, "left for the next start");
    writeln!(output)?;
    writeln!(output, "prompts    {} accepted{again}{continued}, {} rejected", tally.accepted, tally.rejected)?;
    writeln!(output, "inputs     {} done{before}, {} given up{left}", tally.consumed, tally.abandoned)?;
    writeln!(output, "sessions   {sessions}, {runs} runs, {transitions} machine transitions")?;
    writeln!(output, "store      {commits} commits, {fsync_groups} waits for the disk")?;
    writeln!(output, "time       {seconds} s")
}
