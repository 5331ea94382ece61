//! Linux and macOS: a session for each process, and a guardian for them all.

mod guardian;
mod launch;
mod outbox;
mod pipes;
mod process;
mod signal;
mod waiter;

use std::sync::Arc;

use super::{Child, Command, Exit, Operation, SpawnError};
use launch::launch;
use pipes::Pipes;
use waiter::Waiter;

pub use guardian::Guardian;
pub use pipes::unread_bytes;
pub use process::Process;
pub(super) use signal::signal_name;
pub use tokio::net::unix::pipe::{Receiver, Sender};

/// Starts a process in a session of its own and announces its group to the guardian.
///
/// Blocks for less than a millisecond, whatever the size of the host. `on_exit` is called exactly
/// once, on a thread of its own with a small stack, after the process was reaped.
///
/// # Panics
///
/// Outside of a tokio runtime with I/O enabled, as the pipes register with it.
pub fn spawn(
    command: &Command,
    guardian: &Guardian,
    on_exit: impl FnOnce(Exit) + Send + 'static,
) -> Result<Child, SpawnError> {
    let failed = |operation| move |source| SpawnError::new(operation, &command.program, source);

    // All that can fail comes before the start, so that a started process always has its waiter.
    let pipes = Pipes::open().map_err(failed(Operation::Pipe))?;
    let waiter = Waiter::start(guardian.clone(), on_exit).map_err(failed(Operation::Thread))?;

    let id = launch(command, &pipes.worker_ends())?;
    guardian.announce(id);
    let process = Arc::new(Process::new(id));
    waiter.watch(Arc::clone(&process));
    Ok(pipes.into_child(process))
}
