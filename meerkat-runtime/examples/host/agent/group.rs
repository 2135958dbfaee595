//! The processes that an agent started, and the agent: one group, killed as one.
//!
//! The group also keeps Ctrl-C at the terminal away from agents: the host decides what becomes of them.

use std::io;
use std::sync::Arc;

use super::watchdog::Watchdog;

/// Kills the group when it is dropped. Nobody outlives the run, not even when the run's task is aborted.
#[derive(Debug)]
pub(crate) struct ProcessGroup {
    leader: Option<u32>,
    watchdog: Arc<Watchdog>,
}

impl ProcessGroup {
    /// The group of a child that was started as its leader.
    pub(crate) fn of(child: &tokio::process::Child, watchdog: Arc<Watchdog>) -> io::Result<Self> {
        let group = Self { leader: child.id(), watchdog };
        group.leader.map_or(Ok(()), |leader| group.watchdog.watch(leader))?;
        Ok(group)
    }

    /// Kills whoever is left. Only the first call has an effect: once the leader is reaped and the group is empty, its
    /// number may become somebody else's.
    pub(crate) fn kill(&mut self) {
        let Some(leader) = self.leader.take() else { return };
        kill_group(leader);
        if self.watchdog.forget(leader).is_err() {
            // The next agent will not be started without a watchdog.
            tracing::warn!(leader, "the watchdog of the agents is gone");
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(unix)]
pub(super) fn kill_group(leader: u32) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    let Ok(leader) = i32::try_from(leader) else { return };
    match killpg(Pid::from_raw(leader), Signal::SIGKILL) {
        // Nobody was left.
        Ok(()) | Err(nix::errno::Errno::ESRCH) => {}
        Err(fault) => tracing::warn!(leader, %fault, "the processes of an agent cannot be killed"),
    }
}

#[cfg(not(unix))]
pub(super) fn kill_group(_leader: u32) {
    // There are no groups: the child itself is killed through its handle.
}
