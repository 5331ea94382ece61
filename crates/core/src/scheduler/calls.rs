//! Calls: from submission to outcome.

use std::collections::VecDeque;
use std::time::Instant;

use super::event::{Action, Actions, Call, CallId, Reply, WorkerId};
use super::machine::{Phase, Queued, Scheduler};
use super::slot::{Running, Slot, State, Victim};
use crate::failure::{ClosedWhile, Death, DeathCause, Failure};

impl<T> Scheduler<T> {
    pub(super) fn submit(&mut self, mut call: Call<T>, now: Instant, out: &mut Actions<T>) {
        let refusal = match &self.phase {
            Phase::Searching | Phase::Starting => Some(Failure::NotInitialized),
            Phase::SearchCancelled | Phase::Failing(_) | Phase::Closing | Phase::Closed => {
                Some(Failure::Closed(ClosedWhile::Submitting))
            }
            Phase::Running if self.is_dead() => Some(self.pool_dead()),
            Phase::Running => None,
        };
        if let Some(failure) = refusal {
            out.push(Action::Settle {
                ticket: call.ticket,
                reply: Err(failure),
            });
            return;
        }
        self.last_call += 1;
        let id = CallId(self.last_call);
        call.request.number(id.0);
        let queue_timeout = self.settings.queue_timeout;
        let expires_at = queue_timeout.and_then(|timeout| now.checked_add(timeout));
        let nobody_waits = self.queue.is_empty();
        self.queue.push_back(Queued {
            id,
            call,
            expires_at,
        });
        if nobody_waits {
            self.hand_out(now, out);
        }
        let limit = self.settings.max_queue;
        if self.queue.len() > limit
            && let Some(newest) = self.queue.pop_back()
        {
            out.push(Action::Settle {
                ticket: newest.call.ticket,
                reply: Err(Failure::QueueFull { limit }),
            });
        }
    }

    /// Hands queued calls out, and sees to it that no call lies ready while a worker is idle.
    pub(super) fn dispatch(&mut self, now: Instant, out: &mut Actions<T>) {
        self.hand_out(now, out);
        let one_is_idle = |slot: &Slot<T>| slot.is_ready() && slot.calls.is_empty();
        if self.is_running() && self.slots.len() > 1 && self.slots.iter().any(one_is_idle) {
            let slots = self.slots.iter().enumerate();
            let with_calls_ahead = slots.filter(|(_, slot)| slot.has_calls_ahead());
            out.extend(with_calls_ahead.map(|(index, slot)| Action::TakeBack(slot.worker(index))));
        }
    }

    /// Hands queued calls to workers with room: the oldest call first, to the one with the fewest.
    pub(super) fn hand_out(&mut self, now: Instant, out: &mut Actions<T>) {
        if !self.is_running() {
            return;
        }
        for slot in &mut self.slots {
            slot.window.look(slot.calls.len());
        }
        while let Some(next) = self.queue.front() {
            let is_small = next.call.request.is_small();
            let with_room = self.slots.iter_mut().enumerate();
            let with_room = with_room.filter(|(_, slot)| slot.has_room(is_small));
            let Some((index, slot)) = with_room.min_by_key(|(_, slot)| slot.calls.len()) else {
                return;
            };
            let Some(queued) = self.queue.pop_front() else {
                return;
            };
            let call = queued.into_running();
            out.push(call.send(slot.worker(index)));
            slot.take(call, now);
        }
    }

    pub(super) fn replied(
        &mut self,
        worker: WorkerId,
        call: CallId,
        reply: Reply,
        now: Instant,
        out: &mut Actions<T>,
    ) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        if matches!(slot.state, State::Condemned { .. }) {
            return;
        }
        if slot.calls.front().is_none_or(|first| first.id != call) {
            if slot.is_ready() {
                let cause =
                    DeathCause::ProtocolError(format!("a reply to {call:?}, which it has not"));
                self.condemn(worker, Death::of(cause), out);
            }
            return; // else the loser of a race with its timeout
        }
        let Some(Running { ticket, key, .. }) = slot.finish_first(now) else {
            return;
        };
        slot.answered(key);
        if let Some(ticket) = ticket {
            out.push(Action::Settle { ticket, reply });
        }
        self.dispatch(now, out);
    }

    /// The calls that a worker has not started, and never will, are anybody's again.
    pub(super) fn taken_back(
        &mut self,
        worker: WorkerId,
        unstarted: &[CallId],
        now: Instant,
        out: &mut Actions<T>,
    ) {
        let Some(slot) = self.current(worker).filter(|slot| slot.is_ready()) else {
            return;
        };
        slot.review_at = None;
        let first = slot.calls.front().map(|call| call.id);
        let (mut back, left): (VecDeque<_>, VecDeque<_>) = slot
            .calls
            .drain(..)
            .partition(|call| unstarted.contains(&call.id));
        slot.calls = left;
        // The first one's time is running: it stays with its worker.
        let stays = |call: &Running<T>| {
            Some(call.id) == first && call.ticket.is_some() && !call.is_withdrawn
        };
        if back.front().is_some_and(stays)
            && let Some(call) = back.pop_front()
        {
            slot.calls.push_front(call);
            if !slot.is_late(now) {
                out.extend(slot.calls.front().map(|call| call.send(worker)));
            }
        }
        for call in back {
            self.requeue(call, out);
        }
        self.expire_queue(now, out);
        self.look_after_first(worker, now, out);
        if unstarted.is_empty() {
            self.hand_out(now, out);
        } else {
            self.dispatch(now, out);
        }
    }

    /// Ends a worker whose calls go on that are not to: those behind them were taken back.
    fn look_after_first(&mut self, worker: WorkerId, now: Instant, out: &mut Actions<T>) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        // Only the last of those that have started runs: the others are answered.
        if slot.calls.back().is_some_and(|call| call.ticket.is_none()) {
            slot.calls.pop_back();
            self.end_aborted(worker, now, out);
        } else if slot.is_late(now) {
            self.end_late(worker, now, out);
        }
    }

    /// What becomes of the calls that a dead worker had: those that it provably never started go back
    /// to their place in the queue.
    pub(super) fn calls_of_dead(
        &mut self,
        calls: VecDeque<Running<T>>,
        death: &Death,
        unstarted: &[CallId],
        out: &mut Actions<T>,
    ) {
        for call in calls {
            if unstarted.contains(&call.id) {
                self.requeue(call, out);
            } else {
                out.extend(call.fail(Failure::Crashed(death.clone())));
            }
        }
    }

    /// Puts a call that has not started back to its place in the queue, if anybody wants it.
    fn requeue(&mut self, call: Running<T>, out: &mut Actions<T>) {
        if call.is_withdrawn {
            out.extend(call.fail(Failure::Aborted));
        } else if let Some(queued) = call.unstarted() {
            let place = self.queue.partition_point(|other| other.id < queued.id);
            self.queue.insert(place, queued);
        }
    }

    pub(super) fn fail_queue(&mut self, failure: &Failure, out: &mut Actions<T>) {
        out.extend(self.queue.drain(..).map(|queued| Action::Settle {
            ticket: queued.call.ticket,
            reply: Err(failure.clone()),
        }));
        self.queue.shrink_to_fit();
    }

    pub(super) fn pool_dead(&self) -> Failure {
        Failure::PoolDead {
            workers: self.slots.len(),
            script: self.settings.script.clone(),
            last_crash: self.last_crash.clone().map(Box::new),
        }
    }
}

impl<T> Queued<T> {
    fn into_running(self) -> Running<T> {
        let Self {
            id,
            call,
            expires_at,
        } = self;
        Running {
            id,
            ticket: Some(call.ticket),
            key: call.key,
            interrupt: call.interrupt,
            is_withdrawn: false,
            request: call.request,
            timeout: call.timeout,
            started_at: None,
            deadline: None,
            expires_at,
        }
    }
}

impl<T> Running<T> {
    fn send(&self, worker: WorkerId) -> Action<T> {
        Action::Send {
            worker,
            call: self.id,
            request: self.request.clone(),
        }
    }

    /// The call as it was before it was sent; none if nobody wants it any more.
    fn unstarted(self) -> Option<Queued<T>> {
        Some(Queued {
            id: self.id,
            call: Call {
                request: self.request,
                ticket: self.ticket?,
                timeout: self.timeout,
                key: self.key,
                interrupt: self.interrupt,
            },
            expires_at: self.expires_at,
        })
    }

    /// Its outcome, if anybody waits for it.
    pub(super) fn fail(self, failure: Failure) -> Option<Action<T>> {
        Some(Action::Settle {
            ticket: self.ticket?,
            reply: Err(failure),
        })
    }

    pub(super) fn time_out(self, stack: Option<String>) -> Option<Action<T>> {
        let timeout = self.timeout.unwrap_or_default();
        self.fail(Failure::CallTimeout { timeout, stack })
    }
}

impl<T> Victim<T> {
    pub(super) fn time_out(self, stack: Option<String>) -> Option<Action<T>> {
        match self {
            Self::Call(call) => call.time_out(stack),
            Self::Startup => None,
        }
    }
}
