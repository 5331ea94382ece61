//! What a call keeps of the workers that had it, when it returns to the queue.

use std::time::Instant;

use crate::id::WorkerId;

/// Most calls have none.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Since when its `timeout` counts, if it had a place.
    pub(super) clock: Option<Instant>,
    /// A worker had started it, and was lost.
    pub(super) has_started: bool,
    /// The workers that did not start it in time.
    pub(super) rescued_from: Vec<WorkerId>,
}
