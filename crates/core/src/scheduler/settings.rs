//! The fixed properties of a pool.

use std::time::Duration;

/// The fixed properties of a pool, as far as decisions depend on them.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Number of workers; the largest, if it is elastic.
    pub workers: usize,
    /// Set if workers start and end with the calls.
    pub elastic: Option<Elastic>,
    /// Crashes in a row after which a slot is not restarted any more.
    pub max_crashes: u32,
    /// Maximum time to import the script.
    pub startup_timeout: Duration,
    /// Maximum number of calls that wait for a worker.
    pub max_queue: usize,
    /// Maximum time that a call waits for a worker; `None` for no limit.
    pub queue_timeout: Option<Duration>,
    /// Maximum number of calls that one worker has at a time, the prefetched ones included. More than
    /// one only where unstarted calls can be revoked.
    pub max_prefetch: usize,
    /// Whether the host can tell which calls a worker has started. If not, nothing is looked at or rescued.
    pub has_start_tokens: bool,
    /// How long a worker that did not start a call in time may take to answer a ping.
    pub ping_timeout: Duration,
    /// Maximum number of async calls that run in one worker at a time.
    pub concurrency: usize,
    /// Whether to suggest more of them when async calls wait: the user has not chosen the number.
    pub may_suggest_concurrency: bool,
    /// Maximum number of plain calls that run in one worker at a time: in threads of their own, if more than one.
    pub threads: usize,
    /// Whether a plain call that ends when it is interrupted keeps its worker.
    pub keep_interrupted_worker: bool,
    /// Maximum size of a batch in bytes, if it has more than one call.
    pub max_batch_size: usize,
    /// The function that calls are expected to name; empty for none.
    pub function: String,
    /// The user's script, for messages.
    pub script: String,
}

/// How few workers a pool may have.
#[derive(Clone, Copy, Debug)]
pub struct Elastic {
    /// The smallest number of workers.
    pub min: usize,
    /// How long a worker may be idle, if there are more.
    pub idle_timeout: Duration,
}

impl Settings {
    /// Whether a worker has places for each kind of call. Else it has one, for any.
    #[must_use]
    pub fn has_places_by_kind(&self) -> bool {
        self.concurrency > 1 || self.threads > 1
    }
}
