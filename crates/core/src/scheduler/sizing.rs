//! How many workers a pool has.

use std::time::Duration;

use super::settings::Settings;

/// The size of a pool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizing {
    pub(super) min: usize,
    pub(super) max: usize,
    /// How long a worker may be idle, if there are more than `min`; `None` where none ends for that.
    pub(super) idle_timeout: Option<Duration>,
    /// How long the last start of a worker took; `None` before the first.
    pub(super) last_start: Option<Duration>,
}

impl Sizing {
    pub(super) fn new(settings: &Settings) -> Self {
        let elastic = settings.elastic;
        Self {
            min: elastic.map_or(settings.workers, |elastic| elastic.min),
            max: settings.workers,
            idle_timeout: elastic.map(|elastic| elastic.idle_timeout),
            last_start: None,
        }
    }

    /// How many slots there are.
    pub(super) fn slots(self) -> usize {
        self.max
    }

    /// Whether workers start and end with the calls.
    pub(super) fn is_elastic(self) -> bool {
        self.min < self.max
    }

    /// Whether this many ready workers complete a start.
    pub(super) fn is_complete(self, ready: usize) -> bool {
        ready >= self.min
    }
}
