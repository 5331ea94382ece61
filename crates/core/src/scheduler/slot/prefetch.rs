//! How many calls a worker is sent ahead of time.
//!
//! Where calls are short, the way to the worker and back costs more than the call, so the next calls are sent
//! before the reply. Where calls are long, a prefetched call would only wait behind another one.

use std::time::Duration;

/// How much work to prefetch: enough to cover the way to the worker and back.
const PREFETCHED_WORK: Duration = Duration::from_micros(500);
/// Below this average, two workers or more are sent a second call each: a burst is spread over them before it
/// is known how short its calls are.
const SPREAD_BELOW: Duration = Duration::from_millis(1);
/// A shorter call moves the average by one part in this many.
const SMOOTHING: u32 = 8;

/// The prefetch count of one slot.
#[derive(Clone, Copy, Debug)]
pub(in crate::scheduler) struct Prefetch {
    limit: usize,
    /// What `count` is at least while calls are short, or their duration is unknown.
    least: usize,
    /// Recent duration of a call; unknown until there was one.
    average: Option<Duration>,
    count: usize,
    /// It was at least half empty and is being refilled.
    is_filling: bool,
}

impl Prefetch {
    /// The prefetch count of one of so many workers, which may grow to `limit`.
    pub(super) fn new(limit: usize, workers: usize) -> Self {
        let least = if workers > 1 { limit.min(2) } else { 1 };
        Self {
            limit,
            least,
            average: None,
            count: least,
            is_filling: true,
        }
    }

    /// Records how long a call took. A long call takes effect immediately, short ones gradually.
    pub(super) fn record(&mut self, took: Duration) {
        let average = match self.average {
            Some(average) if took < average * SMOOTHING => {
                (average * (SMOOTHING - 1) + took) / SMOOTHING
            }
            _ => took,
        };
        self.average = Some(average);
        let calls = PREFETCHED_WORK.as_nanos() / average.as_nanos().max(1);
        let calls = usize::try_from(calls).unwrap_or(usize::MAX);
        let least = if self.may_be_below(SPREAD_BELOW) {
            self.least
        } else {
            1
        };
        self.count = calls.clamp(least, self.limit);
    }

    /// Whether the worker's calls take less than this, as far as known.
    pub(super) fn may_be_below(&self, duration: Duration) -> bool {
        self.average.is_none_or(|average| average < duration)
    }

    /// Whether nothing is known about the worker's calls yet.
    pub(in crate::scheduler) fn is_unproven(&self) -> bool {
        self.average.is_none()
    }

    /// The running call is long: prefetches nothing until it is over.
    pub(in crate::scheduler) fn shrink(&mut self) {
        self.count = 1;
    }

    /// Before calls are assigned: a worker with enough to do is left alone until half of that is done,
    /// because sending many calls at once costs little more than sending one.
    pub(in crate::scheduler) fn refill_if_half_empty(&mut self, calls: usize) {
        self.is_filling = calls * 2 <= self.count;
    }

    /// Whether a worker with this many calls may be sent another one.
    pub(super) fn has_room(self, calls: usize) -> bool {
        self.is_filling && calls < self.count
    }
}

#[cfg(test)]
impl Prefetch {
    /// For a scheduler that is broken on purpose.
    pub(in crate::scheduler) fn seem_short(&mut self) {
        self.count = self.limit;
    }

    /// For a scheduler that is broken on purpose.
    pub(in crate::scheduler) fn seem_proven(&mut self) {
        self.average.get_or_insert_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICRO: Duration = Duration::from_micros(1);

    fn after(took: &[Duration]) -> usize {
        after_one_of(1, took)
    }

    fn after_one_of(workers: usize, took: &[Duration]) -> usize {
        let mut prefetch = Prefetch::new(64, workers);
        for took in took {
            prefetch.record(*took);
        }
        prefetch.count
    }

    #[test]
    fn nothing_is_prefetched_before_a_call_was_short() {
        assert_eq!(after(&[]), 1);
        assert_eq!(after(&[MICRO * 5]), 64);
        assert_eq!(after(&[MICRO * 50]), 10);
        assert_eq!(after(&[MICRO * 300]), 1);
    }

    #[test]
    fn two_workers_or_more_get_a_second_call_while_calls_are_short_or_unknown() {
        assert_eq!(after_one_of(2, &[]), 2);
        assert_eq!(after_one_of(2, &[MICRO * 999]), 2);
        assert_eq!(after_one_of(2, &[MICRO * 1000]), 1);
        assert_eq!(Prefetch::new(1, 2).count, 1);
    }

    #[test]
    fn one_long_call_shrinks_it_and_short_ones_let_it_grow_again() {
        let long = [&[MICRO * 5; 100][..], &[MICRO * 100_000]].concat();
        assert_eq!(after(&long), 1);
        let recovered = [&long[..], &[MICRO * 5; 100]].concat();
        assert!(after(&recovered) > 32);
    }

    #[test]
    fn it_is_refilled_when_it_is_half_empty() {
        let mut prefetch = Prefetch::new(8, 1);
        prefetch.record(Duration::ZERO);
        let room = |prefetch: &mut Prefetch, calls| {
            prefetch.refill_if_half_empty(calls);
            (calls..100)
                .take_while(|calls| prefetch.has_room(*calls))
                .count()
        };
        assert_eq!(
            [0, 1, 4, 5, 7, 8].map(|calls| room(&mut prefetch, calls)),
            [8, 7, 4, 0, 0, 0]
        );
        prefetch.shrink();
        assert_eq!(room(&mut prefetch, 1), 0);
    }

    #[test]
    fn calls_that_take_no_time_at_all_count() {
        assert_eq!(after(&[Duration::ZERO; 3]), 64);
        let mut prefetch = Prefetch::new(1, 1);
        prefetch.record(Duration::ZERO);
        assert_eq!(prefetch.count, 1);
    }
}
