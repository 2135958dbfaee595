//! Lists of inputs.

use std::io;

use super::Explorer;
use crate::display::counted;

/// How many inputs one list shows.
const SHOWN: usize = 30;

impl Explorer<'_> {
    /// The inputs that are accepted now, in the order of their numbers.
    pub(super) fn accepted(&self) -> Vec<usize> {
        (0..self.walker.inputs().len()).filter(|input| self.walker.accepts(*input)).collect()
    }

    /// The inputs that contain a text, in whatever case.
    pub(super) fn containing(&self, text: &str) -> Vec<usize> {
        let wanted = text.to_lowercase();
        let inputs = self.walker.inputs().iter().enumerate();
        inputs.filter(|(_, input)| input.to_lowercase().contains(&wanted)).map(|(index, _)| index).collect()
    }

    /// Lists the accepted inputs that contain a text.
    pub(super) fn list(&mut self, text: &str) -> io::Result<()> {
        let (accepted, containing) = (self.accepted(), self.containing(text));
        let numbered = accepted.iter().zip(1..).filter(|(input, _)| containing.binary_search(input).is_ok());
        let numbered: Vec<(usize, usize)> = numbered.map(|(input, number)| (*input, number)).collect();
        let others = self.walker.inputs().len() - accepted.len();
        match (numbered.len(), text) {
            (0, "") => writeln!(self.output, "\nno input is accepted here; rejected says why")?,
            (0, text) => {
                let rejected = counted(containing.len() as u64, "rejected input");
                writeln!(
                    self.output,
                    "no accepted input contains {text}; {rejected} with it: rejected {text} says why"
                )?;
            }
            (_, "") => writeln!(self.output, "\naccepted here ({others} rejected)")?,
            (_, text) => writeln!(self.output, "accepted here, with {text}")?,
        }
        let width = accepted.len().to_string().len();
        for (input, number) in numbered.iter().take(SHOWN) {
            writeln!(self.output, "  {number:>width$}  {}", self.walker.inputs()[*input])?;
        }
        self.more(numbered.len())
    }

    /// Lists the rejected inputs that contain a text, with the reason.
    pub(super) fn list_rejected(&mut self, text: &str) -> io::Result<()> {
        let mut rejected = self.containing(text);
        rejected.retain(|input| !self.walker.accepts(*input));
        if rejected.is_empty() {
            let with = if text.is_empty() { String::new() } else { format!(" that contains {text}") };
            return writeln!(self.output, "no input{with} is rejected here");
        }
        for input in rejected.iter().take(SHOWN) {
            let step = self.walker.explain(*input).step;
            writeln!(self.output, "  {}", step.input)?;
            writeln!(self.output, "      {}", step.rejection.unwrap_or_default())?;
        }
        self.more(rejected.len())
    }

    pub(super) fn write_inputs(&mut self, inputs: &[usize]) -> io::Result<()> {
        for input in inputs.iter().take(SHOWN) {
            writeln!(self.output, "  {}", self.walker.inputs()[*input])?;
        }
        self.more(inputs.len())
    }

    fn more(&mut self, total: usize) -> io::Result<()> {
        match total.saturating_sub(SHOWN) {
            0 => Ok(()),
            hidden => writeln!(self.output, "  and {hidden} more; a part of an input shows those that contain it"),
        }
    }
}
