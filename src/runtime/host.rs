//! Whom a pool works for.

use crate::engine::local::worker::Stream;
use pool_core::failure::Failure;
use pool_core::scheduler::{CallId, Level, Reply};

/// Receives what comes of a pool. Called on any thread, under the pool's lock: it must be quick,
/// must not block and must not call the pool.
pub trait Host: Send + Sync + 'static {
    /// What identifies a call to the host; it comes back, once, with the call's outcome.
    type Ticket: Send + 'static;

    /// A call has its outcome.
    fn settle(&self, ticket: Self::Ticket, reply: Reply);

    /// The worker with this index has become ready, first or again.
    fn ready(&self, worker: usize);

    /// All workers are ready; or why not, and then every process is gone, and nothing follows.
    fn started(&self, result: Result<(), Failure>);

    /// The pool was closed and every process is gone; nothing follows.
    fn closed(&self);

    /// Something for the log.
    fn log(&self, line: LogLine);
}

/// A line for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How urgent it is.
    pub level: Level,
    /// The text, without a newline.
    pub message: String,
    /// Index of the worker it is about.
    pub worker: Option<usize>,
    /// The call that the worker was running, when known.
    pub call: Option<CallId>,
    /// What the script printed to; `None` for the pool's own words and for Python's `logging`.
    pub stream: Option<Stream>,
    /// Name of the Python logger.
    pub logger: Option<String>,
}

impl LogLine {
    /// The pool's own words.
    #[must_use]
    pub fn new(level: Level, message: String) -> Self {
        Self {
            level,
            message,
            worker: None,
            call: None,
            stream: None,
            logger: None,
        }
    }
}
