//! The thread that sees a process end.
//!
//! A thread of its own, as the alternatives fail: an end of file on a pipe may be held back by a
//! grandchild, SIGCHLD belongs to Node.js, and a pidfd is not to be had on macOS.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use super::{Guardian, Process};
use crate::process::Exit;

/// It does next to nothing on its stack, and there is one for each worker.
pub(super) const STACK_SIZE: usize = 64 * 1024;

/// A waiter that has not been given its process yet; dropping it ends the thread.
pub(super) struct Waiter(Sender<Arc<Process>>);

impl Waiter {
    /// Started before the process, so that no process can ever be without one.
    pub(super) fn start(
        guardian: Guardian,
        on_exit: impl FnOnce(Exit) + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, process) = channel::<Arc<Process>>();
        let wait = move || {
            let Ok(process) = process.recv() else { return };
            let exit = process.reap(&guardian);
            // First, as after `on_exit` nothing of this process is to be left.
            drop(guardian);
            on_exit(exit);
        };
        thread::Builder::new()
            .name("python-wait".into())
            .stack_size(STACK_SIZE)
            .spawn(wait)?;
        Ok(Self(sender))
    }

    pub(super) fn watch(self, process: Arc<Process>) {
        let received = self.0.send(process);
        debug_assert!(
            received.is_ok(),
            "the thread waits for its process before all else"
        );
    }
}
