//! When a call leaves a worker that does not start it.

use std::time::Instant;

/// What follows unless the first call of a worker starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scheduler) enum Rescue {
    /// It has until then.
    At(Instant),
    /// Its time is over: it goes to the next worker that is free.
    WhenPossible,
}

impl Rescue {
    /// When its time is over, unless it is.
    pub(super) fn at(self) -> Option<Instant> {
        match self {
            Self::At(at) => Some(at),
            Self::WhenPossible => None,
        }
    }

    /// Whether its time is over.
    pub(super) fn is_due(self, now: Instant) -> bool {
        self.at().is_none_or(|at| at <= now)
    }
}
