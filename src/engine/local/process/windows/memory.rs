//! The memory of a process.

use std::os::windows::io::{AsRawHandle, OwnedHandle};

use windows::Win32::Foundation::HANDLE;
use windows::Win32::System::ProcessStatus::{K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};

/// Its resident memory in bytes, if the system tells it.
pub(super) fn resident(process: &OwnedHandle) -> Option<u64> {
    let mut counters = PROCESS_MEMORY_COUNTERS::default();
    let size = u32::try_from(size_of::<PROCESS_MEMORY_COUNTERS>()).ok()?;
    let handle = HANDLE(process.as_raw_handle());
    // SAFETY: the handle is open, and there are `size` writable bytes at the pointer.
    let is_known = unsafe { K32GetProcessMemoryInfo(handle, &raw mut counters, size) };
    let bytes = is_known.as_bool().then_some(counters.WorkingSetSize as u64);
    // One that has exited has none.
    bytes.filter(|bytes| *bytes > 0)
}
