//! Calls that were sent to a worker.

use std::mem;
use std::time::{Duration, Instant};

use crate::call::Call;
use crate::failure::Failure;
use crate::id::CallId;
use crate::scheduler::effects::Effects;
use crate::scheduler::queue::Queued;
use crate::scheduler::timing::REPLY_WAIT;

/// A call that was sent to a worker and not answered yet. Only the first of a worker's calls runs.
#[derive(Debug)]
pub(in crate::scheduler) struct InFlight {
    pub(in crate::scheduler) id: CallId,
    pub(in crate::scheduler) state: CallState,
    pub(in crate::scheduler) is_small: bool,
    timeout: Option<Duration>,
    /// When it became the first of its worker's calls.
    pub(in crate::scheduler) started_at: Option<Instant>,
    /// Set from then on.
    pub(in crate::scheduler) deadline: Option<Deadline>,
    /// When it will have waited too long, should it return to the queue.
    expires_at: Option<Instant>,
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
    pub(in crate::scheduler) fn new(Queued { call, expires_at }: Queued) -> Self {
        Self {
            id: call.id(),
            is_small: call.request().is_small(),
            timeout: call.options.timeout,
            state: CallState::Awaited(call),
            started_at: None,
            deadline: None,
            expires_at,
        }
    }

    /// The call, unless it has its outcome.
    pub(in crate::scheduler) fn call(&self) -> Option<&Call> {
        match &self.state {
            CallState::Awaited(call) | CallState::CancelOnlyIfQueued(call) => Some(call),
            CallState::Settled => None,
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
    pub(in crate::scheduler) fn into_unstarted(self) -> Unstarted {
        match self.state {
            CallState::Awaited(call) => Unstarted::Requeue(Queued {
                call,
                expires_at: self.expires_at,
            }),
            CallState::CancelOnlyIfQueued(call) => Unstarted::Cancel(call),
            CallState::Settled => Unstarted::Forget,
        }
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
        let timeout = self.timeout.unwrap_or_default();
        self.fail(Failure::CallTimeout { timeout, stack }, fx);
    }

    /// It has become the first of its worker's calls.
    pub(super) fn begin(&mut self, now: Instant) {
        self.started_at = Some(now);
        let deadline = self.timeout.and_then(|timeout| now.checked_add(timeout));
        self.deadline = deadline.map(Deadline::Finish);
    }

    /// Its worker has started the next call, so its reply is on the way.
    pub(in crate::scheduler) fn await_reply(&mut self, now: Instant) {
        self.deadline = Some(Deadline::Reply(now + REPLY_WAIT));
    }
}

/// What becomes of a call that its worker never started.
#[derive(Debug)]
pub(in crate::scheduler) enum Unstarted {
    Requeue(Queued),
    Cancel(Call),
    Forget,
}
