//! Calls of one kind that wait, in order.

use std::collections::VecDeque;
use std::time::Instant;

use super::queued::Queued;
use crate::call::Call;
use crate::id::CallId;

/// The calls that wait, in the order of submission, which is that of their ids and of their expiry (the few
/// that do not expire left out).
///
/// A call that is removed from the middle leaves a gap, so that aborting one of many costs no pass over
/// the others.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// The first and the last place are never gaps.
    places: VecDeque<Place>,
    len: usize,
}

#[derive(Debug)]
struct Place {
    id: CallId,
    queued: Option<Queued>,
}

impl Line {
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many calls it holds.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Its calls, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Queued> {
        self.places.iter().filter_map(|place| place.queued.as_ref())
    }

    /// Adds a new call.
    pub(super) fn push(&mut self, queued: Queued) {
        debug_assert!(
            self.places
                .back()
                .is_none_or(|last| last.id < queued.call.id())
        );
        self.len += 1;
        self.places.push_back(Place::of(queued));
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

    /// The oldest call that expires, and when.
    pub(super) fn first_to_expire(&self) -> Option<(CallId, Instant)> {
        let expires_at = |place: &Place| Some((place.id, place.queued.as_ref()?.expires_at?));
        self.places.iter().find_map(expires_at)
    }

    /// Removes all calls, oldest first.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Queued> + use<> {
        self.len = 0;
        std::mem::take(&mut self.places)
            .into_iter()
            .filter_map(|place| place.queued)
    }

    /// Removes a call, if it is here.
    pub(super) fn remove(&mut self, id: CallId) -> Option<Queued> {
        let index = self.places.binary_search_by_key(&id, |place| place.id);
        let queued = self.places[index.ok()?].queued.take()?;
        self.removed();
        Some(queued)
    }

    /// Removes the calls that are like this, oldest first.
    pub(super) fn take_like(&mut self, is_like: impl Fn(&Call) -> bool) -> Vec<Queued> {
        let like = |place: &&Place| place.queued.as_ref().is_some_and(|one| is_like(&one.call));
        let ids: Vec<_> = self
            .places
            .iter()
            .filter(like)
            .map(|place| place.id)
            .collect();
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
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
impl Line {
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
    use crate::wire::Request;

    fn line_of(ids: impl IntoIterator<Item = u64>) -> Line {
        let mut line = Line::default();
        for id in ids {
            let request = Request::new("call_api", "[]");
            let call = Call::new(CallId(id), request, CallOptions::default());
            line.push(Queued {
                call,
                expires_at: None,
                history: None,
            });
        }
        line
    }

    fn drain(line: &mut Line) -> Vec<u64> {
        std::iter::from_fn(|| line.pop())
            .map(|queued| queued.call.id().0)
            .collect()
    }

    #[test]
    fn a_call_that_returns_takes_its_place_whatever_was_removed_meanwhile() {
        let mut line = line_of(1..=9);
        let back: Vec<_> = [3, 5].map(|id| line.remove(CallId(id)).unwrap()).into();
        let removed = [4, 6, 9, 77].map(|id| line.remove(CallId(id)).is_some());
        assert_eq!(removed, [true, true, true, false]);
        for queued in back {
            line.put_back(queued);
        }
        assert_eq!(drain(&mut line), [1, 2, 3, 5, 7, 8]);
        assert!(line.is_empty());
    }

    #[test]
    fn removed_calls_are_forgotten_and_not_counted() {
        let mut line = line_of(1..=1000);
        for id in 2..1000 {
            assert!(line.remove(CallId(id)).is_some());
            assert!(line.remove(CallId(id)).is_none());
            assert!(line.places.len() <= 2 * line.len);
        }
        assert_eq!(line.len, 2);
        assert_eq!(drain(&mut line), [1, 1000]);
    }

    #[test]
    fn aborting_many_calls_one_by_one_takes_time_in_proportion() {
        // With a pass over the queue for each call, this would take minutes.
        let count = 200_000;
        let mut line = line_of(0..count);
        for id in (0..count).rev().step_by(2).chain((0..count).step_by(2)) {
            line.remove(CallId(id));
        }
        assert!(line.is_empty());
    }
}
