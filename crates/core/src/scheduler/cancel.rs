//! Calls that end before their time, in a worker that goes on.

use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::slot::Cancel;
use super::timing::{INTERRUPT_GRACE, STACKS_WAIT};
use crate::id::{CallId, WorkerId};
use crate::kind::Kind;
use crate::level::Level;

impl Scheduler {
    /// A worker has found out that a function is async.
    pub(super) fn learn_async(&mut self, worker: WorkerId, call: Option<CallId>) {
        let name = match call {
            None => self.settings.function.as_bytes().into(),
            Some(id) => {
                let call = self.slot_mut(worker).and_then(|slot| slot.call_mut(id));
                let Some(call) = call.and_then(|call| call.call()) else {
                    return; // it has its outcome
                };
                Vec::from(call.request().function())
            }
        };
        self.kinds.learn(&name);
        for in_flight in self.slots.iter_mut().flat_map(|slot| &mut slot.calls) {
            if let Some(call) = in_flight.call() {
                in_flight.kind = self.kinds.of(call);
            }
        }
    }

    /// Ends a running call, which was aborted or is late, without its worker.
    pub(super) fn cancel(
        &mut self,
        worker: WorkerId,
        id: CallId,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        slot.rescue = None;
        slot.prefetch.shrink();
        let Some(call) = slot.call_mut(id) else {
            return;
        };
        call.deadline = None;
        let is_late = call.call().is_some();
        let is_async = call.kind == Kind::Async;
        if is_async {
            fx.cancel(worker, id);
        }
        if is_late {
            fx.dump_stacks(worker);
        }
        if is_async || is_late {
            let until = now + STACKS_WAIT;
            call.cancel = Some(Cancel::Asked { until, stack: None });
        } else {
            let until = now + INTERRUPT_GRACE;
            call.cancel = Some(Cancel::Ending { until });
            fx.signal(worker);
        }
        let text = if is_late {
            "A call timed out; its worker is to go on"
        } else {
            "A running call was aborted; its worker is to go on"
        };
        fx.log(Level::Debug, Some(worker), text.into());
    }

    /// A worker has cancelled the task of a call.
    pub(super) fn cancelling(
        &mut self,
        worker: WorkerId,
        id: CallId,
        stack: Option<String>,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let call = self.slot_mut(worker).and_then(|slot| slot.call_mut(id));
        if let Some(call) = call
            && let Some(Cancel::Asked { stack: dumped, .. }) = &mut call.cancel
        {
            let stack = stack.or_else(|| dumped.take());
            call.cancel = Some(Cancel::Ending {
                until: now + INTERRUPT_GRACE,
            });
            call.time_out_in_place(stack, fx);
        }
    }

    /// The stacks of a worker in which a call is late and is to end alone.
    pub(super) fn stacks_of_late_call(
        &mut self,
        worker: WorkerId,
        stacks: String,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        let mut interrupted = None;
        for call in &mut slot.calls {
            if call.is_late_and_cancelled()
                && let Some(Cancel::Asked { stack, .. }) = &mut call.cancel
            {
                *stack = Some(stacks.clone());
                // Nothing else is to come about a plain one.
                interrupted = (call.kind == Kind::Plain).then_some(call.id);
            }
        }
        if let Some(id) = interrupted {
            self.cancel_overdue(worker, id, now, fx);
        }
    }

    /// A worker has not obeyed in time.
    pub(super) fn cancel_overdue(
        &mut self,
        worker: WorkerId,
        id: CallId,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        let Some(call) = slot.call_mut(id) else {
            return;
        };
        match call.cancel.take() {
            Some(Cancel::Asked { stack, .. }) => {
                // What blocks the loop, or is a plain call itself, can only be interrupted.
                call.cancel = Some(Cancel::Ending {
                    until: now + INTERRUPT_GRACE,
                });
                call.time_out_in_place(stack, fx);
                fx.signal(worker);
            }
            Some(Cancel::Ending { .. }) => {
                slot.calls.retain(|call| call.id != id);
                let millis = INTERRUPT_GRACE.as_millis();
                let text = format!(
                    "A cancelled call did not end within {millis} ms; replacing its worker"
                );
                fx.log(Level::Warn, Some(worker), text);
                self.replace(worker, now, fx);
            }
            None => {}
        }
    }
}
