//! The way so far, as a file.

use std::io;
use std::path::Path;

use thiserror::Error;

use super::Explorer;
use crate::account::ExplainError;
use crate::output::{self, emitted_test, itf, json};

/// Why a walk is not saved.
#[derive(Debug, Error)]
enum SaveError {
    #[error("{0} ends in none of .rs, .json and .itf.json, so it is not clear what to write")]
    UnknownKind(String),
    #[error("{file} cannot be written: {error}")]
    File { file: String, error: io::Error },
    #[error(transparent)]
    Replay(#[from] ExplainError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl Explorer<'_> {
    pub(super) fn save(&mut self, file: &str) -> io::Result<()> {
        let saved = self.text(file).and_then(|text| {
            output::write(Path::new(file), &text).map_err(|error| SaveError::File { file: file.to_owned(), error })
        });
        match saved {
            Ok(()) => writeln!(self.output, "saved as {file}"),
            Err(error) => writeln!(self.output, "{error}"),
        }
    }

    fn text(&self, file: &str) -> Result<String, SaveError> {
        let (bounds, trace, spec) = (self.stepper.bounds(), self.stepper.trace(), self.stepper.spec());
        if file.ends_with(".itf.json") {
            let mut stepper = (self.start)(bounds).map_err(ExplainError::from)?;
            Ok(itf::of_walk(stepper.as_mut(), trace)?)
        } else if file.ends_with(".json") {
            Ok(json::of_walk(spec, bounds, trace)?)
        } else if file.ends_with(".rs") {
            Ok(emitted_test::emit_walk(self.start, bounds, trace)?.text)
        } else {
            Err(SaveError::UnknownKind(file.to_owned()))
        }
    }
}
