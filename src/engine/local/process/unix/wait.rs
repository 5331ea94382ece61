//! Waiting for the exit of a child process.

use rustix::io;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, WaitStatus, kill_process, waitid, waitpid,
};

/// How a process died that is not reaped yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Death {
    ByCode,
    BySignal,
    /// Something else took its status: an ignored SIGCHLD, or another `wait` in the host.
    Unseen,
}

/// Blocks until the process is dead. Leaves a zombie behind, on purpose: it keeps the id from
/// being reused.
pub(super) fn wait_for_death(pid: Pid) -> Death {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    match io::retry_on_intr(|| waitid(WaitId::Pid(pid), options)) {
        Ok(Some(status)) if status.exited() => Death::ByCode,
        Ok(Some(_)) => Death::BySignal,
        // `None` is only for a wait that does not block.
        Ok(None) | Err(_) => Death::Unseen,
    }
}

/// Whether the process is dead, reaped or not.
pub(super) fn is_dead(pid: Pid) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    let status = io::retry_on_intr(|| waitid(WaitId::Pid(pid), options));
    // An error means that something else has reaped it.
    status.map_or(true, |status| status.is_some())
}

/// Blocks until the process has exited and reaps it; `None` if something else has reaped it.
pub(super) fn reap(pid: Pid) -> Option<WaitStatus> {
    wait(pid, WaitOptions::empty())
}

/// As [`reap`], and continues the process whenever something stops it.
pub(super) fn reap_continuing(pid: Pid) -> Option<WaitStatus> {
    loop {
        let status = wait(pid, WaitOptions::UNTRACED)?;
        if !status.stopped() {
            return Some(status);
        }
        // It is not reaped, so the id is its own. A failure means that it may not be signalled.
        let _ = kill_process(pid, Signal::CONT);
    }
}

fn wait(pid: Pid, options: WaitOptions) -> Option<WaitStatus> {
    let status = io::retry_on_intr(|| waitpid(Some(pid), options));
    status.ok().flatten().map(|(_, status)| status)
}
