//! What callers and workers know.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::World;
use super::worker::{Phase, Unit, Worker};
use crate::id::{CallId, WorkerId};
use crate::scheduler::Event;
use crate::scheduler::kind::Kind;
use crate::scheduler::tests::model::{CallState, Rules};

/// A function of the script.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) is_async: bool,
    pub(super) is_known_to_be_async: bool,
    /// How many calls of it are passed to Python as one, and how long they wait for others.
    pub(super) batch: Option<(usize, Duration)>,
}

#[derive(Clone, Debug)]
pub(super) struct Known {
    /// By index.
    pub(super) function: usize,
    pub(super) shape: Box<str>,
    /// Of its frame.
    pub(super) size: usize,
    pub(super) submitted_at: Instant,
    pub(super) timeout: Option<Duration>,
    /// Since when that counts.
    pub(super) clock: Option<Instant>,
    /// When it has waited too long, if it may.
    pub(super) expires_at: Option<Instant>,
    pub(super) interrupt: bool,
    pub(super) retries: u32,
    /// Whether a worker that was lost had started it.
    pub(super) has_run: bool,
    pub(super) is_aborted: bool,
    pub(super) state: CallState,
}

/// The event that the scheduler is handling.
#[derive(Clone, Debug, Default)]
pub(super) enum Trigger {
    Submitted {
        call: CallId,
        /// How many calls waited before.
        waiting: usize,
    },
    Aborted(HashSet<CallId>),
    Replied(WorkerId, CallId),
    /// A reply that nothing allows.
    Lied(WorkerId),
    Lost(WorkerId),
    Ticked,
    #[default]
    Other,
}

impl Rules for World {
    fn note(&mut self, event: &Event) {
        let now = self.now;
        self.own.revoked.clear();
        match event {
            Event::Submit(call) => {
                let name = call.request().function();
                let mut functions = self.own.functions.iter();
                let function = functions.position(|one| one.name.as_bytes() == name);
                let batching = call.options.batch.as_ref();
                self.trigger = Trigger::Submitted {
                    call: call.id(),
                    waiting: self.waiting.len(),
                };
                self.waiting.insert(call.id());
                self.calls.push(Known {
                    function: function.unwrap(),
                    shape: batching.map_or_else(Box::default, |batching| batching.shape.clone()),
                    size: call.request().frame_len(),
                    submitted_at: now,
                    timeout: call.options.timeout,
                    clock: None,
                    expires_at: self.settings.queue_timeout.map(|timeout| now + timeout),
                    interrupt: call.options.interrupt,
                    retries: call.options.retries,
                    has_run: false,
                    is_aborted: false,
                    state: CallState::Waiting,
                });
            }
            Event::Abort(ids) => {
                for id in ids {
                    self.call_mut(*id).is_aborted = true;
                }
                self.trigger = Trigger::Aborted(ids.clone());
            }
            Event::Ready(worker) => self.worker(*worker).unwrap().phase = Phase::Serving,
            Event::IsAsync(worker, Some(unit)) => self.learn_async(*worker, *unit),
            Event::Replied(worker, id, _) => {
                let known = self.worker(*worker).unwrap();
                let mut held = known.held.iter();
                if held.any(|unit| unit.unanswered().contains(id)) {
                    known.answer(*id);
                    self.trigger = Trigger::Replied(*worker, *id);
                } else {
                    self.trigger = Trigger::Lied(*worker);
                }
            }
            Event::Pong(worker) => {
                let worker = self.worker(*worker).unwrap();
                worker.is_pinged = false;
                worker.is_silent = false;
            }
            Event::Exited {
                worker, unstarted, ..
            } => {
                self.trigger = Trigger::Lost(*worker);
                self.lose(*worker, unstarted);
            }
            Event::Drain { limit, .. } => {
                self.own.is_draining = true;
                self.own.drain_until = limit.map(|limit| now + limit);
            }
            Event::Tick => self.trigger = Trigger::Ticked,
            _ => {}
        }
    }

    fn check(&mut self) {
        for id in std::mem::take(&mut self.own.due) {
            let is_open = self.is_open(id);
            self.require(!is_open, |_| format!("Outcome: {id} is lost"));
        }
        if self.is_over() {
            return;
        }
        self.cancel_threads();
        for worker in self.workers.clone().into_iter().flatten() {
            for unit in &worker.held {
                self.check_unit(&worker, unit);
            }
        }
        self.check_waiting();
        self.check_trigger();
    }
}

impl World {
    pub(super) fn is_open(&self, id: CallId) -> bool {
        self.call(id).state != CallState::Settled
    }

    /// Whether the pool is closing, or is drained and about to close.
    pub(super) fn is_over(&self) -> bool {
        let mut calls = self.calls.iter();
        let has_open = calls.any(|call| call.state != CallState::Settled);
        let is_late = self.own.drain_until.is_some_and(|until| until <= self.now);
        self.is_closing || self.own.is_draining && (is_late || !has_open)
    }

    pub(super) fn function(&self, id: CallId) -> &Function {
        &self.own.functions[self.call(id).function]
    }

    pub(super) fn kind(&self, id: CallId) -> Kind {
        if self.function(id).is_known_to_be_async {
            Kind::Async
        } else {
            Kind::Plain
        }
    }

    /// Whether the time of a call that has a place is over.
    pub(super) fn is_late(&self, id: CallId) -> bool {
        self.deadline(id).is_some_and(|at| at <= self.now)
    }

    pub(super) fn deadline(&self, id: CallId) -> Option<Instant> {
        let call = self.call(id);
        Some(call.clock? + call.timeout?)
    }

    /// The calls of a unit without an outcome.
    pub(super) fn open(&self, unit: &Unit) -> Vec<CallId> {
        let unanswered = unit.unanswered().iter().copied();
        unanswered.filter(|id| self.is_open(*id)).collect()
    }

    /// What may run in a worker. In a line, those that have started before the last one are over: their answers are on
    /// the way.
    pub(super) fn running<'a>(&self, worker: &'a Worker) -> &'a [Unit] {
        let first = if self.settings.has_places_by_kind() {
            0
        } else {
            worker.held.len().saturating_sub(1)
        };
        &worker.held[first..]
    }

    /// Whether a unit has no call any more that is to go on.
    pub(super) fn is_unwanted(&self, unit: &Unit) -> bool {
        self.open(unit).into_iter().all(|id| self.is_late(id))
    }

    fn learn_async(&mut self, worker: WorkerId, unit: CallId) {
        let worker = self.worker(worker).unwrap();
        let unit = worker.held[worker.index_of(unit).unwrap()].clone();
        let Some(call) = self.open(&unit).first().copied() else {
            return; // nobody can say any more which function that was
        };
        let function = self.call(call).function;
        self.own.functions[function].is_known_to_be_async = true;
        for slot in 0..self.workers.len() {
            let held = self.workers[slot]
                .as_ref()
                .map(|worker| worker.held.clone());
            for (index, unit) in held.unwrap_or_default().into_iter().enumerate() {
                if let Some(call) = self.open(&unit).first().copied() {
                    let kind = self.kind(call);
                    self.workers[slot].as_mut().unwrap().held[index].kind = kind;
                }
            }
        }
    }

    /// The units that a worker has not started, and never will.
    pub(super) fn take_unstarted(&mut self, id: WorkerId) -> Vec<Unit> {
        let has_tokens = self.settings.has_start_tokens;
        let random = &mut self.random;
        let worker = self.workers[id.slot].as_mut();
        let Some(worker) = worker.filter(|worker| worker.id == id) else {
            return Vec::new();
        };
        let all = worker.held.len();
        worker.started = if has_tokens && random.one_in(3) {
            worker.started + random.index_below(all - worker.started + 1)
        } else {
            all
        };
        worker.held.split_off(worker.started)
    }

    /// A worker will not start a unit: its calls go back to the queue, if they are not late.
    pub(super) fn give_back(&mut self, unit: &Unit, is_rescue: bool) {
        for id in self.open(unit) {
            let is_late = self.is_late(id);
            let call = self.call_mut(id);
            if is_late && !is_rescue {
                call.state = CallState::TooLate;
            } else {
                call.state = CallState::Waiting;
                call.clock = call.clock.filter(|_| is_rescue);
                call.expires_at = call.expires_at.filter(|_| !is_rescue);
                self.waiting.insert(id);
            }
            let is_due = is_late || self.call(id).is_aborted;
            self.own.due.extend(is_due.then_some(id));
        }
    }

    fn lose(&mut self, id: WorkerId, unstarted: &[CallId]) {
        let lost = self.workers[id.slot].take().unwrap();
        let was_serving = lost.phase == Phase::Serving;
        let mut lost_together = 0;
        for unit in lost.held {
            if unstarted.contains(&unit.id) {
                self.give_back(&unit, false);
                continue;
            }
            lost_together += unit.unanswered().len();
            for id in self.open(&unit) {
                let is_late = self.is_late(id);
                let call = self.call_mut(id);
                if !is_late && call.retries > 0 {
                    call.retries -= 1;
                    call.has_run = true;
                    call.expires_at = None;
                    call.clock = None;
                    call.state = CallState::Waiting;
                    let is_aborted = call.is_aborted;
                    self.waiting.insert(id);
                    self.count("retry");
                    self.own.due.extend(is_aborted.then_some(id));
                } else {
                    self.own.due.push(id);
                }
            }
        }
        self.own.lost_together = was_serving.then_some(lost_together);
    }

    /// Nothing tells a thread that it is to end.
    fn cancel_threads(&mut self) {
        if self.settings.threads == 1 {
            return;
        }
        for slot in 0..self.workers.len() {
            let worker = self.workers[slot].clone();
            let held = worker.map_or_else(Vec::new, |worker| worker.held);
            for (index, unit) in held.iter().enumerate() {
                if unit.kind == Kind::Plain && self.is_unwanted(unit) {
                    let now = self.now;
                    self.workers[slot].as_mut().unwrap().cancel(index, now);
                }
            }
        }
    }

    pub(super) fn has_room(&self, worker: &Worker, kind: Kind) -> bool {
        let count = |kind| worker.held.iter().filter(|unit| unit.kind == kind).count();
        if !worker.takes_calls() {
            return false;
        }
        if !self.settings.has_places_by_kind() {
            return worker.held.is_empty();
        }
        match kind {
            Kind::Plain => count(Kind::Plain) < self.settings.threads,
            Kind::Async => {
                let is_blocked = self.settings.threads == 1 && count(Kind::Plain) > 0;
                count(Kind::Async) < self.settings.concurrency && !is_blocked
            }
        }
    }

    /// Whether any worker certainly has a place: one with a unit that is to end may be about to drain.
    pub(super) fn has_room_somewhere(&self, kind: Kind) -> bool {
        let is_unhurt = |worker: &&Worker| {
            let mut held = worker.held.iter();
            held.all(|unit| !unit.is_cancelled && !self.is_unwanted(unit))
        };
        let mut workers = self.workers.iter().flatten().filter(is_unhurt);
        workers.any(|worker| self.has_room(worker, kind))
    }
}
