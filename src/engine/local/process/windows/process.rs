//! A process and its jobs. Its handle keeps the id from being reused.

use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::sync::Arc;

use parking_lot::Mutex;
use pool_core::exit::ExitStatus;
use process_wrap::std::ChildWrapper;
use windows::Win32::Foundation::{HANDLE, WAIT_TIMEOUT};
use windows::Win32::System::Console::{CTRL_BREAK_EVENT, GenerateConsoleCtrlEvent};
use windows::Win32::System::Threading::{INFINITE, WaitForSingleObject};

use super::super::exit::{Exit, ExitIntent};
use super::job::HostJob;
use super::memory;

/// A started process, in a job and a console process group of its own.
#[derive(Debug)]
pub struct Process {
    id: u32,
    /// Waited for without the lock.
    handle: OwnedHandle,
    lifecycle: Mutex<Lifecycle>,
}

#[derive(Debug)]
enum Lifecycle {
    /// The exit was not seen yet. Dropping the host's job kills what is left in it.
    Running {
        child: Box<dyn ChildWrapper>,
        job: Arc<HostJob>,
        intent: ExitIntent,
    },
    Exited,
}

impl Process {
    pub(super) fn new(child: Box<dyn ChildWrapper>, job: Arc<HostJob>) -> io::Result<Self> {
        let handle = child.process_handle();
        let handle = handle.ok_or_else(|| io::Error::other("the process has no handle"))?;
        Ok(Self {
            id: child.id(),
            handle: handle.try_clone_to_owned()?,
            lifecycle: Mutex::new(Lifecycle::Running {
                child,
                job,
                intent: ExitIntent::Unrequested,
            }),
        })
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Records that an exit from now on is orderly. Sends nothing.
    pub fn request_exit(&self) {
        if let Lifecycle::Running { intent, .. } = &mut *self.lifecycle.lock() {
            *intent = intent.after_request();
        }
    }

    /// Records that the host is exiting: the helpers of the process are killed with it. Sends nothing.
    pub fn on_host_exit(&self) {
        if let Lifecycle::Running { intent, .. } = &mut *self.lifecycle.lock() {
            *intent = intent.with_host();
        }
    }

    /// Sends CTRL-BREAK; an exit from now on counts as its orderly answer.
    pub fn interrupt(&self) {
        if let Lifecycle::Running { intent, .. } = &mut *self.lifecycle.lock() {
            *intent = intent.after_request();
            self.send_break();
        }
    }

    /// Sends CTRL-BREAK to a process that is to go on.
    pub fn interrupt_code(&self) {
        if let Lifecycle::Running { .. } = *self.lifecycle.lock() {
            self.send_break();
        }
    }

    fn send_break(&self) {
        // It fails for a process without a console, which is killed after its grace period.
        // SAFETY: takes no pointers.
        let _ = unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, self.id) };
    }

    /// False: there is no signal for it.
    pub fn request_stack_dump(&self) -> bool {
        false
    }

    /// Its resident memory in bytes, while it has not exited and if the system tells it.
    #[must_use]
    pub fn resident_memory(&self) -> Option<u64> {
        memory::resident(&self.handle)
    }

    /// Whether it has not exited.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        // SAFETY: the handle is open.
        let state = unsafe { WaitForSingleObject(HANDLE(self.handle.as_raw_handle()), 0) };
        state == WAIT_TIMEOUT
    }

    /// Kills the process and everything it has started immediately. Does nothing if it is gone.
    pub fn kill(&self) {
        if let Lifecycle::Running { child, intent, .. } = &mut *self.lifecycle.lock() {
            *intent = ExitIntent::Killed;
            // A failure means that nothing is left in the job.
            let _ = child.start_kill();
        }
    }

    /// Blocks until the process has exited, then kills what must die with it.
    pub(super) fn reap(&self) -> Exit {
        // SAFETY: the handle is open.
        unsafe { WaitForSingleObject(HANDLE(self.handle.as_raw_handle()), INFINITE) };
        let mut lifecycle = self.lifecycle.lock();
        let exit = match &mut *lifecycle {
            Lifecycle::Running { child, job, intent } => {
                if *intent == ExitIntent::Requested {
                    // If it fails, the helpers of the script are killed: the safe side.
                    let _ = job.release();
                }
                Exit {
                    status: status(&mut **child),
                    intent: *intent,
                    is_given_up: false,
                }
            }
            Lifecycle::Exited => Exit {
                status: ExitStatus::Unknown,
                intent: ExitIntent::Killed,
                is_given_up: false,
            },
        };
        *lifecycle = Lifecycle::Exited;
        exit
    }
}

fn status(child: &mut dyn ChildWrapper) -> ExitStatus {
    let status = child.try_wait().ok().flatten();
    status
        .and_then(|status| status.code())
        .map(i32::cast_unsigned)
        .map_or(ExitStatus::Unknown, ExitStatus::Code)
}
