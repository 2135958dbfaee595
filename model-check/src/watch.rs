//! Does something again whenever a source file changes.
//!
//! What is checked is compiled code, so a change means to build this program again and to start it anew. A build is
//! never interrupted: the compilers that cargo leaves behind would write what the next build writes. A run is.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use thiserror::Error;

/// An editor that saves touches a file several times; what comes within this time is one change.
const QUIET: Duration = Duration::from_millis(100);

/// Why nothing is watched.
#[derive(Debug, Error)]
pub(crate) enum WatchError {
    #[error(
        "--watch builds this program again, and it was not started by cargo; start it with cargo run, or say with \
         --watch-build how it is built"
    )]
    NotByCargo,
    #[error("--watch-build is no command: {0:?}")]
    NoCommand(String),
    #[error("{} cannot be run: {error}", program.display())]
    Run { program: PathBuf, error: io::Error },
    #[error("cargo does not know the workspace of {}: {message}", manifest.display())]
    NoWorkspace { manifest: PathBuf, message: String },
    #[error("the source files cannot be watched: {0}")]
    Watch(#[from] notify::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What is built and run, and what is watched.
pub(crate) struct Watched {
    build: Vec<OsString>,
    run: Vec<OsString>,
    folder: PathBuf,
    /// Files and folders that the command writes itself.
    ignored: Vec<PathBuf>,
}

impl Watched {
    /// Builds this program by a command, as a shell would read it, and runs it with the arguments. Everything below the
    /// current folder is watched.
    pub(crate) fn by_command(command: &str, arguments: Vec<OsString>) -> Result<Self, WatchError> {
        let words = shlex::split(command).filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| WatchError::NoCommand(command.to_owned()))?;
        let (run, folder) = (this_program(arguments)?, std::env::current_dir()?);
        Ok(Self { build: words.into_iter().map(OsString::from).collect(), run, folder, ignored: Vec::new() })
    }

    /// Builds this program as `cargo run` did that started it, and runs it with the arguments. The workspace is watched.
    pub(crate) fn by_cargo(arguments: Vec<OsString>) -> Result<Self, WatchError> {
        let folder = std::env::var_os("CARGO_MANIFEST_DIR").ok_or(WatchError::NotByCargo)?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let manifest = PathBuf::from(folder).join("Cargo.toml");
        let target = target(&std::env::current_exe()?).ok_or(WatchError::NotByCargo)?;
        let folder = workspace(Path::new(&cargo), &manifest)?;
        let head = [cargo, "build".into(), "--quiet".into(), "--manifest-path".into(), manifest.into()];
        let build = head.into_iter().chain(target).collect();
        Ok(Self { build, run: this_program(arguments)?, folder, ignored: Vec::new() })
    }

    /// Does not mind changes of these files, nor of what is in these folders.
    pub(crate) fn ignoring(self, files: Vec<PathBuf>) -> Self {
        let absolute = |file: PathBuf| std::path::absolute(&file).unwrap_or(file);
        Self { ignored: files.into_iter().map(absolute).collect(), ..self }
    }

    /// Builds and runs now and after every change, until the process ends. A run that a change overtakes is ended.
    pub(crate) fn run(&self, output: &mut dyn Write) -> Result<(), WatchError> {
        let (sender, changes) = channel();
        let mut watcher = notify::recommended_watcher(sender)?;
        self.watch(&mut watcher)?;
        let mut reason = "first run".to_owned();
        loop {
            writeln!(output, "\n──── {} ──── {reason} ────", time_of_day())?;
            output.flush()?;
            let overtaken = match spawn(&self.build)?.wait()?.success() {
                true => self.change_during(&mut spawn(&self.run)?, &changes)?,
                // Whoever builds has said what is wrong.
                false => None,
            };
            let changed = match overtaken {
                Some(file) => file,
                None => {
                    writeln!(output, "──── {} ──── waiting for a change; Ctrl-C ends ────", time_of_day())?;
                    output.flush()?;
                    self.next_change(&changes)?
                }
            };
            let shown = changed.strip_prefix(&self.folder).unwrap_or(&changed);
            reason = format!("{} changed", shown.display());
        }
    }

    /// Waits for the child to end. If a file changes first, the child is ended and the file is the answer.
    fn change_during(&self, child: &mut Child, changes: &Changes) -> Result<Option<PathBuf>, WatchError> {
        loop {
            match changes.recv_timeout(QUIET) {
                Ok(event) => {
                    if let Some(file) = self.relevant(event?) {
                        drain(changes);
                        child.kill()?;
                        child.wait()?;
                        return Ok(Some(file));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    if child.try_wait()?.is_some() {
                        return Ok(None);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Err(ended()),
            }
        }
    }

    fn next_change(&self, changes: &Changes) -> Result<PathBuf, WatchError> {
        loop {
            let event = changes.recv().map_err(|_| ended())?;
            if let Some(file) = self.relevant(event?) {
                drain(changes);
                return Ok(file);
            }
        }
    }

    /// The file of an event that asks for another run.
    fn relevant(&self, event: Event) -> Option<PathBuf> {
        let changes = event.kind.is_create() || event.kind.is_modify() || event.kind.is_remove();
        event.paths.into_iter().find(|path| changes && self.is_source(path))
    }

    fn is_source(&self, path: &Path) -> bool {
        let is_kind = path.extension().is_some_and(|extension| extension == "rs" || extension == "toml");
        let inside = path.strip_prefix(&self.folder).unwrap_or(path);
        let is_built = inside.parent().is_some_and(|folder| folder.iter().any(is_left_out));
        is_kind && !is_built && !self.ignored.iter().any(|ignored| path.starts_with(ignored))
    }

    /// Watches the folder, without those below it that builds and tools write into.
    fn watch(&self, watcher: &mut RecommendedWatcher) -> Result<(), WatchError> {
        watcher.watch(&self.folder, RecursiveMode::NonRecursive)?;
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() && !is_left_out(&entry.file_name()) {
                watcher.watch(&entry.path(), RecursiveMode::Recursive)?;
            }
        }
        Ok(())
    }
}

/// This program with other arguments. Asked for at the start: a build puts another file into its place.
fn this_program(arguments: Vec<OsString>) -> Result<Vec<OsString>, WatchError> {
    Ok([std::env::current_exe()?.into_os_string()].into_iter().chain(arguments).collect())
}

/// Starts a program with its arguments.
fn spawn(words: &[OsString]) -> Result<Child, WatchError> {
    let program = words.first().map(PathBuf::from).unwrap_or_default();
    let started = Command::new(&program).args(words.iter().skip(1)).spawn();
    started.map_err(|error| WatchError::Run { program, error })
}

type Changes = Receiver<notify::Result<Event>>;

fn ended() -> WatchError {
    WatchError::Io(io::Error::other("the watcher of source files ended"))
}

/// Takes in what belongs to the same change.
fn drain(changes: &Changes) {
    while changes.recv_timeout(QUIET).is_ok() {}
}

fn is_left_out(name: &std::ffi::OsStr) -> bool {
    name == "target" || name.to_string_lossy().starts_with('.')
}

/// How cargo is asked for the program in this file: `target/release/examples/name` is `--release --example name`.
fn target(program: &Path) -> Option<Vec<OsString>> {
    let (name, mut folder) = (program.file_stem()?, program.parent()?);
    let is_example = folder.file_name()? == "examples";
    if is_example {
        folder = folder.parent()?;
    }
    let profile = match folder.file_name()?.to_str()? {
        "debug" => Vec::new(),
        "release" => vec!["--release".into()],
        other => vec!["--profile".into(), other.into()],
    };
    let kind = if is_example { "--example" } else { "--bin" };
    Some(profile.into_iter().chain([kind.into(), name.to_owned()]).collect())
}

/// The folder of the workspace that a package belongs to.
fn workspace(cargo: &Path, manifest: &Path) -> Result<PathBuf, WatchError> {
    let mut ask = Command::new(cargo);
    ask.args(["locate-project", "--workspace", "--message-format", "plain", "--manifest-path"]).arg(manifest);
    let answer = ask.output().map_err(|error| WatchError::Run { program: cargo.to_owned(), error })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match PathBuf::from(text(&answer.stdout)).parent() {
        Some(folder) if answer.status.success() => Ok(folder.to_owned()),
        _ => Err(WatchError::NoWorkspace { manifest: manifest.to_owned(), message: text(&answer.stderr) }),
    }
}

fn time_of_day() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    format!("{:02}:{:02}:{:02} UTC", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(program: &str) -> Vec<String> {
        let words = target(Path::new(program)).expect("a program of cargo");
        words.into_iter().map(|word| word.into_string().expect("text")).collect()
    }

    #[test]
    fn a_program_tells_how_cargo_was_asked_for_it() {
        assert_eq!(words("/w/target/debug/meerkat"), ["--bin", "meerkat"]);
        assert_eq!(words("/w/target/release/examples/door"), ["--release", "--example", "door"]);
        assert_eq!(words("/w/target/x86_64-unknown-linux-gnu/fast/door"), ["--profile", "fast", "--bin", "door"]);
    }

    #[test]
    fn sources_and_manifests_are_watched_and_nothing_that_is_written_by_the_way() {
        let watched = Watched {
            build: Vec::new(),
            run: Vec::new(),
            folder: "/w".into(),
            ignored: vec!["/w/tests/found.rs".into(), "/w/traces".into()],
        };
        let is_source = |path: &str| watched.is_source(Path::new(path));
        assert!(is_source("/w/src/door.rs") && is_source("/w/Cargo.toml") && is_source("/w/door/tests/plan.toml"));
        for other in ["/w/target/debug/a.rs", "/w/door/target/a.rs", "/w/.git/a.rs", "/w/src/a.rs.swp", "/w/README.md"]
        {
            assert!(!is_source(other), "{other}");
        }
        assert!(!is_source("/w/tests/found.rs") && !is_source("/w/traces/a.rs") && is_source("/w/tests/other.rs"));
    }
}
