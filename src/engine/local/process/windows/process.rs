//! A process and its job. Its handle keeps the id from being reused.

use std::os::windows::io::{AsRawHandle, BorrowedHandle, OwnedHandle};

use parking_lot::Mutex;
use windows_sys::Win32::Foundation::WAIT_OBJECT_0;
use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, GenerateConsoleCtrlEvent};
use windows_sys::Win32::System::Threading::{
    GetExitCodeProcess, INFINITE, TerminateProcess, WaitForSingleObject,
};

use super::job::Job;
use crate::engine::local::process::{Ending, Exit};
use pool_core::exit::ExitStatus;

/// A started process, in a job and a console process group of its own.
#[derive(Debug)]
pub struct Process {
    id: u32,
    handle: OwnedHandle,
    life: Mutex<Life>,
}

#[derive(Debug)]
enum Life {
    /// The end was not seen yet. Dropping the job ends what is left in it.
    Running {
        job: Job,
        ending: Ending,
    },
    Gone,
}

impl Process {
    pub(super) fn new(id: u32, handle: OwnedHandle, job: Job) -> Self {
        Self {
            id,
            handle,
            life: Mutex::new(Life::Running {
                job,
                ending: Ending::Unasked,
            }),
        }
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Notes that an exit from now on is orderly. Sends nothing.
    pub fn ask_to_end(&self) {
        if let Life::Running { ending, .. } = &mut *self.life.lock() {
            *ending = ending.after_request();
        }
    }

    /// Notes that the host ends: whatever the process started goes with it. Sends nothing.
    pub fn host_ends(&self) {
        if let Life::Running { ending, .. } = &mut *self.life.lock() {
            *ending = ending.with_host();
        }
    }

    /// Sends CTRL-BREAK, and takes an exit from now on as the orderly answer to it.
    pub fn interrupt(&self) {
        if let Life::Running { ending, .. } = &mut *self.life.lock() {
            *ending = ending.after_request();
            // SAFETY: takes no pointers. It fails for a process without a console, which then
            // has to be killed when its time is up.
            unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, self.id) };
        }
    }

    /// False: there is no signal to ask with.
    pub fn request_stack_dump(&self) -> bool {
        false
    }

    /// Ends the process and all that it has started at once. Does nothing when it is gone.
    pub fn kill(&self) {
        if let Life::Running { job, ending } = &mut *self.life.lock() {
            *ending = Ending::Killed;
            job.kill();
        }
    }

    /// Blocks until the process has ended, then ends what is to end with it.
    pub(super) fn wait(&self) -> Exit {
        // SAFETY: the handle is open.
        let waited = unsafe { WaitForSingleObject(self.handle.as_raw_handle(), INFINITE) };
        let mut life = self.life.lock();
        let ending = match &*life {
            Life::Running { job, ending } => {
                if *ending == Ending::Asked {
                    // Should it fail, helpers of the script end with it: the safe side.
                    let _ = job.release();
                }
                *ending
            }
            Life::Gone => Ending::Killed,
        };
        *life = Life::Gone;
        let status = if waited == WAIT_OBJECT_0 {
            self.status()
        } else {
            ExitStatus::Unknown
        };
        Exit { status, ending }
    }

    fn status(&self) -> ExitStatus {
        let mut code = 0;
        // SAFETY: the handle is open, and `code` is valid for writes.
        let known = unsafe { GetExitCodeProcess(self.handle.as_raw_handle(), &raw mut code) } != 0;
        if known {
            ExitStatus::Code(code.cast_signed())
        } else {
            ExitStatus::Unknown
        }
    }
}

/// Ends a process that could not be put into a job.
pub(super) fn terminate(process: BorrowedHandle<'_>) {
    // SAFETY: the handle is open.
    unsafe { TerminateProcess(process.as_raw_handle(), 1) };
}
