//! Calls that wait for a worker.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::history::History;
use super::settings::Settings;
use crate::call::Call;
use crate::id::CallId;

/// A call that waits for a worker.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) call: Call,
    /// When it has waited too long; never, if a worker had it for itself before.
    pub(super) expires_at: Option<Instant>,
    pub(super) history: Option<Box<History>>,
}

impl Queued {
    /// Whether it ran before, in a worker that was lost.
    pub(super) fn has_started(&self) -> bool {
        self.history.as_ref().is_some_and(|past| past.has_started)
    }
}

/// The calls that wait, in the order of submission, which is that of their ids and of their expiry (the few
/// that do not expire left out).
///
/// A call that is removed from the middle leaves a gap, so that aborting one of many costs no pass over
/// the others.
#[derive(Debug)]
pub(super) struct Queue {
    /// The first and the last place are never gaps.
    places: VecDeque<Place>,
    len: usize,
    limit: usize,
    timeout: Option<Duration>,
}

#[derive(Debug)]
struct Place {
    id: CallId,
    queued: Option<Queued>,
}

impl Queue {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            places: VecDeque::new(),
            len: 0,
            limit: settings.max_queue,
            timeout: settings.queue_timeout,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
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
        self.len
    }

    /// Adds a new call.
    pub(super) fn push(&mut self, call: Call, now: Instant) {
        let expires_at = self.timeout.and_then(|timeout| now.checked_add(timeout));
        debug_assert!(self.places.back().is_none_or(|last| last.id < call.id()));
        self.len += 1;
        self.places.push_back(Place::of(Queued {
            call,
            expires_at,
            history: None,
        }));
    }

    /// Returns a call to its place.
    pub(super) fn put_back(&mut self, queued: Queued) {
        let id = queued.call.id();
        let index = self.places.partition_point(|other| other.id < id);
        self.len += 1;
        match self.places.get_mut(index).filter(|place| place.id == id) {
            Some(gap) => gap.queued = Some(queued),
            None => self.places.insert(index, Place::of(queued)),
        }
    }

    /// The oldest call.
    pub(super) fn front(&self) -> Option<&Queued> {
        self.places.front().and_then(|place| place.queued.as_ref())
    }

    /// Removes the oldest call.
    pub(super) fn pop(&mut self) -> Option<Queued> {
        let oldest = self.places.front_mut()?.queued.take();
        self.removed();
        oldest
    }

    /// Removes the newest call.
    pub(super) fn pop_newest(&mut self) -> Option<Queued> {
        let newest = self.places.back_mut()?.queued.take();
        self.removed();
        newest
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
        let expires_at = |place: &Place| Some((place.id, place.queued.as_ref()?.expires_at?));
        self.places.iter().find_map(expires_at)
    }

    /// Removes those of these calls that wait, oldest first.
    pub(super) fn remove(&mut self, ids: &HashSet<CallId>) -> Vec<Queued> {
        let mut removed: Vec<_> = ids.iter().filter_map(|id| self.remove_one(*id)).collect();
        removed.sort_unstable_by_key(|queued| queued.call.id());
        removed
    }

    /// Removes all calls, oldest first.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Queued> + use<> {
        self.len = 0;
        std::mem::take(&mut self.places)
            .into_iter()
            .filter_map(|place| place.queued)
    }

    fn remove_one(&mut self, id: CallId) -> Option<Queued> {
        let index = self.places.binary_search_by_key(&id, |place| place.id);
        let queued = self.places[index.ok()?].queued.take()?;
        self.removed();
        Some(queued)
    }

    /// Drops the gaps at both ends, and all gaps once they are the majority.
    fn removed(&mut self) {
        self.len -= 1;
        while self.places.front().is_some_and(Place::is_gap) {
            self.places.pop_front();
        }
        while self.places.back().is_some_and(Place::is_gap) {
            self.places.pop_back();
        }
        if self.places.len() > 2 * self.len {
            self.places.retain(|place| !place.is_gap());
        }
    }
}

impl Place {
    fn of(queued: Queued) -> Self {
        let id = queued.call.id();
        let queued = Some(queued);
        Self { id, queued }
    }

    fn is_gap(&self) -> bool {
        self.queued.is_none()
    }
}

#[cfg(test)]
impl Queue {
    /// For a scheduler that is broken on purpose.
    pub(super) fn swap_first_two(&mut self) {
        if let Some([first, second]) = self.places.make_contiguous().first_chunk_mut()
            && second.queued.is_some()
        {
            std::mem::swap(&mut first.queued, &mut second.queued);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::CallOptions;
    use crate::scheduler::tests::{epoch, settings};
    use crate::wire::Request;

    fn queue_of(ids: impl IntoIterator<Item = u64>) -> Queue {
        let mut queue = Queue::new(&settings(1));
        for id in ids {
            let request = Request::new("call_api", "[]");
            let call = Call::new(CallId(id), request, CallOptions::default());
            queue.push(call, epoch());
        }
        queue
    }

    fn drain(queue: &mut Queue) -> Vec<u64> {
        std::iter::from_fn(|| queue.pop())
            .map(|queued| queued.call.id().0)
            .collect()
    }

    #[test]
    fn a_call_that_returns_takes_its_place_whatever_was_removed_meanwhile() {
        let mut queue = queue_of(1..=9);
        let back: Vec<_> = [3, 5]
            .map(|id| queue.remove_one(CallId(id)).unwrap())
            .into();
        queue.remove(&[4, 6, 9, 77].map(CallId).into());
        for queued in back {
            queue.put_back(queued);
        }
        assert_eq!(drain(&mut queue), [1, 2, 3, 5, 7, 8]);
        assert!(queue.is_empty());
    }

    #[test]
    fn removed_calls_are_forgotten_and_not_counted() {
        let mut queue = queue_of(1..=1000);
        for id in 2..1000 {
            assert!(queue.remove_one(CallId(id)).is_some());
            assert!(queue.remove_one(CallId(id)).is_none());
            assert!(queue.places.len() <= 2 * queue.len);
        }
        assert_eq!(queue.len, 2);
        assert_eq!(drain(&mut queue), [1, 1000]);
    }

    #[test]
    fn aborting_many_calls_one_by_one_takes_time_in_proportion() {
        // With a pass over the queue for each call, this would take minutes.
        let count = 200_000;
        let mut queue = queue_of(0..count);
        for id in (0..count).rev().step_by(2).chain((0..count).step_by(2)) {
            queue.remove(&[CallId(id)].into());
        }
        assert!(queue.is_empty());
    }
}
