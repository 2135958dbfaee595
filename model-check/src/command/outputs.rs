//! What `meerkat check` writes besides its report.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use thiserror::Error;

use crate::account::ExplainError;
use crate::catalog::Entry;
use crate::output::emitted_test::{self, EmittedTests};
use crate::output::json::Document;
use crate::output::lcov::LineCoverage;
use crate::output::{self, Checked, itf};

// It is part of other arguments, which clap would take for a group of the same name.
#[derive(Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// How the report is written
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
    /// Write a test into this file for every claim that is violated: it replays the counterexample on the generated
    /// code. With `-` it goes to the standard output, and the report to the standard error
    #[arg(long, value_name = "FILE")]
    emit_test: Option<PathBuf>,
    /// With --emit-test: the path from which the test imports the machine, such as `my_crate::door`
    #[arg(long, value_name = "PATH", requires = "emit_test")]
    test_module: Option<String>,
    /// Write every counterexample into this directory, in the Informal Trace Format of Apalache
    #[arg(long, value_name = "DIR")]
    itf: Option<PathBuf>,
    /// Write into this file, for editors and genhtml, how often each line of the machine files was exercised
    #[arg(long, value_name = "FILE")]
    lcov: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// For people
    Text,
    /// For programs: one JSON document
    Json,
}

/// Why an output cannot be written.
#[derive(Debug, Error)]
enum OutputError {
    #[error("{} cannot be written: {error}", file.display())]
    File { file: PathBuf, error: io::Error },
    #[error("the counterexamples of machine {machine} cannot be replayed: {error}")]
    Replay { machine: &'static str, error: Box<ExplainError> },
    #[error("the report cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl Arguments {
    /// Whether a file of tests is asked for, which is about one machine.
    pub(super) fn is_about_one_machine(&self) -> bool {
        self.emit_test.is_some()
    }

    /// Every file that is written; a directory stands for what is in it.
    pub(super) fn written(&self) -> Vec<PathBuf> {
        [&self.emit_test, &self.itf, &self.lcov].into_iter().flatten().cloned().collect()
    }

    /// The report of one machine, as soon as there is one.
    pub(super) fn report(&self, checked: &Checked, output: &mut dyn Write, messages: &mut dyn Write) -> io::Result<()> {
        match (self.format, self.prints_test()) {
            (ReportFormat::Text, false) => writeln!(output, "{checked}"),
            (ReportFormat::Text, true) => writeln!(messages, "{checked}"),
            (ReportFormat::Json, _) => Ok(()),
        }
    }

    fn prints_test(&self) -> bool {
        self.emit_test.as_deref() == Some(Path::new("-"))
    }

    /// Everything else, once all machines are checked; false if something cannot be written.
    pub(super) fn write(
        &self,
        checked: &[(Entry, Checked)],
        all_were_checked: bool,
        output: &mut dyn Write,
        messages: &mut dyn Write,
    ) -> io::Result<bool> {
        let mut texts = Texts::default();
        let outcome = self.collect(checked, all_were_checked, &mut texts);
        output.write_all(texts.output.as_bytes())?;
        messages.write_all(texts.messages.as_bytes())?;
        match outcome {
            Ok(()) => Ok(true),
            Err(error) => writeln!(messages, "error: {error}").map(|()| false),
        }
    }

    fn collect(
        &self,
        checked: &[(Entry, Checked)],
        all_were_checked: bool,
        texts: &mut Texts,
    ) -> Result<(), OutputError> {
        if self.format == ReportFormat::Json {
            let reports: Vec<_> = checked.iter().map(|(entry, one)| (entry.spec, one)).collect();
            let document = Document::of(&reports, all_were_checked).text()?;
            let stream = if self.prints_test() { &mut texts.messages } else { &mut texts.output };
            stream.push_str(&document);
        }
        if let Some(file) = &self.lcov {
            let mut lines = LineCoverage::default();
            checked.iter().for_each(|(entry, one)| lines.add(entry.spec, one));
            save(file, &lines.to_string())?;
        }
        for (entry, one) in checked {
            self.traces(entry, one, texts)?;
            self.tests(entry, one, texts)?;
        }
        Ok(())
    }

    fn traces(&self, entry: &Entry, checked: &Checked, texts: &mut Texts) -> Result<(), OutputError> {
        let Some(directory) = &self.itf else { return Ok(()) };
        for trace in itf::traces(entry.spec, checked, entry.step).map_err(|error| replay(entry, error))? {
            let file = directory.join(&trace.file);
            save(&file, &trace.text)?;
            texts.messages.push_str(&format!("{}\n", file.display()));
        }
        Ok(())
    }

    fn tests(&self, entry: &Entry, checked: &Checked, texts: &mut Texts) -> Result<(), OutputError> {
        let Some(file) = &self.emit_test else { return Ok(()) };
        let emitted = emitted_test::emit(entry.spec, checked, entry.step, self.test_module.as_deref());
        let EmittedTests { text, tests } = emitted.map_err(|error| replay(entry, error))?;
        if tests == 0 {
            let machine = entry.spec.name;
            texts
                .messages
                .push_str(&format!("machine {machine} has no counterexample to replay: no test is written\n"));
        } else if self.prints_test() {
            texts.output.push_str(&text);
        } else {
            save(file, &text)?;
        }
        Ok(())
    }
}

/// What goes to the two streams.
#[derive(Default)]
struct Texts {
    output: String,
    messages: String,
}

fn replay(entry: &Entry, error: ExplainError) -> OutputError {
    OutputError::Replay { machine: entry.spec.name, error: Box::new(error) }
}

fn save(file: &Path, text: &str) -> Result<(), OutputError> {
    output::write(file, text).map_err(|error| OutputError::File { file: file.to_owned(), error })
}
