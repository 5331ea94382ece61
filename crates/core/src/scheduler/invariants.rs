//! What must hold after each event, asserted in debug builds. The tests check it against a model of their
//! own.

use super::machine::Scheduler;
use super::slot::Slot;

impl Scheduler {
    pub(super) fn debug_assert_invariants(&self) {
        if !cfg!(debug_assertions) {
            return;
        }
        if self.is_running() && !self.queue.is_empty() && !self.queue.is_gathering() {
            assert!(
                !self.slots.iter().any(Slot::is_free),
                "a call waits while a worker is idle"
            );
            assert!(
                !self.slots.iter().all(Slot::is_vacant),
                "a call is queued but no worker can serve it"
            );
        }
        if self.is_at_rest() {
            assert!(
                self.queue.is_empty() && self.is_idle(),
                "at rest with calls"
            );
            assert!(
                self.slots.iter().all(Slot::is_stopped),
                "at rest with processes"
            );
        }
    }
}
