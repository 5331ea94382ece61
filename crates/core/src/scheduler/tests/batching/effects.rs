//! What the scheduler puts out: is that allowed?

use super::World;
use super::sabotage::Bug;
use super::worker::{NEIGHBOR_WAIT, Phase, Unit, Worker};
use super::world::Trigger;
use crate::call::Call;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::scheduler::Effects;
use crate::scheduler::tests::model::CallState;
use crate::wire::{Credit, Output};

impl World {
    /// A unit of these calls is sent.
    fn place(&mut self, worker: WorkerId, unit: CallId, calls: Vec<CallId>) {
        let first = calls[0];
        let is_batch = unit.is_of_batch();
        self.log
            .push(format!("    send {worker:?} {unit}: {calls:?}"));
        let is_waiting = calls.iter().all(|id| self.waiting.contains(id));
        self.require(is_waiting, |_| format!("Outcome: {calls:?} are sent again"));
        let known = self.worker(worker).cloned();
        let is_free = known.as_ref().is_some_and(Worker::takes_calls);
        let held = known.map_or_else(Vec::new, |known| known.held);
        self.require(is_free, |_| format!("Place: {worker:?} gets {unit}"));
        let kind = self.kind(first);
        if self.settings.has_places_by_kind() {
            let known = self.worker(worker).cloned();
            let has_room = known.is_some_and(|known| self.has_room(&known, kind));
            self.require(has_room, |_| format!("Place: {unit} lies behind {held:?}"));
        } else {
            let is_alone = !is_batch && !held.iter().any(Unit::is_batch);
            self.require(held.is_empty() || is_alone, |_| {
                format!("Alone: {unit} lies behind {held:?}")
            });
        }
        let now = self.now;
        for id in &calls {
            self.waiting.remove(id);
            let call = self.call_mut(*id);
            call.state = CallState::Held(worker);
            call.clock.get_or_insert(now);
        }
        if let Some(worker) = self.worker(worker) {
            worker.held.push(Unit {
                id: unit,
                calls,
                answered: 0,
                kind,
                is_cancelled: false,
            });
        }
    }

    /// Whether a unit of a worker may end before its time. One of which answers have come needs no more than time.
    fn may_cancel(&self, unit: &Unit) -> bool {
        let mut unanswered = unit.unanswered().iter();
        let has_ended = unit.answered > 0 && !unanswered.any(|id| self.is_late(*id));
        self.is_unwanted(unit) && !has_ended
    }

    fn set_phase(&mut self, worker: WorkerId, phase: Phase) {
        if let Some(worker) = self.worker(worker) {
            worker.phase = phase;
        }
    }
}

impl Effects for World {
    fn prepare(&mut self) {}

    fn cancel_prepare(&mut self) {}

    fn start(&mut self, worker: WorkerId) {
        self.workers[worker.slot] = Some(Worker::new(worker));
    }

    fn send(&mut self, worker: WorkerId, call: &Call) {
        let id = call.id();
        let is_batched = self.function(id).batch.is_some();
        self.require(!is_batched, |_| format!("Alike: {id} is sent alone"));
        // One that was revoked may be sent again before any other.
        if !self.own.revoked.contains(&(worker, id)) {
            self.check_fifo(id);
        }
        self.place(worker, id, vec![id]);
    }

    fn send_batch(&mut self, worker: WorkerId, batch: CallId, calls: &[&Call]) {
        let calls: Vec<_> = calls.iter().map(|call| call.id()).collect();
        self.check_fifo(calls[0]);
        self.check_batch(batch, &calls);
        self.place(worker, batch, calls);
    }

    fn revoke_unstarted(&mut self, worker: WorkerId) -> Vec<CallId> {
        let back = self.take_unstarted(worker);
        let known = self.worker(worker).cloned();
        let is_idle = known.is_some_and(|known| known.held.is_empty() && known.takes_calls());
        let calls: Vec<_> = back.iter().flat_map(|unit| self.open(unit)).collect();
        let is_asked_for = calls.iter().any(|id| {
            let is_new = matches!(&self.trigger, Trigger::Aborted(ids) if ids.contains(id));
            is_new || self.is_late(*id)
        });
        let has_late = calls.iter().any(|id| self.is_late(*id));
        // No line gives its first call back for another reason.
        let is_in_line = !self.settings.has_places_by_kind();
        let is_rescue = is_in_line && is_idle && !is_asked_for && !self.is_over();
        for (index, unit) in back.iter().enumerate() {
            self.give_back(unit, is_rescue && index == 0);
            self.count(if is_rescue { "rescue" } else { "return" });
        }
        if let Some(known) = self.worker(worker).filter(|_| is_idle && has_late) {
            known.is_silent = true;
        }
        let ids: Vec<_> = back.iter().map(|unit| unit.id).collect();
        let first = ids.first().map(|first| (worker, *first));
        self.own.revoked.extend(first);
        self.log.push(format!("    revoke {worker:?} -> {ids:?}"));
        ids
    }

    fn count_unstarted(&mut self, worker: WorkerId) -> usize {
        let worker = self.worker(worker);
        worker.map_or(0, |worker| worker.held.len() - worker.started)
    }

    fn ping(&mut self, worker: WorkerId) {
        self.log.push(format!("    ping {worker:?}"));
        if let Some(worker) = self.worker(worker) {
            worker.is_pinged = true;
            worker.is_silent |= worker.held.is_empty();
        }
    }

    fn settle(&mut self, call: Call, outcome: Outcome) {
        let id = call.id();
        let code = outcome.as_ref().err().map_or("ok", Failure::code);
        self.log.push(format!("    settle {id} {code}"));
        let is_allowed = self.is_open(id) && self.check_settled(id, &outcome);
        self.require(is_allowed, |world| {
            let known = world.call(id);
            format!("Outcome: {id} gets {outcome:?}, and is {known:?}")
        });
        self.count(code);
        self.waiting.remove(&id);
        let state = std::mem::replace(&mut self.call_mut(id).state, CallState::Settled);
        if let CallState::Held(worker) = state
            && let Some(worker) = self.worker(worker).cloned()
            && let Some(unit) = worker.held.iter().find(|unit| unit.calls.contains(&id))
            && self.open(unit).is_empty()
            && unit.is_batch()
        {
            self.count("batch without a call");
        }
    }

    fn item(&mut self, _: CallId, _: Output) {
        unreachable!("no call is a stream");
    }

    fn credit(&mut self, _: WorkerId, _: CallId, _: Credit) {
        unreachable!("no call is a stream");
    }

    fn cancel(&mut self, worker: WorkerId, id: CallId) {
        if self.bug == Some(Bug::NeverCancels) {
            return;
        }
        self.log.push(format!("    cancel {worker:?} {id}"));
        let now = self.now;
        let known = self.worker(worker).and_then(|worker| {
            let index = worker.index_of(id)?;
            worker.cancel(index, now);
            Some(worker.held[index].clone())
        });
        let is_due = known.as_ref().is_some_and(|unit| self.may_cancel(unit));
        self.require(is_due, |_| format!("Cancel: {known:?} is cancelled"));
        self.count("cancel");
    }

    fn signal(&mut self, worker: WorkerId) {
        self.log.push(format!("    signal {worker:?}"));
        let known = self.worker(worker).cloned();
        let is_due = known.as_ref().is_some_and(|known| {
            let mut held = known.held.iter();
            held.any(|unit| unit.is_cancelled)
        });
        self.require(is_due, |_| format!("Cancel: {known:?} is signalled"));
    }

    fn dump_stacks(&mut self, worker: WorkerId) {
        // One that does not answer its ping in time ends, even if it does then.
        if self.worker(worker).is_some_and(|worker| worker.is_silent) {
            self.set_phase(worker, Phase::Ending);
        }
    }

    fn close(&mut self, worker: WorkerId) {
        let is_over = self.is_over();
        self.require(is_over, |_| format!("Cancel: {worker:?} is closed"));
        self.set_phase(worker, Phase::Ending);
    }

    fn interrupt(&mut self, worker: WorkerId) {
        self.log.push(format!("    interrupt {worker:?}"));
        let known = self.worker(worker).cloned();
        let is_due = known.as_ref().is_some_and(|known| {
            let since = known.cancelling_since;
            let has_waited = since.is_some_and(|since| since + NEIGHBOR_WAIT <= self.now);
            let mut running = self.running(known).iter();
            known.is_silent || has_waited || running.all(|unit| self.is_unwanted(unit))
        });
        let is_over = self.is_over();
        self.require(is_due || is_over, |_| format!("Cancel: {known:?} is ended"));
        self.count("interrupt");
        self.set_phase(worker, Phase::Ending);
    }

    fn kill(&mut self, worker: WorkerId) {
        self.log.push(format!("    kill {worker:?}"));
        let has_lied = matches!(self.trigger, Trigger::Lied(liar) if liar == worker);
        let is_ending = self
            .worker(worker)
            .is_some_and(|worker| worker.phase == Phase::Ending);
        self.require(has_lied || is_ending, |_| {
            format!("Cancel: {worker:?} is killed")
        });
        self.set_phase(worker, Phase::Killed);
    }

    fn ready(&mut self, _: WorkerId) {}

    fn log(&mut self, _: Level, _: Option<WorkerId>, _: String) {}

    fn initialized(&mut self, _: Result<(), Failure>) {}

    fn closed(&mut self) {
        let mut calls = self.calls.iter();
        let has_open = calls.any(|call| call.state != CallState::Settled);
        self.require(!has_open, |_| "Outcome: closed with open calls".into());
    }
}
