//! A process that was started, seen from the host.

use std::sync::Arc;

use super::{Claims, Process, Receiver, Sender};

/// A started process with the host's ends of its pipes.
///
/// Dropping it closes the pipes and nothing else: a worker takes the end of its input as the
/// request to end, and the waiter reaps it whenever it does.
#[derive(Debug)]
pub struct Child {
    /// Signals go through here; it may be shared and outlive the pipes.
    pub process: Arc<Process>,
    /// The worker's standard input: control, host to worker.
    pub input: Sender,
    /// The worker's standard output: control, worker to host.
    pub output: Receiver,
    /// What the worker and its libraries write to standard error.
    pub stderr: Receiver,
    /// What the script writes to standard output, once the worker has made that private.
    pub stdout_log: Receiver,
    /// Stack dumps; absent on Windows.
    pub trace: Option<Receiver>,
    /// Which calls it may start.
    pub claims: Claims,
    /// The worker's number for its end of `stdout_log`: a descriptor, on Windows a handle.
    pub log_handle: i64,
    /// The worker's number for its end of `trace`; -1 when there is none.
    pub trace_handle: i64,
    /// The worker's number for its end of `claims`; -1 when there is none.
    pub claims_handle: i64,
}
