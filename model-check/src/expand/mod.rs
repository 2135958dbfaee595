//! The code that a machine is compiled into, for people to read.
//!
//! The compiler prints its expanded input, Cargo finds the sources and dependencies, and `code` picks out the machine.
//! The compiler's option belongs to nightly toolchains; a stable one takes it if `RUSTC_BOOTSTRAP` is set, and it is
//! set for that one child process. Build scripts of dependencies notice that variable, so the child builds in a
//! directory of its own and leaves everything else as it was built.

mod code;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use thiserror::Error;

pub use code::Code;

use crate::bound_names::suggestion;

/// What to expand: one target of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The package's `Cargo.toml`; the one of the current directory if there is none.
    pub manifest_path: Option<PathBuf>,
    /// The package, where the manifest is one of a workspace.
    pub package: Option<String>,
    /// The target; the package's only one if there is none.
    pub target: Option<Target>,
    /// The features to build with.
    pub features: Vec<String>,
}

/// A target of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The library.
    Lib,
    /// An integration test.
    Test(String),
    /// An example.
    Example(String),
    /// A binary.
    Bin(String),
}

/// Why there is no code to show.
#[derive(Debug, Error)]
pub enum ExpandError {
    /// Cargo cannot be started.
    #[error("cargo cannot be run: {0}; is it in PATH?")]
    NoCargo(#[from] std::io::Error),
    /// Cargo or the compiler refused. What they had to say went to the standard error.
    #[error("{0} did not succeed; its messages are above")]
    Refused(&'static str),
    /// Cargo printed something unexpected.
    #[error("the output of cargo metadata is not what it should be: {0}")]
    Metadata(String),
    /// The compiler prints some internal forms that are no Rust.
    #[error(
        "the expanded crate cannot be read as Rust: {0}; move the machine into a crate or test with less around it"
    )]
    Unreadable(String),
    /// The target declares no machine.
    #[error("this target declares no machine; --lib, --test, --example and --bin choose another one")]
    NoMachines,
    /// The target has no machine of this name.
    #[error("this target has no machine {name}{}; it has {known}", suggestion(nearest.as_deref()))]
    UnknownMachine {
        /// The name.
        name: String,
        /// The most similar name.
        nearest: Option<String>,
        /// Those that it has.
        known: String,
    },
    /// No machine has a transition of this name.
    #[error("there is no transition {name}{}", suggestion(nearest.as_deref()))]
    UnknownTransition {
        /// The name.
        name: String,
        /// The most similar name.
        nearest: Option<String>,
    },
}

impl ExpandError {
    /// A name on the command line means nothing.
    pub(crate) fn is_misuse(&self) -> bool {
        matches!(self, Self::NoMachines | Self::UnknownMachine { .. } | Self::UnknownTransition { .. })
    }
}

impl Expansion {
    /// Lets the compiler expand the target. The first time, this builds the target's dependencies.
    ///
    /// # Errors
    /// [`ExpandError`] if the target cannot be expanded, or if what the compiler prints cannot be read.
    pub fn run(&self) -> Result<Code, ExpandError> {
        let directory = self.target_directory()?.join("meerkat-expand");
        let mut command = cargo();
        command.args(["rustc", "--quiet", "--profile", "check", "--target-dir"]).arg(directory);
        command.args(self.selection()).args(["--", "-Zunpretty=expanded", "--cfg"]).arg(never_fresh());
        command.env("RUSTC_BOOTSTRAP", "1");
        Code::parse(&output(command, "cargo rustc")?)
    }

    fn target_directory(&self) -> Result<PathBuf, ExpandError> {
        let mut command = cargo();
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        if let Some(path) = &self.manifest_path {
            command.arg("--manifest-path").arg(path);
        }
        let text = output(command, "cargo metadata")?;
        let metadata: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| ExpandError::Metadata(error.to_string()))?;
        let directory = metadata.get("target_directory").and_then(serde_json::Value::as_str);
        directory.map(PathBuf::from).ok_or_else(|| ExpandError::Metadata("it names no target directory".to_owned()))
    }

    fn selection(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut add = |option: &str, value: &str| arguments.extend([option.to_owned(), value.to_owned()]);
        if let Some(path) = &self.manifest_path {
            add("--manifest-path", &path.to_string_lossy());
        }
        if let Some(package) = &self.package {
            add("--package", package);
        }
        self.features.iter().for_each(|feature| add("--features", feature));
        match &self.target {
            None => {}
            Some(Target::Lib) => arguments.push("--lib".to_owned()),
            Some(Target::Test(name)) => add("--test", name),
            Some(Target::Example(name)) => add("--example", name),
            Some(Target::Bin(name)) => add("--bin", name),
        }
        arguments
    }
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command; its messages go where those of this process go.
fn output(mut command: Command, name: &'static str) -> Result<String, ExpandError> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(ExpandError::Refused(name))
    }
}

/// An option that is another one each time: Cargo does not run the compiler again for a target that it takes to be
/// built, and does not repeat what the compiler printed.
fn never_fresh() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_nanos());
    format!("meerkat_expand_{}_{now}", std::process::id())
}
