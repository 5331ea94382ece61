//! Calls that end before their time, in a worker that goes on.

use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::slot::{Cancel, InFlight, State, TimedOut};
use super::timing::{DRAIN_WAIT, INTERRUPT_GRACE, INTERRUPTED_STREAM_GRACE, STACKS_WAIT};
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::scheduler::kind::Kind;
use crate::stats::RestartReason;

impl Scheduler {
    /// A worker has found out that a function is async.
    pub(super) fn learn_async(
        &mut self,
        worker: WorkerId,
        call: Option<CallId>,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let name = match call {
            None => self.settings.function.as_bytes().into(),
            Some(id) => {
                let call = self.slot_mut(worker).and_then(|slot| slot.call_mut(id));
                let Some(call) = call.and_then(|call| call.call()) else {
                    return; // it has its outcome
                };
                Vec::from(call.request().function())
            }
        };
        self.kinds.learn(&name);
        for slot in &mut self.slots {
            for in_flight in &mut slot.calls {
                if let Some(call) = in_flight.call() {
                    in_flight.kind = self.kinds.of(call);
                }
            }
            slot.count_anew();
        }
        self.queue
            .move_async(|call| self.kinds.of(call) == Kind::Async);
        // They have other places now.
        self.dispatch(now, fx);
        for slot in &mut self.slots {
            slot.hears_again(now);
        }
    }

    /// Ends a running call, which was aborted or is late, without its worker.
    pub(super) fn cancel(
        &mut self,
        worker: WorkerId,
        id: CallId,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        slot.rescue = None;
        slot.prefetch.shrink();
        let has_threads = slot.has_threads();
        let Some(call) = slot.call_mut(id) else {
            return;
        };
        call.end_time();
        let is_late = call.call().is_some();
        call.cancelled_for = Some(if is_late {
            RestartReason::Timeout
        } else {
            RestartReason::Abort
        });
        let ends_at_next_item = call.ends_at_next_item();
        let is_in_thread = call.kind == Kind::Plain && has_threads;
        // A thread only says where it is.
        let is_asked = call.kind == Kind::Async || ends_at_next_item || is_in_thread && is_late;
        if is_asked {
            fx.cancel(worker, id);
        }
        if is_late && !is_in_thread {
            fx.dump_stacks(worker);
        }
        if ends_at_next_item && !is_late {
            call.cancel = Some(Cancel::at_next_item(now));
        } else if is_asked || is_late {
            let until = now + STACKS_WAIT;
            call.cancel = Some(Cancel::Asked { until, stack: None });
        } else {
            let until = now + INTERRUPT_GRACE;
            call.cancel = Some(Cancel::Ending { until });
            if !is_in_thread {
                fx.cancel(worker, id);
                fx.signal(worker);
            }
        }
        slot.count_anew();
        let text = if is_late {
            "A call timed out; its worker is to go on"
        } else {
            "A running call was aborted; its worker is to go on"
        };
        fx.log(Level::Debug, Some(worker), text.into());
    }

    /// A worker has cancelled the task of a call.
    pub(super) fn cancelling(
        &mut self,
        worker: WorkerId,
        id: CallId,
        stack: Option<String>,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let call = self.slot_mut(worker).and_then(|slot| slot.call_mut(id));
        let Some(call) = call else {
            return;
        };
        if let Some(Cancel::Asked { .. } | Cancel::AtNextItem { .. } | Cancel::Unheard) =
            call.cancel
        {
            let dumped = match call.cancel.take() {
                Some(Cancel::Asked { stack, .. }) => stack,
                _ => None,
            };
            let stack = stack.or(dumped);
            call.cancel = Some(Cancel::Ending {
                until: now + call.grace(),
            });
            call.time_out(stack, fx);
        }
        self.continue_drain_of(worker, now, fx);
    }

    /// The stacks of a worker in which a call is late and is to end alone.
    pub(super) fn stacks_of_late_call(
        &mut self,
        worker: WorkerId,
        stacks: Option<&str>,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        let mut plain = Vec::new();
        for call in slot
            .running_mut()
            .filter(|call| call.is_late_and_cancelled())
        {
            if let Some(Cancel::Asked { stack, .. }) = &mut call.cancel {
                *stack = stacks.map(str::to_owned);
                // Nothing else is to come about a plain one; a stream says where its code is.
                let is_plain = call.kind == Kind::Plain && !call.is_stream();
                plain.extend(is_plain.then_some(call.id));
            }
        }
        for id in plain {
            self.cancel_overdue(worker, id, now, fx);
        }
        self.continue_drain_of(worker, now, fx);
    }

    /// A worker has not obeyed in time. A dispatch must follow.
    pub(super) fn cancel_overdue(
        &mut self,
        worker: WorkerId,
        id: CallId,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        if self
            .slot_mut(worker)
            .is_some_and(|slot| slot.seems_deaf_to(id))
        {
            // The plain call may keep it from hearing this, or itself wait for the call that is to end.
            let unstarted = fx.revoke_unstarted(worker);
            self.return_unstarted_of_several(worker, &unstarted, now, fx);
        }
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        let (is_blocked, has_threads) = (slot.is_blocked(), slot.has_threads());
        let Some(call) = slot.call_mut(id) else {
            return;
        };
        let is_async = call.kind == Kind::Async;
        match call.cancel.take() {
            Some(Cancel::Asked { stack, .. }) => {
                call.time_out(stack, fx);
                if is_async && is_blocked {
                    call.cancel = Some(Cancel::Unheard);
                    return;
                }
                if call.ends_at_next_item() {
                    call.cancel = Some(Cancel::at_next_item(now));
                    return;
                }
                // What blocks the loop, or is a plain call itself, can only be interrupted; a thread cannot.
                call.cancel = Some(Cancel::Ending {
                    until: now + INTERRUPT_GRACE,
                });
                if !is_async && !has_threads {
                    fx.cancel(worker, id);
                }
                if is_async || !has_threads {
                    fx.signal(worker);
                }
            }
            Some(Cancel::AtNextItem { until }) => {
                call.cancel = Some(Cancel::Ending {
                    until: until + INTERRUPTED_STREAM_GRACE,
                });
                if !has_threads {
                    fx.signal(worker);
                }
            }
            Some(Cancel::Ending { .. }) => {
                let millis = call.grace().as_millis();
                call.cancel = Some(Cancel::Outstayed);
                let text = format!(
                    "A cancelled call did not end within {millis} ms; replacing its worker"
                );
                fx.log(Level::Warn, Some(worker), text);
                self.drain_worker(worker, now, fx);
            }
            other => call.cancel = other,
        }
    }

    /// After a dispatch: if no plain call keeps a worker from hearing anything any more, its time to obey begins.
    pub(super) fn ask_again(&mut self, worker: WorkerId, now: Instant) {
        if let Some(slot) = self.slot_mut(worker) {
            slot.hears_again(now);
        }
    }

    /// A call has outstayed its grace period: its worker ends, once the others that have started have had their
    /// time. A dispatch must follow.
    fn drain_worker(&mut self, worker: WorkerId, now: Instant, fx: &mut impl Effects) {
        if let Some(slot) = self.slot_mut(worker)
            && slot.is_ready()
        {
            slot.state = State::Draining {
                until: now + DRAIN_WAIT,
            };
            if slot.places.is_some() {
                let unstarted = fx.revoke_unstarted(worker);
                self.return_unstarted_of_several(worker, &unstarted, now, fx);
            }
        }
        self.ask_again(worker, now);
        self.continue_drain_of(worker, now, fx);
    }

    /// A worker that drains has answered a call, or had its time: it may go on if that was what outstayed, and ends
    /// after the last of the others.
    pub(super) fn continue_drain_of(
        &mut self,
        worker: WorkerId,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        let State::Draining { until } = slot.state else {
            return;
        };
        if !slot.has_outstayed() {
            slot.state = State::Ready;
        } else if until <= now || !slot.has_neighbors() {
            let reason = slot.cancelled_for().unwrap_or(RestartReason::Abort);
            self.replace(worker, reason, now, fx);
        }
    }

    /// Ends the calls of a worker with several at a time that are past their deadlines.
    pub(super) fn end_late_calls(&mut self, worker: WorkerId, now: Instant, fx: &mut impl Effects) {
        if let Some(slot) = self.slot_mut(worker)
            && slot.is_late(now)
        {
            // What follows depends on which of them have started.
            let unstarted = fx.revoke_unstarted(worker);
            self.return_unstarted_of_several(worker, &unstarted, now, fx);
        }
        if let Some(slot) = self.slot_mut(worker) {
            slot.count_anew(); // the first deadline is another one now
        }
        self.continue_drain_of(worker, now, fx);
        self.dispatch(now, fx);
        self.ask_again(worker, now);
    }

    /// Returns the calls to the queue that a worker with several at a time has not started, and decides about those
    /// that run. A dispatch must follow.
    pub(super) fn return_unstarted_of_several(
        &mut self,
        worker: WorkerId,
        unstarted: &[CallId],
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        let back = slot.give_back(unstarted);
        for call in &mut slot.calls {
            call.time_out_others(now, fx);
        }
        let is_to_end =
            |call: &&InFlight| call.is_abandoned() || call.cancel.is_none() && call.is_late(now);
        let to_end: Vec<_> = slot
            .calls
            .iter()
            .filter(is_to_end)
            .map(|call| call.id)
            .collect();
        let mut has_late = false;
        for call in back {
            has_late |= self.requeue(call, now, fx);
        }
        if has_late {
            self.doubt(worker, now, fx);
        }
        self.expire_queue(now, fx);
        for id in to_end {
            self.end_running(worker, id, now, fx);
        }
        self.continue_drain_of(worker, now, fx);
    }

    /// Ends one of several running calls, which was aborted or is late.
    fn end_running(&mut self, worker: WorkerId, id: CallId, now: Instant, fx: &mut impl Effects) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        let Some(call) = slot.call_mut(id) else {
            return;
        };
        let is_late = call.last.is_late(now);
        call.end_time();
        if slot.call(id).is_some_and(|call| slot.may_outlive(call)) {
            self.cancel(worker, id, now, fx);
        } else if is_late {
            slot.state = State::DumpingStacks {
                timed_out: TimedOut::Call,
                until: now + STACKS_WAIT,
            };
            fx.dump_stacks(worker);
        } else {
            slot.finish(id, now);
            self.interrupt_aborted(worker, now, fx);
        }
    }
}
