//! A call that a worker has, alone or in a batch.

use std::mem;
use std::time::{Duration, Instant};

use crate::call::Call;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::scheduler::effects::Effects;
use crate::scheduler::history::History;
use crate::scheduler::queue::Queued;
use crate::scheduler::timing::REPLY_WAIT;

/// A call and what the worker that has it owes its caller.
#[derive(Debug)]
pub(in crate::scheduler) struct Member {
    pub(in crate::scheduler) state: CallState,
    pub(in crate::scheduler) timeout: Option<Duration>,
    /// Since when its `timeout` counts: since it got its place, or from the same moment in an earlier worker.
    clock: Option<Instant>,
    /// Set from then on.
    pub(in crate::scheduler) deadline: Option<Deadline>,
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
    /// It has its outcome. It keeps its place until the worker has answered it, or has been found not to have
    /// started it.
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

impl Member {
    pub(super) fn new(queued: Queued) -> Self {
        let Queued {
            call,
            expires_at,
            history,
        } = queued;
        Self {
            timeout: call.options.timeout,
            state: CallState::Awaited(call),
            clock: history.as_ref().and_then(|past| past.clock),
            deadline: None,
            expires_at,
            history,
        }
    }

    /// One that has its outcome.
    pub(super) fn settled() -> Self {
        Self {
            state: CallState::Settled,
            timeout: None,
            clock: None,
            deadline: None,
            expires_at: None,
            history: None,
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

    /// The call, unless it has its outcome.
    pub(in crate::scheduler) fn into_call(self) -> Option<Call> {
        match self.state {
            CallState::Awaited(call) | CallState::CancelOnlyIfQueued(call) => Some(call),
            CallState::Settled => None,
        }
    }

    /// Whether it is this call, and has no outcome.
    pub(super) fn is(&self, id: CallId) -> bool {
        self.call().is_some_and(|call| call.id() == id)
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
    pub(super) fn was_rescued_from(&self, worker: WorkerId) -> bool {
        let past = self.history.as_ref();
        past.is_some_and(|past| past.rescued_from.contains(&worker))
    }

    /// Its caller aborts it. Returns whether that is its outcome, whether it has started or not.
    pub(super) fn abort(&mut self, is_unstarted: bool, fx: &mut impl Effects) -> bool {
        let started = !is_unstarted || self.has_started_before();
        match mem::replace(&mut self.state, CallState::Settled) {
            CallState::Awaited(call) if call.options.interrupt => {
                fx.settle(call, Err(Failure::Aborted { started }));
                true
            }
            CallState::Awaited(call) | CallState::CancelOnlyIfQueued(call) => {
                self.state = CallState::CancelOnlyIfQueued(call);
                false
            }
            CallState::Settled => false,
        }
    }

    /// Fails it, unless it has its outcome.
    pub(in crate::scheduler) fn fail(&mut self, failure: Failure, fx: &mut impl Effects) {
        match mem::replace(&mut self.state, CallState::Settled) {
            CallState::Awaited(call) | CallState::CancelOnlyIfQueued(call) => {
                fx.settle(call, Err(failure));
            }
            CallState::Settled => {}
        }
    }

    /// Fails it because it took too long. `is_revoked`: its worker will not start it.
    pub(in crate::scheduler) fn time_out(
        &mut self,
        stack: Option<String>,
        is_revoked: bool,
        fx: &mut impl Effects,
    ) {
        let failure = Failure::CallTimeout {
            timeout: self.timeout.unwrap_or_default(),
            stack,
            started: !is_revoked || self.has_started_before(),
        };
        self.fail(failure, fx);
    }

    /// Whether it is past its deadline.
    pub(in crate::scheduler) fn is_late(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| deadline.at() <= now)
    }

    /// It has its place. `is_timed`: whether it may be late there.
    pub(super) fn begin(&mut self, is_timed: bool, now: Instant) {
        if let Some(call) = self.call_mut() {
            call.start(now);
        }
        let clock = *self.clock.get_or_insert(now);
        if is_timed {
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
impl Member {
    /// For a scheduler that is broken on purpose: forgets where a call was rescued from, or its time there.
    pub(super) fn forget_rescue(&mut self, is_place: bool, began_at: Option<Instant>) {
        let Some(past) = &mut self.history else {
            return;
        };
        if is_place {
            past.rescued_from.clear();
        } else if let (Some(began_at), Some(timeout)) = (began_at, self.timeout) {
            self.deadline = Some(Deadline::Finish(began_at + timeout));
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
