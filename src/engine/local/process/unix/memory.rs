//! The memory of a process.

use rustix::process::Pid;

/// Its resident memory in bytes, if the system tells it. It costs some microseconds.
#[cfg(target_os = "linux")]
pub(super) fn resident(pid: Pid) -> Option<u64> {
    let path = format!("/proc/{}/statm", pid.as_raw_pid());
    let statm = std::fs::read_to_string(path).ok()?;
    let pages: u64 = statm.split_ascii_whitespace().nth(1)?.parse().ok()?;
    // One that has exited and was not reaped has none.
    (pages > 0).then(|| pages * rustix::param::page_size() as u64)
}

/// Its resident memory in bytes, if the system tells it. It costs some microseconds.
#[cfg(target_os = "macos")]
pub(super) fn resident(pid: Pid) -> Option<u64> {
    use std::mem::{MaybeUninit, size_of};

    let mut info = MaybeUninit::<libc::proc_taskinfo>::uninit();
    let size = libc::c_int::try_from(size_of::<libc::proc_taskinfo>()).ok()?;
    // SAFETY: there are `size` writable bytes at the pointer.
    let written = unsafe {
        libc::proc_pidinfo(
            pid.as_raw_pid(),
            libc::PROC_PIDTASKINFO,
            0,
            info.as_mut_ptr().cast(),
            size,
        )
    };
    // SAFETY: it was written as a whole, and any bytes are valid for its integers.
    (written == size).then(|| unsafe { info.assume_init() }.pti_resident_size)
}

/// Its resident memory in bytes, if the system tells it.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn resident(_: Pid) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory() {
        let megabyte = 1 << 20;
        assert!(resident(rustix::process::getpid()).unwrap() > megabyte);
    }

    #[test]
    fn a_process_that_does_not_exist_has_none() {
        assert_eq!(resident(Pid::from_raw(i32::MAX).unwrap()), None);
    }
}
