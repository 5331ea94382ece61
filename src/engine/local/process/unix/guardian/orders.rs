//! The lines that the guardian reads. `python/guardian.py` is the other side.
//!
//! | line       | meaning                                                 |
//! | ---------- | ------------------------------------------------------- |
//! | `+<group>` | kill this process group when the host is gone           |
//! | `-<group>` | this group was reaped: its number may be another's soon |
//! | `t<path>`  | remove this directory when the host is gone             |

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::process::Pid;

pub(super) fn announce(group: Pid) -> Vec<u8> {
    format!("+{group}\n").into_bytes()
}

pub(super) fn withdraw(group: Pid) -> Vec<u8> {
    format!("-{group}\n").into_bytes()
}

/// `None` for a path with a newline, which no line can carry.
pub(super) fn temp_dir(directory: &Path) -> Option<Vec<u8>> {
    let path = directory.as_os_str().as_bytes();
    (!path.contains(&b'\n')).then(|| [b"t", path, b"\n"].concat())
}
