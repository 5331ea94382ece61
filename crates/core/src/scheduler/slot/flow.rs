//! How far the worker of a stream is ahead of its consumer.

use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use crate::scheduler::timing::{STALL_LIMIT, STALL_WARNING_WAIT};
use crate::wire::Credit;

/// The items of a stream that its consumer has not taken.
#[derive(Debug)]
pub(in crate::scheduler) struct Flow {
    window: NonZeroU16,
    open: Credit,
    /// How many items have come.
    count: u64,
    /// Since when there is no room in the window: the worker waits for the consumer.
    stalled_since: Option<Instant>,
    /// Whether the owner was told that calls wait for its place.
    pub(in crate::scheduler) is_told: bool,
}

impl Flow {
    pub(super) fn new(window: NonZeroU16) -> Self {
        Self {
            window,
            open: Credit::default(),
            count: 0,
            stalled_since: None,
            is_told: false,
        }
    }

    fn is_full(&self) -> bool {
        self.open.items >= u64::from(self.window.get()) || self.open.bytes >= Credit::WINDOW_BYTES
    }

    /// Adds an item of this size. Returns its index if it was within the window.
    #[must_use]
    pub(in crate::scheduler) fn add(&mut self, size: usize, now: Instant) -> Option<u64> {
        if self.is_full() {
            return None;
        }
        self.open.items += 1;
        self.open.bytes += size as u64;
        if self.is_full() {
            self.stalled_since = Some(now);
        }
        self.count += 1;
        Some(self.count - 1)
    }

    /// The consumer has taken so much.
    pub(in crate::scheduler) fn take(&mut self, taken: Credit) {
        self.open.items = self.open.items.saturating_sub(taken.items);
        self.open.bytes = self.open.bytes.saturating_sub(taken.bytes);
        if !self.is_full() {
            self.stalled_since = None;
        }
    }

    /// When to tell that calls wait for its place.
    pub(in crate::scheduler) fn warn_at(&self) -> Option<Instant> {
        let since = self.stalled_since.filter(|_| !self.is_told);
        since.map(|since| since + STALL_WARNING_WAIT)
    }

    /// When it ends, if the pool is to end.
    pub(in crate::scheduler) fn give_up_at(&self) -> Option<Instant> {
        self.stalled_since.map(|since| since + STALL_LIMIT)
    }

    /// How long its worker has waited for the consumer.
    pub(in crate::scheduler) fn stalled_for(&self, now: Instant) -> Duration {
        let since = self.stalled_since.unwrap_or(now);
        now.saturating_duration_since(since)
    }
}

#[cfg(test)]
impl Flow {
    /// For a scheduler that is broken on purpose.
    pub(in crate::scheduler) fn never_stalls(&mut self) {
        self.stalled_since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheduler::tests::epoch;

    fn flow(window: u16) -> Flow {
        Flow::new(NonZeroU16::new(window).unwrap())
    }

    #[test]
    fn a_window_holds_so_many_items() {
        let mut flow = flow(2);
        let added = [1, 1, 1].map(|size| flow.add(size, epoch()));
        assert_eq!(added, [Some(0), Some(1), None]);
        flow.take(Credit { items: 1, bytes: 1 });
        assert_eq!(flow.add(1, epoch()), Some(2));
        assert_eq!(flow.add(1, epoch()), None);
    }

    #[test]
    fn one_item_may_exceed_the_bytes() {
        let mut flow = flow(64);
        let size = 200 * 1024;
        let added = [size, size, 0].map(|size| flow.add(size, epoch()));
        assert_eq!(added, [Some(0), Some(1), None]);
        let bytes = size as u64;
        flow.take(Credit { items: 1, bytes });
        assert!(flow.add(1 << 30, epoch()).is_some());
    }

    #[test]
    fn it_stalls_while_it_is_full() {
        let mut flow = flow(1);
        let start = epoch();
        assert_eq!((flow.warn_at(), flow.give_up_at()), (None, None));
        assert!(flow.add(1, start).is_some());
        assert_eq!(flow.warn_at(), Some(start + Duration::from_secs(5)));
        assert_eq!(flow.give_up_at(), Some(start + Duration::from_secs(10)));
        flow.is_told = true;
        assert_eq!(flow.warn_at(), None);
        flow.take(Credit { items: 1, bytes: 1 });
        assert_eq!(flow.give_up_at(), None);
    }

    #[test]
    fn credit_for_more_than_is_open_is_no_more_than_that() {
        let mut flow = flow(1);
        flow.take(Credit { items: 9, bytes: 9 });
        assert!(flow.add(1, epoch()).is_some());
        assert!(flow.add(1, epoch()).is_none());
    }
}
