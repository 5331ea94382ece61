//! Errors that say nothing about a candidate: the operating system lacks what every start needs.

use std::io;

/// Descriptors, of the process or of the system; memory; processes.
#[cfg(unix)]
const EXHAUSTED: [i32; 4] = [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::EAGAIN];

/// `ERROR_TOO_MANY_OPEN_FILES`, `ERROR_NOT_ENOUGH_MEMORY`, `ERROR_OUTOFMEMORY`,
/// `ERROR_NO_SYSTEM_RESOURCES`, `ERROR_COMMITMENT_LIMIT`.
#[cfg(windows)]
const EXHAUSTED: [i32; 5] = [4, 8, 14, 1450, 1455];

/// Whether no program could have been started.
pub(super) fn is_exhaustion(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    code.is_some_and(|code| EXHAUSTED.contains(&code))
}
