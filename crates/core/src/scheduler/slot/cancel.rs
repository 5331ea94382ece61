//! A call that ends before its time, in a worker that goes on.

use std::time::Instant;

use crate::scheduler::timing::INTERRUPT_GRACE;

/// How far its end has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scheduler) enum Cancel {
    /// Its worker was asked, and should say so by then. If the call is late, it has its outcome then, with the
    /// stack that is known.
    Asked {
        until: Instant,
        stack: Option<String>,
    },
    /// It is a stream, and ends at its next item. If there is none by then, it is interrupted.
    AtNextItem { until: Instant },
    /// Its worker runs its `finally` blocks, and should have answered it by then.
    Ending { until: Instant },
    /// It waits for the end of the plain call that keeps its worker from doing anything else.
    Unheard,
    /// It has not ended in its time: its worker ends, once the other calls are done.
    Outstayed,
}

impl Cancel {
    pub(in crate::scheduler) fn at_next_item(now: Instant) -> Self {
        let until = now + INTERRUPT_GRACE;
        Self::AtNextItem { until }
    }

    /// When the worker should have done what it was asked for.
    pub(super) fn until(&self) -> Option<Instant> {
        match self {
            Self::Asked { until, .. } | Self::AtNextItem { until } | Self::Ending { until } => {
                Some(*until)
            }
            Self::Unheard | Self::Outstayed => None,
        }
    }

    /// Whether the worker should have obeyed by now.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.until().is_some_and(|until| until <= now)
    }
}
