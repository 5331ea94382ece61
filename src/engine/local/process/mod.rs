//! One worker process: starts it, signals it, sees it exit, and leaves nothing of it behind.
//!
//! This module owns process ids, process groups and the pipes of a worker. It knows no protocol,
//! no scheduler and no pool; the caller of [`spawn()`] passes a callback for the exit.
//!
//! ```text
//! spawn(command, guardian, on_exit)
//!   ├─ Child: the host's ends of the pipes, and the Process that signals go through
//!   ├─ Guardian: knows the process group, and kills it if the host dies first
//!   └─ waiter thread: starts it, waits for its exit, kills what must die with it, reaps it, calls on_exit
//! ```
//!
//! The one order that matters: *observe* the exit without reaping, signal the group, withdraw it
//! from the guardian, reap, and only then forget the id. Until a process is reaped, the system
//! cannot give its id to another one, so no signal of ours ever hits a stranger.
//!
//! [`spawn()`] is the seam for other ways to start a process (a fork of a warm template): they return
//! the same [`Child`]. On Windows, a job object takes the place of the group and of the guardian.

mod child;
mod command;
mod error;
mod exit;
mod oom;
mod spawn;

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
pub use exit::{Exit, ExitIntent};
pub use oom::oom_kills;
pub use platform::{
    Cancels, EnlargedPipe, Guardian, Process, Receiver, Sender, StartTokens, read_now, read_rest,
};
#[cfg(windows)]
pub(super) use platform::{HostJob, InHostJob};
pub use spawn::spawn;
