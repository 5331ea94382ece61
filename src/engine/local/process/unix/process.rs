//! A process and its group, for as long as its id is its own.

use std::io;
use std::mem::MaybeUninit;

use libc::{c_int, pid_t};
use parking_lot::Mutex;

use super::Guardian;
use super::signal::signal;
use crate::engine::local::process::{Ending, Exit};
use pool_core::exit::ExitStatus;

/// A started process: the leader of a session, and so of a group, of its own.
#[derive(Debug)]
pub struct Process {
    /// Also the id of the group.
    id: u32,
    /// Held while a signal is sent and while the process is reaped: never both.
    life: Mutex<Life>,
}

#[derive(Debug, Clone, Copy)]
enum Life {
    /// Not reaped, so the id can belong to no other process.
    Unreaped(Ending),
    /// Reaped: the id may be another's by now, nothing may be sent to it.
    Gone,
}

/// How a process that is dead, but not reaped, came to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Death {
    ByCode,
    BySignal,
    /// Something else took the status: a SIGCHLD that is ignored, or a foreign `wait`.
    Unseen,
}

impl Process {
    pub(super) fn new(id: u32) -> Self {
        Self {
            id,
            life: Mutex::new(Life::Unreaped(Ending::Unasked)),
        }
    }

    /// The process id, which may be reused once `on_exit` was called.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Notes that an exit from now on is orderly. Sends nothing.
    pub fn ask_to_end(&self) {
        if let Life::Unreaped(ending) = &mut *self.life.lock() {
            *ending = ending.after_request();
        }
    }

    /// Notes that the host ends: whatever the process started goes with it. Sends nothing.
    pub fn host_ends(&self) {
        if let Life::Unreaped(ending) = &mut *self.life.lock() {
            *ending = ending.with_host();
        }
    }

    /// Interrupts the process alone, and takes an exit from now on as its orderly answer.
    pub fn interrupt(&self) {
        if let Life::Unreaped(ending) = &mut *self.life.lock() {
            *ending = ending.after_request();
            send(self.pid(), libc::SIGINT);
        }
    }

    /// Asks for the Python stacks on the trace pipe; false when nobody is there to answer.
    pub fn request_stack_dump(&self) -> bool {
        match *self.life.lock() {
            Life::Unreaped(_) => send(self.pid(), libc::SIGURG),
            Life::Gone => false,
        }
    }

    /// Ends the process and its whole group at once. Does nothing when it is gone.
    pub fn kill(&self) {
        if let Life::Unreaped(ending) = &mut *self.life.lock() {
            *ending = Ending::Killed;
            self.kill_group();
        }
    }

    /// Blocks until the process is dead, then kills what is to die with it, and reaps it.
    pub(super) fn reap(&self, guardian: &Guardian) -> Exit {
        let death = self.wait_for_death();
        let mut life = self.life.lock();
        let ending = match *life {
            Life::Unreaped(ending) => ending,
            Life::Gone => {
                return Exit {
                    status: ExitStatus::Unknown,
                    ending: Ending::Killed,
                };
            }
        };
        if ending != Ending::Asked || death == Death::BySignal {
            // An unseen death has freed the id a moment ago. The system hands ids out in turn, so
            // it can not come around in that moment, while helpers left alive would be certain.
            self.kill_group();
        }
        guardian.withdraw(self.id);
        let status = if death == Death::Unseen {
            ExitStatus::Unknown
        } else {
            self.take_status()
        };
        *life = Life::Gone;
        Exit { status, ending }
    }

    /// Leaves a zombie behind, on purpose: it keeps the id from being reused.
    fn wait_for_death(&self) -> Death {
        loop {
            let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
            let options = libc::WEXITED | libc::WNOWAIT;
            // SAFETY: `info` is valid for writes, and all zeroes is a value of its type.
            let (result, info) = unsafe {
                (
                    libc::waitid(libc::P_PID, self.id, info.as_mut_ptr(), options),
                    info.assume_init(),
                )
            };
            if result == 0 {
                let by_code = info.si_code == libc::CLD_EXITED;
                return if by_code {
                    Death::ByCode
                } else {
                    Death::BySignal
                };
            }
            if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                return Death::Unseen;
            }
        }
    }

    /// Reaps the dead process; does not block.
    fn take_status(&self) -> ExitStatus {
        match wait(self.pid()) {
            Ok(status) if libc::WIFEXITED(status) => ExitStatus::Code(libc::WEXITSTATUS(status)),
            Ok(status) => ExitStatus::Signal(signal(libc::WTERMSIG(status))),
            Err(_) => ExitStatus::Unknown,
        }
    }

    fn kill_group(&self) {
        // A negative id means the group.
        send(-self.pid(), libc::SIGKILL);
    }

    fn pid(&self) -> pid_t {
        self.id.cast_signed()
    }
}

/// Blocks until the process has ended, reaps it and returns its raw status.
pub(super) fn wait(pid: pid_t) -> io::Result<c_int> {
    loop {
        let mut status = 0;
        // SAFETY: `status` is valid for writes.
        if unsafe { libc::waitpid(pid, &raw mut status, 0) } == pid {
            return Ok(status);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// True when the signal was sent. A failure means that nobody is left to get it.
fn send(pid: pid_t, signal: c_int) -> bool {
    // SAFETY: `kill` touches no memory; the caller holds the lock that keeps the id its own.
    unsafe { libc::kill(pid, signal) == 0 }
}
