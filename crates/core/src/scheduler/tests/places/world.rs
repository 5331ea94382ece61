//! What callers and workers know, and what that forbids the scheduler.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::{Duration, Instant};

use super::sabotage::Bug;
use super::worker::{DRAIN_WAIT, GRACE, Held, PING_WAIT, Phase, SAY_WAIT, Stage, Worker};
use crate::call::Call;
use crate::failure::Failure;
use crate::id::{CallId, WorkerId};
use crate::kind::Kind;
use crate::level::Level;
use crate::outcome::Outcome;
use crate::scheduler::tests::simulation::random::Random;
use crate::scheduler::{Effects, Event, Settings};

/// The name of the async function.
pub(super) const ASYNC: &str = "answer";

/// The outcomes that all worlds together must have.
pub(super) const OUTCOMES: [&str; 5] = [
    "ok",
    "ABORT_ERR",
    "ERR_CALL_TIMEOUT",
    "ERR_POOL_CLOSED",
    "ERR_WORKER_CRASHED",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallState {
    Waiting,
    /// Taken from a worker that has not started it, when its time was over.
    TooLate,
    Held(WorkerId),
    Settled,
}

#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) is_async: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) interrupt: bool,
    pub(super) is_aborted: bool,
    pub(super) state: CallState,
    /// What it was when it got its outcome: what is learned later changes nothing about it.
    kind: Option<Kind>,
}

/// The event that the scheduler is handling.
#[derive(Debug)]
enum Trigger {
    Aborted(HashSet<CallId>),
    Replied(WorkerId, CallId),
    Cancelling(WorkerId, CallId),
    Stacks(WorkerId),
    Lost(WorkerId),
    Ticked,
    Other,
}

pub(super) struct World {
    pub(super) settings: Settings,
    pub(super) random: Random,
    pub(super) now: Instant,
    /// By slot.
    pub(super) workers: Vec<Option<Worker>>,
    /// By id, from 1.
    pub(super) calls: Vec<Known>,
    waiting: BTreeSet<CallId>,
    knows_async: bool,
    pub(super) is_closing: bool,
    trigger: Trigger,
    bug: Option<Bug>,
    violation: Option<String>,
    pub(super) log: Vec<String>,
    pub(super) counts: BTreeMap<&'static str, u64>,
}

impl World {
    pub(super) fn new(settings: Settings, random: Random, now: Instant, bug: Option<Bug>) -> Self {
        Self {
            workers: (0..settings.workers).map(|_| None).collect(),
            settings,
            random,
            now,
            calls: Vec::new(),
            waiting: BTreeSet::new(),
            knows_async: false,
            is_closing: false,
            trigger: Trigger::Other,
            bug,
            violation: None,
            log: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    pub(super) fn call(&self, id: CallId) -> &Known {
        &self.calls[index_of(id)]
    }

    fn call_mut(&mut self, id: CallId) -> &mut Known {
        &mut self.calls[index_of(id)]
    }

    pub(super) fn worker(&mut self, id: WorkerId) -> Option<&mut Worker> {
        let worker = self.workers[id.slot].as_mut();
        worker.filter(|worker| worker.id == id)
    }

    pub(super) fn is_open(&self, id: CallId) -> bool {
        self.call(id).state != CallState::Settled
    }

    fn kind(&self, id: CallId) -> Kind {
        let call = self.call(id);
        let is_async = self.knows_async && call.is_async;
        call.kind
            .unwrap_or(if is_async { Kind::Async } else { Kind::Plain })
    }

    fn has_threads(&self) -> bool {
        self.settings.threads > 1
    }

    fn is_late(&self, held: &Held) -> bool {
        let timeout = self.call(held.call).timeout;
        timeout.is_some_and(|timeout| held.since + timeout <= self.now)
    }

    /// Notes what is about to happen.
    pub(super) fn note(&mut self, event: &Event) {
        self.trigger = Trigger::Other;
        match event {
            Event::Submit(call) => {
                self.calls.push(Known {
                    is_async: call.request().function() == ASYNC.as_bytes(),
                    timeout: call.options.timeout,
                    interrupt: call.options.interrupt,
                    is_aborted: false,
                    kind: None,
                    state: CallState::Waiting,
                });
                self.waiting.insert(call.id());
            }
            Event::Abort(ids) => {
                for id in ids {
                    self.call_mut(*id).is_aborted = true;
                }
                self.trigger = Trigger::Aborted(ids.clone());
            }
            Event::Ready(worker) => {
                if let Some(worker) = self.worker(*worker) {
                    worker.phase = Phase::Serving;
                }
            }
            Event::IsAsync(worker, Some(id)) => {
                self.knows_async |=
                    self.call(*id).state == CallState::Held(*worker) && self.call(*id).is_async;
            }
            Event::Replied(worker, id, _) => {
                self.trigger = Trigger::Replied(*worker, *id);
                if !self.is_open(*id)
                    && let Some(worker) = self.worker(*worker)
                {
                    worker.forget(*id);
                }
            }
            Event::Cancelling(worker, id, _) => {
                self.trigger = Trigger::Cancelling(*worker, *id);
                let since = self.now;
                let held = self.worker(*worker).and_then(|one| one.held_mut(*id));
                if let Some(held) = held
                    && let Some(Stage::Asked { .. } | Stage::Unheard) = held.cancel
                {
                    held.cancel = Some(Stage::Ending { since });
                }
            }
            Event::Pong(worker) => {
                let now = self.now;
                if let Some(worker) = self.worker(*worker) {
                    worker.pinged = None;
                    worker.quiet_since = (worker.held.len() > 1).then_some(now);
                }
            }
            Event::Stacks(worker, _) => self.trigger = Trigger::Stacks(*worker),
            Event::Exited { worker, .. } => {
                self.trigger = Trigger::Lost(*worker);
                if let Some(lost) = self.worker(*worker) {
                    lost.phase = Phase::Killed;
                }
            }
            Event::Shutdown { .. } => self.is_closing = true,
            Event::Tick => {
                self.trigger = Trigger::Ticked;
                self.let_calls_outstay();
            }
            _ => {}
        }
    }

    fn let_calls_outstay(&mut self) {
        let now = self.now;
        for worker in self.workers.iter_mut().flatten() {
            for held in &mut worker.held {
                if let Some(Stage::Ending { since }) = held.cancel
                    && worker.phase == Phase::Serving
                    && since + GRACE <= now
                {
                    held.cancel = Some(Stage::Outstayed);
                    worker.draining_since.get_or_insert(now);
                }
            }
        }
    }

    /// The calls that a worker has not started, and never will.
    pub(super) fn unstarted(&mut self, id: WorkerId) -> Vec<CallId> {
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
        let late: Vec<_> = worker.held.clone();
        let back = worker.gives_back();
        for call in &back {
            let held = late.iter().find(|held| held.call == *call);
            let is_late = held.is_some_and(|held| self.is_late(held));
            if !self.is_open(*call) {
                continue;
            }
            if is_late {
                self.call_mut(*call).state = CallState::TooLate;
            } else {
                self.call_mut(*call).state = CallState::Waiting;
                self.waiting.insert(*call);
            }
        }
        back
    }

    fn has_room(&self, worker: &Worker, kind: Kind) -> bool {
        let count = |kind| {
            let of_kind = worker
                .held
                .iter()
                .filter(|held| self.kind(held.call) == kind);
            of_kind.count()
        };
        worker.takes_calls()
            && match kind {
                Kind::Plain => count(Kind::Plain) < self.settings.threads,
                Kind::Async => {
                    let is_blocked = !self.has_threads() && count(Kind::Plain) > 0;
                    count(Kind::Async) < self.settings.concurrency && !is_blocked
                }
            }
    }

    fn is_blocked(&self, worker: &Worker) -> bool {
        let mut held = worker.held.iter();
        !self.has_threads() && held.any(|held| self.kind(held.call) == Kind::Plain)
    }

    /// Whether a worker has a call that has not outstayed its grace period.
    fn has_neighbors(worker: &Worker) -> bool {
        let has_outstayed = |held: &Held| held.cancel == Some(Stage::Outstayed);
        !worker.held.iter().all(has_outstayed)
    }

    fn require(&mut self, holds: bool, what: impl FnOnce(&Self) -> String) {
        if !holds && self.violation.is_none() {
            self.violation = Some(what(self));
        }
    }

    /// After all effects of one event.
    pub(super) fn check(&mut self, next_deadline: Option<Instant>) -> Result<(), String> {
        if let Trigger::Lost(lost) = self.trigger {
            self.forget_lost(lost);
        }
        self.move_silently();
        if !self.is_closing {
            for worker in self.workers.clone().into_iter().flatten() {
                self.check_worker(&worker);
            }
            for kind in [Kind::Plain, Kind::Async] {
                self.check_no_idle_wait(kind);
            }
        }
        if matches!(self.trigger, Trigger::Ticked) {
            let is_done = next_deadline.is_none_or(|next| next > self.now);
            self.require(is_done, |_| {
                "a tick has done nothing about its deadline".into()
            });
        }
        self.violation.take().map_or(Ok(()), Err)
    }

    fn forget_lost(&mut self, lost: WorkerId) {
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
    fn move_silently(&mut self) {
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
                    Some(Stage::Unheard)
                        if !is_blocked && matches!(self.trigger, Trigger::Replied(..)) =>
                    {
                        Stage::Asked { since }
                    }
                    Some(Stage::Asked { .. }) if is_thread && !self.is_open(held.call) => {
                        Stage::Ending { since }
                    }
                    Some(Stage::Asked { since: asked })
                        if is_blocked
                            && self.kind(held.call) == Kind::Async
                            && asked + SAY_WAIT <= self.now
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

    fn check_worker(&mut self, worker: &Worker) {
        if worker.phase != Phase::Serving {
            return;
        }
        let is_tick = matches!(self.trigger, Trigger::Ticked);
        let is_over = worker.draining_since.is_some_and(|since| {
            is_tick && since + DRAIN_WAIT <= self.now || !Self::has_neighbors(worker)
        });
        self.require(!is_over, |_| format!("OnTime: {worker:?} goes on"));
        let is_quiet = worker.pinged.is_none()
            && worker
                .quiet_since
                .is_some_and(|since| is_tick && since + PING_WAIT <= self.now);
        self.require(!is_quiet, |_| {
            format!("Heartbeat: {worker:?} is not pinged")
        });
        let is_hidden = worker.pinged.is_some_and(|(since, is_told)| {
            // At the second look, if a plain call ran at the first.
            let wait = PING_WAIT * 2 + SAY_WAIT;
            is_tick && !is_told && since + wait <= self.now && !worker.was_blocked
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

    fn check_no_idle_wait(&mut self, kind: Kind) {
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

    fn check_settled(&mut self, id: CallId, outcome: &Outcome) -> bool {
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

    fn revoke_unstarted(&mut self, worker: WorkerId) -> Vec<CallId> {
        let held = self.worker(worker).map(|one| one.held.clone());
        let is_due = held.unwrap_or_default().iter().any(|held| {
            self.is_late(held)
                || matches!(&self.trigger, Trigger::Aborted(ids) if ids.contains(&held.call))
        });
        self.require(is_due || self.is_closing, |_| {
            format!("TakeBack: calls are taken from {worker:?}")
        });
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

    fn ping(&mut self, worker: WorkerId) {
        self.log.push(format!("    ping {worker:?}"));
        let known = self.worker(worker).cloned();
        let is_due = known.as_ref().is_some_and(|known| {
            known.phase == Phase::Serving && known.held.len() > 1 && known.pinged.is_none()
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
        *self.counts.entry(code).or_default() += 1;
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
        if is_plain {
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
            .is_some_and(|since| since + DRAIN_WAIT <= self.now || !Self::has_neighbors(&known));
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

/// No index for 0, which is no call.
fn index_of(id: CallId) -> usize {
    usize::try_from(id.0).unwrap().wrapping_sub(1)
}
