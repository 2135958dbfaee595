//! The commands that do not end by themselves: the explorer in a browser, and the watcher.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use machine_spec::session::Meerkat;
use machine_spec::spec::PropertyKind;

/// How long a test waits for a line, before it fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// The binary, ended with its owner.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the command runs");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, lines) = channel();
        // It ends with the child's output, or when nobody listens any more.
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// The next line that contains a text.
    fn line_with(&mut self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line with {text}"));
            if line.contains(text) {
                return line;
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().expect("it can be ended");
        self.child.wait().expect("it ends");
    }
}

fn meerkat(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meerkat"));
    command.args(arguments);
    command
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[test]
fn a_browser_is_shown_the_machine() {
    let bounds = ["--ids", "1", "--epochs", "1", "--integers", "1"];
    let mut serving = Running::start(&mut meerkat(&[&["serve", "--address", "127.0.0.1:0"], &bounds[..]].concat()));
    let line = serving.line_with("is shown at http://");
    let (_, address) = line.split_once("http://").expect("an address");
    let (address, _) = address.split_once('/').expect("an address");
    assert!(get(address, "/").contains("<html"), "the page");
    let status = get(address, "/.status");
    let invariants = Meerkat::SPEC.properties.iter().filter(|one| one.kind == PropertyKind::Invariant);
    for invariant in invariants {
        assert!(status.contains(&format!("[\"Always\",\"{}\",null]", invariant.sentence)), "{status}");
    }
    let states = get(address, "/.states");
    assert!(states.contains("lifecycle.phase"), "the initial state: {states}");
    let steps = get(address, "/.states/0");
    assert!(steps.contains("\"action\":\"Register { incarnation: Incarnation(1), "), "{steps}");
    assert!(steps.contains("registration.phase: "), "what the step changes: {steps}");
}

#[test]
fn an_address_that_is_taken_is_an_error_that_says_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    for address in [address.as_str(), "nonsense"] {
        let served = meerkat(&["serve", "--address", address]).output().expect("it ends");
        let message = String::from_utf8(served.stderr).expect("text");
        assert!(message.starts_with(&format!("error: machine Meerkat cannot be shown at {address}: ")), "{message}");
        assert!(message.ends_with("such as localhost:3001, or localhost:0 for any free port\n"), "{message}");
        assert_eq!(served.status.code(), Some(1));
    }
}

#[test]
fn a_changed_source_file_is_built_and_checked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("src")).expect("a folder");
    let source = folder.path().join("src/door.rs");
    fs::write(&source, "first").expect("a source file");
    // The shell stands for cargo, and fails to build what is broken.
    let build = "sh -c 'echo building $(cat src/door.rs); ! grep -q broken src/door.rs'";
    let watch = ["check", "--watch", "--watch-build", build, "--max-states", "1", "--whole", "Meerkat"];
    let mut watching = Running::start(meerkat(&watch).current_dir(folder.path()));
    watching.line_with("first run");
    watching.line_with("building first");
    watching.line_with("CUT OFF by the budget of 1");
    watching.line_with("waiting for a change");
    fs::write(folder.path().join("src/notes.txt"), "no source file").expect("a file");
    fs::write(&source, "broken").expect("a source file");
    assert!(watching.line_with("────").ends_with(" src/door.rs changed ────"));
    watching.line_with("building broken");
    let after_build = watching.line_with("");
    assert!(after_build.contains("waiting for a change"), "what is not built is not run: {after_build}");
    fs::write(&source, "mended").expect("a source file");
    watching.line_with("building mended");
    watching.line_with("CUT OFF by the budget of 1");
}

#[test]
fn a_run_that_a_change_overtakes_is_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("door.rs");
    fs::write(&source, "first\n").expect("a source file");
    // All regions together have more states than are visited before the change. What follows is not built, and not run.
    let build = "grep first door.rs";
    let long = ["--max-states", "20000", "--threads", "1", "Meerkat"];
    let watch = [&["check", "--watch", "--whole", "--watch-build", build], &long[..]].concat();
    let mut watching = Running::start(meerkat(&watch).current_dir(folder.path()));
    watching.line_with("first run");
    watching.line_with("first");
    fs::write(&source, "second\n").expect("a source file");
    let next = watching.line_with("────");
    assert!(next.ends_with(" door.rs changed ────"), "the run goes on to its end: {next}");
    watching.line_with("waiting for a change");
}

#[test]
fn a_watcher_that_cannot_watch_says_what_to_do() {
    let refused = |command: &mut Command| {
        let ended = command.env_remove("CARGO_MANIFEST_DIR").output().expect("it ends");
        (ended.status.code(), String::from_utf8(ended.stderr).expect("text"))
    };
    let (code, message) = refused(&mut meerkat(&["check", "--watch"]));
    assert_eq!(code, Some(1));
    assert!(message.contains("was not started by cargo; start it with cargo run"), "{message}");
    let (_, message) = refused(&mut meerkat(&["check", "--watch", "--watch-build", "no-such-program-here"]));
    assert!(message.starts_with("error: no-such-program-here cannot be run: "), "{message}");
    let (_, message) = refused(&mut meerkat(&["check", "--watch", "--watch-build", "'"]));
    assert!(message.starts_with("error: --watch-build is no command: "), "{message}");
    let (code, message) = refused(&mut meerkat(&["check", "Merkat", "--watch"]));
    assert_eq!((code, message.as_str()), (Some(2), "error: there is no machine Merkat; did you mean Meerkat?\n"));
}
