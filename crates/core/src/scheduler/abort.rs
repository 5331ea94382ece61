//! Calls that nobody wants any more.

use std::collections::HashSet;
use std::time::Instant;

use super::event::{Action, Actions, CallKey, WorkerId};
use super::machine::Scheduler;
use super::slot::{State, Then};
use super::workers::INTERRUPT_GRACE;
use crate::failure::Failure;

impl<T> Scheduler<T> {
    /// Ends these calls: a queued one never reaches a worker. One that has started costs its worker,
    /// or is left alone if it is not to be interrupted. One whose time has run out already has its
    /// outcome on the way.
    pub(super) fn abort(&mut self, keys: &HashSet<CallKey>, out: &mut Actions<T>) {
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
        for slot in &mut self.slots {
            for call in slot.calls.iter_mut().filter(|call| is_meant(call.key)) {
                if call.interrupt {
                    out.extend(call.ticket.take().map(settle));
                } else {
                    call.is_withdrawn = true;
                }
            }
        }
        // What follows depends on what has started: see `taken_back`.
        for (index, slot) in self.slots.iter().enumerate() {
            if slot.is_ready() && slot.calls.iter().any(|call| is_meant(call.key)) {
                out.push(Action::TakeBack(slot.worker(index)));
            }
        }
    }

    /// A call that is to be interrupted has started.
    pub(super) fn end_aborted(&mut self, worker: WorkerId, now: Instant, out: &mut Actions<T>) {
        if let Some(slot) = self.current(worker) {
            out.push(Action::Interrupt(worker));
            slot.state = State::Ending {
                kill_at: Some(now + INTERRUPT_GRACE),
                then: Then::Replace,
            };
        }
    }
}
