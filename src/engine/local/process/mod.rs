//! One worker process: start it, signal it, see its end, and leave nothing of it behind.
//!
//! This module owns process ids, process groups and the pipes of a worker. It knows no protocol,
//! no scheduler and no pool; whoever starts a process hands in what is to happen at its end.
//!
//! ```text
//! spawn(command, guardian, on_exit)
//!   ├─ Child: the host's ends of the pipes, and the Process that signals go through
//!   ├─ Guardian: told of the process group, kills it should the host die first
//!   └─ waiter thread: starts it, sees the end, kills what is to be killed, reaps, calls on_exit
//! ```
//!
//! The one order that matters: *see* the end without reaping, signal the group, withdraw it from
//! the guardian, reap, and only then forget the id. Until a process is reaped the system can not
//! give its id to another one, so no signal of ours ever hits a stranger.
//!
//! [`spawn`] is the seam for other engines (a fork from a warm template): they return the same
//! [`Child`]. On Windows a job object takes the place of the group and of the guardian.

mod child;
mod command;
mod error;
mod exit;
mod oom;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as platform;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as platform;

pub use child::Child;
pub use command::Command;
pub use error::{Operation, SpawnError};
pub use exit::{Ending, Exit};
pub use oom::oom_kills;
pub use platform::{Claims, Guardian, LargePipe, Process, Receiver, Sender, read_rest, spawn};
