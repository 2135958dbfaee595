//! A small process that outlives a crash of the host by a moment, to kill the agents that the host left behind.
//!
//! Without it, an agent would work on after a `kill -9` of the host, beside the agent that the next start of the host
//! gives the same prompt to. The host writes to the watchdog's stdin which process groups there are; the end of that
//! pipe says that the host is gone, however it went. A group is written down before its agent is told what to do, so an
//! agent that the watchdog does not know yet has nothing to do either.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::group::kill_group;

/// The host's end of the watchdog.
#[derive(Debug)]
pub(crate) struct Watchdog {
    child: Child,
    /// None only while it is dropped. A line is one small write, so a poisoned lock holds no half line.
    pipe: Mutex<Option<ChildStdin>>,
}

impl Watchdog {
    /// The subcommand of this program that is the watchdog.
    pub(crate) const COMMAND: &str = "watchdog";

    /// Starts it, in a process group of its own, where no Ctrl-C reaches it.
    pub(crate) fn start() -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(Self::COMMAND).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let pipe = Mutex::new(child.stdin.take());
        Ok(Self { child, pipe })
    }

    /// This group is to be killed if the host goes.
    pub(super) fn watch(&self, group: u32) -> io::Result<()> {
        self.write(&format!("+{group}\n"))
    }

    /// Nobody is left of this group.
    pub(super) fn forget(&self, group: u32) -> io::Result<()> {
        self.write(&format!("-{group}\n"))
    }

    fn write(&self, line: &str) -> io::Result<()> {
        match &mut *self.pipe.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(pipe) => pipe.write_all(line.as_bytes()),
            None => Ok(()),
        }
    }
}

impl Drop for Watchdog {
    /// Waits for the watchdog, which ends when it has killed whoever is left.
    fn drop(&mut self) {
        drop(self.pipe.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Err(fault) = self.child.wait() {
            eprintln!("host: the watchdog of the agents cannot be awaited ({fault}); look for agents that still run");
        }
    }
}

/// Is the watchdog, until its host is gone.
pub(crate) fn be_watchdog() {
    let mut groups = BTreeSet::new();
    // A line is one write that fits a pipe, so none is ever cut off. A pipe that fails is as good as one that ended.
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let (sign, number) = line.split_at_checked(1).unwrap_or_default();
        match (sign, number.parse::<u32>()) {
            ("+", Ok(group)) => {
                groups.insert(group);
            }
            ("-", Ok(group)) => {
                groups.remove(&group);
            }
            // The host writes nothing else.
            _ => {}
        }
    }
    groups.into_iter().for_each(kill_group);
}
