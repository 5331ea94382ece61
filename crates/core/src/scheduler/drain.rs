//! A shutdown that lets the calls finish first.

use std::time::{Duration, Instant};

use super::effects::Effects;
use super::lifecycle::Drain;
use super::machine::Scheduler;
use crate::failure::{ClosedWhile, Failure};

impl Scheduler {
    /// A second drain can only shorten the first.
    pub(super) fn drain(
        &mut self,
        limit: Option<Duration>,
        grace: Duration,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        if !self.may_drain() {
            self.shutdown(grace, now, fx);
            return;
        }
        if self.restarts_after_drain() && !self.lifecycle.has_pending_start() {
            fx.initialized(Err(Failure::Closed(ClosedWhile::Starting)));
        }
        let until = limit.and_then(|limit| now.checked_add(limit));
        let earlier = self.drain.and_then(|drain| drain.until);
        self.drain = Some(Drain {
            until: until.into_iter().chain(earlier).min(),
            grace,
            restart: false,
        });
        self.assign_queued(now, fx); // calls that wait for others need not any more
    }

    /// Whether the pool starts or runs: calls may be pending that it can finish.
    fn may_drain(&self) -> bool {
        !self.lifecycle.is_at_rest() && !self.lifecycle.is_closing()
    }

    /// Why a pool that drains takes no calls.
    pub(super) fn drain_refusal(&self) -> Option<Failure> {
        let drain = self.drain.as_ref();
        drain.map(|_| Failure::Closed(ClosedWhile::Submitting))
    }

    /// Whether the pool is initialized again as soon as it is drained and closed.
    pub(super) fn restarts_after_drain(&self) -> bool {
        self.drain.is_some_and(|drain| drain.restart)
    }

    /// Closes a pool that is drained, or was not in time.
    pub(super) fn close_if_drained(&mut self, now: Instant, fx: &mut impl Effects) {
        let Some(drain) = self.drain else {
            return;
        };
        let is_due = drain.until.is_some_and(|until| until <= now);
        if !is_due && !self.is_idle() {
            return;
        }
        // During a start, the shutdown answers all requests to initialize.
        let restart = drain.restart && !self.lifecycle.has_pending_start();
        self.drain = None;
        self.shutdown(drain.grace, now, fx);
        if restart {
            self.initialize(fx);
        }
    }
}
