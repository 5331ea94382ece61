//! Workers that violate the protocol.

use std::mem;

use super::effects::Effects;
use super::machine::Scheduler;
use super::slot::{AfterExit, State};
use crate::failure::{Death, Failure};
use crate::id::WorkerId;

impl Scheduler {
    /// Kills a worker that violated the protocol, which counts as a crash.
    pub(super) fn kill_for_protocol_error(
        &mut self,
        worker: WorkerId,
        death: Death,
        fx: &mut impl Effects,
    ) {
        let load_failure = self.load_failure(death.clone(), None);
        let Some(slot) = self.slot_mut(worker) else {
            return;
        };
        slot.time_out_late_call(None, fx);
        let killed = |failure| State::Terminating {
            kill_at: None,
            after: AfterExit::Crash(failure),
        };
        slot.state = match mem::replace(&mut slot.state, State::Stopped) {
            State::Starting { .. } => killed(load_failure),
            State::Ready | State::Draining { .. } | State::Silent { .. } => {
                State::Poisoned { cause: death.cause }
            }
            State::DumpingStacks { .. } => killed(Failure::crashed(death)),
            other => {
                slot.state = other;
                return;
            }
        };
        fx.kill(worker);
    }
}
