//! Calls: from submission to outcome.

use std::collections::VecDeque;
use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::placement::Placement;
use super::queue::{LineId, Queued};
use super::slot::{Answered, CallState, InFlight, Slot, State, Unstarted};
use crate::call::Call;
use crate::failure::{Death, DeathCause, Failure};
use crate::id::{CallId, WorkerId};
use crate::outcome::Outcome;
use crate::scheduler::kind::Kind;

impl Scheduler {
    pub(super) fn submit(&mut self, mut call: Call, now: Instant, fx: &mut impl Effects) {
        call.submit(now);
        self.revive_one(now, fx);
        if let Some(failure) = self.refusal() {
            fx.settle(call, Err(failure));
            return;
        }
        let (id, kind) = (call.id(), self.kinds.of(&call));
        if self.queue.push(call, kind, now) || self.queue.is_gathering() && self.is_over_limit() {
            self.assign_queued(now, fx);
        }
        if self.is_over_limit()
            && let Some(refused) = self.queue.remove_one(id)
        {
            let limit = self.queue.limit();
            fx.settle(refused.call, Err(Failure::QueueFull { limit }));
        }
    }

    /// Whether more calls wait than `maxQueue` allows, as they may between a submission and its dispatch, and
    /// after calls have returned.
    fn is_over_limit(&self) -> bool {
        let limit = self.queue.limit();
        let others = || Placement::of(&self.slots).unproven_second_calls();
        limit != usize::MAX && self.queue.len() + others() > limit
    }

    /// Why a call that is submitted now is refused; `None` while the pool takes calls, which wait in the queue
    /// until it runs.
    #[must_use]
    pub fn refusal(&self) -> Option<Failure> {
        let of_dead_pool = || self.is_dead().then(|| self.pool_dead(false));
        let of_drain = || self.drain_refusal();
        let refusal = self.lifecycle.refusal().or_else(of_drain);
        refusal.or_else(of_dead_pool)
    }

    /// Sends queued calls, and gives calls that should have started elsewhere to workers that are free.
    pub(super) fn dispatch(&mut self, now: Instant, fx: &mut impl Effects) {
        self.assign_queued(now, fx);
        self.rescue(now, fx);
    }

    /// Sends queued calls to workers with room, the oldest call first.
    pub(super) fn assign_queued(&mut self, now: Instant, fx: &mut impl Effects) {
        if !self.is_running() {
            return;
        }
        for slot in &mut self.slots {
            slot.prefetch.refill_if_half_empty(slot.calls.len());
        }
        while let Some((line, index)) = self.choose_next(now) {
            let sent = match line {
                LineId::Batched(line) => self.send_batch(line, index, fx),
                LineId::OfKind(kind) => self.send_next(kind, index, fx),
            };
            let Some(sent) = sent else {
                return;
            };
            self.slots[index].assign(sent, now);
        }
    }

    fn send_next(&mut self, line: Kind, index: usize, fx: &mut impl Effects) -> Option<InFlight> {
        let mut queued = self.queue.pop(line)?;
        let worker = self.slots[index].worker(index);
        queued.call.assign(worker);
        fx.send(worker, &queued.call);
        let kind = self.kinds.of(&queued.call);
        Some(InFlight::new(queued, kind))
    }

    /// The line of the next call to send, and the slot that gets it: of the oldest call of each line for which there
    /// is room, the older one.
    fn choose_next(&self, now: Instant) -> Option<(LineId, usize)> {
        let is_over_limit = self.is_over_limit();
        let may_gather = !is_over_limit && self.drain.is_none();
        let placement = Placement::of(&self.slots);
        let choose = |kind, is_small| placement.choose(kind, is_small, !is_over_limit);
        // Not for each line of batched calls: there may be many.
        let for_batch = |kind| self.queue.has_batched().then(|| choose(kind, false))?;
        let (for_plain, for_async) = (for_batch(Kind::Plain), for_batch(Kind::Async));
        let ready = self.queue.ready(may_gather, now);
        let choices = ready.filter_map(|(line, next)| {
            let index = match line {
                LineId::OfKind(kind) => choose(kind, next.call.request().is_small()),
                LineId::Batched(_) => match self.kinds.of(&next.call) {
                    Kind::Plain => for_plain,
                    Kind::Async => for_async,
                },
            };
            Some((next.call.id(), line, index?))
        });
        let (_, line, index) = choices.min_by_key(|(id, ..)| *id)?;
        Some((line, index))
    }

    pub(super) fn replied(
        &mut self,
        worker: WorkerId,
        call: CallId,
        outcome: Outcome,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        if let State::Poisoned { .. } = slot.state {
            return; // a late reply: its call has failed already, or is about to
        }
        let Some(index) = slot.may_answer(call) else {
            if slot.is_serving() || matches!(slot.state, State::Silent { .. }) {
                let reason = if slot.calls.iter().any(|other| other.is_to_answer(call)) {
                    format!("a reply to {call} before those to earlier calls")
                } else {
                    format!("a reply to unknown {call}")
                };
                let death = Death::of(DeathCause::ProtocolError(reason));
                self.kill_for_protocol_error(worker, death, fx);
            }
            return; // otherwise a late reply: the call has already timed out
        };
        let finished = match slot.answer(index, call, now) {
            Some(Answered::All(finished)) => finished,
            Some(Answered::OneOfBatch(answered)) => {
                if let Some(call) = answered.into_call() {
                    fx.settle(call, outcome);
                }
                return;
            }
            None => return,
        };
        if let State::DumpingStacks { .. } = slot.state {
            // It has finished while its stacks were awaited: the host may have been late.
            slot.state = State::Ready;
        }
        slot.budget.restore();
        if slot.is_on_trial {
            self.end_trial();
        }
        self.suggest_concurrency(&finished, now, fx);
        if let Some(call) = finished.last.into_call() {
            fx.settle(call, outcome);
        }
        self.continue_drain_of(worker, now, fx);
        self.dispatch(now, fx);
        self.ask_again(worker, now);
    }

    /// Takes the calls back that a worker has not started.
    pub(super) fn take_back(&mut self, worker: WorkerId, now: Instant, fx: &mut impl Effects) {
        if self.slot_mut(worker).is_none_or(|slot| !slot.is_ready()) {
            return;
        }
        let unstarted = fx.revoke_unstarted(worker);
        self.return_unstarted(worker, &unstarted, now, fx);
        self.dispatch(now, fx);
        self.ask_again(worker, now);
    }

    /// Returns the calls to the queue that a worker has not started and will not start, and decides about the
    /// one that it runs. A dispatch must follow.
    pub(super) fn return_unstarted(
        &mut self,
        worker: WorkerId,
        unstarted: &[CallId],
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        if slot.places.is_some() {
            self.return_unstarted_of_several(worker, unstarted, now, fx);
            return;
        }
        slot.stop_looking();
        let first = slot.calls.front().map(|call| call.id);
        if first.is_some_and(|first| !unstarted.contains(&first)) {
            slot.rescue = None;
        }
        let mut back = slot.give_back(unstarted);
        // The clock of the first call is running, so it stays with its worker, unless it was aborted.
        let stays = |call: &InFlight| {
            let is_awaited = matches!(call.last.state, CallState::Awaited(_));
            Some(call.id) == first && is_awaited && !call.is_batch()
        };
        if back.front().is_some_and(stays)
            && let Some(mut call) = back.pop_front()
        {
            call.is_revoked = call.is_late(now);
            if !call.is_revoked
                && let Some(call) = call.call()
            {
                fx.send(worker, call);
            }
            slot.calls.push_front(call);
        }
        let mut has_late = false;
        for call in back {
            has_late |= self.requeue(call, now, fx);
        }
        if has_late {
            self.doubt(worker, now, fx);
        }
        self.expire_queue(now, fx);
        self.check_running_call(worker, now, fx);
    }

    /// Ends the worker if the call it is running was aborted or is past its deadline. Those behind it
    /// were taken back.
    fn check_running_call(&mut self, worker: WorkerId, now: Instant, fx: &mut impl Effects) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        // Of the calls that have started, only the last one runs: the others are answered.
        if let Some(running) = slot.calls.back_mut() {
            running.time_out_others(now, fx);
        }
        let Some(running) = slot.calls.back() else {
            return;
        };
        let id = running.id;
        let is_aborted = running.is_abandoned();
        if is_aborted && slot.may_outlive(running) {
            self.cancel(worker, id, now, fx);
        } else if is_aborted {
            slot.calls.pop_back();
            self.interrupt_aborted(worker, now, fx);
        } else if slot.is_late(now) {
            self.on_call_deadline(worker, now, fx);
        }
    }

    /// Decides about the calls of a dead worker: those that it provably never started return to the queue, and
    /// those that may run again.
    pub(super) fn fail_or_requeue(
        &mut self,
        calls: VecDeque<InFlight>,
        death: &Death,
        unstarted: &[CallId],
        fx: &mut impl Effects,
    ) {
        let has_started = |call: &&InFlight| !unstarted.contains(&call.id);
        let started = calls.iter().filter(has_started);
        let collateral = started.map(InFlight::answers_owed).sum::<usize>() > 1;
        for call in calls {
            let is_unstarted = unstarted.contains(&call.id);
            for mut member in call.into_members() {
                if is_unstarted {
                    self.put_back(member.into_unstarted(), fx);
                } else if member.may_run_again() {
                    self.put_back(member.into_retry(), fx);
                } else {
                    let death = death.clone();
                    member.fail(Failure::Crashed { death, collateral }, fx);
                }
            }
        }
    }

    /// Returns a call that has not started, or the calls of a batch, to their places in the queue, unless they were
    /// aborted or are late. Returns whether any of them is late.
    pub(super) fn requeue(&mut self, call: InFlight, now: Instant, fx: &mut impl Effects) -> bool {
        let mut has_late = false;
        for mut member in call.into_members() {
            if member.is_late(now) {
                has_late = true;
                member.time_out(None, true, fx);
            } else {
                self.put_back(member.into_unstarted(), fx);
            }
        }
        has_late
    }

    pub(super) fn put_back(&mut self, call: Unstarted, fx: &mut impl Effects) {
        match call {
            Unstarted::Requeue(queued) => {
                let kind = self.kinds.of(&queued.call);
                self.queue.put_back(queued, kind);
            }
            Unstarted::Cancel { call, started } => {
                fx.settle(call, Err(Failure::Aborted { started }));
            }
            Unstarted::Forget => {}
        }
    }

    /// Fails the calls that have waited too long.
    pub(super) fn expire_queue(&mut self, now: Instant, fx: &mut impl Effects) {
        while let Some(expired) = self.queue.pop_expired(now) {
            let failure = Failure::QueueTimeout {
                timeout: self.queue.timeout().unwrap_or_default(),
                any_ready: self.slots.iter().any(Slot::is_ready),
            };
            fx.settle(expired.call, Err(failure));
        }
    }

    pub(super) fn fail_queue(&mut self, why: impl Fn(&Queued) -> Failure, fx: &mut impl Effects) {
        for queued in self.queue.take_all() {
            let failure = why(&queued);
            fx.settle(queued.call, Err(failure));
        }
    }

    /// `started`: whether the call had started in a worker that was lost.
    pub(super) fn pool_dead(&self, started: bool) -> Failure {
        Failure::PoolDead {
            workers: self.slots.len(),
            script: self.settings.script.clone(),
            last_crash: self.last_crash.clone().map(Box::new),
            started,
        }
    }
}
