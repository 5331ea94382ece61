//! What must hold after each event, and which outcome a call may have.

use super::World;
use super::worker::{Phase, SAY_WAIT, Unit, Worker};
use super::world::Trigger;
use crate::failure::Failure;
use crate::id::CallId;
use crate::outcome::Outcome;
use crate::scheduler::tests::model::CallState;

impl World {
    pub(super) fn check_trigger(&mut self) {
        match self.trigger.clone() {
            Trigger::Submitted { waiting, .. } => {
                let limit = self.settings.max_queue.max(waiting);
                let count = self.waiting.len();
                self.require(count <= limit, |_| format!("Queue: {count} calls wait"));
            }
            Trigger::Aborted(ids) => {
                for id in ids {
                    let call = self.call(id);
                    let is_over = match call.state {
                        CallState::Held(_) => !call.interrupt || self.is_late(id),
                        state => state == CallState::Settled,
                    };
                    self.require(is_over, |_| format!("Abort: {id} goes on"));
                }
            }
            Trigger::Replied(worker, id) => {
                let is_open = self.call(id).state == CallState::Held(worker);
                self.require(!is_open, |_| format!("Outcome: the one of {id} is lost"));
            }
            Trigger::Lied(worker) => {
                let is_killed = self
                    .worker(worker)
                    .is_some_and(|worker| worker.phase == Phase::Killed);
                self.require(is_killed, |_| {
                    format!("Outcome: {worker:?} answers a call twice")
                });
            }
            Trigger::Lost(_) | Trigger::Ticked | Trigger::Other => {}
        }
    }

    pub(super) fn check_unit(&mut self, worker: &Worker, unit: &Unit) {
        let open = self.open(unit);
        let is_told = unit.is_cancelled || worker.phase > Phase::Serving;
        let runs = self.running(worker).iter().any(|other| other.id == unit.id);
        let is_over = is_told || unit.answered > 0 || !runs;
        self.require(!open.is_empty() || is_over, |_| {
            format!("Told: nobody awaits {unit:?}")
        });
        if !matches!(self.trigger, Trigger::Ticked) {
            return;
        }
        for id in &open {
            let Some(at) = self.deadline(*id).filter(|at| *at <= self.now) else {
                continue;
            };
            // The last ones wait for the stack.
            let may_wait = self.is_unwanted(unit) && at + SAY_WAIT > self.now;
            self.require(may_wait, |_| format!("OnTime: {id} of {unit:?} is late"));
        }
    }

    pub(super) fn check_waiting(&mut self) {
        for front in self.fronts() {
            let has_room = self.has_room_somewhere(self.kind(front));
            let may_wait = !has_room || self.gathers_until(front).is_some();
            self.require(may_wait, |_| format!("Wait: {front} waits for nothing"));
        }
        for id in self.waiting.clone() {
            let expires_at = self.call(id).expires_at;
            let is_late = expires_at.is_some_and(|at| at <= self.now);
            let is_tick = matches!(self.trigger, Trigger::Ticked);
            self.require(!is_late || !is_tick, |_| {
                format!("OnTime: {id} waits too long")
            });
        }
    }

    /// Whether these calls may be a batch.
    pub(super) fn check_batch(&mut self, batch: CallId, calls: &[CallId]) {
        let is_new = batch.is_of_batch() && self.own.batches.insert(batch);
        self.require(is_new, |_| format!("Ids: {batch} is one again"));
        let front = calls[0];
        let line = self.line_with(front);
        let Some((max, wait)) = self.function(front).batch else {
            return self.require(false, |_| format!("Alike: {front} is in {batch}"));
        };
        let is_alike = calls.iter().all(|id| line.contains(id));
        self.require(is_alike, |_| format!("Alike: {calls:?} of {line:?}"));
        self.require(line.starts_with(calls), |_| {
            format!("Order: {calls:?} of {line:?}")
        });
        self.require(calls.len() <= max, |_| {
            format!("Max: {calls:?} are more than {max}")
        });
        let size_of = |ids: &[CallId]| -> usize { ids.iter().map(|id| self.call(*id).size).sum() };
        let limit = self.settings.max_batch_size;
        let fits = calls.len() == 1 || size_of(calls) <= limit;
        let next = line.get(..=calls.len()).map(size_of);
        let is_whole = calls.len() == max || next.is_none_or(|size| size > limit);
        self.require(fits, |_| format!("Size: {calls:?} are too large"));
        self.require(is_whole, |_| format!("Whole: {calls:?} of {line:?}"));
        let until = self.gathers_until(front);
        self.require(until.is_none(), |_| {
            format!("Early: {calls:?} wait no longer")
        });
        let is_over = self.call(front).submitted_at + wait <= self.now;
        if !wait.is_zero() && is_over {
            self.count("wait");
        }
        if calls.len() > 1 {
            self.count("batch of several");
        }
    }

    /// Whether what begins with this call is the next to be sent.
    pub(super) fn check_fifo(&mut self, first: CallId) {
        let older = self.fronts().into_iter().find(|front| {
            *front < first
                && self.gathers_until(*front).is_none()
                && self.has_room_somewhere(self.kind(*front))
        });
        self.require(older.is_none(), |_| {
            format!("Fifo: {first} is sent before {older:?}")
        });
        let front = self.line_with(first).first().copied();
        self.require(front == Some(first), |_| {
            format!("Order: {first} is sent before {front:?}")
        });
    }

    pub(super) fn check_settled(&mut self, id: CallId, outcome: &Outcome) -> bool {
        let call = self.call(id).clone();
        let by = match call.state {
            CallState::Held(by) => Some(by),
            _ => None,
        };
        let is_held = by.is_some();
        let has_started = by.is_some_and(|by| {
            let worker = self.worker(by);
            worker.is_some_and(|worker| worker.has_started(id))
        });
        let is_lost = matches!(self.trigger, Trigger::Lost(lost) if by == Some(lost));
        let was_started = call.has_run || has_started || is_lost;
        let is_waiting = call.state == CallState::Waiting;
        match outcome {
            Ok(output) => {
                let is_its = output.json() == id.0.to_string().as_bytes();
                let replied = matches!(self.trigger, Trigger::Replied(from, to) if by == Some(from) && to == id);
                is_its && replied
            }
            Err(Failure::Aborted { started }) => {
                let is_new = matches!(&self.trigger, Trigger::Aborted(ids) if ids.contains(&id));
                let may_end = is_waiting || is_held && call.interrupt && is_new;
                call.is_aborted && may_end && *started == was_started
            }
            Err(Failure::CallTimeout { started, .. }) => {
                let may_end = is_held || call.state == CallState::TooLate;
                may_end && self.is_late(id) && *started == was_started
            }
            Err(Failure::Crashed { collateral, .. }) => {
                let together = self.own.lost_together;
                let is_right = together.is_none_or(|count| *collateral == (count > 1));
                is_lost && call.retries == 0 && is_right
            }
            Err(Failure::QueueFull { .. }) => {
                let is_newest =
                    matches!(self.trigger, Trigger::Submitted { call, .. } if call == id);
                let is_full = self.waiting.len() > self.settings.max_queue;
                let mut fronts = self.fronts().into_iter();
                let has_room = fronts.any(|front| self.has_room_somewhere(self.kind(front)));
                is_waiting && is_newest && is_full && !has_room
            }
            Err(Failure::QueueTimeout { timeout, .. }) => {
                let is_late = call.expires_at.is_some_and(|at| at <= self.now);
                let is_its = self.settings.queue_timeout == Some(*timeout);
                is_waiting && is_late && is_its
            }
            Err(Failure::Closed(_)) => {
                let is_refused = matches!(self.trigger, Trigger::Submitted { .. });
                self.is_over() || self.own.is_draining && is_refused
            }
            Err(_) => false,
        }
    }
}
