//! How many calls of each kind run in a worker at a time.

use super::tally::Tally;
use crate::scheduler::kind::Kind;
use crate::scheduler::settings::Settings;

/// The places of a worker that runs several calls at a time. All calls it has were started or are about to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scheduler) struct Places {
    concurrency: usize,
    threads: usize,
}

impl Places {
    /// `None` if a worker has one place, for any kind.
    pub(super) fn of(settings: &Settings) -> Option<Self> {
        settings.has_places_by_kind().then_some(Self {
            concurrency: settings.concurrency,
            threads: settings.threads,
        })
    }

    /// Whether plain calls run in the main thread, which is also that of the event loop.
    pub(in crate::scheduler) fn has_main_thread_only(self) -> bool {
        self.threads == 1
    }

    /// Whether there is a place for one more call of this kind beside those that have one.
    pub(super) fn has_room(self, kind: Kind, tally: &Tally) -> bool {
        match kind {
            Kind::Plain => tally.plain < self.threads,
            // While the main thread runs a plain call, no task can start.
            Kind::Async => {
                let is_blocked = self.has_main_thread_only() && tally.plain > 0;
                tally.asynchronous < self.concurrency && !is_blocked
            }
        }
    }
}

#[cfg(test)]
impl Places {
    /// For a scheduler that is broken on purpose: one more for tasks, or one more thread.
    pub(in crate::scheduler) fn with_one_more(self, is_for_tasks: bool) -> Self {
        Self {
            concurrency: self.concurrency.min(4) + usize::from(is_for_tasks),
            threads: self.threads.min(3) + usize::from(!is_for_tasks),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(concurrency: usize, threads: usize, asynchronous: usize, plain: usize) -> [bool; 2] {
        let places = Places {
            concurrency,
            threads,
        };
        let tally = Tally {
            asynchronous,
            plain,
            ..Tally::default()
        };
        [Kind::Async, Kind::Plain].map(|kind| places.has_room(kind, &tally))
    }

    #[test]
    fn the_places_of_each_kind_are_counted_apart() {
        assert_eq!(room(2, 3, 1, 2), [true, true]);
        assert_eq!(room(2, 3, 2, 2), [false, true]);
        assert_eq!(room(2, 3, 1, 3), [true, false]);
    }

    #[test]
    fn nothing_runs_beside_a_plain_call_in_the_main_thread() {
        assert_eq!(room(20, 1, 5, 0), [true, true]);
        assert_eq!(room(20, 1, 5, 1), [false, false]);
    }
}
