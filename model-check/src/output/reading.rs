//! Reads traces back from the files that this program writes: a walk, a report as JSON, a trace in Apalache's format.

use std::path::{Path, PathBuf};
use std::{fs, io};

use machine_spec::Bounds;
use serde_json::Value as Json;
use thiserror::Error;

/// A trace out of a file.
pub(crate) struct ReadTrace {
    /// The machine that it is of, if the file says so.
    pub(crate) machine: Option<String>,
    /// The bounds within which its inputs are, if the file says so.
    pub(crate) bounds: Option<Bounds>,
    /// The inputs as `Debug` shows them.
    pub(crate) inputs: Vec<String>,
}

/// Why there is no trace in a file.
#[derive(Debug, Error)]
pub(crate) enum ReadError {
    #[error("{} cannot be read: {error}", file.display())]
    File { file: PathBuf, error: io::Error },
    #[error("{} is no JSON: {error}", file.display())]
    Json { file: PathBuf, error: serde_json::Error },
    #[error("{} is no trace; a trace is what `save` in `meerkat step`, `meerkat check --format json` and `meerkat check --itf` write", .0.display())]
    NoTrace(PathBuf),
    #[error("nothing in {} is violated by a trace, so there is nothing to walk", .0.display())]
    NoViolation(PathBuf),
}

/// Reads a trace: of a report, the first one that violates something.
pub(crate) fn read(file: &Path) -> Result<ReadTrace, ReadError> {
    let text = fs::read_to_string(file).map_err(|error| ReadError::File { file: file.to_owned(), error })?;
    let json: Json = serde_json::from_str(&text).map_err(|error| ReadError::Json { file: file.to_owned(), error })?;
    if json["#meta"]["format"] == "ITF" {
        return Ok(from_itf(&json));
    }
    if json["trace"]["steps"].is_array() {
        return Ok(ReadTrace {
            machine: text_of(&json["machine"]),
            bounds: bounds(&json["bounds"]),
            inputs: inputs(&json["trace"]),
        });
    }
    if !json["machines"].is_array() {
        return Err(ReadError::NoTrace(file.to_owned()));
    }
    from_report(&json).ok_or_else(|| ReadError::NoViolation(file.to_owned()))
}

fn from_itf(json: &Json) -> ReadTrace {
    let states = list(&json["states"]);
    let inputs = states.iter().filter_map(|state| text_of(&state["#meta"]["input"])).collect();
    ReadTrace { machine: text_of(&json["#meta"]["machine"]), bounds: bounds(&json["#meta"]["bounds"]), inputs }
}

fn from_report(json: &Json) -> Option<ReadTrace> {
    let slices = list(&json["machines"])
        .iter()
        .flat_map(|machine| list(&machine["slices"]).iter().map(move |slice| (machine, slice)));
    slices.into_iter().find_map(|(machine, slice)| {
        let traces = list(&slice["findings"]).iter().map(|finding| &finding["counterexample"]["trace"]);
        let trace = traces.into_iter().find(|trace| trace["steps"].is_array())?;
        Some(ReadTrace {
            machine: text_of(&machine["machine"]),
            bounds: bounds(&slice["bounds"]),
            inputs: inputs(trace),
        })
    })
}

fn inputs(trace: &Json) -> Vec<String> {
    list(&trace["steps"]).iter().filter_map(|step| text_of(&step["input"])).collect()
}

fn bounds(json: &Json) -> Option<Bounds> {
    let named = json.as_object()?.iter().filter_map(|(name, bound)| Some((name.as_str(), bound.as_u64()?)));
    Some(named.fold(Bounds::default(), |bounds, (name, bound)| match name {
        "ids" => bounds.with_ids(bound),
        "epochs" => bounds.with_epochs(bound),
        "integers" => bounds.with_integers(bound),
        "lengths" => bounds.with_lengths(bound),
        name => bounds.with(name, bound),
    }))
}

fn list(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}

fn text_of(json: &Json) -> Option<String> {
    json.as_str().map(str::to_owned)
}
