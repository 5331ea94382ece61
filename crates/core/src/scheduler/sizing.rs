//! How many workers a pool has.

use super::settings::Settings;

/// The size of a pool, which is fixed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizing {
    workers: usize,
}

impl Sizing {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            workers: settings.workers,
        }
    }

    /// How many slots there are.
    pub(super) fn slots(self) -> usize {
        self.workers
    }

    /// Whether this many ready workers complete a start.
    pub(super) fn is_complete(self, ready: usize) -> bool {
        ready == self.workers
    }
}
