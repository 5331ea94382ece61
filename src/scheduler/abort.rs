//! Calls that nobody wants any more.

use std::collections::HashSet;
use std::time::Instant;

use super::event::{Action, Actions, CallKey};
use super::machine::Scheduler;
use super::slot::{State, Then};
use super::workers::INTERRUPT_GRACE;
use crate::failure::Failure;

impl<T> Scheduler<T> {
    /// Fails these calls: a queued one never reaches a worker, a running one costs its worker. One
    /// whose time has run out already has its outcome on the way.
    pub(super) fn abort(&mut self, keys: &HashSet<CallKey>, now: Instant, out: &mut Actions<T>) {
        let is_meant = |key: CallKey| keys.contains(&key);
        let settle = |ticket| Action::Settle {
            ticket,
            reply: Err(Failure::Aborted),
        };
        if self.queue.iter().any(|queued| is_meant(queued.call.key)) {
            let (meant, others) = self
                .queue
                .drain(..)
                .partition::<Vec<_>, _>(|queued| is_meant(queued.call.key));
            self.queue = others.into();
            out.extend(meant.into_iter().map(|queued| settle(queued.call.ticket)));
        }
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let Some(call) = slot.take_call(|call| is_meant(call.key)) else {
                continue;
            };
            out.push(settle(call.ticket));
            if matches!(slot.state, State::Ready { .. }) {
                out.push(Action::Interrupt(slot.worker(index)));
                slot.state = State::Ending {
                    kill_at: Some(now + INTERRUPT_GRACE),
                    then: Then::Replace,
                };
            }
        }
    }
}
