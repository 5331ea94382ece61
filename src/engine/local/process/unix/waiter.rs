//! The thread of a process: starts it, and waits for its exit.
//!
//! It is a thread because the alternatives fail: a grandchild can hold back the end of file on a
//! pipe, SIGCHLD belongs to Node.js, and macOS has no pidfd. The thread starts the process as well,
//! because a start blocks until the program runs, which may take long on a busy machine.

use std::io;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::super::command::Command;
use super::super::error::{Operation, SpawnError};
use super::super::exit::Exit;
use super::guardian::Guardian;
use super::launch::launch;
use super::pipes::WorkerEnds;
use super::process::Process;
use super::thread;

/// Starts a process in its own session, and announces its group to the guardian.
///
/// Never blocks, whatever the size of the host and however busy the machine is. `on_exit` is called
/// on the process's thread.
pub(in super::super) async fn start(
    command: &Command,
    worker_ends: WorkerEnds,
    guardian: &Guardian,
    on_exit: impl FnOnce(Exit) + Send + 'static,
) -> Result<Arc<Process>, SpawnError> {
    let no_thread = |source| SpawnError::new(Operation::Thread, &command.program, source);
    let (tx, rx) = oneshot::channel();
    let (command_copy, guardian) = (command.clone(), guardian.clone());
    let run = move || {
        let launched = launch(&command_copy, &worker_ends.borrow());
        drop(worker_ends);
        let pid = match launched {
            Ok(pid) => pid,
            Err(error) => {
                // The receiver may be gone.
                let _ = tx.send(Err(error));
                return;
            }
        };
        guardian.announce(pid);
        let process = Arc::new(Process::new(pid, guardian, on_exit));
        // The receiver may be gone: then the input of the process is closed, and it exits.
        let _ = tx.send(Ok(Arc::clone(&process)));
        process.reap();
    };
    thread::start("python-wait", run).map_err(no_thread)?;
    rx.await
        .unwrap_or_else(|_| Err(no_thread(io::Error::other("the thread ended early"))))
}
