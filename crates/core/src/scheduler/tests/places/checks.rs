//! What must hold after each event, and which outcome a call may have.

use std::time::Instant;

use super::World;
use super::worker::{DRAIN_WAIT, GRACE, PING_WAIT, Phase, SAY_WAIT, Stage, Worker};
use super::world::Trigger;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::outcome::Outcome;
use crate::scheduler::kind::Kind;
use crate::scheduler::tests::model::CallState;

impl World {
    pub(super) fn forget_lost(&mut self, lost: WorkerId) {
        let open = self.worker(lost).map(|one| one.held.clone());
        for held in open.unwrap_or_default() {
            let is_open = self.call(held.call).state == CallState::Held(lost);
            self.require(!is_open, |_| format!("{} is lost with {lost:?}", held.call));
        }
        if self.worker(lost).is_some() {
            self.workers[lost.slot] = None;
        }
    }

    /// What follows without an effect: a thread is not interrupted, and a task is not heard beside a plain call.
    pub(super) fn move_silently(&mut self) {
        let since = self.now;
        for slot in 0..self.workers.len() {
            let Some(worker) = self.workers[slot].clone() else {
                continue;
            };
            let is_blocked = self.is_blocked(&worker);
            if let Some(worker) = &mut self.workers[slot] {
                worker.was_blocked = is_blocked || worker.was_blocked && worker.pinged.is_some();
            }
            for (index, held) in worker.held.iter().enumerate() {
                let is_thread = self.has_threads() && self.kind(held.call) == Kind::Plain;
                let next = match held.cancel {
                    Some(Stage::Due) if is_thread => Stage::Ending { since },
                    Some(Stage::Unheard) if !is_blocked => Stage::Asked { since },
                    Some(Stage::Asked { .. }) if is_thread && !self.is_open(held.call) => {
                        Stage::Ending { since }
                    }
                    Some(Stage::Asked { since: asked })
                        if is_blocked
                            && self.kind(held.call) == Kind::Async
                            && asked + SAY_WAIT <= self.now
                            && worker.started == worker.held.len()
                            && matches!(self.trigger, Trigger::Ticked) =>
                    {
                        Stage::Unheard
                    }
                    _ => continue,
                };
                if let Some(worker) = &mut self.workers[slot] {
                    worker.held[index].cancel = Some(next);
                }
            }
        }
    }

    pub(super) fn check_worker(&mut self, worker: &Worker) {
        if worker.phase != Phase::Serving {
            return;
        }
        let is_tick = matches!(self.trigger, Trigger::Ticked);
        let is_over = worker.draining_since.is_some_and(|since| {
            is_tick && since + DRAIN_WAIT <= self.now || !self.has_neighbors(worker)
        });
        self.require(!is_over, |_| format!("OnTime: {worker:?} goes on"));
        let keeps_calls = worker.draining_since.is_some() && worker.started < worker.held.len();
        self.require(!keeps_calls, |_| {
            format!("TakeBack: {worker:?} drains, and may hold calls that it has not started")
        });
        let is_quiet = worker.pinged.is_none()
            && worker
                .quiet_since
                .is_some_and(|since| is_tick && since + PING_WAIT <= self.now);
        self.require(!is_quiet, |_| {
            format!("Heartbeat: {worker:?} is not pinged")
        });
        let is_doubted = worker.silent_since.is_some();
        self.require(!is_doubted || worker.pinged.is_some(), |_| {
            format!("Heartbeat: {worker:?} is silent, and not pinged")
        });
        let is_trusted = is_tick && self.is_silent_too_long(worker);
        self.require(!is_trusted, |_| format!("OnTime: {worker:?} stays silent"));
        let is_hidden = worker.pinged.is_some_and(|(since, is_told)| {
            // At the second look, if a plain call ran at the first.
            let wait = PING_WAIT * 2 + SAY_WAIT;
            is_tick && !is_told && since + wait <= self.now && !worker.was_blocked && !is_doubted
        });
        self.require(!is_hidden, |_| {
            format!("Heartbeat: {worker:?} is blocked, and nobody knows")
        });
        for held in &worker.held {
            let is_due = |since: Instant, wait| is_tick && since + wait <= self.now;
            let is_overdue = match held.cancel {
                Some(Stage::Due) => true,
                Some(Stage::Asked { since }) => is_due(since, SAY_WAIT),
                Some(Stage::Ending { since }) => is_due(since, GRACE),
                Some(Stage::Outstayed | Stage::Unheard) => false,
                None => is_tick && self.is_late(held),
            };
            self.require(!is_overdue, |_| {
                format!("OnTime: nothing is done about {held:?} in {worker:?}")
            });
            let call = self.call(held.call);
            let is_overlooked = call.is_aborted
                && call.interrupt
                && held.cancel.is_none()
                && matches!(self.trigger, Trigger::Aborted(_));
            self.require(!is_overlooked, |_| format!("OnTime: {held:?} was aborted"));
        }
    }

    pub(super) fn check_no_idle_wait(&mut self, kind: Kind) {
        let mut of_kind = self.waiting.iter().filter(|id| self.kind(**id) == kind);
        let Some(next) = of_kind.next().copied() else {
            return;
        };
        let mut workers = self.workers.iter().flatten();
        let free = workers.find(|worker| self.has_room(worker, kind)).cloned();
        self.require(free.is_none(), |_| {
            format!("NoIdleWait: {next} waits, and {free:?} has a place")
        });
    }

    pub(super) fn check_settled(&mut self, id: CallId, outcome: &Outcome) -> bool {
        let state = self.call(id).state;
        let by = match state {
            CallState::Held(by) => self.worker(by).cloned(),
            _ => None,
        };
        let held = by.as_ref().and_then(|by| {
            let index = by.held.iter().position(|held| held.call == id)?;
            Some((by.held[index], index < by.started))
        });
        let is_lost = |by: &Worker| matches!(self.trigger, Trigger::Lost(lost) if lost == by.id);
        match (outcome, state, by, held) {
            (Ok(output), CallState::Held(by), ..) => {
                output.json() == id.0.to_string().as_bytes()
                    && matches!(self.trigger, Trigger::Replied(from, to) if from == by && to == id)
            }
            (Err(Failure::Aborted { started }), CallState::Waiting, ..) => {
                !started && self.call(id).is_aborted
            }
            (Err(Failure::Aborted { started }), _, Some(by), Some((_, has_started))) => {
                let is_its = matches!(&self.trigger, Trigger::Aborted(ids) if ids.contains(&id));
                // What one that serves has not started was taken back.
                let is_right = *started == has_started && (has_started || !by.is_alive());
                is_its && is_right && self.call(id).interrupt
            }
            (Err(Failure::CallTimeout { started, .. }), CallState::TooLate, ..) => !started,
            (Err(Failure::CallTimeout { started, .. }), _, Some(by), Some((held, _))) => {
                let is_known = match self.trigger {
                    Trigger::Cancelling(worker, call) => worker == by.id && call == id,
                    Trigger::Stacks(worker) => worker == by.id && self.kind(id) == Kind::Plain,
                    _ => false,
                };
                let asked = match (held.cancel, by.phase) {
                    (Some(Stage::Asked { since }), _) | (_, Phase::Late { since }) => Some(since),
                    (Some(Stage::Ending { since }), _) if is_known => Some(since),
                    _ => None,
                };
                let is_in_vain = asked.is_some_and(|since| since + SAY_WAIT <= self.now);
                let is_late = self.is_late(&held);
                *started && is_late && (is_known || is_in_vain || is_lost(&by) || self.is_closing)
            }
            (Err(Failure::Crashed { collateral, .. }), _, Some(by), Some((_, has_started))) => {
                is_lost(&by) && has_started && *collateral == (by.started > 1)
            }
            (Err(Failure::Closed(_)), ..) => self.is_closing,
            _ => false,
        }
    }
}
