//! What the host learns about a process by looking at which calls it has started.

use std::time::{Duration, Instant};

/// How often to look at which calls have started.
const LOOK_INTERVAL: Duration = Duration::from_millis(1);
/// The same for the first look behind the first call of all.
const FIRST_LOOK_WAIT: Duration = Duration::from_millis(20);

#[derive(Clone, Debug)]
pub(super) struct Looks {
    /// Since when a call lies ready behind another, without a reply.
    since: Instant,
    /// The last look in that time: when, and how many had started.
    last: Option<(Instant, usize)>,
    /// Two looks in a row have found the same call running.
    is_long: bool,
}

impl Looks {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            since: now,
            last: None,
            is_long: false,
        }
    }

    /// A call lies ready from now on.
    pub(super) fn begin(&mut self, now: Instant) {
        self.since = now;
        self.last = None;
    }

    /// No call lies ready any more.
    pub(super) fn stop(&mut self) {
        self.last = None;
    }

    /// One look, which finds that so many calls have started.
    pub(super) fn look(&mut self, started: usize, now: Instant) {
        let before = self.last.replace((now, started));
        let is_same = before.is_some_and(|(_, before)| before == started);
        self.is_long |= is_same && started > 0;
    }

    /// When the next one is due. `is_first_call`: whether the process has answered no call.
    pub(super) fn next(&self, is_first_call: bool) -> Instant {
        match self.last {
            Some((at, _)) => at + LOOK_INTERVAL,
            None if is_first_call => self.since + FIRST_LOOK_WAIT,
            None => self.since + LOOK_INTERVAL,
        }
    }

    /// Whether the call that runs is long, as far as is known.
    pub(super) fn is_long(&self) -> bool {
        self.is_long
    }
}
