//! One call as its caller knows it.

use std::time::Instant;

use super::truth::Truth;
use crate::call::{Call, CallOptions};
use crate::id::WorkerId;
use crate::wire::Request;

#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts about a call, each by itself"
)]
pub(super) struct KnownCall {
    pub(super) submitted_at: Instant,
    /// With the retries that are left.
    pub(super) options: CallOptions,
    /// Since when its timeout counts.
    pub(super) clock: Option<Instant>,
    pub(super) size: Size,
    /// The workers that did not start it in time.
    pub(super) rescued_from: Vec<WorkerId>,
    /// It ran in a worker that was lost.
    pub(super) has_run: bool,
    /// Its worker will not start it.
    pub(super) is_revoked: bool,
    pub(super) state: CallState,
    pub(super) is_aborted: bool,
    /// Its function is async, whether the scheduler knows it or not.
    pub(super) is_async: bool,
}

/// What may be done with a call, because of the size of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Size {
    /// It may lie ready behind others.
    Small,
    /// Another worker gets it if its own does not start it.
    Medium,
    /// Neither.
    Large,
}

impl Size {
    fn of(request: &Request) -> Self {
        if request.is_small() {
            Self::Small
        } else if request.is_rescuable() {
            Self::Medium
        } else {
            Self::Large
        }
    }
}

impl KnownCall {
    pub(super) fn new(call: &Call, now: Instant) -> Self {
        Self {
            submitted_at: now,
            options: call.options.clone(),
            clock: None,
            size: Size::of(call.request()),
            rescued_from: Vec::new(),
            has_run: false,
            is_revoked: false,
            state: CallState::Waiting,
            is_aborted: false,
            is_async: call.request().function() == Truth::ASYNC.as_bytes(),
        }
    }

    /// When it times out, if its time counts.
    pub(super) fn deadline(&self) -> Option<Instant> {
        Some(self.clock? + self.options.timeout?)
    }

    /// Whether it is past its time.
    pub(super) fn is_late(&self, now: Instant) -> bool {
        self.deadline().is_some_and(|due| due <= now)
    }

    /// Whether it has no outcome.
    pub(super) fn is_open(&self) -> bool {
        self.state != CallState::Settled
    }

    /// Whether it may continue only if it has started already.
    pub(super) fn is_cancelled_only_if_queued(&self) -> bool {
        self.is_aborted && !self.options.interrupt
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallState {
    Waiting,
    Held { by: WorkerId },
    Settled,
}
