//! A process and its group, for as long as its id is its own.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use pool_core::exit::ExitStatus;
use rustix::io;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::super::exit::{Exit, ExitIntent};
use super::exit_report::ExitReport;
use super::guardian::Guardian;
use super::wait::{self, Death, is_dead, wait_for_death};
use super::{group, memory, signal, thread};

/// How long a process that only the guardian may kill has to die.
const GUARDIAN_TIME: Duration = Duration::from_secs(1);

/// A started process: the leader of its own session, and so of its own group.
#[derive(Debug)]
pub struct Process {
    /// Also the id of the group.
    pid: Pid,
    /// Held while a signal is sent and while the process is reaped: never both.
    lifecycle: Mutex<Lifecycle>,
    exit_report: ExitReport,
}

#[derive(Debug)]
enum Lifecycle {
    /// Not reaped, so the id can belong to no other process.
    Unreaped {
        intent: ExitIntent,
        guardian: Guardian,
    },
    /// Reaped: the id may belong to another process by now, so no signal is sent to it.
    Reaped,
}

impl Process {
    /// `on_exit` is called by [`Self::reap`], or if the process is given up.
    pub(super) fn new(
        pid: Pid,
        guardian: Guardian,
        on_exit: impl FnOnce(Exit) + Send + 'static,
    ) -> Self {
        Self {
            pid,
            lifecycle: Mutex::new(Lifecycle::Unreaped {
                intent: ExitIntent::Unrequested,
                guardian,
            }),
            exit_report: ExitReport::new(on_exit),
        }
    }

    /// The process id, which may be reused after `on_exit` was called.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid.as_raw_pid().cast_unsigned()
    }

    /// Records that an exit from now on is orderly. Sends nothing.
    pub fn request_exit(&self) {
        if let Lifecycle::Unreaped { intent, .. } = &mut *self.lifecycle.lock() {
            *intent = intent.after_request();
        }
    }

    /// Records that the host is exiting: the helpers of the process are killed with it. Sends nothing.
    pub fn on_host_exit(&self) {
        if let Lifecycle::Unreaped { intent, .. } = &mut *self.lifecycle.lock() {
            *intent = intent.with_host();
        }
    }

    /// Interrupts the process alone; an exit from now on counts as its orderly answer.
    pub fn interrupt(&self) {
        if let Lifecycle::Unreaped { intent, .. } = &mut *self.lifecycle.lock() {
            *intent = intent.after_request();
            self.send(Signal::INT);
        }
    }

    /// Interrupts the process alone, which is to go on.
    pub fn interrupt_code(&self) {
        if let Lifecycle::Unreaped { .. } = *self.lifecycle.lock() {
            self.send(Signal::INT);
        }
    }

    /// Asks for the Python stacks on the trace pipe; false if the process is gone.
    pub fn request_stack_dump(&self) -> bool {
        match *self.lifecycle.lock() {
            Lifecycle::Unreaped { .. } => self.send(Signal::URG),
            Lifecycle::Reaped => false,
        }
    }

    /// Its resident memory in bytes, while it has not been reaped and if the system tells it.
    #[must_use]
    pub fn resident_memory(&self) -> Option<u64> {
        match *self.lifecycle.lock() {
            Lifecycle::Unreaped { .. } => memory::resident(self.pid),
            Lifecycle::Reaped => None,
        }
    }

    /// Whether it has not exited, whatever becomes of its group.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        match *self.lifecycle.lock() {
            Lifecycle::Unreaped { .. } => !is_dead(self.pid),
            Lifecycle::Reaped => false,
        }
    }

    /// Kills the process immediately, and its group as soon as it is dead. Does nothing if it is gone.
    ///
    /// A host that has dropped its privileges may not: then the guardian tries, and if the process is
    /// still alive a second later, it is given up.
    pub fn kill(self: &Arc<Self>) {
        let Lifecycle::Unreaped { intent, guardian } = &mut *self.lifecycle.lock() else {
            return;
        };
        let is_first = *intent != ExitIntent::Killed;
        *intent = ExitIntent::Killed;
        if kill_process(self.pid, Signal::KILL) == Err(io::Errno::PERM) {
            guardian.kill(self.pid);
            if is_first {
                self.give_up_later();
            }
        }
    }

    fn give_up_later(self: &Arc<Self>) {
        let process = Arc::clone(self);
        let give_up = move || {
            std::thread::sleep(GUARDIAN_TIME);
            process.exit_report.make(Exit {
                status: ExitStatus::Unknown,
                intent: ExitIntent::Killed,
                is_given_up: true,
            });
        };
        // Without a thread, only its death ends the wait for it.
        let _ = thread::start("python-give-up", give_up);
    }

    /// Blocks until the process is dead, kills what must die with it, reaps it and reports its exit.
    pub(super) fn reap(&self) {
        let death = wait_for_death(self.pid);
        // Without the lock, because it may take a moment.
        if self.is_group_to_end(death) {
            self.end_group(if death == Death::Unseen {
                // It has freed the id a moment ago. The system assigns ids in turn, so it cannot come
                // around in that moment, while helpers would certainly be left alive.
                |group| kill_process_group(group, Signal::KILL)
            } else {
                group::end
            });
        }
        let exit = {
            let mut lifecycle = self.lifecycle.lock();
            let Lifecycle::Unreaped { intent, guardian } = &*lifecycle else {
                return; // unreachable: only this thread reaps
            };
            let intent = *intent;
            guardian.withdraw(self.pid);
            let status = if death == Death::Unseen {
                ExitStatus::Unknown
            } else {
                self.take_status()
            };
            // Before the report, after which nothing of this process may be left.
            *lifecycle = Lifecycle::Reaped;
            Exit {
                status,
                intent,
                is_given_up: false,
            }
        };
        self.exit_report.make(exit);
    }

    /// Whether its helpers die with it: not after an orderly exit.
    fn is_group_to_end(&self, death: Death) -> bool {
        let lifecycle = self.lifecycle.lock();
        let is_orderly = matches!(
            *lifecycle,
            Lifecycle::Unreaped {
                intent: ExitIntent::Requested,
                ..
            }
        );
        !is_orderly || death == Death::BySignal
    }

    /// Reaps the dead process; does not block.
    fn take_status(&self) -> ExitStatus {
        let Some(status) = wait::reap(self.pid) else {
            return ExitStatus::Unknown;
        };
        match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => ExitStatus::Code(code.cast_unsigned()),
            (None, Some(number)) => ExitStatus::Signal(signal::named(number)),
            (None, None) => ExitStatus::Unknown,
        }
    }

    /// True if the signal was sent. A failure means that no process is left to receive it.
    fn send(&self, signal: Signal) -> bool {
        kill_process(self.pid, signal).is_ok()
    }

    /// Kills what is left of the group; a failure mostly means that it is empty.
    fn end_group(&self, end: fn(Pid) -> io::Result<()>) {
        if end(self.pid) == Err(io::Errno::PERM)
            && let Lifecycle::Unreaped { guardian, .. } = &*self.lifecycle.lock()
        {
            guardian.kill(self.pid);
        }
    }
}
