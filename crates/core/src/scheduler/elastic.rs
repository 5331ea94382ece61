//! A pool that grows while calls wait, and shrinks while workers are idle.
//!
//! Its slots without a worker are dormant. The first worker starts as soon as a call comes. Another one is worth its
//! start if a call has waited for as long as a start takes.

use std::cmp::Reverse;
use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::slot::{AfterExit, Slot, State};
use super::timing::IDLE_GRACE;
use crate::failure::Failure;
use crate::level::Level;

impl Scheduler {
    /// When the oldest waiting call will have waited long enough for another worker.
    pub(super) fn next_growth(&self) -> Option<Instant> {
        if !self.has_dormant_slots || !self.is_running() || self.may_start() == 0 {
            return None;
        }
        self.waits_long_at()
    }

    /// Starts workers for calls that wait.
    pub(super) fn grow(&mut self, now: Instant, fx: &mut impl Effects) {
        if !self.has_dormant_slots || self.queue.is_empty() || !self.is_running() {
            return;
        }
        let is_worth_it = !self.sizing.is_elastic()
            || !self.slots.iter().any(Slot::is_manned)
            || self.waits_long_at().is_some_and(|at| at <= now);
        if !is_worth_it {
            return;
        }
        for _ in 0..self.may_start() {
            let Some(index) = self.slots.iter().position(Slot::is_dormant) else {
                self.has_dormant_slots = false;
                return;
            };
            self.start(index, now, fx);
        }
    }

    /// How many more workers may start: one for each call that waits, and in an elastic pool not more at a time than
    /// there are others.
    fn may_start(&self) -> usize {
        let starting = self.slots.iter().filter(|slot| slot.is_coming()).count();
        let manned = self.slots.iter().filter(|slot| slot.is_manned()).count();
        let limit = if self.sizing.is_elastic() {
            self.queue.len().min((manned - starting).max(1))
        } else {
            self.queue.len()
        };
        limit.saturating_sub(starting)
    }

    fn waits_long_at(&self) -> Option<Instant> {
        let last_start = self.sizing.last_start?;
        let waiting = self
            .queue
            .fronts()
            .filter_map(|(_, queued)| queued.call.submitted_at());
        waiting.min()?.checked_add(last_start)
    }

    /// When a worker will have been idle for too long.
    pub(super) fn next_shrink(&self) -> Option<Instant> {
        let idle_timeout = self.sizing.idle_timeout?;
        if !self.is_running() || self.surplus() == 0 {
            return None;
        }
        let idle = self.slots.iter().filter(|slot| slot.is_free());
        let since = idle.filter_map(|slot| slot.idle_since).min();
        since?.checked_add(idle_timeout)
    }

    /// Ends workers that have been idle for too long, the newest first.
    pub(super) fn shrink(&mut self, now: Instant, fx: &mut impl Effects) {
        let Some(idle_timeout) = self.sizing.idle_timeout else {
            return;
        };
        self.note_idle_workers(now);
        for _ in 0..self.surplus() {
            let slots = self.slots.iter().enumerate();
            let idle = slots.filter(|(_, slot)| {
                let since = slot.idle_since.filter(|_| slot.is_free());
                since
                    .and_then(|since| since.checked_add(idle_timeout))
                    .is_some_and(|at| at <= now)
            });
            let Some((index, _)) =
                idle.max_by_key(|(index, slot)| (slot.started_at, Reverse(*index)))
            else {
                return;
            };
            self.put_to_rest(index, now, fx);
        }
    }

    /// How many workers there are above the least number of them.
    fn surplus(&self) -> usize {
        let manned = self.slots.iter().filter(|slot| slot.is_manned()).count();
        if self.is_running() {
            manned.saturating_sub(self.sizing.min)
        } else {
            0
        }
    }

    fn put_to_rest(&mut self, index: usize, now: Instant, fx: &mut impl Effects) {
        let slot = &mut self.slots[index];
        let worker = slot.worker(index);
        slot.state = State::Terminating {
            kill_at: Some(now + IDLE_GRACE),
            after: AfterExit::Rest,
        };
        fx.log(
            Level::Debug,
            Some(worker),
            "idle for too long; ending it".into(),
        );
        fx.close(worker);
    }

    /// No worker of this start was ever ready, and none could start: the calls that wait get the reason, and the next
    /// one tries again.
    pub(super) fn fail_first_worker(
        &mut self,
        index: usize,
        failure: Failure,
        fx: &mut impl Effects,
    ) {
        self.make_dormant(index);
        self.fail_queue(|_| failure.clone(), fx);
    }

    /// The slot gets a process when calls wait.
    pub(super) fn make_dormant(&mut self, index: usize) {
        self.slots[index].state = State::Dormant;
        self.has_dormant_slots = true;
    }

    fn note_idle_workers(&mut self, now: Instant) {
        for slot in &mut self.slots {
            let since = slot.idle_since.unwrap_or(now);
            slot.idle_since = slot.is_free().then_some(since);
        }
    }
}
