//! The identities of calls and workers.

use std::fmt;

/// The number of a call. Its caller chooses it: unique within its pool, and rising in the order of
/// submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

impl fmt::Display for CallId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "call {}", self.0)
    }
}

/// One worker process: the slot it fills, and which of that slot's processes it is.
///
/// An event about a process that has been replaced carries an old generation and is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId {
    /// Index of the slot, from 0.
    pub slot: usize,
    /// Rises by one with each process of the slot, also when the pool is started again.
    pub generation: u64,
}

impl fmt::Display for WorkerId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "worker {}", self.slot)
    }
}
