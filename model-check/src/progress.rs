//! How a running check shows that it runs: a live line on a terminal, a plain line now and then otherwise.
//!
//! Both go to the standard error, so that the standard output is the report and nothing else.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::check::Progress;
use crate::display::grouped;
use crate::mutation::{MutationProgress, Tally};

const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// The observer that fits where the standard error goes.
pub(crate) fn observer(machine: &'static str) -> Box<dyn FnMut(&Progress) + Send> {
    if std::io::stderr().is_terminal() { live_line(machine) } else { plain_lines(machine) }
}

/// The observer of mutants that fits where the standard error goes.
pub(crate) fn mutation_observer(machine: &'static str) -> Box<dyn FnMut(&MutationProgress) + Send> {
    if std::io::stderr().is_terminal() {
        let line = LiveLine(ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner()));
        return Box::new(move |progress| {
            line.0.set_message(mutation_text(machine, progress));
            line.0.tick();
        });
    }
    let mut next = BETWEEN_LINES;
    Box::new(move |progress| {
        if progress.elapsed >= next {
            next = progress.elapsed + BETWEEN_LINES;
            eprintln!("{}", mutation_text(machine, progress));
        }
    })
}

fn mutation_text(machine: &str, progress: &MutationProgress) -> String {
    let seconds = progress.elapsed.as_secs_f64();
    let Tally { killed, equivalent, survived, in_answers_only, undecided, invalid } = progress.tally;
    match &progress.exploring {
        Some(slice) => format!("{machine}: exploring {slice}, {seconds:.0} s"),
        None => {
            let tried = grouped((progress.tally.valid() + invalid) as u64);
            let total = grouped(progress.total as u64);
            let survived = format!("{survived} survived, {in_answers_only} in answers only, {undecided} undecided");
            format!(
                "{machine}: {tried} of {total} mutants, {killed} killed, {equivalent} equivalent, {survived}, {seconds:.0} s"
            )
        }
    }
}

fn live_line(machine: &'static str) -> Box<dyn FnMut(&Progress) + Send> {
    let line = LiveLine(ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner()));
    Box::new(move |progress| {
        line.0.set_message(text(machine, progress));
        line.0.tick();
    })
}

/// Leaves no line behind, however the check ends.
struct LiveLine(ProgressBar);

impl Drop for LiveLine {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn plain_lines(machine: &'static str) -> Box<dyn FnMut(&Progress) + Send> {
    let mut next = BETWEEN_LINES;
    Box::new(move |progress| {
        if progress.elapsed >= next {
            next = progress.elapsed + BETWEEN_LINES;
            eprintln!("{}", text(machine, progress));
        }
    })
}

fn text(machine: &str, progress: &Progress) -> String {
    let seconds = progress.elapsed.as_secs_f64();
    let rate = (progress.states as f64 / seconds.max(0.001)) as u64;
    let states = grouped(progress.states as u64);
    format!("{machine}: {states} states, {} per second, depth {}, {seconds:.0} s", grouped(rate), progress.depth)
}
