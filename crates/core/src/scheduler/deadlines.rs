//! Deadlines.

use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::slot::{Deadline, State, TimedOut};
use super::timing::{IMPORT_WARNING_INTERVAL, STACKS_WAIT};
use crate::failure::{Death, DeathCause};
use crate::id::WorkerId;
use crate::level::Level;

impl Scheduler {
    pub(super) fn tick(&mut self, now: Instant, fx: &mut impl Effects) {
        // First: no call must be sent to a worker that is about to drain.
        for index in 0..self.slots.len() {
            if self.slots[index].places.is_some() {
                self.end_overdue_cancels(index, now, fx);
            }
        }
        for index in 0..self.slots.len() {
            let deadline = self.slots[index].deadline();
            if deadline.is_some_and(|deadline| deadline <= now) {
                self.on_deadline(index, now, fx);
            }
        }
        self.check_stalled_streams(now, fx);
        self.expire_queue(now, fx);
        if !self.queue.is_empty() {
            // A large call that is gone may have been in the way of small ones.
            self.assign_queued(now, fx);
            self.revive_one(now, fx);
        }
    }

    fn end_overdue_cancels(&mut self, index: usize, now: Instant, fx: &mut impl Effects) {
        let worker = self.slots[index].worker(index);
        while let Some(call) = self.slots[index].overdue_cancel(now) {
            self.cancel_overdue(worker, call, now, fx);
        }
        self.continue_drain_of(worker, now, fx);
    }

    fn on_deadline(&mut self, index: usize, now: Instant, fx: &mut impl Effects) {
        self.end_overdue_cancels(index, now, fx);
        let slot = &mut self.slots[index];
        let worker = slot.worker(index);
        if slot.places.is_some() && slot.is_serving() {
            self.beat(worker, now, fx);
            self.end_late_calls(worker, now, fx);
            return;
        }
        if slot.places.is_some() {
            slot.time_out_several(index, now, fx);
        }
        let is_late = slot.is_late(now);
        if is_late && !slot.is_ready() {
            // A reply that was on its way never came.
            let unstarted = slot.revoke_unstarted(index, fx);
            slot.time_out_first(&unstarted, now, fx);
        }
        match &mut slot.state {
            State::BackingOff { restart_at } if *restart_at <= now => self.start(index, now, fx),
            State::Starting {
                since, deadline, ..
            } if *deadline <= now => {
                slot.state = State::DumpingStacks {
                    timed_out: TimedOut::Startup { since: *since },
                    until: now + STACKS_WAIT,
                };
                fx.dump_stacks(worker);
            }
            State::Starting { since, warn_at, .. } => {
                *warn_at = now + IMPORT_WARNING_INTERVAL;
                let seconds = now.saturating_duration_since(*since).as_secs();
                let text = format!("still importing {} after {seconds} s", self.settings.script);
                fx.log(Level::Warn, Some(worker), text);
                fx.dump_stacks(worker);
            }
            State::Ready if is_late => {
                // What follows depends on which calls have started.
                slot.prefetch.shrink();
                self.take_back(worker, now, fx);
            }
            State::Ready => self.look(worker, now, fx),
            State::Silent { until } if *until <= now => {
                slot.state = State::DumpingStacks {
                    timed_out: TimedOut::Ping,
                    until: now + STACKS_WAIT,
                };
                fx.dump_stacks(worker);
            }
            State::DumpingStacks { until, .. } if *until <= now => {
                self.finish_timeout(worker, None, now, fx);
            }
            State::Terminating { kill_at, .. } if kill_at.is_some_and(|at| at <= now) => {
                *kill_at = None;
                fx.kill(worker);
            }
            _ => {}
        }
    }

    /// The first call of a worker is past its deadline, and those behind it that had not started were taken
    /// back.
    pub(super) fn on_call_deadline(
        &mut self,
        worker: WorkerId,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        let is_running = slot.calls.len() == 1;
        let running = slot.calls.front();
        let running = running.filter(|first| is_running && !first.is_revoked);
        if let Some(id) = running
            .filter(|call| slot.may_outlive(call))
            .map(|call| call.id)
        {
            self.cancel(worker, id, now, fx);
            return;
        }
        let Some(first) = slot.calls.front_mut() else {
            return;
        };
        if is_running {
            first.end_time();
            slot.state = State::DumpingStacks {
                timed_out: TimedOut::Call,
                until: now + STACKS_WAIT,
            };
            fx.dump_stacks(worker);
            return;
        }
        if let Some(Deadline::Finish(_)) = first.last.deadline {
            // The worker has started the next call, so it has answered this one.
            first.last.await_reply(now);
            return;
        }
        let reason = format!(
            "no reply to {}, although the next call has started",
            first.id
        );
        if let Some(mut late) = slot.calls.pop_front() {
            late.time_out(None, fx);
        }
        let death = Death::of(DeathCause::ProtocolError(reason));
        self.kill_for_protocol_error(worker, death, fx);
    }
}
