//! A machine stepped through by hand: shows what each input does, and takes the next one from whoever asks.
//!
//! Lines in, lines out: it works on a terminal, in a pipe and in a test.

mod listing;
mod saving;
mod words;

use std::fmt;
use std::io::{self, BufRead, Write};

use machine_spec::spec::PropertyKind;

use crate::display::{self, counted};
use crate::stepper::{Start, Stepper};
use crate::trace::TraceStep;
use words::Word;

/// What is typed here, and what for.
const HELP: &str = "\
  NUMBER         offers that input of the list
  TEXT           offers the input if TEXT is all of it; otherwise lists the accepted inputs that contain it
  list TEXT      lists the accepted inputs that contain TEXT; all of them without TEXT
  rejected TEXT  lists the rejected inputs that contain TEXT, with the reason; all of them without TEXT
  why INPUT      says guard by guard why an input (or the one with this NUMBER) is accepted or rejected
  state TEXT     shows the values whose path contains TEXT; all of them without TEXT
  trace          shows the way from the initial state
  back N         takes the last N steps back; one without N
  next N         goes N steps along the trace that was loaded, or that was taken back
  goto N         goes to the state behind step N of it
  save FILE      writes the way here: FILE.rs as a test, FILE.json to load it again, FILE.itf.json for Apalache's tools
  help, quit
";

/// A walk, and where it goes if nobody chooses otherwise.
pub(crate) struct Explorer<'streams> {
    stepper: Box<dyn Stepper>,
    start: Start,
    /// Inputs: those of the steps so far, and those to follow.
    path: Vec<usize>,
    /// Whether whoever types sees what is typed.
    is_terminal: bool,
    input: &'streams mut dyn BufRead,
    output: &'streams mut dyn Write,
}

impl<'streams> Explorer<'streams> {
    pub(crate) fn new(
        (stepper, start): (Box<dyn Stepper>, Start),
        path: Vec<usize>,
        is_terminal: bool,
        (input, output): (&'streams mut dyn BufRead, &'streams mut dyn Write),
    ) -> Self {
        Self { stepper, start, path, is_terminal, input, output }
    }

    /// Asks and answers until somebody quits or the input ends.
    pub(crate) fn run(mut self) -> io::Result<()> {
        let (spec, inputs) = (self.stepper.spec(), self.stepper.inputs().len() as u64);
        let bounds = display::bounds(self.stepper.bounds());
        writeln!(
            self.output,
            "machine {}, {} within {bounds}; help says what to type",
            spec.name,
            counted(inputs, "input")
        )?;
        if !self.path.is_empty() {
            let steps = counted(self.path.len() as u64, "step");
            writeln!(self.output, "the trace has {steps}: next goes along it, goto {} to its end", self.path.len())?;
        }
        self.show_place()?;
        self.show_values("")?;
        self.offer_list()?;
        while let Some(line) = self.ask()? {
            match Word::of(&line) {
                Word::Quit => break,
                word => self.answer(word)?,
            }
        }
        Ok(())
    }

    fn ask(&mut self) -> io::Result<Option<String>> {
        write!(self.output, "\n> ")?;
        self.output.flush()?;
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            writeln!(self.output)?;
            return Ok(None);
        }
        let line = line.trim().to_owned();
        if !self.is_terminal {
            writeln!(self.output, "{line}")?;
        }
        Ok(Some(line))
    }

    fn answer(&mut self, word: Word<'_>) -> io::Result<()> {
        match word {
            Word::Nothing => self.offer_list(),
            Word::List(text) => self.list(text),
            Word::Help => write!(self.output, "{HELP}"),
            Word::Number(number) => self.choose(number),
            Word::Text(text) => self.offer_or_search(text),
            Word::Rejected(text) => self.list_rejected(text),
            Word::Why(text) => self.why(text),
            Word::State(text) => self.show_values(text),
            Word::Trace => write!(self.output, "{}", self.stepper.trace()),
            Word::Back(steps) => self.go_to(self.at().saturating_sub(steps)),
            Word::Next(steps) => self.go_to(self.at().saturating_add(steps)),
            Word::Goto(step) => self.go_to(step),
            Word::Save(file) => self.save(file),
            Word::Wrong(what) => writeln!(self.output, "{what}"),
            Word::Quit => Ok(()),
        }
    }

    /// How many steps lie behind.
    fn at(&self) -> usize {
        self.stepper.trace().steps.len()
    }

    fn choose(&mut self, number: usize) -> io::Result<()> {
        let accepted = self.accepted();
        match number.checked_sub(1).and_then(|position| accepted.get(position)) {
            Some(input) => self.take(*input),
            None if accepted.is_empty() => writeln!(self.output, "no input is accepted here: back takes a step back"),
            None => writeln!(self.output, "there is no input {number}: the list goes from 1 to {}", accepted.len()),
        }
    }

    fn offer_or_search(&mut self, text: &str) -> io::Result<()> {
        match self.stepper.find(text) {
            Ok(input) if self.stepper.accepts(input) => self.take(input),
            Ok(input) => write!(self.output, "{}", self.stepper.explain(input)),
            Err(error) if self.containing(text).is_empty() => writeln!(self.output, "{error}"),
            Err(_) => self.list(text),
        }
    }

    /// Offers an input. What came after on another way is forgotten.
    fn take(&mut self, input: usize) -> io::Result<()> {
        let at = self.at();
        if self.path.get(at) != Some(&input) {
            self.path.truncate(at);
            self.path.push(input);
        }
        self.stepper.offer(input);
        self.show_step()?;
        self.offer_list()
    }

    fn go_to(&mut self, step: usize) -> io::Result<()> {
        let (at, end) = (self.at(), self.path.len());
        if step > end || step == at {
            let (here, last) = (counted(at as u64, "step"), counted(end as u64, "step"));
            let hint = if at == end { "; take an input to go on" } else { "" };
            return writeln!(self.output, "this is after {here}, and the way has {last}{hint}");
        }
        (step..at).for_each(|_| self.stepper.undo());
        for position in at..step {
            self.stepper.offer(self.path[position]);
            self.show_step()?;
        }
        if step < at {
            self.show_place()?;
        }
        self.offer_list()
    }

    fn why(&mut self, text: &str) -> io::Result<()> {
        let by_number =
            text.parse().ok().and_then(|number: usize| self.accepted().get(number.checked_sub(1)?).copied());
        if let Some(input) = by_number {
            return write!(self.output, "{}", self.stepper.explain(input));
        }
        let similar = self.containing(text);
        match (self.stepper.find(text), similar.as_slice()) {
            (Ok(input), _) => write!(self.output, "{}", self.stepper.explain(input)),
            (Err(_), [input]) => write!(self.output, "{}", self.stepper.explain(*input)),
            (Err(error), []) => writeln!(self.output, "{error}"),
            (Err(_), several) => {
                writeln!(self.output, "which one?")?;
                self.write_inputs(several)
            }
        }
    }

    fn show_place(&mut self) -> io::Result<()> {
        match self.at() {
            0 => writeln!(self.output, "\nthe initial state"),
            at => writeln!(self.output, "\nafter {}", counted(at as u64, "step")),
        }
    }

    /// What the last step did, and what it violates.
    fn show_step(&mut self) -> io::Result<()> {
        let number = self.at();
        let Some(step) = self.stepper.trace().steps.last().cloned() else { return Ok(()) };
        write!(self.output, "\n{number}. {}", step.input)?;
        match &step.rejection {
            Some(rejection) => writeln!(self.output, "   REJECTED: {rejection}")?,
            None => writeln!(self.output, "   by {}", step.transitions.join(" and "))?,
        }
        write!(self.output, "{}", Outcome(&step))?;
        for (index, property) in self.stepper.spec().properties.iter().enumerate() {
            let evaluation = match property.kind {
                PropertyKind::Invariant => self.stepper.evaluate(index),
                PropertyKind::Always => self.stepper.evaluate_step(index),
                PropertyKind::Reachable | PropertyKind::Possible | PropertyKind::LeadsTo => continue,
            };
            if !evaluation.holds() {
                writeln!(self.output, "   VIOLATED {} \"{}\"   {}", property.kind, property.sentence, property.place)?;
            }
        }
        Ok(())
    }

    fn show_values(&mut self, text: &str) -> io::Result<()> {
        let values: Vec<_> = self.stepper.values().into_iter().filter(|(path, _)| path.contains(text)).collect();
        if values.is_empty() {
            return writeln!(self.output, "no path contains {text}");
        }
        let width = values.iter().map(|(path, _)| path.chars().count()).max().unwrap_or(0);
        values.iter().try_for_each(|(path, value)| writeln!(self.output, "   {path:<width$} = {value}"))
    }
}

/// What a step did, in lines.
struct Outcome<'step>(&'step TraceStep);

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_outcome(formatter, 1)
    }
}
