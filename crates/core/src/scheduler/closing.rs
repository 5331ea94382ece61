//! The end of a pool.

use std::mem;
use std::time::{Duration, Instant};

use super::event::{Action, Actions};
use super::machine::{Phase, Scheduler};
use super::slot::{Running, Slot, State, Then};
use crate::failure::{ClosedWhile, Failure};

impl<T> Scheduler<T> {
    pub(super) fn shutdown(&mut self, grace: Duration, now: Instant, out: &mut Actions<T>) {
        match self.phase {
            Phase::SearchCancelled | Phase::Failing(_) | Phase::Closed => return,
            Phase::Searching => {
                self.phase = Phase::SearchCancelled;
                out.push(Action::CancelSearch);
                return;
            }
            Phase::Starting | Phase::Running | Phase::Closing => {}
        }
        self.phase = Phase::Closing;
        self.fail_queue(&Failure::Closed(ClosedWhile::Queued), out);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            slot.close(index, now + grace, out);
        }
        self.finish(out);
    }

    pub(super) fn kill_all(&mut self, out: &mut Actions<T>) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            match slot.state {
                State::Starting { .. }
                | State::Ready
                | State::Dumping { .. }
                | State::Condemned { .. }
                | State::Ending {
                    kill_at: Some(_), ..
                } => {
                    slot.state = State::Ending {
                        kill_at: None,
                        then: Then::Replace,
                    };
                    out.push(Action::Kill(slot.worker(index)));
                }
                State::Ending { kill_at: None, .. } => {}
                State::Vacant | State::Waiting { .. } | State::Retired => {
                    slot.state = State::Vacant;
                }
            }
        }
    }

    /// Says that all is over, when it is.
    pub(super) fn finish(&mut self, out: &mut Actions<T>) {
        if !self.slots.iter().all(Slot::is_vacant) {
            return;
        }
        match mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Failing(failure) => {
                out.push(Action::Started(Err(failure)));
            }
            Phase::Closing => out.push(Action::Closed),
            other => self.phase = other,
        }
    }
}

impl<T> Slot<T> {
    /// The pool closes: asks the process to end, if there is one.
    pub(super) fn close(&mut self, index: usize, kill_at: Instant, out: &mut Actions<T>) {
        let worker = self.worker(index);
        let is_idle = self.calls.is_empty();
        let closed = |call: Running<T>| call.fail(Failure::Closed(ClosedWhile::Running));
        out.extend(self.calls.drain(..).filter_map(closed));
        let ending = State::Ending {
            kill_at: Some(kill_at),
            then: Then::Replace,
        };
        match mem::replace(&mut self.state, ending) {
            State::Vacant | State::Waiting { .. } | State::Retired => self.state = State::Vacant,
            State::Ready if is_idle => out.push(Action::Close(worker)),
            State::Starting { .. } | State::Ready => out.push(Action::Interrupt(worker)),
            State::Condemned { .. } => {
                self.state = State::Ending {
                    kill_at: None,
                    then: Then::Replace,
                };
            }
            State::Dumping { victim, .. } => {
                out.extend(victim.time_out(None));
                out.push(Action::Interrupt(worker));
            }
            State::Ending {
                kill_at: earlier,
                then,
            } => {
                let kill_at = earlier.map(|earlier| earlier.min(kill_at));
                self.state = State::Ending { kill_at, then };
            }
        }
    }
}
