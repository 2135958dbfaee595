//! Starts the example host as a process, the way a user does.

use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// The host's program, built once per test process.
///
/// # Panics
///
/// If it cannot be built.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(build)
}

fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--package", "meerkat-runtime", "--example", "host", "--message-format", "json"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo can be started");
    assert!(built.status.success(), "the host cannot be built");
    let messages = String::from_utf8(built.stdout).expect("cargo writes UTF-8");
    let messages = messages.lines().map(|line| serde_json::from_str::<Value>(line).expect("cargo writes JSON"));
    let host = messages
        .filter(|message| message["target"]["name"] == "host")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    host.expect("cargo names the program that it built")
}

/// A folder with a store in it, thrown away at the end.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Place {
    /// An empty folder.
    ///
    /// # Panics
    ///
    /// If there is no room for one.
    #[must_use]
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("there is room for a folder") }
    }

    /// A path in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file in the folder.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).expect("the folder can be written");
    }

    /// Prompts for some sessions in turn: the first for each, then the second for each.
    pub fn write_prompts(&self, name: &str, sessions: &[&str], prompts: usize) {
        let line =
            |number, session: &&str| format!("{{\"session\":\"{session}\",\"prompt\":\"{session}-{number}\"}}\n");
        let lines: String =
            (1..=prompts).flat_map(|number| sessions.iter().map(move |session| line(number, session))).collect();
        self.write(name, lines);
    }

    /// A call of the host in this folder.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// `host run` on the folder's store, JSON on stdout.
    #[must_use]
    pub fn host(&self, agent: &str, more: &[&str]) -> Command {
        let mut command = self.command(&["run", "--store", "store.sqlite", "--format", "json", "--agent", agent]);
        command.args(more);
        command
    }

    /// Runs `host run` to its end.
    #[must_use]
    pub fn run(&self, agent: &str, more: &[&str]) -> Ended {
        Ended::of(self.host(agent, more))
    }

    /// What the store knows of each input.
    ///
    /// # Panics
    ///
    /// If it cannot be read.
    #[must_use]
    pub fn results(&self) -> Vec<Value> {
        let ended = Ended::of(self.command(&["results", "--store", "store.sqlite", "--format", "json"]));
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.events
    }
}

/// A host that has ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub events: Vec<Value>,
    /// What it said to people.
    pub stderr: String,
}

impl Ended {
    /// Runs a command to its end, without anything on stdin.
    ///
    /// # Panics
    ///
    /// If it cannot be started, or prints something else than JSON lines.
    #[must_use]
    pub fn of(mut command: Command) -> Self {
        let output = command.stdin(Stdio::null()).output().expect("the host can be started");
        let stdout = String::from_utf8(output.stdout).expect("the host prints UTF-8");
        Self {
            code: output.status.code(),
            events: stdout.lines().map(event).collect(),
            stderr: String::from_utf8(output.stderr).expect("the host prints UTF-8"),
        }
    }

    /// The events of this kind.
    #[must_use]
    pub fn all(&self, kind: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["event"] == kind).collect()
    }

    /// The last event.
    ///
    /// # Panics
    ///
    /// If it is no summary.
    #[must_use]
    pub fn summary(&self) -> &Value {
        let last = self.events.last().expect("the host printed something");
        assert_eq!(last["event"], "summary", "{}", self.stderr);
        last
    }
}

/// A host that runs. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
    /// What it printed so far.
    pub events: Vec<Value>,
}

impl Running {
    /// Starts a host.
    ///
    /// # Panics
    ///
    /// If that is not possible.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("the host can be started");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe")).lines();
        let stderr = BufReader::new(child.stderr.take().expect("stderr is a pipe")).lines();
        Self { child, stdout, stderr, events: Vec::new() }
    }

    /// The process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its next event; none when it has ended.
    ///
    /// # Panics
    ///
    /// If it prints something else.
    pub fn next_event(&mut self) -> Option<&Value> {
        let line = self.stdout.next()?.expect("the host prints UTF-8");
        self.events.push(event(&line));
        self.events.last()
    }

    /// Waits for an event of this kind.
    ///
    /// # Panics
    ///
    /// If the host ends without one.
    pub fn wait_for(&mut self, kind: &str) -> &Value {
        while self.next_event().expect("the host goes on")["event"] != kind {}
        self.events.last().expect("one was just pushed")
    }

    /// Waits for a line to people that has this in it.
    ///
    /// # Panics
    ///
    /// If the host ends without one.
    pub fn wait_for_word(&mut self, word: &str) {
        let mut lines = self.stderr.by_ref().map(|line| line.expect("the host prints UTF-8"));
        assert!(lines.any(|line| line.contains(word)), "the host never says {word:?}");
    }

    /// Sends a signal to the host alone.
    ///
    /// # Panics
    ///
    /// If it has ended.
    #[cfg(unix)]
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let process = i32::try_from(self.id()).expect("process numbers are small");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(process), signal).expect("the host is there");
    }

    /// Kills the host as a crash does.
    ///
    /// # Panics
    ///
    /// If the system refuses.
    pub fn kill(mut self) -> Vec<Value> {
        self.child.kill().expect("the host can be killed");
        self.child.wait().expect("the host was killed");
        while self.next_event_if_whole() {}
        std::mem::take(&mut self.events)
    }

    /// What is still in the pipe. The last line may be cut off.
    fn next_event_if_whole(&mut self) -> bool {
        let Some(Ok(line)) = self.stdout.next() else { return false };
        let whole = serde_json::from_str(&line);
        self.events.extend(whole.ok());
        true
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// If the system refuses.
    #[must_use]
    pub fn end(mut self) -> Ended {
        while self.next_event().is_some() {}
        let mut stderr = String::new();
        for line in self.stderr.by_ref() {
            stderr += &line.expect("the host prints UTF-8");
            stderr.push('\n');
        }
        let status = self.child.wait().expect("the host ends");
        Ended { code: status.code(), events: std::mem::take(&mut self.events), stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A host that has ended cannot be killed, which is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn event(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|fault| panic!("the host printed {line:?}: {fault}"))
}
