//! What the scheduler puts out: is that allowed?

use super::World;
use super::sabotage::Bug;
use super::worker::{DRAIN_WAIT, Held, PING_WAIT, Phase, SAY_WAIT, Stage, Worker};
use super::world::Trigger;
use crate::call::Call;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::scheduler::Effects;
use crate::scheduler::kind::Kind;
use crate::scheduler::tests::model::CallState;
use crate::wire::{Credit, Output};

impl Effects for World {
    fn prepare(&mut self) {}

    fn cancel_prepare(&mut self) {}

    fn start(&mut self, worker: WorkerId) {
        let lost = match self.trigger {
            Trigger::Lost(lost) => Some(lost),
            _ => None,
        };
        if let Some(lost) = lost.filter(|lost| lost.slot == worker.slot) {
            self.forget_lost(lost);
        }
        let is_free = self.workers[worker.slot].is_none();
        self.require(is_free, |_| format!("{worker:?} is started beside another"));
        self.workers[worker.slot] = Some(Worker::new(worker));
    }

    fn send(&mut self, worker: WorkerId, call: &Call) {
        let id = call.id();
        self.log.push(format!("    send {worker:?} {id}"));
        let kind = self.kind(id);
        let is_waiting = self.call(id).state == CallState::Waiting && self.waiting.contains(&id);
        self.require(is_waiting, |_| format!("AtMostOnce: {id} is sent"));
        let mut of_kind = self
            .waiting
            .iter()
            .filter(|other| self.kind(**other) == kind);
        let first = of_kind.next().copied();
        self.require(first == Some(id), |_| {
            format!("Fifo: {id} is sent before {first:?}")
        });
        let Some(chosen) = self.worker(worker).cloned() else {
            return;
        };
        let has_room = self.has_room(&chosen, kind);
        self.require(has_room, |_| format!("Places: {id} is sent to {chosen:?}"));
        let with_room = self.workers.iter().flatten();
        let least = with_room.filter(|one| self.has_room(one, kind));
        let least = least.map(|one| one.held.len()).min();
        self.require(least >= Some(chosen.held.len()), |_| {
            format!("Spread: {id} is sent to {chosen:?}")
        });
        self.waiting.remove(&id);
        self.call_mut(id).state = CallState::Held(worker);
        let since = self.now;
        if let Some(worker) = self.worker(worker) {
            worker.held.push(Held {
                call: id,
                since,
                cancel: None,
            });
            if worker.held.len() > 1 {
                worker.quiet_since.get_or_insert(since);
            }
        }
    }

    fn send_batch(&mut self, _: WorkerId, _: CallId, _: &[&Call]) {
        unreachable!("no call of this model is batched");
    }

    fn revoke_unstarted(&mut self, worker: WorkerId) -> Vec<CallId> {
        let now = self.now;
        let known = self.worker(worker);
        let begins_drain = known
            .as_ref()
            .is_some_and(|known| known.draining_since == Some(now));
        let known = known.cloned();
        let is_unheard = known.as_ref().is_some_and(|known| self.seems_deaf(known));
        let held = known.map_or_else(Vec::new, |known| known.held);
        let is_due = held.iter().any(|held| {
            self.is_late(held)
                || matches!(&self.trigger, Trigger::Aborted(ids) if ids.contains(&held.call))
        });
        self.require(
            is_due || begins_drain || is_unheard || self.is_closing,
            |_| format!("TakeBack: calls are taken from {worker:?}"),
        );
        let is_ignored = match self.bug {
            Some(Bug::KeepsCallsInADrain) => begins_drain,
            Some(Bug::TakesAWaitingCallForARunningOne) => is_unheard,
            _ => false,
        };
        if is_ignored {
            return Vec::new();
        }
        let back = self.unstarted(worker);
        self.log.push(format!("    revoke {worker:?} -> {back:?}"));
        match self.bug {
            Some(Bug::ForgetsWhatWasTakenBack) => Vec::new(),
            _ => back,
        }
    }

    fn count_unstarted(&mut self, worker: WorkerId) -> usize {
        self.worker(worker)
            .map_or(0, |one| one.held.len() - one.started)
    }

    fn item(&mut self, _: CallId, _: Output) {
        unreachable!("no call is a stream");
    }

    fn credit(&mut self, _: WorkerId, _: CallId, _: Credit) {
        unreachable!("no call is a stream");
    }

    fn ping(&mut self, worker: WorkerId) {
        self.log.push(format!("    ping {worker:?}"));
        let known = self.worker(worker).cloned();
        let is_due = known.as_ref().is_some_and(|known| {
            let is_asked = known.held.len() > 1 || known.silent_since.is_some();
            known.phase == Phase::Serving && is_asked && known.pinged.is_none()
        });
        self.require(is_due, |_| format!("Heartbeat: {known:?} is pinged"));
        let now = self.now;
        if let Some(worker) = self.worker(worker) {
            worker.pinged = Some((now, false));
        }
    }

    fn settle(&mut self, call: Call, mut outcome: Outcome) {
        let id = call.id();
        if self.bug == Some(Bug::BlamesOneForAll)
            && let Err(Failure::Crashed { collateral, .. }) = &mut outcome
        {
            *collateral = false;
        }
        self.log.push(format!("    settle {id} {outcome:?}"));
        let is_allowed = self.check_settled(id, &outcome);
        self.require(is_allowed, |world| {
            let state = world.call(id).state;
            format!("OneOutcome: {id} is {state:?} and gets {outcome:?}")
        });
        let kind = self.kind(id);
        self.call_mut(id).kind = Some(kind);
        let state = std::mem::replace(&mut self.call_mut(id).state, CallState::Settled);
        self.waiting.remove(&id);
        let code = outcome.as_ref().err().map_or("ok", Failure::code);
        self.count(code);
        let CallState::Held(by) = state else {
            return;
        };
        let is_abort = matches!(outcome, Err(Failure::Aborted { .. }));
        let Some(worker) = self.worker(by) else {
            return;
        };
        if outcome.is_ok() {
            worker.forget(id);
            if let Phase::Late { .. } = worker.phase {
                worker.phase = Phase::Serving;
            }
        } else if is_abort && let Some(held) = worker.held_mut(id) {
            held.cancel = Some(Stage::Due);
        }
    }

    fn cancel(&mut self, worker: WorkerId, call: CallId) {
        if self.bug == Some(Bug::InterruptsANeighbor) {
            return self.interrupt(worker);
        }
        self.log.push(format!("    cancel {worker:?} {call}"));
        let known = self
            .worker(worker)
            .and_then(|one| one.held_mut(call).copied());
        let is_plain = self.kind(call) == Kind::Plain;
        let is_due = known.is_some_and(|held| match held.cancel {
            Some(Stage::Due) => true,
            Some(Stage::Asked { .. }) => is_plain,
            None => self.is_late(&held),
            Some(_) => false,
        });
        self.require(is_due, |_| {
            format!("Cancel: {call} is cancelled, and is {known:?}")
        });
        if is_plain && !self.has_threads() {
            return; // an interrupt follows
        }
        let since = self.now;
        if let Some(held) = self.worker(worker).and_then(|one| one.held_mut(call)) {
            held.cancel = Some(Stage::Asked { since });
        }
    }

    fn signal(&mut self, worker: WorkerId) {
        self.log.push(format!("    signal {worker:?}"));
        let Some(known) = self.worker(worker).cloned() else {
            return;
        };
        let is_blocked = self.is_blocked(&known);
        let has_stacks = matches!(self.trigger, Trigger::Stacks(from) if from == worker);
        let is_due = |held: &&Held| {
            let is_plain = self.kind(held.call) == Kind::Plain;
            match held.cancel {
                Some(Stage::Due) => is_plain && !self.has_threads(),
                Some(Stage::Asked { since }) => {
                    let is_over = since + SAY_WAIT <= self.now || has_stacks && is_plain;
                    is_over
                        && if is_plain {
                            !self.has_threads()
                        } else {
                            !is_blocked
                        }
                }
                _ => false,
            }
        };
        let call = known.held.iter().find(is_due).map(|held| held.call);
        self.require(call.is_some(), |_| {
            format!("Cancel: {known:?} is interrupted for nothing")
        });
        let since = self.now;
        if let Some(call) = call
            && let Some(held) = self.worker(worker).and_then(|one| one.held_mut(call))
        {
            held.cancel = Some(Stage::Ending { since });
        }
    }

    fn dump_stacks(&mut self, worker: WorkerId) {
        let (since, keeps) = (self.now, self.settings.keep_interrupted_worker);
        let Some(known) = self.worker(worker).cloned() else {
            return;
        };
        if self.is_silent_too_long(&known)
            && let Some(worker) = self.worker(worker)
        {
            worker.phase = Phase::Late { since };
            return;
        }
        let is_new = |held: &&Held| {
            held.cancel.is_none() && self.is_late(held) && self.kind(held.call) == Kind::Plain
        };
        let Some(held) = known.held.iter().find(is_new) else {
            return; // of a task, or of an import
        };
        let call = held.call;
        let is_alone = known.held.len() == 1 && !keeps && !self.has_threads();
        if let Some(worker) = self.worker(worker) {
            if is_alone {
                worker.phase = Phase::Late { since };
            } else if let Some(held) = worker.held_mut(call) {
                held.cancel = Some(Stage::Asked { since });
            }
        }
    }

    fn close(&mut self, worker: WorkerId) {
        self.require(self.is_closing, |_| format!("{worker:?} is closed"));
        let since = self.now;
        if let Some(worker) = self.worker(worker) {
            worker.phase = Phase::Ending { since };
        }
    }

    fn interrupt(&mut self, worker: WorkerId) {
        self.log.push(format!("    interrupt {worker:?}"));
        let Some(known) = self.worker(worker).cloned() else {
            return;
        };
        let is_alone = known.held.len() <= 1;
        let is_plain = |held: &Held| self.kind(held.call) == Kind::Plain;
        let is_aborted = known
            .held
            .iter()
            .any(|held| held.cancel == Some(Stage::Due) && is_plain(held) && is_alone);
        let has_waited = known
            .draining_since
            .is_some_and(|since| since + DRAIN_WAIT <= self.now || !self.has_neighbors(&known));
        let is_late = matches!(known.phase, Phase::Late { .. });
        let is_due = self.is_closing || is_aborted || has_waited || is_late;
        self.require(is_due, |_| format!("Cancel: {known:?} is ended"));
        let since = self.now;
        if let Some(worker) = self.worker(worker) {
            worker.phase = Phase::Ending { since };
        }
    }

    fn kill(&mut self, worker: WorkerId) {
        if let Some(worker) = self.worker(worker) {
            worker.phase = Phase::Killed;
        }
    }

    fn ready(&mut self, _: WorkerId) {}

    fn log(&mut self, _: Level, worker: Option<WorkerId>, text: String) {
        if !text.contains("event loop") {
            return;
        }
        self.log.push(format!("    tell {worker:?}"));
        let now = self.now;
        let worker = worker.and_then(|worker| self.worker(worker));
        let pinged = worker.and_then(|worker| worker.pinged.as_mut());
        let is_due = pinged.is_some_and(|(since, is_told)| {
            let is_due = *since + PING_WAIT <= now && !*is_told;
            *is_told = true;
            is_due
        });
        self.require(is_due, |_| "Heartbeat: told for nothing".into());
    }

    fn initialized(&mut self, _: Result<(), Failure>) {}

    fn closed(&mut self) {
        let open = self
            .calls
            .iter()
            .any(|call| call.state != CallState::Settled);
        self.require(!open, |_| "OneOutcome: closed with open calls".into());
    }
}
