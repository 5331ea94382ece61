//! What has to hold after each event, asserted in debug builds. The tests hold it against a model of
//! their own.

use super::machine::{Phase, Scheduler};
use super::slot::Slot;

impl<T> Scheduler<T> {
    pub(super) fn debug_assert_invariants(&self) {
        if !cfg!(debug_assertions) {
            return;
        }
        let mut ready = self.slots.iter().filter(|slot| slot.is_ready());
        if self.is_running() && !self.queue.is_empty() {
            assert!(
                ready.all(|slot| !slot.calls.is_empty()),
                "a call waits while a worker is idle"
            );
            assert!(!self.is_dead(), "a call waits for nobody");
        }
        if matches!(self.phase, Phase::Closed) {
            assert!(self.queue.is_empty() && self.is_idle(), "closed with calls");
            assert!(
                self.slots.iter().all(Slot::is_vacant),
                "closed with processes"
            );
        }
    }
}
