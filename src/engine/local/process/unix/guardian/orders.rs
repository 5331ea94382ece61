//! The lines that the guardian reads. `python/guardian.py` is the other side.
//!
//! | line       | meaning                                                 |
//! | ---------- | ------------------------------------------------------- |
//! | `+<group>` | kill this process group when the host is gone           |
//! | `-<group>` | this group was reaped: its number may be another's soon |
//! | `!<group>` | kill this process group now: the host may not           |

use rustix::process::Pid;

pub(super) fn announce(group: Pid) -> Vec<u8> {
    format!("+{group}\n").into_bytes()
}

pub(super) fn withdraw(group: Pid) -> Vec<u8> {
    format!("-{group}\n").into_bytes()
}

pub(super) fn kill(group: Pid) -> Vec<u8> {
    format!("!{group}\n").into_bytes()
}
