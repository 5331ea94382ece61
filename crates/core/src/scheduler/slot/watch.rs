//! What the host sees of calls that wait in a worker, and what that means.

use std::time::Instant;

use super::look::Look;
use super::rescue::Rescue;
use super::state::Slot;

impl Slot {
    /// When to look at which calls have started, if at all.
    pub(super) fn next_look(&self) -> Option<Instant> {
        let rescue_at = self.rescue.and_then(Rescue::at);
        let look_at = self.look.map(|look| look.at);
        look_at.into_iter().chain(rescue_at).min()
    }

    /// The calls behind the first are taken back.
    pub(in crate::scheduler) fn stop_looking(&mut self) {
        self.look = None;
    }

    /// Notes how many calls have not started. Returns whether the one before them has been running between
    /// two looks in a row: it is long.
    pub(in crate::scheduler) fn note_unstarted(&mut self, unstarted: usize, now: Instant) -> bool {
        let started = self.calls.len().saturating_sub(unstarted);
        match self.rescue {
            Some(_) if started > 0 => self.rescue = None,
            Some(Rescue::At(at)) if at <= now => self.rescue = Some(Rescue::WhenPossible),
            _ => {}
        }
        let Some(last) = self.look.filter(|look| look.at <= now) else {
            return false;
        };
        self.look = (unstarted > 0).then(|| Look::after(started, now));
        unstarted > 0 && started > 0 && last.started == Some(started)
    }

    /// Whether its first call should have started by now, and may go to another worker.
    pub(in crate::scheduler) fn may_be_overdue(&self, slot: usize, now: Instant) -> bool {
        self.rescue.is_some_and(|rescue| rescue.is_due(now))
            && self.is_ready()
            && !self.is_late(now)
            && self
                .calls
                .front()
                .is_some_and(|first| !first.was_rescued_from(self.worker(slot)))
    }
}
