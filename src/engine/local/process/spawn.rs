//! Starts a process with its pipes: the same steps on every platform.

use tokio::sync::Semaphore;

use super::child::Child;
use super::command::Command;
use super::error::{Operation, SpawnError};
use super::exit::Exit;
use super::platform::{self, Guardian, HostPipes};

/// Processes start one after the other. Until a new process runs its program it shares the memory
/// of the host, and many starts at the same time hold up the host's other threads.
static STARTS: Semaphore = Semaphore::const_new(1);

/// Starts a process and binds its lifetime, and that of its helpers, to the host's.
///
/// `on_exit` is called exactly once, after the process was reaped, on a thread of its own with a
/// small stack.
///
/// # Panics
///
/// Outside of a tokio runtime with I/O enabled, because the pipes register with it.
pub async fn spawn(
    command: &Command,
    guardian: &Guardian,
    on_exit: impl FnOnce(Exit) + Send + 'static,
) -> Result<Child, SpawnError> {
    // It is never closed; without a permit the start would only be less considerate. Before the pipes
    // are opened: starts that wait hold no descriptors.
    let _permit = STARTS.acquire().await;
    let (pipes, worker_ends) = HostPipes::open()
        .map_err(|source| SpawnError::new(Operation::Pipe, &command.program, source))?;
    let process = platform::start(command, worker_ends, guardian, on_exit).await?;
    Ok(Child::new(process, pipes))
}
