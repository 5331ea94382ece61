//! When a call leaves a worker that does not start it.

use std::time::Instant;

use super::state::Slot;

/// What follows unless the first call of a worker starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scheduler) enum Rescue {
    /// It has until then.
    At(Instant),
    /// Its time is over: it goes to the next worker that is free.
    WhenPossible,
}

impl Slot {
    /// Whether its first call should have started by now, and may go to another worker.
    pub(in crate::scheduler) fn may_be_overdue(&self, slot: usize, now: Instant) -> bool {
        let is_over = match self.rescue {
            Some(Rescue::At(at)) => at <= now,
            Some(Rescue::WhenPossible) => true,
            None => false,
        };
        is_over
            && self.is_ready()
            && !self.is_late(now)
            && self
                .calls
                .front()
                .is_some_and(|first| !first.was_rescued_from(self.worker(slot)))
    }
}
