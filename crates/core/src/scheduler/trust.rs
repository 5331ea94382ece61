//! Workers that say what they can not mean.

use std::mem;

use super::event::{Action, Actions, CallKey, WorkerId};
use super::machine::Scheduler;
use super::slot::{State, Then};
use crate::failure::{Death, DeathCause, Failure};

impl<T> Scheduler<T> {
    /// The result of a call turned out to be no value. Unless its worker has answered others since,
    /// that worker is as bad as one that writes no frames.
    pub(super) fn distrust(&mut self, call: CallKey, reason: String, out: &mut Actions<T>) {
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            if let Some(answer) = slot.last_answer.take_if(|answer| answer.key == call) {
                slot.budget = answer.budget_before;
                let worker = slot.worker(index);
                return self.condemn(worker, Death::of(DeathCause::ProtocolError(reason)), out);
            }
        }
    }

    /// Kills a worker that can not be trusted any more, which counts as a crash.
    pub(super) fn condemn(&mut self, worker: WorkerId, death: Death, out: &mut Actions<T>) {
        let load = self.load_failure(death.clone(), None);
        let Some(slot) = self.current(worker) else {
            return;
        };
        let killed = |failure| State::Ending {
            kill_at: None,
            then: Then::Crash(failure),
        };
        slot.state = match mem::replace(&mut slot.state, State::Vacant) {
            State::Starting { .. } => killed(load),
            State::Ready => State::Condemned { cause: death.cause },
            State::Dumping { victim, .. } => {
                out.extend(victim.time_out(None));
                killed(Failure::Crashed(death))
            }
            other => {
                slot.state = other;
                return;
            }
        };
        out.push(Action::Kill(worker));
    }
}
