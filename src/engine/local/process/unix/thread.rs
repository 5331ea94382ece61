//! Threads that do next to nothing.

use std::io;
use std::thread::Builder;

/// They use almost no stack, and there is one such thread for each worker.
const STACK_SIZE: usize = 64 * 1024;

/// Starts a thread with a small stack.
pub(super) fn start(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let builder = Builder::new().name(name.into()).stack_size(STACK_SIZE);
    builder.spawn(run).map(drop)
}
