//! A worker process as the model knows it.

use std::time::{Duration, Instant};

use crate::id::{CallId, WorkerId};
use crate::scheduler::tests::model::Process;

/// How long a worker has to say that it cancels a call.
pub(super) const SAY_WAIT: Duration = Duration::from_millis(50);
/// How long a call has to end after that, or after an interrupt.
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// How often a worker with several calls is pinged, and how long it has to answer.
pub(super) const PING_WAIT: Duration = Duration::from_secs(1);
/// How long the other calls of a worker have in which a call has outstayed that.
pub(super) const DRAIN_WAIT: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Importing,
    Serving,
    /// Asked for its stacks, because its only call is late.
    Late {
        since: Instant,
    },
    Ending {
        since: Instant,
    },
    Killed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// To be told in this event.
    Due,
    Asked {
        since: Instant,
    },
    /// Its outcome is there; it is not heard before a plain call ends.
    Unheard,
    Ending {
        since: Instant,
    },
    Outstayed,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) call: CallId,
    pub(super) since: Instant,
    pub(super) cancel: Option<Stage>,
}

#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub(super) id: WorkerId,
    pub(super) phase: Phase,
    /// In the order they were sent; the first ones have started.
    pub(super) held: Vec<Held>,
    pub(super) started: usize,
    /// Since when it has several calls, without a ping or since the last answer to one.
    pub(super) quiet_since: Option<Instant>,
    /// Since when a ping is open, and whether its owner was told.
    pub(super) pinged: Option<(Instant, bool)>,
    /// Since when it gets no calls, because it has not started one in time: until it answers a ping.
    pub(super) silent_since: Option<Instant>,
    /// Whether a plain call ran since the ping.
    pub(super) was_blocked: bool,
    /// Since when a call has outstayed its grace period, the same one or others.
    pub(super) draining_since: Option<Instant>,
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
            quiet_since: None,
            pinged: None,
            silent_since: None,
            was_blocked: false,
            draining_since: None,
        }
    }

    pub(super) fn held_mut(&mut self, call: CallId) -> Option<&mut Held> {
        self.held.iter_mut().find(|held| held.call == call)
    }

    /// It is done with a call.
    pub(super) fn forget(&mut self, call: CallId) {
        if let Some(index) = self.held.iter().position(|held| held.call == call) {
            self.held.remove(index);
            self.started -= usize::from(index < self.started);
            self.quiet_since = self.quiet_since.filter(|_| self.held.len() > 1);
            self.draining_since = self.draining_since.filter(|_| self.has_outstayed());
        }
    }

    /// The calls it has not started, and never will.
    pub(super) fn gives_back(&mut self) -> Vec<CallId> {
        let back = self.held.split_off(self.started);
        self.quiet_since = self.quiet_since.filter(|_| self.held.len() > 1);
        back.into_iter().map(|held| held.call).collect()
    }

    /// Whether a call has outstayed its grace period.
    fn has_outstayed(&self) -> bool {
        self.held
            .iter()
            .any(|held| held.cancel == Some(Stage::Outstayed))
    }

    pub(super) fn takes_calls(&self) -> bool {
        self.phase == Phase::Serving && self.draining_since.is_none() && self.silent_since.is_none()
    }

    pub(super) fn is_alive(&self) -> bool {
        !matches!(self.phase, Phase::Ending { .. } | Phase::Killed)
    }
}
