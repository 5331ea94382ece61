//! A worker process as the model knows it.

use std::time::{Duration, Instant};

use crate::id::{CallId, WorkerId};
use crate::scheduler::kind::Kind;
use crate::scheduler::tests::model::Process;

/// How long a worker has to say where a late call is.
pub(super) const SAY_WAIT: Duration = Duration::from_millis(50);
/// How long a call that is to end may take, and then the others in its worker.
pub(super) const NEIGHBOR_WAIT: Duration = Duration::from_secs(12);

/// What a worker runs as one: a call, or a batch.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) id: CallId,
    /// In the order in which it answers them.
    pub(super) calls: Vec<CallId>,
    /// How many it has answered.
    pub(super) answered: usize,
    /// As far as known while a call of it was awaited.
    pub(super) kind: Kind,
    /// It is to end early.
    pub(super) is_cancelled: bool,
}

impl Unit {
    pub(super) fn is_batch(&self) -> bool {
        self.id.is_of_batch()
    }

    pub(super) fn unanswered(&self) -> &[CallId] {
        &self.calls[self.answered..]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Importing,
    Serving,
    /// Told to end.
    Ending,
    Killed,
}

#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub(super) id: WorkerId,
    pub(super) phase: Phase,
    /// In the order they were sent; the first ones have started.
    pub(super) held: Vec<Unit>,
    pub(super) started: usize,
    pub(super) is_pinged: bool,
    /// It gets no calls, because it has not started one in time: until it answers a ping.
    pub(super) is_silent: bool,
    /// Since when a unit is to end early, the same one or others.
    pub(super) cancelling_since: Option<Instant>,
}

impl Process for Worker {
    fn id(&self) -> WorkerId {
        self.id
    }
}

impl Worker {
    pub(super) fn new(id: WorkerId) -> Self {
        Self {
            id,
            phase: Phase::Importing,
            held: Vec::new(),
            started: 0,
            is_pinged: false,
            is_silent: false,
            cancelling_since: None,
        }
    }

    pub(super) fn takes_calls(&self) -> bool {
        self.phase == Phase::Serving && !self.is_silent
    }

    pub(super) fn index_of(&self, id: CallId) -> Option<usize> {
        self.held.iter().position(|unit| unit.id == id)
    }

    /// A unit of it is to end early.
    pub(super) fn cancel(&mut self, index: usize, now: Instant) {
        self.held[index].is_cancelled = true;
        self.cancelling_since.get_or_insert(now);
    }

    /// Whether it has started what has this call.
    pub(super) fn has_started(&self, call: CallId) -> bool {
        let has_it = |unit: &Unit| unit.calls.contains(&call);
        self.held.iter().take(self.started).any(has_it)
    }

    /// It answers a call.
    pub(super) fn answer(&mut self, call: CallId) {
        let owes = |unit: &Unit| unit.unanswered().contains(&call);
        let Some(index) = self.held.iter().position(owes) else {
            return;
        };
        self.started = self.started.max(index + 1);
        self.held[index].answered += 1;
        if self.held[index].unanswered().is_empty() {
            self.held.remove(index);
            self.started -= 1;
            let mut held = self.held.iter();
            let is_cancelling = held.any(|unit| unit.is_cancelled);
            self.cancelling_since = self.cancelling_since.filter(|_| is_cancelling);
        }
    }
}
