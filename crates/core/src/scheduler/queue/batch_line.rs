//! Calls that wait and can be passed to Python as one.

use std::time::Instant;

use super::line::Line;
use super::queued::Queued;
use crate::call::{Batching, Call};

/// The calls of one function and of one shape.
#[derive(Debug)]
pub(super) struct BatchLine {
    pub(super) calls: Line,
    function: Box<[u8]>,
    batching: Box<Batching>,
}

impl BatchLine {
    /// The line of calls like this one, without it.
    pub(super) fn for_calls_like(call: &Call, batching: &Batching) -> Self {
        Self {
            calls: Line::default(),
            function: call.request().function().into(),
            batching: Box::new(batching.clone()),
        }
    }

    /// Whether calls like this belong here.
    pub(super) fn takes(&self, call: &Call, batching: &Batching) -> bool {
        *self.batching == *batching && *self.function == *call.request().function()
    }

    /// Whether its calls are enough for a batch.
    pub(super) fn is_full(&self) -> bool {
        self.calls.len() >= self.batching.max
    }

    /// Until when its calls wait for others, unless they are enough.
    pub(super) fn gathers_until(&self) -> Option<Instant> {
        if self.is_full() {
            return None;
        }
        let oldest = self.calls.front()?.call.submitted_at()?;
        oldest.checked_add(self.batching.wait)
    }

    /// Removes the oldest calls: as many as fit into a batch of `max_size` bytes, one at least.
    pub(super) fn pop(&mut self, max_size: usize) -> Vec<Queued> {
        let mut batch = Vec::with_capacity(self.calls.len().min(self.batching.max));
        let mut left = max_size;
        while batch.len() < self.batching.max
            && let Some(next) = self.calls.front()
        {
            let size = next.call.request().frame_len();
            if size > left && !batch.is_empty() {
                break;
            }
            left = left.saturating_sub(size);
            batch.extend(self.calls.pop());
        }
        batch
    }
}
