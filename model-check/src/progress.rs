//! How a running check shows that it runs: a live line on a terminal, a plain line now and then otherwise.
//!
//! Both go to the standard error, so that the standard output is the report and nothing else.

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::check::Progress;
use crate::display::grouped;
use crate::mutation::{MutationProgress, Tally};

const BETWEEN_LINES: Duration = Duration::from_secs(5);
const PACE_WINDOW: Duration = Duration::from_secs(5);

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
    let Tally { killed, equivalent, pinned, survived, in_answers_only, undecided, invalid, .. } = progress.tally;
    match &progress.exploring {
        Some(slice) => format!("{machine}: exploring {slice}, {seconds:.0} s"),
        None => {
            let tried = grouped((progress.tally.valid() + invalid) as u64);
            let total = grouped(progress.total as u64);
            let survived = format!("{survived} survived, {in_answers_only} in answers only, {undecided} undecided");
            let noticed = format!("{killed} killed, {equivalent} equivalent, {pinned} pinned");
            format!("{machine}: {tried} of {total} mutants, {noticed}, {survived}, {seconds:.0} s")
        }
    }
}

fn live_line(machine: &'static str) -> Box<dyn FnMut(&Progress) + Send> {
    let line = LiveLine(ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner()));
    let mut pace = Pace::default();
    Box::new(move |progress| {
        line.0.set_message(text(machine, progress, pace.at(progress)));
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
    let (mut next, mut pace) = (BETWEEN_LINES, Pace::default());
    Box::new(move |progress| {
        let rate = pace.at(progress);
        if progress.elapsed >= next {
            next = progress.elapsed + BETWEEN_LINES;
            eprintln!("{}", text(machine, progress, rate));
        }
    })
}

/// How fast the exploration is now: over the last seconds, and not since its start.
#[derive(Default)]
struct Pace {
    /// Times and numbers of states, the oldest first.
    seen: VecDeque<(Duration, usize)>,
}

impl Pace {
    /// Takes in how far the exploration is; the states per second.
    fn at(&mut self, progress: &Progress) -> u64 {
        // A run that starts anew has less behind it than the one before.
        if self.seen.back().is_some_and(|(elapsed, _)| *elapsed > progress.elapsed) {
            self.seen.clear();
        }
        self.seen.push_back((progress.elapsed, progress.states));
        while self.seen.get(1).is_some_and(|(elapsed, _)| *elapsed + PACE_WINDOW <= progress.elapsed) {
            self.seen.pop_front();
        }
        let (since, before) = match self.seen.front() {
            Some(oldest) if self.seen.len() > 1 => *oldest,
            _ => (Duration::ZERO, 0),
        };
        let seconds = (progress.elapsed - since).as_secs_f64();
        (progress.states.saturating_sub(before) as f64 / seconds.max(0.001)) as u64
    }
}

fn text(machine: &str, progress: &Progress, rate: u64) -> String {
    let (states, seconds) = (grouped(progress.states as u64), progress.elapsed.as_secs_f64());
    // Stateright does not say how many there are.
    let waiting = match progress.frontier {
        0 => String::new(),
        frontier => format!(", {} to be visited", grouped(frontier as u64)),
    };
    format!(
        "{machine}: {states} states{waiting}, {} per second, depth {}, {seconds:.0} s",
        grouped(rate),
        progress.depth
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(seconds: u64, states: usize) -> Progress {
        Progress { states, frontier: 4_321, depth: 3, elapsed: Duration::from_secs(seconds) }
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut pace = Pace::default();
        assert_eq!(pace.at(&progress(2, 4_000)), 2_000, "so far, at first");
        assert_eq!(pace.at(&progress(4, 5_000)), 500);
        assert_eq!(pace.at(&progress(7, 6_500)), 500);
        assert_eq!(pace.at(&progress(9, 6_500)), 300, "the first seconds are forgotten");
        assert_eq!(pace.at(&progress(30, 6_500)), 0, "it stands still");
        assert_eq!(pace.at(&progress(1, 700)), 700, "the next slice starts anew");
    }

    #[test]
    fn a_line_tells_how_far_and_how_fast() {
        let line = text("Door", &progress(12, 1_234_567), 98_765);
        assert_eq!(line, "Door: 1,234,567 states, 4,321 to be visited, 98,765 per second, depth 3, 12 s");
    }
}
