//! What has to hold after each event, asserted in debug builds. The tests hold it against a model of
//! their own.

use super::calls::CAPACITY;
use super::machine::{Phase, Scheduler};
use super::slot::{Slot, State};

impl<T> Scheduler<T> {
    pub(super) fn debug_assert_invariants(&self) {
        if !cfg!(debug_assertions) {
            return;
        }
        let mut running = self.slots.iter().filter_map(|slot| match &slot.state {
            State::Ready { running } => Some(running.len()),
            _ => None,
        });
        if self.is_running() && !self.queue.is_empty() {
            assert!(
                running.all(|calls| calls == CAPACITY),
                "a call waits while a worker has room"
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
