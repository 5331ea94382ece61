//! Aborted calls.

use std::collections::HashSet;
use std::time::Instant;

use super::effects::Effects;
use super::machine::Scheduler;
use super::slot::{AfterExit, State};
use super::timing::INTERRUPT_GRACE;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::stats::RestartReason;

impl Scheduler {
    /// Ends these calls. A queued call never reaches a worker. The worker of one that has started is replaced; with
    /// `interrupt: false`, the call continues. A late call already has its outcome on the way.
    pub(super) fn abort(&mut self, ids: &HashSet<CallId>, now: Instant, fx: &mut impl Effects) {
        for queued in self.queue.remove(ids) {
            let started = queued.has_started();
            fx.settle(queued.call, Err(Failure::Aborted { started }));
        }
        let mut affected = Vec::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if matches!(slot.state, State::DumpingStacks { .. })
                || !slot.calls.iter().any(|call| call.has_any_of(ids))
            {
                continue;
            }
            // What follows depends on which of them have started.
            let unstarted = slot.revoke_unstarted(index, fx);
            for in_flight in &mut slot.calls {
                if in_flight.cancel.is_none() {
                    in_flight.abort(ids, unstarted.contains(&in_flight.id), fx);
                } // else late, or aborted before
            }
            if slot.is_serving() {
                affected.push((slot.worker(index), unstarted));
            }
        }
        for (worker, unstarted) in &affected {
            self.return_unstarted(*worker, unstarted, now, fx);
        }
        // Only now: a call of one of these workers may be older than those in the queue. And a large one that
        // is gone may have been in the way of small ones.
        self.dispatch(now, fx);
        for (worker, _) in affected {
            self.ask_again(worker, now);
        }
    }

    /// Ends a worker that runs an aborted call.
    pub(super) fn interrupt_aborted(
        &mut self,
        worker: WorkerId,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        let text = "A running call was aborted; terminating its worker".into();
        fx.log(Level::Debug, Some(worker), text);
        self.replace(worker, RestartReason::Abort, now, fx);
    }

    /// Ends a worker, whose successor takes its place.
    pub(super) fn replace(
        &mut self,
        worker: WorkerId,
        reason: RestartReason,
        now: Instant,
        fx: &mut impl Effects,
    ) {
        if let Some(slot) = self.slot_mut(worker) {
            slot.state = State::Terminating {
                kill_at: Some(now + INTERRUPT_GRACE),
                after: AfterExit::Replace(reason),
            };
            fx.interrupt(worker);
        }
    }
}
