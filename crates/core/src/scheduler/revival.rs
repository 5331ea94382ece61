//! Slots that were given up, and try again later.
//!
//! One of them at a time has one try, when a call comes or waits. If it answers a call, all of them are
//! healthy again.

use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::slot::{Slot, State};
use super::timing::REVIVAL_WAIT;
use crate::level::Level;

impl Scheduler {
    /// A slot was given up: for some time, none is tried again.
    pub(super) fn postpone_revival(&mut self, now: Instant) {
        self.revive_at = Some(now + REVIVAL_WAIT);
    }

    /// When a waiting call starts a slot that was given up.
    pub(super) fn next_revival(&self) -> Option<Instant> {
        let may_try = self.is_running()
            && !self.queue.is_empty()
            && !self.slots.iter().any(|slot| slot.is_on_trial);
        self.revive_at.filter(|_| may_try)
    }

    /// A call comes or waits: tries one of the slots that were given up, if it is time.
    pub(super) fn revive_one(&mut self, now: Instant, fx: &mut impl Effects) {
        if self.revive_at.is_none_or(|at| at > now)
            || !self.is_running()
            || self.slots.iter().any(|slot| slot.is_on_trial)
        {
            return;
        }
        let is_given_up = |slot: &Slot| matches!(slot.state, State::Failed);
        let Some(index) = self.slots.iter().position(is_given_up) else {
            self.revive_at = None;
            return;
        };
        let slot = &mut self.slots[index];
        slot.is_on_trial = true;
        let text = "trying once more to start a worker that crashed too often".into();
        fx.log(Level::Info, Some(slot.worker(index)), text);
        self.start(index, now, fx);
    }

    /// A slot on trial has answered a call: no crash counts any more.
    pub(super) fn end_trial(&mut self) {
        self.revive_at = None;
        for slot in &mut self.slots {
            slot.is_on_trial = false;
            slot.budget.restore();
            if matches!(slot.state, State::Failed) {
                slot.state = State::Dormant;
                self.has_dormant_slots = true;
            }
        }
    }
}
