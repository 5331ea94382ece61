//! Which of a worker's calls run, and which are awaited: in a line of calls the last and the first, where there are
//! places for several all of them.

use std::collections::VecDeque;
use std::mem;
use std::time::Instant;

use super::cancel::Cancel;
use super::flow::Flow;
use super::in_flight::InFlight;
use super::members::Answered;
use super::state::Slot;
use super::tally::Tally;
use crate::id::CallId;
use crate::scheduler::kind::Kind;
use crate::scheduler::timing::STACKS_WAIT;
use crate::stats::RestartReason;

impl Slot {
    /// The calls that run, if what was sent has started.
    pub(in crate::scheduler) fn running(&self) -> impl Iterator<Item = &InFlight> {
        self.calls.range(self.first_running()..)
    }

    /// The same.
    pub(in crate::scheduler) fn running_mut(&mut self) -> impl Iterator<Item = &mut InFlight> {
        let first = self.first_running();
        self.calls.range_mut(first..)
    }

    fn first_running(&self) -> usize {
        match self.places {
            Some(_) => 0,
            None => self.calls.len().saturating_sub(1),
        }
    }

    /// Where the call is, or its batch, if the worker may answer it now.
    pub(in crate::scheduler) fn may_answer(&self, call: CallId) -> Option<usize> {
        let mut calls = self.calls.iter();
        match self.places {
            Some(_) => calls.position(|other| other.is_to_answer(call)),
            None => calls
                .next()
                .is_some_and(|first| first.is_to_answer(call))
                .then_some(0),
        }
    }

    /// The worker has answered this call, which is there.
    pub(in crate::scheduler) fn answer(
        &mut self,
        index: usize,
        call: CallId,
        now: Instant,
    ) -> Option<Answered> {
        let in_flight = self.calls.get_mut(index)?;
        match in_flight.take_answered(call) {
            Some(member) => Some(Answered::OneOfBatch(member)),
            None => self.finish_at(index, now).map(Answered::All),
        }
    }

    /// Whether a call is past its deadline.
    pub(in crate::scheduler) fn is_late(&self, now: Instant) -> bool {
        let is_late = |call: &InFlight| call.is_late(now);
        match self.places {
            Some(_) => {
                let first = self.tally.first_deadline;
                first.is_some_and(|at| at <= now) && self.calls.iter().any(is_late)
            }
            None => self.calls.front().is_some_and(is_late),
        }
    }

    /// When a call may be late.
    pub(super) fn next_call_deadline(&self) -> Option<Instant> {
        match self.places {
            Some(_) => self.tally.first_deadline,
            None => self.calls.front()?.first_deadline(),
        }
    }

    /// Removes a call that is over.
    pub(in crate::scheduler) fn finish(&mut self, call: CallId, now: Instant) -> Option<InFlight> {
        let index = self.calls.iter().position(|other| other.id == call)?;
        self.finish_at(index, now)
    }

    fn finish_at(&mut self, index: usize, now: Instant) -> Option<InFlight> {
        if self.places.is_none() {
            return self.finish_first(now);
        }
        let finished = self.calls.remove(index)?;
        self.tally.remove(&finished);
        Some(finished)
    }

    /// Removes the calls that it has not started and never will, the oldest first.
    pub(in crate::scheduler) fn give_back(&mut self, unstarted: &[CallId]) -> VecDeque<InFlight> {
        let calls = mem::take(&mut self.calls);
        let (back, left) = calls
            .into_iter()
            .partition(|call| unstarted.contains(&call.id));
        self.calls = left;
        self.count_anew();
        back
    }

    /// The calls have changed, each by itself.
    pub(in crate::scheduler) fn count_anew(&mut self) {
        self.tally = Tally::of(&self.calls);
    }

    /// A call in flight.
    pub(in crate::scheduler) fn call(&self, id: CallId) -> Option<&InFlight> {
        self.calls.iter().find(|call| call.id == id)
    }

    /// The same.
    pub(in crate::scheduler) fn call_mut(&mut self, id: CallId) -> Option<&mut InFlight> {
        self.calls.iter_mut().find(|call| call.id == id)
    }

    /// Whether a running call can end before its time without the worker.
    pub(in crate::scheduler) fn may_outlive(&self, call: &InFlight) -> bool {
        let has_others = self.places.is_some() && self.calls.len() > 1;
        let is_resumed = call.kind == Kind::Async || call.is_stream();
        is_resumed || self.keep_interrupted_worker || has_others || self.has_threads()
    }

    /// The streams that run and have no outcome yet.
    pub(in crate::scheduler) fn streams(&self) -> impl Iterator<Item = &Flow> {
        let running = match self.places {
            Some(_) if self.tally.streams == 0 => 0..0,
            Some(_) => 0..self.calls.len(),
            // Nothing lies behind a stream.
            None => 0..self.calls.len().min(1),
        };
        let calls = self.calls.range(running);
        let open = calls.filter(|call| call.call().is_some());
        open.filter_map(|call| call.flow.as_deref())
    }

    /// Whether plain calls run in threads of their own, which nothing interrupts.
    pub(in crate::scheduler) fn has_threads(&self) -> bool {
        self.places
            .is_some_and(|places| !places.has_main_thread_only())
    }

    /// Whether a plain call keeps the event loop from running.
    pub(in crate::scheduler) fn is_blocked(&self) -> bool {
        match self.places {
            Some(_) => !self.has_threads() && self.tally.plain > 0,
            None => self.running().any(|call| call.kind == Kind::Plain),
        }
    }

    /// Whether a plain call may be why the worker has not heard that this one is to end.
    pub(in crate::scheduler) fn seems_deaf_to(&self, id: CallId) -> bool {
        let is_asked = |call: &InFlight| {
            call.kind == Kind::Async && matches!(call.cancel, Some(Cancel::Asked { .. }))
        };
        self.places.is_some() && self.is_blocked() && self.call(id).is_some_and(is_asked)
    }

    /// Whether a call is to end before its time.
    pub(in crate::scheduler) fn is_cancelling(&self) -> bool {
        match self.places {
            Some(_) => self.tally.cancelling > 0,
            None => self.running().any(|call| call.cancel.is_some()),
        }
    }

    /// A call that is to end before its time, if the worker should have obeyed by now.
    pub(in crate::scheduler) fn overdue_cancel(&self, now: Instant) -> Option<CallId> {
        if !self.is_cancelling() {
            return None;
        }
        let is_overdue = |cancel: &Cancel| self.is_serving() && cancel.is_overdue(now);
        let mut running = self.running();
        let overdue = running.find(|call| call.cancel.as_ref().is_some_and(is_overdue));
        overdue.map(|call| call.id)
    }

    /// No plain call may keep it from hearing anything any more.
    pub(in crate::scheduler) fn hears_again(&mut self, now: Instant) {
        if !self.is_cancelling() || self.is_blocked() {
            return;
        }
        let unheard = Some(Cancel::Unheard);
        for call in self.running_mut().filter(|call| call.cancel == unheard) {
            let until = now + STACKS_WAIT;
            call.cancel = Some(Cancel::Asked { until, stack: None });
        }
    }

    /// When the worker should have obeyed, if a call that runs is to end before its time.
    pub(super) fn next_cancel(&self) -> Option<Instant> {
        if !self.is_cancelling() {
            return None;
        }
        let cancels = self.running().filter_map(|call| call.cancel.as_ref());
        cancels.filter_map(Cancel::until).min()
    }

    /// Whether a call has outstayed its grace period.
    pub(in crate::scheduler) fn has_outstayed(&self) -> bool {
        let outstayed = Some(Cancel::Outstayed);
        self.running().any(|call| call.cancel == outstayed)
    }

    /// Why a call is to end before its time, if one is: one that has outstayed comes first.
    pub(in crate::scheduler) fn cancelled_for(&self) -> Option<RestartReason> {
        let outstayed = Some(Cancel::Outstayed);
        let cancelled = self.running().filter(|call| call.cancel.is_some());
        let first = cancelled.min_by_key(|call| call.cancel != outstayed);
        first.and_then(|call| call.cancelled_for)
    }

    /// Whether another call than those that have outstayed runs, and may end: none that nobody waits for ends while a
    /// plain call keeps the main thread.
    pub(in crate::scheduler) fn has_neighbors(&self) -> bool {
        let outstayed = Some(Cancel::Outstayed);
        let keeps_thread = |call: &InFlight| {
            call.cancel == outstayed && call.kind == Kind::Plain && !call.is_stream()
        };
        let is_stuck = !self.has_threads() && self.running().any(keeps_thread);
        let may_end = |call: &InFlight| call.call().is_some() || !is_stuck;
        self.running()
            .any(|call| call.cancel != outstayed && may_end(call))
    }
}
