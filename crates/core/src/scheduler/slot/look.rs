//! When to look at which calls a worker has started.

use std::time::Instant;

use crate::scheduler::timing::{FIRST_LOOK_WAIT, LOOK_INTERVAL};

/// The next look, while calls lie ready behind another one and no reply comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) at: Instant,
    /// How many calls had started at the last one.
    pub(super) started: Option<usize>,
}

impl Look {
    /// The first one. `is_unproven`: whether the worker has answered no call.
    pub(super) fn first(is_unproven: bool, now: Instant) -> Self {
        let wait = if is_unproven {
            FIRST_LOOK_WAIT
        } else {
            LOOK_INTERVAL
        };
        Self {
            at: now + wait,
            started: None,
        }
    }

    /// The next one after one that found that so many calls had started.
    pub(super) fn after(started: usize, now: Instant) -> Self {
        Self {
            at: now + LOOK_INTERVAL,
            started: Some(started),
        }
    }
}
