//! Aborted calls.

use std::collections::HashSet;
use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::slot::{AfterExit, State};
use super::timing::INTERRUPT_GRACE;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};

impl Scheduler {
    /// Ends these calls. A queued call never reaches a worker. A call that has started costs its worker, or
    /// continues if it has `interrupt: false`. A late call already has its outcome on the way.
    pub(super) fn abort(&mut self, ids: &HashSet<CallId>, now: Instant, fx: &mut impl Effects) {
        for queued in self.queue.remove(ids) {
            fx.settle(queued.call, Err(Failure::Aborted));
        }
        let mut affected = Vec::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if matches!(slot.state, State::DumpingStacks { .. }) {
                continue;
            }
            let mut has_any = false;
            for in_flight in slot.calls.iter_mut().filter(|call| ids.contains(&call.id)) {
                has_any = true;
                if let Some(call) = in_flight.abort() {
                    fx.settle(call, Err(Failure::Aborted));
                }
            }
            if has_any {
                affected.push(slot.worker(index));
            }
        }
        // What follows depends on which of them have started.
        for worker in affected {
            self.take_back(worker, now, fx);
        }
    }

    /// Ends a worker that runs an aborted call.
    pub(super) fn interrupt_aborted(
        &mut self,
        worker: WorkerId,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        if let Some(slot) = self.slot_mut(worker) {
            slot.state = State::Terminating {
                kill_at: Some(now + INTERRUPT_GRACE),
                after: AfterExit::Replace,
            };
            fx.interrupt(worker);
        }
    }
}
