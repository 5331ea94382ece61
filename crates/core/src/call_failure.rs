//! The failure of a call, with what is known about the call itself.

use crate::failure::Failure;

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq)]
pub struct CallFailure {
    /// What went wrong.
    pub failure: Failure,
    /// Whether the call was ever sent to a worker.
    pub was_sent: bool,
    /// The worker it was sent to last, unless its slot has another process by now.
    pub worker: Option<WorkerProcess>,
}

/// A worker as users know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerProcess {
    /// Its index in the pool, from 0.
    pub index: usize,
    /// Its process id.
    pub pid: u32,
}
