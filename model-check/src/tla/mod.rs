//! A machine as a TLA+ module, from the constant trees of its spec.
//!
//! The module says what the machine file says, clause by clause, for a checker that knows nothing of this workspace. It
//! has a variable per region, up to three operators per transition, an action per region and input, one per input, and
//! one per property. Effects are no variables: what a step asks for follows from the state and the input, and the
//! operators that end in `_Effects` say it. The bounds of a check become constants, and a step that leaves them is not
//! taken, as in a check; so both have the same graph.
//!
//! The written text keeps to what TLC and other checkers have in common. `docs/tla.md` says how to read it.

mod arithmetic;
mod context;
mod document;
mod helper;
mod literals;
mod methods;
mod names;
mod patterns;
mod print;
mod properties;
mod reaction;
mod scope;
mod transition;
mod tree;
mod types;

use machine_spec::Bounds;
use machine_spec::spec::MachineSpec;
use thiserror::Error;

use crate::bound_names::{self, UnknownBound};
pub use properties::PropertyNames;
use tree::Tree;

/// Why a machine cannot be exported.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TlaError {
    /// A bound is set for a name that the machine does not have.
    #[error(transparent)]
    UnknownBound(#[from] UnknownBound),
    /// The machine was written by hand and does not say what it means.
    #[error("machine {machine} was not declared with machine!, and its spec does not say what it means")]
    Untold {
        /// The machine.
        machine: &'static str,
    },
    /// Something has no translation.
    #[error("machine {machine} has something that the export cannot say: {what}")]
    Untranslatable {
        /// The machine.
        machine: &'static str,
        /// What it is.
        what: String,
    },
}

/// A TLA+ module and its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlaModule {
    /// The name of the module, and of both files.
    pub name: String,
    /// The text of the `.tla` file.
    pub text: String,
    /// The text of the `.cfg` file.
    pub configuration: String,
    /// The variables, by region.
    pub variables: Vec<String>,
    /// The operators of the selections, by region and selection.
    pub selections: Vec<Vec<String>>,
    /// The operators of the inputs.
    pub inputs: Vec<InputNames>,
    /// The operators of the properties.
    pub properties: Vec<PropertyNames>,
}

/// The operators of an input. They take its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputNames {
    /// The action; none if no region knows the input.
    pub action: Option<String>,
    /// The sequence of effects of the action, in a state in which it is enabled; none if it never has any.
    pub effects: Option<String>,
}

impl TlaModule {
    /// Exports a machine within bounds.
    ///
    /// # Errors
    /// [`TlaError`] if a bound has an unknown name, or if the machine says something that the export cannot.
    pub fn of(spec: &'static MachineSpec, bounds: &Bounds) -> Result<Self, TlaError> {
        bound_names::verify(spec, bounds)?;
        if spec.meaning.regions.len() != spec.regions.len() {
            return Err(TlaError::Untold { machine: spec.name });
        }
        document::write(spec, bounds).map_err(|Gap(what)| TlaError::Untranslatable { machine: spec.name, what })
    }
}

/// What there is no translation for.
#[derive(Debug)]
struct Gap(String);

type Translated<T> = Result<T, Gap>;

fn gap<T>(what: impl Into<String>) -> Translated<T> {
    Err(Gap(what.into()))
}

/// An operator, with what is said about it.
#[derive(Debug)]
struct Definition {
    about: Vec<String>,
    name: String,
    parameters: Vec<String>,
    body: Tree,
}
