//! A started process, as the host sees it.

use std::sync::Arc;

use super::platform::{Cancels, HostPipes, Process, Receiver, Sender, StartTokens};

/// A started process with the host's ends of its pipes.
///
/// Dropping it closes the pipes and nothing else: a worker exits at the end of its input, and the
/// waiter thread reaps it then.
#[derive(Debug)]
pub struct Child {
    /// Sends signals; may be shared, and may outlive the pipes.
    pub process: Arc<Process>,
    /// The worker's standard input: frames from host to worker.
    pub input: Sender,
    /// The worker's standard output: frames from worker to host.
    pub output: Receiver,
    /// What the worker and its libraries write to standard error.
    pub stderr: Receiver,
    /// What the script writes to standard output, once the worker has made that private.
    pub stdout_log: Receiver,
    /// Stack dumps; `None` on Windows.
    pub trace: Option<Receiver>,
    /// One token per call that the worker may start.
    pub start_tokens: StartTokens,
    /// Which calls the worker is to cancel.
    pub cancels: Cancels,
    /// The worker's number for its end of `stdout_log`: a descriptor, or a handle on Windows.
    pub log_handle: i64,
    /// The worker's number for its end of `trace`; -1 without one.
    pub trace_handle: i64,
    /// The worker's number for its end of `start_tokens`; -1 without one.
    pub tokens_handle: i64,
    /// The worker's number for its end of `cancels`; -1 without one.
    pub cancels_handle: i64,
}

impl Child {
    pub(super) fn new(process: Arc<Process>, pipes: HostPipes) -> Self {
        Self {
            process,
            input: pipes.input,
            output: pipes.output,
            stderr: pipes.stderr,
            stdout_log: pipes.stdout_log,
            trace: pipes.trace,
            start_tokens: pipes.start_tokens,
            cancels: pipes.cancels,
            log_handle: pipes.log_handle,
            trace_handle: pipes.trace_handle,
            tokens_handle: pipes.tokens_handle,
            cancels_handle: pipes.cancels_handle,
        }
    }
}
