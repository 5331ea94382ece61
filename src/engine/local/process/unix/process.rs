//! A process and its group, for as long as its id is its own.

use parking_lot::Mutex;
use pool_core::exit::ExitStatus;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::super::exit::{Exit, ExitIntent};
use super::guardian::Guardian;
use super::signal;
use super::wait::{self, Death, wait_for_death};

/// A started process: the leader of its own session, and so of its own group.
#[derive(Debug)]
pub struct Process {
    /// Also the id of the group.
    pid: Pid,
    /// Held while a signal is sent and while the process is reaped: never both.
    lifecycle: Mutex<Lifecycle>,
}

#[derive(Debug, Clone, Copy)]
enum Lifecycle {
    /// Not reaped, so the id can belong to no other process.
    Unreaped(ExitIntent),
    /// Reaped: the id may belong to another process by now, so no signal is sent to it.
    Reaped,
}

impl Process {
    pub(super) fn new(pid: Pid) -> Self {
        Self {
            pid,
            lifecycle: Mutex::new(Lifecycle::Unreaped(ExitIntent::Unrequested)),
        }
    }

    /// The process id, which may be reused after `on_exit` was called.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid.as_raw_pid().cast_unsigned()
    }

    /// Records that an exit from now on is orderly. Sends nothing.
    pub fn request_exit(&self) {
        if let Lifecycle::Unreaped(intent) = &mut *self.lifecycle.lock() {
            *intent = intent.after_request();
        }
    }

    /// Records that the host is exiting: the helpers of the process are killed with it. Sends nothing.
    pub fn on_host_exit(&self) {
        if let Lifecycle::Unreaped(intent) = &mut *self.lifecycle.lock() {
            *intent = intent.with_host();
        }
    }

    /// Interrupts the process alone; an exit from now on counts as its orderly answer.
    pub fn interrupt(&self) {
        if let Lifecycle::Unreaped(intent) = &mut *self.lifecycle.lock() {
            *intent = intent.after_request();
            self.send(Signal::INT);
        }
    }

    /// Asks for the Python stacks on the trace pipe; false if the process is gone.
    pub fn request_stack_dump(&self) -> bool {
        match *self.lifecycle.lock() {
            Lifecycle::Unreaped(_) => self.send(Signal::URG),
            Lifecycle::Reaped => false,
        }
    }

    /// Kills the process and its whole group immediately. Does nothing if it is gone.
    pub fn kill(&self) {
        if let Lifecycle::Unreaped(intent) = &mut *self.lifecycle.lock() {
            *intent = ExitIntent::Killed;
            self.kill_group();
        }
    }

    /// Blocks until the process is dead, kills what must die with it, and reaps it.
    pub(super) fn reap(&self, guardian: &Guardian) -> Exit {
        let death = wait_for_death(self.pid);
        let mut lifecycle = self.lifecycle.lock();
        let intent = match *lifecycle {
            Lifecycle::Unreaped(intent) => intent,
            Lifecycle::Reaped => {
                return Exit {
                    status: ExitStatus::Unknown,
                    intent: ExitIntent::Killed,
                };
            }
        };
        if intent != ExitIntent::Requested || death == Death::BySignal {
            // An unseen death has freed the id a moment ago. The system assigns ids in turn, so it
            // cannot come around in that moment, while helpers would certainly be left alive.
            self.kill_group();
        }
        guardian.withdraw(self.pid);
        let status = if death == Death::Unseen {
            ExitStatus::Unknown
        } else {
            self.take_status()
        };
        *lifecycle = Lifecycle::Reaped;
        Exit { status, intent }
    }

    /// Reaps the dead process; does not block.
    fn take_status(&self) -> ExitStatus {
        let Some(status) = wait::reap(self.pid) else {
            return ExitStatus::Unknown;
        };
        match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => ExitStatus::Code(code),
            (None, Some(number)) => ExitStatus::Signal(signal::named(number)),
            (None, None) => ExitStatus::Unknown,
        }
    }

    /// True if the signal was sent. A failure means that no process is left to receive it.
    fn send(&self, signal: Signal) -> bool {
        kill_process(self.pid, signal).is_ok()
    }

    fn kill_group(&self) {
        // A failure means that the group is empty.
        let _ = kill_process_group(self.pid, Signal::KILL);
    }
}
