//! Calls that nobody wants any more.

use std::collections::HashSet;
use std::time::Instant;

use super::event::{AbortKey, Action, Actions};
use super::machine::Scheduler;
use super::slot::{Running, Slot, State, Then};
use super::workers::INTERRUPT_GRACE;
use crate::failure::Failure;

impl<T> Scheduler<T> {
    /// Fails the calls with these keys: a queued one never reaches a worker, a running one costs its
    /// worker. One whose time has run out already has its outcome on the way.
    pub(super) fn abort(&mut self, keys: &HashSet<AbortKey>, now: Instant, out: &mut Actions<T>) {
        let is_meant = |key: Option<AbortKey>| key.is_some_and(|key| keys.contains(&key));
        let settle = |ticket| Action::Settle {
            ticket,
            reply: Err(Failure::Aborted),
        };
        if self
            .queue
            .iter()
            .any(|queued| is_meant(queued.call.abort_key))
        {
            let (meant, others) = self
                .queue
                .drain(..)
                .partition::<Vec<_>, _>(|queued| is_meant(queued.call.abort_key));
            self.queue = others.into();
            out.extend(meant.into_iter().map(|queued| settle(queued.call.ticket)));
        }
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if let Some(call) = slot.take_running(|call| is_meant(call.abort_key)) {
                out.push(settle(call.ticket));
                out.push(Action::Interrupt(slot.worker(index)));
                slot.state = State::Ending {
                    kill_at: Some(now + INTERRUPT_GRACE),
                    then: Then::Replace,
                };
            }
        }
    }
}

impl<T> Slot<T> {
    /// Takes out of a worker's hands the first of its calls that `is_meant`.
    fn take_running(&mut self, is_meant: impl Fn(&Running<T>) -> bool) -> Option<Running<T>> {
        let State::Ready { running } = &mut self.state else {
            return None;
        };
        let index = running.iter().position(is_meant)?;
        Some(running.remove(index))
    }
}
