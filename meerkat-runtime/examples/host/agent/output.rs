//! What an agent prints, bounded.

use std::collections::VecDeque;

use super::AgentError;

/// How much an agent may print in one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutputLimits {
    /// The longest line.
    pub(crate) line_bytes: usize,
    /// All lines together.
    pub(crate) total_bytes: usize,
}

/// Cuts a stream of bytes into lines.
#[derive(Debug)]
pub(crate) struct Lines {
    limits: OutputLimits,
    total_bytes: usize,
    /// Where the search for the next end of a line goes on.
    searched: usize,
    bytes: Vec<u8>,
}

impl Lines {
    pub(crate) fn new(limits: OutputLimits) -> Self {
        Self { limits, total_bytes: 0, searched: 0, bytes: Vec::new() }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), AgentError> {
        self.total_bytes += bytes.len();
        if self.total_bytes > self.limits.total_bytes {
            return Err(AgentError::TooMuchOutput { limit_bytes: self.limits.total_bytes });
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// The next line, without its end. The last one may have none: `ended` says that no more will come.
    pub(crate) fn next(&mut self, ended: bool) -> Result<Option<Vec<u8>>, AgentError> {
        let end = self.bytes[self.searched..].iter().position(|&byte| byte == b'\n');
        let line = match end {
            Some(offset) => {
                let end = self.searched + offset;
                let mut line: Vec<u8> = self.bytes.drain(..=end).collect();
                line.truncate(end);
                self.searched = 0;
                line
            }
            None if ended && !self.bytes.is_empty() => {
                self.searched = 0;
                std::mem::take(&mut self.bytes)
            }
            None => {
                self.searched = self.bytes.len();
                return self.check(self.searched).map(|()| None);
            }
        };
        self.check(line.len()).map(|()| Some(line))
    }

    fn check(&self, length_bytes: usize) -> Result<(), AgentError> {
        let limit_bytes = self.limits.line_bytes;
        if length_bytes > limit_bytes { Err(AgentError::LineTooLong { limit_bytes }) } else { Ok(()) }
    }
}

/// Keeps the end of a stream of bytes.
#[derive(Debug, Default)]
pub(crate) struct Tail(VecDeque<u8>);

impl Tail {
    const KEPT_BYTES: usize = 2048;
    const SHOWN_LINES: usize = 5;

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        let surplus = self.0.len().saturating_sub(Self::KEPT_BYTES);
        self.0.drain(..surplus);
    }

    /// The last lines that are not empty.
    pub(crate) fn last_lines(&self) -> Vec<String> {
        let bytes: Vec<u8> = self.0.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let first = lines.len().saturating_sub(Self::SHOWN_LINES);
        lines[first..].iter().map(|&line| line.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{AgentError, Lines, OutputLimits, Tail};

    fn lines(line_bytes: usize, total_bytes: usize) -> Lines {
        Lines::new(OutputLimits { line_bytes, total_bytes })
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_arrive() {
        let bytes = b"one\n\nthree\r\nfour";
        for size in 1..=bytes.len() {
            let (mut cut, mut seen) = (lines(9, 99), Vec::new());
            for chunk in bytes.chunks(size) {
                cut.push(chunk).unwrap();
                while let Some(line) = cut.next(false).unwrap() {
                    seen.push(line);
                }
            }
            while let Some(line) = cut.next(true).unwrap() {
                seen.push(line);
            }
            assert_eq!(seen, [&b"one"[..], b"", b"three\r", b"four"]);
        }
    }

    #[test]
    fn limits_are_inclusive_and_hold_before_the_end_of_a_line() {
        let mut cut = lines(3, 8);
        cut.push(b"abc\n").unwrap();
        assert_eq!(cut.next(false).unwrap().unwrap(), b"abc");
        cut.push(b"abcd").unwrap();
        assert!(matches!(cut.next(false), Err(AgentError::LineTooLong { limit_bytes: 3 })));
        assert!(matches!(cut.push(b"e"), Err(AgentError::TooMuchOutput { limit_bytes: 8 })));
    }

    #[test]
    fn the_tail_keeps_the_last_lines() {
        let mut tail = Tail::default();
        for line in 0..1000 {
            tail.push(format!("line {line}\n\n").as_bytes());
        }
        assert_eq!(tail.last_lines(), ["line 995", "line 996", "line 997", "line 998", "line 999"]);
        assert_eq!(tail.0.len(), Tail::KEPT_BYTES);
    }
}
