//! The thread of a process: starts it, and sees it end.
//!
//! A thread of its own, as the alternatives fail: an end of file on a pipe may be held back by a
//! grandchild, SIGCHLD belongs to Node.js, and a pidfd is not to be had on macOS. It starts the
//! process as well, since a start waits until the program runs, which may take long on a busy machine.

use std::io;
use std::sync::Arc;
use std::thread;

use tokio::sync::{Semaphore, oneshot};

use super::launch::launch;
use super::pipes::WorkerEnds;
use super::{Guardian, Process};
use crate::engine::local::process::{Command, Exit, Operation, SpawnError};

/// It does next to nothing on its stack, and there is one for each worker.
pub(super) const STACK_SIZE: usize = 64 * 1024;

/// Processes that are being started: one after the other. Until a new process runs its program it shares
/// the memory of the host, and many that do so at once hold up the host's other threads.
static STARTS: Semaphore = Semaphore::const_new(1);

/// Starts the thread, and resolves when that has started the process.
pub(super) async fn start(
    command: Command,
    worker: WorkerEnds,
    guardian: Guardian,
    on_exit: impl FnOnce(Exit) + Send + 'static,
) -> Result<Arc<Process>, SpawnError> {
    let program = command.program.clone();
    let no_thread = move |source| SpawnError::new(Operation::Thread, &program, source);
    // It is never closed; without a permit the start would only be less considerate.
    let _permit = STARTS.acquire().await;
    let (tell, told) = oneshot::channel();
    let live = move || {
        let launched = launch(&command, &worker.borrow());
        drop(worker);
        let id = match launched {
            Ok(id) => id,
            Err(error) => {
                // Nobody may be left to hear it.
                let _ = tell.send(Err(error));
                return;
            }
        };
        guardian.announce(id);
        let process = Arc::new(Process::new(id));
        // Nobody may be left to take it: then its input is closed, and it ends.
        let _ = tell.send(Ok(Arc::clone(&process)));
        let exit = process.reap(&guardian);
        // First, as after `on_exit` nothing of this process is to be left.
        drop(guardian);
        on_exit(exit);
    };
    thread::Builder::new()
        .name("python-wait".into())
        .stack_size(STACK_SIZE)
        .spawn(live)
        .map_err(&no_thread)?;
    told.await
        .unwrap_or_else(|_| Err(no_thread(io::Error::other("the thread ended early"))))
}
