//! Callbacks of a pool's owner.

use std::time::{SystemTime, UNIX_EPOCH};

use pool_core::stats::WorkerState;
use pool_core::wire::{Output, ProjectFile};
use pool_core::{CallFailure, CallId, CallTimes, Failure, Level};

use crate::engine::Stream;

/// What a call delivers to its caller.
pub type CallOutcome = Result<Output, Box<CallFailure>>;

/// Receives a pool's outcomes and events.
///
/// Called on any thread, usually under the pool's lock: an implementation must be quick, must not block
/// and must not call the pool.
pub trait Observer: Send + Sync + 'static {
    /// A call that is no stream has its outcome, and its times if they are reported.
    fn settle(&self, call: CallId, outcome: CallOutcome, times: Option<Box<CallTimes>>);

    /// A worker has another state: its index, its process and the state. A state that ends at once may be left
    /// out; changes between idle and busy are, unless calls are [watched](super::Pool::watch_calls).
    fn worker_changed(&self, worker: usize, pid: Option<u32>, state: WorkerState);

    /// An item of a stream, before the outcome of that stream.
    fn item(&self, stream: CallId, item: Output);

    /// A stream has its outcome, likewise.
    fn ended(&self, stream: CallId, outcome: CallOutcome, times: Option<Box<CallTimes>>);

    /// The worker with this index has become ready, for the first time or after a restart.
    fn ready(&self, worker: usize);

    /// A worker loads a file of the user's project: before `initialized` what the script imports, and before the
    /// outcome of a call what it has imported. Only if the engine's workers report files.
    fn loads(&self, file: ProjectFile);

    /// The oldest `requests` of the unanswered requests to initialize have an answer: all workers are
    /// ready, or the reason why not.
    fn initialized(&self, requests: usize, result: Result<(), Failure>);

    /// Every process is gone, which answers the oldest `requests` of the unanswered requests to shut
    /// down.
    fn closed(&self, requests: usize);

    /// A line for the log.
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
    /// The call that the worker was running, or the calls of a batch, if known.
    pub calls: Vec<CallId>,
    /// What the script printed to; `None` for the pool's own lines and for Python's `logging`.
    pub stream: Option<Stream>,
    /// Name of the Python logger.
    pub logger: Option<String>,
    /// When it was logged or printed, in milliseconds since the epoch.
    pub time: u64,
    /// What else a record of Python's `logging` says, as a JSON text.
    pub details: Option<String>,
}

impl LogLine {
    /// One of the pool's own lines, of now.
    #[must_use]
    pub fn new(level: Level, message: String) -> Self {
        Self {
            level,
            message,
            worker: None,
            calls: Vec::new(),
            stream: None,
            logger: None,
            time: milliseconds_now(),
            details: None,
        }
    }
}

fn milliseconds_now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}
