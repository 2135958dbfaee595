//! Lists of inputs.

use std::io;

use super::Explorer;
use crate::display::counted;

/// How many inputs one list shows.
const SHOWN: usize = 30;

impl Explorer<'_> {
    /// The inputs that are accepted now, in the order of their numbers.
    pub(super) fn accepted(&self) -> Vec<usize> {
        (0..self.stepper.inputs().len()).filter(|input| self.stepper.accepts(*input)).collect()
    }

    /// The inputs that contain a text, in whatever case.
    pub(super) fn containing(&self, text: &str) -> Vec<usize> {
        let wanted = text.to_lowercase();
        let inputs = self.stepper.inputs().iter().enumerate();
        inputs.filter(|(_, input)| input.to_lowercase().contains(&wanted)).map(|(index, _)| index).collect()
    }

    /// Shows what is accepted now: every input if there are few, every kind of input if there are many.
    pub(super) fn offer_list(&mut self) -> io::Result<()> {
        let accepted = self.accepted();
        if accepted.is_empty() {
            return writeln!(self.output, "\nno input is accepted here; rejected says why");
        }
        let others = self.stepper.inputs().len() - accepted.len();
        writeln!(self.output, "\naccepted here ({others} rejected)")?;
        if accepted.len() <= SHOWN {
            let numbered: Vec<_> = accepted.iter().copied().zip(1..).collect();
            return self.write_numbered(&numbered);
        }
        self.write_kinds(&accepted)?;
        writeln!(self.output, "  list and a part of an input shows the inputs that contain it, list alone shows all")
    }

    /// Lists every accepted input that contains a text.
    pub(super) fn list(&mut self, text: &str) -> io::Result<()> {
        let (accepted, containing) = (self.accepted(), self.containing(text));
        let numbered = accepted.into_iter().zip(1..).filter(|(input, _)| containing.binary_search(input).is_ok());
        let numbered: Vec<(usize, usize)> = numbered.collect();
        if !numbered.is_empty() {
            writeln!(
                self.output,
                "accepted here{}",
                if text.is_empty() { String::new() } else { format!(", with {text}") }
            )?;
            return self.write_numbered(&numbered);
        }
        let rejected = counted(containing.len() as u64, "rejected input");
        writeln!(self.output, "no accepted input contains {text}; {rejected} with it: rejected {text} says why")
    }

    fn write_numbered(&mut self, numbered: &[(usize, usize)]) -> io::Result<()> {
        let width = numbered.last().map_or(0, |(_, number)| number.to_string().len());
        numbered.iter().try_for_each(|(input, number)| {
            writeln!(self.output, "  {number:>width$}  {}", self.stepper.inputs()[*input])
        })
    }

    /// One line per kind of input, with its numbers; inputs of one kind follow each other.
    fn write_kinds(&mut self, accepted: &[usize]) -> io::Result<()> {
        let inputs = self.stepper.inputs();
        let kind = |input: usize| inputs[input].split(' ').next().unwrap_or_default();
        let mut first = 1;
        for alike in accepted.chunk_by(|one, other| kind(*one) == kind(*other)) {
            let last = first + alike.len() - 1;
            let numbers = if first == last { first.to_string() } else { format!("{first}-{last}") };
            let shown = if first == last { inputs[alike[0]].as_str() } else { kind(alike[0]) };
            writeln!(self.output, "  {numbers:>7}  {shown}")?;
            first = last + 1;
        }
        Ok(())
    }

    /// Lists the rejected inputs that contain a text, with the reason.
    pub(super) fn list_rejected(&mut self, text: &str) -> io::Result<()> {
        let mut rejected = self.containing(text);
        rejected.retain(|input| !self.stepper.accepts(*input));
        if rejected.is_empty() {
            let with = if text.is_empty() { String::new() } else { format!(" that contains {text}") };
            return writeln!(self.output, "no input{with} is rejected here");
        }
        for input in rejected.iter().take(SHOWN) {
            let step = self.stepper.explain(*input).step;
            writeln!(self.output, "  {}", step.input)?;
            writeln!(self.output, "      {}", step.rejection.unwrap_or_default())?;
        }
        self.more(rejected.len())
    }

    pub(super) fn write_inputs(&mut self, inputs: &[usize]) -> io::Result<()> {
        for input in inputs.iter().take(SHOWN) {
            writeln!(self.output, "  {}", self.stepper.inputs()[*input])?;
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
