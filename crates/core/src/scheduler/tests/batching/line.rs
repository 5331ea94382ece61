//! The calls that wait, as their callers see them: in one line for each kind of place, but for those that make a batch
//! with others.

use std::time::Instant;

use super::World;
use crate::id::CallId;
use crate::scheduler::kind::Kind;

/// The calls of one line: such as are sent one by one, or such as make a batch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    OneByOne { is_async: bool },
    Batched { function: usize, shape: Box<str> },
}

impl World {
    pub(super) fn line_of(&self, id: CallId) -> Line {
        let call = self.call(id);
        if self.function(id).batch.is_some() {
            Line::Batched {
                function: call.function,
                shape: call.shape.clone(),
            }
        } else {
            let is_by_kind = self.settings.has_places_by_kind();
            let is_async = is_by_kind && self.kind(id) == Kind::Async;
            Line::OneByOne { is_async }
        }
    }

    /// The calls that wait in the line of this one, the oldest first.
    pub(super) fn line_with(&self, id: CallId) -> Vec<CallId> {
        let line = self.line_of(id);
        let waiting = self.waiting.iter().copied();
        waiting
            .filter(|other| self.line_of(*other) == line)
            .collect()
    }

    /// The oldest call of each line.
    pub(super) fn fronts(&self) -> Vec<CallId> {
        let mut lines = std::collections::BTreeMap::new();
        for id in &self.waiting {
            lines.entry(self.line_of(*id)).or_insert(*id);
        }
        lines.into_values().collect()
    }

    /// Until when the calls in the line of this one, its oldest, may wait for others although there is room.
    pub(super) fn gathers_until(&self, front: CallId) -> Option<Instant> {
        let (max, wait) = self.function(front).batch?;
        let until = self.call(front).submitted_at + wait;
        let line = self.line_with(front);
        let size: usize = line.iter().map(|id| self.call(*id).size).sum();
        let is_full = line.len() >= max || line.len() > 1 && size > self.settings.max_batch_size;
        let is_queue_full = self.waiting.len() > self.settings.max_queue;
        let may_gather = !is_full && !is_queue_full && !self.own.is_draining;
        (may_gather && until > self.now).then_some(until)
    }
}
