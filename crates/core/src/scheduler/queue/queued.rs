//! A call in the queue.

use std::time::Instant;

use crate::call::Call;
use crate::scheduler::history::History;

/// A call that waits for a worker.
#[derive(Debug)]
pub(in crate::scheduler) struct Queued {
    pub(in crate::scheduler) call: Call,
    /// When it has waited too long; never, if a worker had it for itself before.
    pub(in crate::scheduler) expires_at: Option<Instant>,
    pub(in crate::scheduler) history: Option<Box<History>>,
}

impl Queued {
    /// Whether it ran before, in a worker that was lost.
    pub(in crate::scheduler) fn has_started(&self) -> bool {
        self.history.as_ref().is_some_and(|past| past.has_started)
    }
}
