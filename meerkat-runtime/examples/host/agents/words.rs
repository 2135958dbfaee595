//! Counts words. Says one partial line per line of the prompt, and the sum at the end.
//!
//! The smallest useful agent: read a turn, print partial lines, print the result.

use super::{AgentFault, hear, prompts, say};
use crate::protocol::{Line, Turn};

/// Runs one turn.
pub(crate) fn run() -> Result<(), AgentFault> {
    let turn: Turn = hear()?;
    let mut count = Count::default();
    for line in prompts(&turn).iter().flat_map(|prompt| prompt.lines()) {
        let words = count.add(line);
        say(&Line::Partial(format!("{words} words: {line}")))?;
    }
    say(&Line::Result(count.to_string()))
}

#[derive(Default)]
struct Count {
    lines: usize,
    words: usize,
    longest: String,
}

impl Count {
    fn add(&mut self, line: &str) -> usize {
        let words: Vec<&str> =
            line.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).collect();
        for word in &words {
            if word.chars().count() > self.longest.chars().count() {
                self.longest = (*word).to_owned();
            }
        }
        self.lines += 1;
        self.words += words.len();
        words.len()
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { lines, words, longest } = self;
        let plural = if *lines == 1 { "" } else { "s" };
        write!(formatter, "{words} words on {lines} line{plural}, the longest is {longest:?}")
    }
}
