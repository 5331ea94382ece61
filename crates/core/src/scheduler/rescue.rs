//! Calls that their worker does not start: another one runs them.
//!
//! A worker may have been stopped, or one of its threads may hold the interpreter lock. Its call then goes to
//! a worker that is free, and it gets no other until it has answered a ping.

use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::slot::{Heartbeat, Slot, State};
use crate::call::Call;
use crate::failure::{Death, DeathCause};
use crate::id::WorkerId;

impl Scheduler {
    /// Looks at which calls a worker has started, and draws the conclusions.
    pub(super) fn look(&mut self, worker: WorkerId, now: Instant, fx: &mut impl Effects) {
        let unstarted = fx.count_unstarted(worker);
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        if slot.note_unstarted(unstarted, now) {
            slot.prefetch.shrink();
            self.take_back(worker, now, fx);
        } else {
            self.rescue(now, fx);
        }
    }

    /// Gives calls that should have started to workers that are free, the oldest first.
    pub(super) fn rescue(&mut self, now: Instant, fx: &mut impl Effects) {
        while let Some(worker) = self.next_to_rescue(now) {
            self.rescue_from(worker, now, fx);
        }
    }

    fn next_to_rescue(&self, now: Instant) -> Option<WorkerId> {
        if !self.is_running() || !self.slots.iter().any(Slot::is_free) {
            return None;
        }
        let slots = self.slots.iter().enumerate();
        let overdue = slots.filter(|(index, slot)| slot.may_be_overdue(*index, now));
        let first = overdue
            .min_by_key(|(_, slot)| slot.calls.front().map(|call| call.call().map(Call::id)));
        first.map(|(index, slot)| slot.worker(index))
    }

    /// Takes all calls from a worker that has not started its first one, unless it has started by now.
    fn rescue_from(&mut self, worker: WorkerId, now: Instant, fx: &mut impl Effects) {
        let until = now + self.settings.ping_timeout;
        let unstarted = fx.count_unstarted(worker);
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        // A look like any other. No call runs since the last one, so none is long.
        slot.note_unstarted(unstarted, now);
        slot.rescue = None;
        if unstarted < slot.calls.len() {
            return;
        }
        let unstarted = fx.revoke_unstarted(worker);
        let mut back = slot.give_back(&unstarted);
        slot.stop_looking();
        if slot.calls.is_empty() {
            slot.state = State::Silent { until };
            fx.ping(worker);
            if let Some(first) = back.pop_front() {
                for member in first.into_members() {
                    self.put_back(member.into_rescued(worker), fx);
                }
            }
        }
        for call in back {
            self.requeue(call, now, fx);
        }
        self.expire_queue(now, fx);
        self.assign_queued(now, fx);
    }

    /// A worker had not started a call that is late. If it runs no other, it may not run at all, and
    /// gets no call until it has answered a ping.
    pub(super) fn doubt(&mut self, worker: WorkerId, now: Instant, fx: &mut impl Effects) {
        let until = now + self.settings.ping_timeout;
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        if !slot.is_ready() || !slot.calls.is_empty() {
            return;
        }
        slot.state = State::Silent { until };
        let is_pinged = slot.heartbeat.take().is_some_and(Heartbeat::awaits_pong);
        if !is_pinged {
            fx.ping(worker);
        }
    }

    /// A worker has answered its ping.
    pub(super) fn pong(&mut self, worker: WorkerId, now: Instant, fx: &mut impl Effects) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        if slot.is_serving() && slot.answers_heartbeat(now) {
            return;
        }
        match slot.state {
            State::Silent { .. } => {
                slot.state = State::Ready;
                self.dispatch(now, fx);
            }
            State::Ready | State::Draining { .. } => {
                let reason = "an answer to no ping".into();
                let death = Death::of(DeathCause::ProtocolError(reason));
                self.kill_for_protocol_error(worker, death, fx);
            }
            _ => {} // too late
        }
    }
}
