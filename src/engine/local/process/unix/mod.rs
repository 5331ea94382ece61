//! Linux and macOS: a session for each process, and a guardian for them all.

mod claims;
mod guardian;
mod large;
mod launch;
mod outbox;
mod pipes;
mod process;
mod signal;
mod waiter;

use super::{Child, Command, Exit, Operation, SpawnError};
use pipes::Pipes;

pub use claims::Claims;
pub use guardian::Guardian;
pub use large::LargePipe;
pub use pipes::read_rest;
pub use process::Process;
pub use tokio::net::unix::pipe::{Receiver, Sender};

/// Starts a process in a session of its own and announces its group to the guardian.
///
/// Never blocks, whatever the size of the host and however busy the machine is: a thread of its own
/// starts the process and then waits for its end. `on_exit` is called exactly once, on that thread,
/// which has a small stack, after the process was reaped.
///
/// # Panics
///
/// Outside of a tokio runtime with I/O enabled, as the pipes register with it.
pub async fn spawn(
    command: &Command,
    guardian: &Guardian,
    on_exit: impl FnOnce(Exit) + Send + 'static,
) -> Result<Child, SpawnError> {
    let (pipes, worker) = Pipes::open()
        .map_err(|source| SpawnError::new(Operation::Pipe, &command.program, source))?;
    let process = waiter::start(command.clone(), worker, guardian.clone(), on_exit).await?;
    Ok(pipes.into_child(process))
}
