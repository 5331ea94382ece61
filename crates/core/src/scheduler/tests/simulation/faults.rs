//! Processes that a fault of their own ends.

use super::process::State;
use super::processes::Processes;
use crate::id::{CallId, WorkerId};

impl Processes {
    pub(super) fn has_faulted(&mut self, worker: WorkerId) {
        if let Some(process) = self.get(worker) {
            process.end.is_fault = true;
        }
    }

    /// Whether only the stacks of its call are still missing.
    pub(super) fn is_late_with_a_call(&mut self, worker: WorkerId) -> bool {
        let process = self.get(worker);
        process.is_some_and(|one| {
            matches!(
                one.state,
                State::Late {
                    is_importing: false,
                    ..
                }
            ) && !one.end.is_replaced
        })
    }

    /// Whether a fault has just ended the process while it ran this call.
    pub(super) fn has_faulted_in(&self, worker: WorkerId, call: CallId) -> bool {
        let gone = self.slots[worker.slot].gone.as_ref();
        gone.is_some_and(|gone| gone.end.is_fault && gone.held.contains(&call))
    }
}
