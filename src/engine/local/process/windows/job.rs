//! A job object: the processes that die with the host.
//!
//! process-wrap starts a process suspended, puts it into a job of its own and resumes it; killing
//! the process kills that job. Its job outlives a host that dies, however, so each process is also
//! in one of ours, which the system ends with the host. It enters ours while it is suspended: from
//! its first instruction on, there is no moment at which the host could die and leave it behind.

use std::io;
use std::mem;
use std::os::windows::io::{AsHandle, AsRawHandle, FromRawHandle, OwnedHandle};
use std::process::{Child, Command};
use std::sync::Arc;

use process_wrap::std::{CommandWrap, CommandWrapper};
use windows::Win32::Foundation::HANDLE;
use windows::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT,
    JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOBOBJECT_EXTENDED_LIMIT_INFORMATION,
    JobObjectExtendedLimitInformation, SetInformationJobObject,
};

/// Closing the last handle kills every process in it; none can break away.
#[derive(Debug)]
pub(in crate::engine::local) struct HostJob(OwnedHandle);

/// Has a command start its process in a [`HostJob`].
#[derive(Debug)]
pub(in crate::engine::local) struct InHostJob(pub(in crate::engine::local) Arc<HostJob>);

impl CommandWrapper for InHostJob {
    /// process-wrap calls this before it resumes the process.
    fn post_spawn(
        &mut self,
        _command: &mut Command,
        child: &mut Child,
        _core: &CommandWrap,
    ) -> io::Result<()> {
        self.0.assign(&*child).inspect_err(|_| {
            // It has not run yet. A failure means that it is gone.
            let _ = child.kill();
        })
    }
}

impl HostJob {
    pub(in crate::engine::local) fn new() -> io::Result<Self> {
        // SAFETY: no pointer is passed; the handle was just made, and nothing else owns it.
        let job = unsafe { OwnedHandle::from_raw_handle(CreateJobObjectW(None, None)?.0) };
        let job = Self(job);
        job.set_limits(JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE)?;
        Ok(job)
    }

    /// Lets the processes in it outlive its last handle.
    pub(super) fn release(&self) -> io::Result<()> {
        self.set_limits(JOB_OBJECT_LIMIT::default())
    }

    fn assign(&self, process: &impl AsHandle) -> io::Result<()> {
        let process = HANDLE(process.as_handle().as_raw_handle());
        // SAFETY: both handles are open.
        unsafe { AssignProcessToJobObject(self.handle(), process) }?;
        Ok(())
    }

    fn set_limits(&self, flags: JOB_OBJECT_LIMIT) -> io::Result<()> {
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = flags;
        let size = u32::try_from(mem::size_of_val(&limits)).map_err(io::Error::other)?;
        let class = JobObjectExtendedLimitInformation;
        // SAFETY: the handle is open, and `limits` is the structure that this class consists of.
        unsafe { SetInformationJobObject(self.handle(), class, (&raw const limits).cast(), size) }?;
        Ok(())
    }

    fn handle(&self) -> HANDLE {
        HANDLE(self.0.as_raw_handle())
    }
}
