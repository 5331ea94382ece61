//! Calls that wait for a worker.

mod line;
mod queued;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use line::Line;
pub(super) use queued::Queued;

use super::settings::Settings;
use crate::call::Call;
use crate::id::CallId;
use crate::scheduler::kind::Kind;

/// The calls that wait: in one line, or in one for each kind where a worker has places of each kind.
#[derive(Debug)]
pub(super) struct Queue {
    plain: Line,
    /// Stays empty where the places are for any kind.
    asynchronous: Line,
    is_by_kind: bool,
    limit: usize,
    timeout: Option<Duration>,
}

impl Queue {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            plain: Line::default(),
            asynchronous: Line::default(),
            is_by_kind: settings.has_places_by_kind(),
            limit: settings.max_queue,
            timeout: settings.queue_timeout,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines().into_iter().all(Line::is_empty)
    }

    /// Maximum number of calls.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Maximum time in the queue.
    pub(super) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// How many calls it holds: more than [`Self::limit`] between a submission and its dispatch, and after
    /// calls have returned.
    pub(super) fn len(&self) -> usize {
        self.plain.len() + self.asynchronous.len()
    }

    /// Adds a new call. Returns whether it is the next of its line.
    pub(super) fn push(&mut self, call: Call, kind: Kind, now: Instant) -> bool {
        let expires_at = self.timeout.and_then(|timeout| now.checked_add(timeout));
        let line = self.line_mut(kind);
        let is_next = line.is_empty();
        line.push(Queued {
            call,
            expires_at,
            history: None,
        });
        is_next
    }

    /// Returns a call to its place.
    pub(super) fn put_back(&mut self, queued: Queued, kind: Kind) {
        self.line_mut(kind).put_back(queued);
    }

    /// The oldest calls of each line.
    pub(super) fn fronts(&self) -> impl Iterator<Item = (Kind, &Queued)> {
        let plain = self.plain.front().map(|next| (Kind::Plain, next));
        let asynchronous = self.asynchronous.front().map(|next| (Kind::Async, next));
        plain.into_iter().chain(asynchronous)
    }

    /// Removes the oldest call of a line.
    pub(super) fn pop(&mut self, kind: Kind) -> Option<Queued> {
        self.line_mut(kind).pop()
    }

    /// Removes the newest call.
    pub(super) fn pop_newest(&mut self) -> Option<Queued> {
        let is_async = self.asynchronous.newest() > self.plain.newest();
        let line = if is_async {
            &mut self.asynchronous
        } else {
            &mut self.plain
        };
        line.pop_newest()
    }

    /// Removes the oldest call that expires if it has waited too long.
    pub(super) fn pop_expired(&mut self, now: Instant) -> Option<Queued> {
        let (id, expires_at) = self.first_to_expire()?;
        if expires_at > now {
            return None;
        }
        self.remove_one(id)
    }

    /// When the oldest call that expires will have waited too long.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        Some(self.first_to_expire()?.1)
    }

    fn first_to_expire(&self) -> Option<(CallId, Instant)> {
        self.timeout?;
        let both = self.lines().into_iter().filter_map(Line::first_to_expire);
        both.min_by_key(|(id, _)| *id)
    }

    /// Removes those of these calls that wait, oldest first.
    pub(super) fn remove(&mut self, ids: &HashSet<CallId>) -> Vec<Queued> {
        let mut removed: Vec<_> = ids.iter().filter_map(|id| self.remove_one(*id)).collect();
        removed.sort_unstable_by_key(|queued| queued.call.id());
        removed
    }

    /// Removes all calls, oldest first.
    pub(super) fn take_all(&mut self) -> Vec<Queued> {
        let both = self.plain.take_all().chain(self.asynchronous.take_all());
        let mut all: Vec<_> = both.collect();
        if self.is_by_kind {
            all.sort_unstable_by_key(|queued| queued.call.id());
        }
        all
    }

    /// Calls like this are async, as has just been learned.
    pub(super) fn move_async(&mut self, is_async: impl Fn(&Call) -> bool) {
        if self.is_by_kind {
            for queued in self.plain.take_like(is_async) {
                self.asynchronous.put_back(queued);
            }
        }
    }

    fn remove_one(&mut self, id: CallId) -> Option<Queued> {
        let plain = self.plain.remove(id);
        plain.or_else(|| self.asynchronous.remove(id))
    }

    fn lines(&self) -> [&Line; 2] {
        [&self.plain, &self.asynchronous]
    }

    fn line_mut(&mut self, kind: Kind) -> &mut Line {
        match kind {
            Kind::Async if self.is_by_kind => &mut self.asynchronous,
            Kind::Plain | Kind::Async => &mut self.plain,
        }
    }
}

#[cfg(test)]
impl Queue {
    /// For a scheduler that is broken on purpose.
    pub(super) fn swap_first_two(&mut self) {
        self.plain.swap_first_two();
        self.asynchronous.swap_first_two();
    }
}
