//! Looks at which calls a worker has started: when, and what they mean.

use std::time::Instant;

use super::rescue::Rescue;
use super::state::Slot;
use crate::scheduler::timing::{FIRST_LOOK_WAIT, LOOK_INTERVAL};

/// The next look, while calls lie ready behind another one and no reply comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    at: Instant,
    /// How many calls had started at the last one.
    started: Option<usize>,
}

impl Slot {
    /// The first look, if a call lies ready from now on.
    pub(super) fn first_look(&self, now: Instant) -> Look {
        let is_new = self.prefetch.is_unproven();
        let wait = if is_new {
            FIRST_LOOK_WAIT
        } else {
            LOOK_INTERVAL
        };
        Look {
            at: now + wait,
            started: None,
        }
    }

    /// When to look at which calls have started, if at all.
    pub(super) fn next_look(&self) -> Option<Instant> {
        let rescue_at = match self.rescue {
            Some(Rescue::At(at)) => Some(at),
            Some(Rescue::WhenPossible) | None => None,
        };
        let look_at = self.look.map(|look| look.at);
        look_at.into_iter().chain(rescue_at).min()
    }

    /// The calls behind the first are taken back.
    pub(in crate::scheduler) fn stop_looking(&mut self) {
        self.look = None;
    }

    /// Notes how many calls have not started. Returns whether the one before them has been running between
    /// two looks in a row: it is long.
    pub(in crate::scheduler) fn note_unstarted(&mut self, unstarted: usize, now: Instant) -> bool {
        let started = self.calls.len().saturating_sub(unstarted);
        match self.rescue {
            Some(_) if started > 0 => self.rescue = None,
            Some(Rescue::At(at)) if at <= now => self.rescue = Some(Rescue::WhenPossible),
            _ => {}
        }
        let Some(last) = self.look.filter(|look| look.at <= now) else {
            return false;
        };
        self.look = (unstarted > 0).then(|| Look {
            at: now + LOOK_INTERVAL,
            started: Some(started),
        });
        unstarted > 0 && started > 0 && last.started == Some(started)
    }
}
