//! Calls that wait for a worker.

mod batch_line;
mod line;
mod queued;

use std::collections::HashSet;
use std::mem;
use std::time::{Duration, Instant};

use batch_line::BatchLine;
use line::Line;
pub(super) use queued::Queued;

use super::settings::Settings;
use crate::call::Call;
use crate::id::CallId;
use crate::scheduler::kind::Kind;

/// The calls that wait: in one line, or in one for each kind where a worker has places of each kind. Those that can be
/// passed to Python as one have a line of their own.
#[derive(Debug)]
pub(super) struct Queue {
    plain: Line,
    /// Stays empty where the places are for any kind.
    asynchronous: Line,
    /// None of them is empty.
    batched: Vec<BatchLine>,
    is_by_kind: bool,
    max_batch_size: usize,
    limit: usize,
    timeout: Option<Duration>,
}

/// One of the lines.
#[derive(Clone, Copy, Debug)]
pub(super) enum LineId {
    OfKind(Kind),
    /// By its index.
    Batched(usize),
}

impl Queue {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            plain: Line::default(),
            asynchronous: Line::default(),
            batched: Vec::new(),
            is_by_kind: settings.has_places_by_kind(),
            max_batch_size: settings.max_batch_size,
            limit: settings.max_queue,
            timeout: settings.queue_timeout,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines().all(Line::is_empty)
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
        self.lines().map(Line::len).sum()
    }

    /// Adds a new call. Returns whether it may be sent now: it is the next of its line, or completes a batch.
    pub(super) fn push(&mut self, call: Call, kind: Kind, now: Instant) -> bool {
        let expires_at = self.timeout.and_then(|timeout| now.checked_add(timeout));
        let queued = Queued {
            call,
            expires_at,
            history: None,
        };
        if let Some(line) = self.batch_line_mut(&queued.call) {
            let is_next = line.calls.is_empty();
            line.calls.push(queued);
            return is_next || line.is_full();
        }
        let line = self.line_mut(kind);
        let is_next = line.is_empty();
        line.push(queued);
        is_next
    }

    /// Returns a call to its place.
    pub(super) fn put_back(&mut self, queued: Queued, kind: Kind) {
        match self.batch_line_mut(&queued.call) {
            Some(line) => line.calls.put_back(queued),
            None => self.line_mut(kind).put_back(queued),
        }
    }

    /// The oldest call of each line.
    pub(super) fn fronts(&self) -> impl Iterator<Item = (LineId, &Queued)> {
        let plain = self.plain.front().map(|next| (Kind::Plain, next));
        let asynchronous = self.asynchronous.front().map(|next| (Kind::Async, next));
        let by_kind = plain.into_iter().chain(asynchronous);
        let by_kind = by_kind.map(|(kind, next)| (LineId::OfKind(kind), next));
        let batched = self.batched.iter().enumerate();
        let batched = batched.filter_map(|(index, line)| {
            let next = line.calls.front()?;
            Some((LineId::Batched(index), next))
        });
        by_kind.chain(batched)
    }

    /// The oldest call of each line, but of those that wait for others; these too, unless they may.
    pub(super) fn ready(
        &self,
        may_gather: bool,
        now: Instant,
    ) -> impl Iterator<Item = (LineId, &Queued)> {
        self.fronts().filter(move |(line, _)| match line {
            LineId::OfKind(_) => true,
            LineId::Batched(index) => {
                let until = self.batched[*index].gathers_until();
                !may_gather || until.is_none_or(|until| until <= now)
            }
        })
    }

    /// Until when calls wait for others, and the oldest of them, for each line of those.
    pub(super) fn gathering(&self) -> impl Iterator<Item = (Instant, &Queued)> {
        let lines = self.batched.iter();
        lines.filter_map(|line| Some((line.gathers_until()?, line.calls.front()?)))
    }

    /// Whether calls wait that can be passed to Python as one.
    pub(super) fn has_batched(&self) -> bool {
        !self.batched.is_empty()
    }

    /// Whether calls wait for others, or could.
    pub(super) fn is_gathering(&self) -> bool {
        self.gathering().next().is_some()
    }

    /// Removes the oldest calls of a line, as many as fit into a batch.
    pub(super) fn pop_batch(&mut self, line: usize) -> Vec<Queued> {
        let batch = self.batched[line].pop();
        self.forget_empty_lines();
        batch
    }

    /// Removes the oldest call of a line.
    pub(super) fn pop(&mut self, kind: Kind) -> Option<Queued> {
        self.line_mut(kind).pop()
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
        let first = self.lines().filter_map(Line::first_to_expire);
        first.min_by_key(|(id, _)| *id)
    }

    /// Removes those of these calls that wait, oldest first.
    pub(super) fn remove(&mut self, ids: &HashSet<CallId>) -> Vec<Queued> {
        let mut removed: Vec<_> = ids.iter().filter_map(|id| self.remove_one(*id)).collect();
        removed.sort_unstable_by_key(|queued| queued.call.id());
        removed
    }

    /// Removes all calls, oldest first.
    pub(super) fn take_all(&mut self) -> Vec<Queued> {
        let is_one_line = !self.is_by_kind && self.batched.is_empty();
        let batched = mem::take(&mut self.batched);
        let both = self.plain.take_all().chain(self.asynchronous.take_all());
        let of_batches = batched
            .into_iter()
            .flat_map(|mut line| line.calls.take_all());
        let mut all: Vec<_> = both.chain(of_batches).collect();
        if !is_one_line {
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

    /// Removes a call, if it waits.
    pub(super) fn remove_one(&mut self, id: CallId) -> Option<Queued> {
        let removed = self.lines_mut().find_map(|line| line.remove(id));
        self.forget_empty_lines();
        removed
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        let batched = self.batched.iter().map(|line| &line.calls);
        [&self.plain, &self.asynchronous].into_iter().chain(batched)
    }

    fn lines_mut(&mut self) -> impl Iterator<Item = &mut Line> {
        let batched = self.batched.iter_mut().map(|line| &mut line.calls);
        [&mut self.plain, &mut self.asynchronous]
            .into_iter()
            .chain(batched)
    }

    fn forget_empty_lines(&mut self) {
        self.batched.retain(|line| !line.calls.is_empty());
    }

    /// The line of a call that can be passed to Python with others.
    fn batch_line_mut(&mut self, call: &Call) -> Option<&mut BatchLine> {
        let batching = call.options.batch.as_ref()?;
        let (lines, max_size) = (&mut self.batched, self.max_batch_size);
        let index = lines.iter().position(|line| line.takes(call, batching));
        let index = index.unwrap_or_else(|| {
            lines.push(BatchLine::for_calls_like(call, batching, max_size));
            lines.len() - 1
        });
        lines.get_mut(index)
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
    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// For a scheduler that is broken on purpose.
    pub(super) fn overlook_sizes(&mut self) {
        self.max_batch_size = usize::MAX;
        self.batched.iter_mut().for_each(BatchLine::overlook_sizes);
    }

    /// For a scheduler that is broken on purpose.
    pub(super) fn swap_first_two(&mut self) {
        self.lines_mut().for_each(Line::swap_first_two);
    }
}
