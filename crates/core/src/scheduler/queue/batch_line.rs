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
    /// Maximum size of a batch of several calls, in bytes.
    max_size: usize,
}

impl BatchLine {
    /// The line of calls like this one, without it.
    pub(super) fn for_calls_like(call: &Call, batching: &Batching, max_size: usize) -> Self {
        Self {
            calls: Line::default(),
            function: call.request().function().into(),
            batching: Box::new(batching.clone()),
            max_size,
        }
    }

    /// Whether calls like this belong here.
    pub(super) fn takes(&self, call: &Call, batching: &Batching) -> bool {
        *self.batching == *batching && *self.function == *call.request().function()
    }

    /// Whether its calls wait for others, and are enough for a batch.
    pub(super) fn is_full(&self) -> bool {
        let is_enough =
            || self.calls.len() >= self.batching.max || self.fitting() < self.calls.len();
        !self.batching.wait.is_zero() && is_enough()
    }

    /// How many of its calls fit into a batch, at least one.
    fn fitting(&self) -> usize {
        let mut left = self.max_size;
        let fits = |queued: &&Queued| {
            let size = queued.call.request().frame_len();
            let is_room = size <= left;
            left = left.saturating_sub(size);
            is_room
        };
        let most = self.calls.iter().take(self.batching.max);
        most.take_while(fits).count().max(1)
    }

    /// Until when its calls wait for others, unless they are enough.
    pub(super) fn gathers_until(&self) -> Option<Instant> {
        if self.is_full() {
            return None;
        }
        let oldest = self.calls.front()?.call.submitted_at()?;
        oldest.checked_add(self.batching.wait)
    }

    /// Removes the oldest calls: as many as fit into a batch.
    pub(super) fn pop(&mut self) -> Vec<Queued> {
        let fitting = self.fitting();
        (0..fitting).filter_map(|_| self.calls.pop()).collect()
    }
}

#[cfg(test)]
impl BatchLine {
    /// For a scheduler that is broken on purpose.
    pub(super) fn overlook_sizes(&mut self) {
        self.max_size = usize::MAX;
    }
}
