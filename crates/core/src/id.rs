//! The identities of calls and workers.

use std::fmt;

/// The number of a call. Its caller chooses it: unique within its pool, and rising in the order of
/// submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

impl CallId {
    const BATCH: u64 = 1 << 63;

    /// The id of a batch of calls, which no call has.
    #[must_use]
    pub fn of_batch(number: u64) -> Self {
        Self(Self::BATCH | number)
    }

    /// Whether it is that of a batch.
    #[must_use]
    pub fn is_of_batch(self) -> bool {
        self.0 & Self::BATCH != 0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 & !Self::BATCH {
            number if number == self.0 => write!(out, "call {number}"),
            number => write!(out, "batch {number}"),
        }
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
