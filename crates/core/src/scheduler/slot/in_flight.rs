//! Calls that were sent to a worker.

use std::mem;
use std::time::{Duration, Instant};

use super::cancel::Cancel;
use super::flow::Flow;
use crate::call::Call;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::scheduler::effects::Effects;
use crate::scheduler::history::History;
use crate::scheduler::kind::Kind;
use crate::scheduler::queue::Queued;
use crate::scheduler::timing::{INTERRUPT_GRACE, REPLY_WAIT, STREAM_GRACE};
use crate::stats::RestartReason;

/// A call that was sent to a worker and not answered yet. Only the first of a worker's calls runs.
#[derive(Debug)]
pub(in crate::scheduler) struct InFlight {
    pub(in crate::scheduler) id: CallId,
    pub(in crate::scheduler) state: CallState,
    pub(in crate::scheduler) is_small: bool,
    /// Whether it is sent to another worker if this one does not start it in time.
    pub(super) is_rescuable: bool,
    pub(in crate::scheduler) timeout: Option<Duration>,
    /// When it became the first of its worker's calls.
    pub(in crate::scheduler) started_at: Option<Instant>,
    /// Since when its `timeout` counts: from then on, or from the same moment in an earlier worker.
    clock: Option<Instant>,
    /// Set from then on.
    pub(in crate::scheduler) deadline: Option<Deadline>,
    pub(in crate::scheduler) kind: Kind,
    /// The items of a stream; `None` for a call that is none.
    pub(in crate::scheduler) flow: Option<Box<Flow>>,
    /// Set once it is to end before its time, without its worker.
    pub(in crate::scheduler) cancel: Option<Cancel>,
    /// Why, from then on.
    pub(in crate::scheduler) cancelled_for: Option<RestartReason>,
    /// It is late, and its worker will not start it.
    pub(in crate::scheduler) is_revoked: bool,
    /// When it will have waited too long, should it return to the queue.
    expires_at: Option<Instant>,
    history: Option<Box<History>>,
}

/// Whether a call in flight has its outcome, and what an abort has changed.
#[derive(Debug)]
pub(in crate::scheduler) enum CallState {
    /// Its outcome is awaited.
    Awaited(Call),
    /// It was aborted with `interrupt: false`, so it is cancelled only if it has not started.
    CancelOnlyIfQueued(Call),
    /// It was aborted and has its outcome. It keeps its place until it is known whether it has started.
    Settled,
}

/// What the worker must do by when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scheduler) enum Deadline {
    /// Finish the call.
    Finish(Instant),
    /// Deliver the reply, as it has already started the next call.
    Reply(Instant),
}

impl Deadline {
    pub(in crate::scheduler) fn at(self) -> Instant {
        match self {
            Self::Finish(at) | Self::Reply(at) => at,
        }
    }
}

impl InFlight {
    pub(in crate::scheduler) fn new(queued: Queued, kind: Kind) -> Self {
        let Queued {
            call,
            expires_at,
            history,
        } = queued;
        Self {
            id: call.id(),
            is_small: call.request().is_small(),
            is_rescuable: call.request().is_rescuable(),
            timeout: call.options.timeout,
            flow: call
                .options
                .window
                .map(|window| Box::new(Flow::new(window))),
            state: CallState::Awaited(call),
            started_at: None,
            clock: history.as_ref().and_then(|past| past.clock),
            deadline: None,
            kind,
            cancel: None,
            cancelled_for: None,
            is_revoked: false,
            expires_at,
            history,
        }
    }

    /// The call, unless it has its outcome.
    pub(in crate::scheduler) fn call(&self) -> Option<&Call> {
        match &self.state {
            CallState::Awaited(call) | CallState::CancelOnlyIfQueued(call) => Some(call),
            CallState::Settled => None,
        }
    }

    fn call_mut(&mut self) -> Option<&mut Call> {
        match &mut self.state {
            CallState::Awaited(call) | CallState::CancelOnlyIfQueued(call) => Some(call),
            CallState::Settled => None,
        }
    }

    /// Whether its items are sent one by one.
    pub(in crate::scheduler) fn is_stream(&self) -> bool {
        self.flow.is_some()
    }

    /// Whether it is a stream that ends at its next item: its code runs in turns with the event loop, or in a thread.
    pub(in crate::scheduler) fn ends_at_next_item(&self) -> bool {
        self.is_stream() && self.kind == Kind::Plain
    }

    /// How long it may take to end once it is cancelled.
    pub(in crate::scheduler) fn grace(&self) -> Duration {
        if self.ends_at_next_item() {
            STREAM_GRACE
        } else {
            INTERRUPT_GRACE
        }
    }

    /// The call, unless it has its outcome.
    pub(in crate::scheduler) fn into_call(self) -> Option<Call> {
        match self.state {
            CallState::Awaited(call) | CallState::CancelOnlyIfQueued(call) => Some(call),
            CallState::Settled => None,
        }
    }

    /// The call as it was before it was sent, unless it was aborted.
    pub(in crate::scheduler) fn into_unstarted(mut self) -> Unstarted {
        if let Some(past) = &mut self.history {
            past.clock = None;
        }
        self.into_returned()
    }

    /// The call for another worker, because `worker` does not start it: its time goes on.
    pub(in crate::scheduler) fn into_rescued(mut self, worker: WorkerId) -> Unstarted {
        let past = self.history.get_or_insert_default();
        past.clock = self.clock;
        past.rescued_from.push(worker);
        self.expires_at = None;
        self.into_returned()
    }

    /// Whether it runs again although its worker, which had started it, was lost.
    pub(in crate::scheduler) fn may_run_again(&self) -> bool {
        self.call().is_some_and(|call| call.options.retries > 0)
    }

    /// The call for another worker, because the one that had started it was lost.
    pub(in crate::scheduler) fn into_retry(mut self) -> Unstarted {
        if let Some(call) = self.call_mut() {
            call.options.retries = call.options.retries.saturating_sub(1);
        }
        let past = self.history.get_or_insert_default();
        past.clock = None;
        past.has_started = true;
        self.expires_at = None;
        self.into_returned()
    }

    fn into_returned(mut self) -> Unstarted {
        let started = self.has_started_before();
        if let Some(call) = self.call_mut() {
            call.unstart();
        }
        match self.state {
            CallState::Awaited(call) => Unstarted::Requeue(Queued {
                call,
                expires_at: self.expires_at,
                history: self.history,
            }),
            CallState::CancelOnlyIfQueued(call) => Unstarted::Cancel { call, started },
            CallState::Settled => Unstarted::Forget,
        }
    }

    /// Whether it ran before, in a worker that was lost.
    pub(in crate::scheduler) fn has_started_before(&self) -> bool {
        self.history.as_ref().is_some_and(|past| past.has_started)
    }

    /// Whether `worker` is one that did not start it in time before.
    pub(in crate::scheduler) fn was_rescued_from(&self, worker: WorkerId) -> bool {
        let past = self.history.as_ref();
        past.is_some_and(|past| past.rescued_from.contains(&worker))
    }

    /// Its caller aborts it; returns the call if that is its outcome, whether it has started or not.
    pub(in crate::scheduler) fn abort(&mut self) -> Option<Call> {
        match mem::replace(&mut self.state, CallState::Settled) {
            CallState::Awaited(call) if call.options.interrupt => Some(call),
            CallState::Awaited(call) | CallState::CancelOnlyIfQueued(call) => {
                self.state = CallState::CancelOnlyIfQueued(call);
                None
            }
            CallState::Settled => None,
        }
    }

    /// Fails it, unless it has its outcome.
    pub(in crate::scheduler) fn fail(self, failure: Failure, fx: &mut impl Effects) {
        if let Some(call) = self.into_call() {
            fx.settle(call, Err(failure));
        }
    }

    /// Fails it because it took too long.
    pub(in crate::scheduler) fn time_out(self, stack: Option<String>, fx: &mut impl Effects) {
        let failure = self.timeout_failure(stack);
        self.fail(failure, fx);
    }

    /// The same for one that is being cancelled: it stays with its worker until that has answered it.
    pub(in crate::scheduler) fn time_out_in_place(
        &mut self,
        stack: Option<String>,
        fx: &mut impl Effects,
    ) {
        self.fail_in_place(self.timeout_failure(stack), fx);
    }

    /// Fails one that stays with its worker until that has answered it.
    pub(in crate::scheduler) fn fail_in_place(&mut self, failure: Failure, fx: &mut impl Effects) {
        match mem::replace(&mut self.state, CallState::Settled) {
            CallState::Awaited(call) | CallState::CancelOnlyIfQueued(call) => {
                fx.settle(call, Err(failure));
            }
            CallState::Settled => {}
        }
    }

    fn timeout_failure(&self, stack: Option<String>) -> Failure {
        Failure::CallTimeout {
            timeout: self.timeout.unwrap_or_default(),
            stack,
            started: !self.is_revoked || self.has_started_before(),
        }
    }

    /// Whether it is late, and its outcome waits for what its worker says.
    pub(in crate::scheduler) fn is_late_and_cancelled(&self) -> bool {
        self.cancel.is_some() && self.call().is_some()
    }

    /// Whether it is past its deadline.
    pub(in crate::scheduler) fn is_late(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| deadline.at() <= now)
    }

    /// It has become the first of its worker's calls.
    pub(super) fn begin(&mut self, now: Instant) {
        self.started_at = Some(now);
        if let Some(call) = self.call_mut() {
            call.start(now);
        }
        let clock = *self.clock.get_or_insert(now);
        if self.cancel.is_none() {
            let deadline = self.timeout.and_then(|timeout| clock.checked_add(timeout));
            self.deadline = deadline.map(Deadline::Finish);
        }
    }

    /// Its worker has started the next call, so its reply is on the way.
    pub(in crate::scheduler) fn await_reply(&mut self, now: Instant) {
        self.deadline = Some(Deadline::Reply(now + REPLY_WAIT));
    }
}

#[cfg(test)]
impl InFlight {
    /// For a scheduler that is broken on purpose: forgets where a call was rescued from, or its time there.
    pub(in crate::scheduler) fn forget_rescue(&mut self, is_place: bool) {
        let Some(past) = &mut self.history else {
            return;
        };
        if is_place {
            past.rescued_from.clear();
        } else if let (Some(began), Some(timeout)) = (self.started_at, self.timeout) {
            self.deadline = Some(Deadline::Finish(began + timeout));
        }
    }
}

/// What becomes of a call that its worker never started, or that runs again.
#[derive(Debug)]
pub(in crate::scheduler) enum Unstarted {
    Requeue(Queued),
    Cancel { call: Call, started: bool },
    Forget,
}
