//! What the scheduler puts out: is that allowed?

use std::cmp::Reverse;

use super::World;
use super::world::{Phase, Trigger, Worker};
use crate::call::Call;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::scheduler::Effects;
use crate::scheduler::tests::model::CallState;
use crate::wire::{Credit, Output};

impl Effects for World {
    fn prepare(&mut self) {}

    fn cancel_prepare(&mut self) {}

    fn start(&mut self, worker: WorkerId) {
        self.log.push(format!("    start {worker:?}"));
        let is_free = self.workers[worker.slot].is_none();
        self.require(is_free, |_| {
            format!("Start: {worker:?} is started beside another")
        });
        let vacant = self.own.vacant.iter().position(|slot| *slot == worker.slot);
        if let Some(index) = vacant {
            self.own.vacant.remove(index);
        } else if matches!(self.trigger, Trigger::Prepared) && worker.slot < self.min() {
        } else {
            self.check_growth(worker);
        }
        self.workers[worker.slot] = Some(Worker {
            id: worker,
            phase: Phase::Importing,
            held: Vec::new(),
            started_at: self.now,
            idle_since: None,
        });
    }

    fn send(&mut self, worker: WorkerId, call: &Call) {
        let id = call.id();
        self.log.push(format!("    send {worker:?} {id}"));
        self.waiting.remove(&id);
        self.call_mut(id).state = CallState::Held(worker);
        if let Some(worker) = self.worker(worker) {
            worker.held.push(id);
            worker.idle_since = None;
        }
    }

    fn send_batch(&mut self, _: WorkerId, _: CallId, _: &[&Call]) {
        unreachable!("no call of this model is batched");
    }

    fn revoke_unstarted(&mut self, _: WorkerId) -> Vec<CallId> {
        Vec::new()
    }

    fn count_unstarted(&mut self, _: WorkerId) -> usize {
        0
    }

    fn item(&mut self, _: CallId, _: Output) {
        unreachable!("no call is a stream");
    }

    fn credit(&mut self, _: WorkerId, _: CallId, _: Credit) {
        unreachable!("no call is a stream");
    }

    fn ping(&mut self, _: WorkerId) {}

    fn settle(&mut self, call: Call, outcome: Outcome) {
        let id = call.id();
        self.log.push(format!("    settle {id} {outcome:?}"));
        let code = outcome.as_ref().err().map_or("ok", Failure::code);
        self.count(code);
        let state = std::mem::replace(&mut self.call_mut(id).state, CallState::Settled);
        self.require(state != CallState::Settled, |_| {
            format!("{id} settles twice")
        });
        let is_of_first_load =
            matches!(self.trigger, Trigger::Lost(true)) && self.own.last_start.is_none();
        self.require((code == "ERR_PYTHON_LOAD") == is_of_first_load, |_| {
            format!("FirstLoad: {id} gets {code}")
        });
        self.waiting.remove(&id);
        if let CallState::Held(by) = state
            && let Some(worker) = self.worker(by)
        {
            worker.held.retain(|held| *held != id);
        }
    }

    fn cancel(&mut self, _: WorkerId, _: CallId) {}

    fn signal(&mut self, _: WorkerId) {}

    fn dump_stacks(&mut self, _: WorkerId) {}

    fn close(&mut self, worker: WorkerId) {
        self.log.push(format!("    close {worker:?}"));
        if !self.is_closing {
            self.check_end(worker);
            self.count("idle");
        }
        if let Some(worker) = self.worker(worker) {
            worker.phase = Phase::Ending;
        }
    }

    fn interrupt(&mut self, worker: WorkerId) {
        let is_closing = self.is_closing;
        self.require(is_closing, |_| format!("Idle: {worker:?} is interrupted"));
        if let Some(worker) = self.worker(worker) {
            worker.phase = Phase::Ending;
        }
    }

    fn kill(&mut self, worker: WorkerId) {
        let known = self.worker(worker).cloned();
        let is_ending = known
            .as_ref()
            .is_none_or(|known| matches!(known.phase, Phase::Failing | Phase::Ending));
        self.require(is_ending, |_| format!("Idle: {known:?} is killed"));
    }

    fn ready(&mut self, _: WorkerId) {}

    fn log(&mut self, _: Level, _: Option<WorkerId>, _: String) {}

    fn initialized(&mut self, _: Result<(), Failure>) {
        self.own.is_running = true;
    }

    fn closed(&mut self) {}
}

impl World {
    /// A worker starts because calls wait.
    fn check_growth(&mut self, worker: WorkerId) {
        self.count("grown");
        self.require(!self.waiting.is_empty(), |_| {
            format!("Start: {worker:?} is started for no call")
        });
        let is_first = self.manned() == 0;
        let is_worth_it = is_first || self.may_grow();
        self.require(is_worth_it, |_| format!("Grow: {worker:?} is started"));
        let is_one_too_many = self.importing() >= self.limit();
        self.require(!is_one_too_many, |world| {
            format!("Double: {worker:?} is started beside {}", world.importing())
        });
    }

    /// A worker is told to exit because it is idle.
    fn check_end(&mut self, id: WorkerId) {
        self.require(self.manned() > self.min(), |world| {
            format!("Min: {id:?} is ended, one of {}", world.manned())
        });
        let idle = self
            .workers
            .iter()
            .flatten()
            .filter(|one| self.is_idle_for_long(one));
        let newest = idle.max_by_key(|one| (one.started_at, Reverse(one.id.slot)));
        let newest = newest.map(|one| (one.id, one.started_at));
        let started_at = self.worker(id).map(|one| one.started_at);
        let is_newest = newest.is_some_and(|(_, newest)| Some(newest) == started_at);
        let is_idle = self
            .worker(id)
            .cloned()
            .is_some_and(|one| self.is_idle_for_long(&one));
        self.require(is_newest && is_idle, |_| {
            format!("Idle: {id:?} is ended, and not {newest:?}")
        });
    }
}
