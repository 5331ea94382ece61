//! Whether the event loop of a worker with several calls runs.

use std::time::Instant;

use crate::scheduler::timing::{HEARTBEAT_INTERVAL, STACKS_WAIT};

/// Pings while several calls run, of which one may block all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scheduler) enum Heartbeat {
    /// The next ping.
    PingAt(Instant),
    /// A ping that should be answered by then.
    Pinged { until: Instant },
    /// It was not: the stacks are asked for, which say what blocks the loop.
    Blocked { until: Instant },
    /// The owner was told. A late answer ends it.
    Told,
}

impl Heartbeat {
    pub(in crate::scheduler) fn next_ping(now: Instant) -> Self {
        Self::PingAt(now + HEARTBEAT_INTERVAL)
    }

    pub(in crate::scheduler) fn pinged(now: Instant) -> Self {
        let until = now + HEARTBEAT_INTERVAL;
        Self::Pinged { until }
    }

    pub(in crate::scheduler) fn blocked(now: Instant) -> Self {
        let until = now + STACKS_WAIT;
        Self::Blocked { until }
    }

    /// When something is to be done about it.
    pub(super) fn at(self) -> Option<Instant> {
        match self {
            Self::PingAt(at) | Self::Pinged { until: at } | Self::Blocked { until: at } => Some(at),
            Self::Told => None,
        }
    }

    pub(in crate::scheduler) fn is_due(self, now: Instant) -> bool {
        self.at().is_some_and(|at| at <= now)
    }

    /// Whether an answer to a ping is due.
    pub(in crate::scheduler) fn awaits_pong(self) -> bool {
        !matches!(self, Self::PingAt(_))
    }
}
