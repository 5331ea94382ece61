//! Calls that were sent to a worker.

use std::time::{Duration, Instant};

use super::batch::Batch;
use super::cancel::Cancel;
use super::flow::Flow;
use super::member::Member;
use crate::call::Call;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::scheduler::effects::Effects;
use crate::scheduler::kind::Kind;
use crate::scheduler::queue::Queued;
use crate::scheduler::timing::{INTERRUPT_GRACE, STREAM_GRACE};
use crate::stats::RestartReason;

/// A call that was sent to a worker and not answered yet, or a batch of them. Only the first of a worker's calls
/// runs.
#[derive(Debug)]
pub(in crate::scheduler) struct InFlight {
    /// Of the call, or of the batch.
    pub(in crate::scheduler) id: CallId,
    /// The call; of a batch, the one that may take longest of those that have no outcome.
    pub(in crate::scheduler) last: Member,
    pub(super) batch: Option<Box<Batch>>,
    pub(in crate::scheduler) is_small: bool,
    /// Whether it is sent to another worker if this one does not start it in time.
    pub(super) is_rescuable: bool,
    /// When it became the first of its worker's calls.
    pub(in crate::scheduler) started_at: Option<Instant>,
    pub(in crate::scheduler) kind: Kind,
    /// The items of a stream; `None` for a call that is none.
    pub(in crate::scheduler) flow: Option<Box<Flow>>,
    /// Set once it is to end before its time, without its worker.
    pub(in crate::scheduler) cancel: Option<Cancel>,
    /// Why, from then on.
    pub(in crate::scheduler) cancelled_for: Option<RestartReason>,
    /// It is late, and its worker will not start it.
    pub(in crate::scheduler) is_revoked: bool,
}

impl InFlight {
    pub(in crate::scheduler) fn new(queued: Queued, kind: Kind) -> Self {
        let call = &queued.call;
        let flow = call.options.window.map(Flow::new);
        Self {
            id: call.id(),
            is_small: call.request().is_small(),
            is_rescuable: call.request().is_rescuable(),
            flow: flow.map(Box::new),
            last: Member::new(queued),
            batch: None,
            started_at: None,
            kind,
            cancel: None,
            cancelled_for: None,
            is_revoked: false,
        }
    }

    /// The call, unless it has its outcome; of a batch, one without.
    pub(in crate::scheduler) fn call(&self) -> Option<&Call> {
        self.last.call()
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

    /// Whether it runs for nobody, and its worker has not been told.
    pub(in crate::scheduler) fn is_abandoned(&self) -> bool {
        self.call().is_none() && self.cancel.is_none() && !self.has_ended()
    }

    /// Whether `worker` is one that did not start it in time before.
    pub(in crate::scheduler) fn was_rescued_from(&self, worker: WorkerId) -> bool {
        self.members().any(|member| member.was_rescued_from(worker))
    }

    /// Fails a call that has no outcome; it stays with its worker until that has answered it.
    pub(in crate::scheduler) fn fail(&mut self, failure: Failure, fx: &mut impl Effects) {
        self.last.fail(failure, fx);
    }

    /// Whether it is late, and its outcome waits for what its worker says.
    pub(in crate::scheduler) fn is_late_and_cancelled(&self) -> bool {
        self.cancel.is_some() && self.call().is_some()
    }

    /// Whether it, or a call of it, is past its deadline.
    pub(in crate::scheduler) fn is_late(&self, now: Instant) -> bool {
        self.members().any(|member| member.is_late(now))
    }

    /// It has become the first of its worker's calls.
    pub(super) fn begin(&mut self, now: Instant) {
        let is_timed = self.cancel.is_none();
        self.started_at = Some(now);
        self.last.begin(is_timed, now);
        self.begin_others(is_timed, now);
    }
}

#[cfg(test)]
impl InFlight {
    /// For a scheduler that is broken on purpose: forgets where a call was rescued from, or its time there.
    pub(in crate::scheduler) fn forget_rescue(&mut self, is_place: bool) {
        self.last.forget_rescue(is_place, self.started_at);
    }
}
