//! What callers and workers know, and what that forbids the scheduler.

use std::collections::HashSet;
use std::time::Duration;

use super::World;
use super::worker::{GRACE, Held, Phase, SAY_WAIT, Stage, Worker};
use crate::id::{CallId, WorkerId};
use crate::scheduler::Event;
use crate::scheduler::kind::Kind;
use crate::scheduler::tests::model::{CallState, Rules};

/// The name of the async function.
pub(super) const ASYNC: &str = "answer";

#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) is_async: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) interrupt: bool,
    pub(super) is_aborted: bool,
    pub(super) state: CallState,
    /// What it was when it got its outcome: what is learned later changes nothing about it.
    pub(super) kind: Option<Kind>,
}

/// The event that the scheduler is handling.
#[derive(Debug, Default)]
pub(super) enum Trigger {
    Aborted(HashSet<CallId>),
    Replied(WorkerId, CallId),
    Cancelling(WorkerId, CallId),
    Stacks(WorkerId),
    Lost(WorkerId),
    Ticked,
    #[default]
    Other,
}

impl Rules for World {
    fn note(&mut self, event: &Event) {
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
                self.own.knows_async |=
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
                    worker.silent_since = None;
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
            Event::Tick => {
                self.trigger = Trigger::Ticked;
                self.let_calls_outstay();
            }
            _ => {}
        }
    }

    fn check(&mut self) {
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
    }
}

impl World {
    pub(super) fn is_open(&self, id: CallId) -> bool {
        self.call(id).state != CallState::Settled
    }

    pub(super) fn kind(&self, id: CallId) -> Kind {
        let call = self.call(id);
        let is_async = self.own.knows_async && call.is_async;
        call.kind
            .unwrap_or(if is_async { Kind::Async } else { Kind::Plain })
    }

    pub(super) fn has_threads(&self) -> bool {
        self.settings.threads > 1
    }

    pub(super) fn is_late(&self, held: &Held) -> bool {
        let timeout = self.call(held.call).timeout;
        timeout.is_some_and(|timeout| held.since + timeout <= self.now)
    }

    pub(super) fn let_calls_outstay(&mut self) {
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
        let is_idle = worker.held.is_empty() && worker.takes_calls();
        let mut has_late = false;
        for call in &back {
            let held = late.iter().find(|held| held.call == *call);
            let is_late = held.is_some_and(|held| self.is_late(held));
            has_late |= is_late;
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
        let now = self.now;
        if let Some(worker) = self.worker(id).filter(|_| is_idle && has_late) {
            worker.silent_since = Some(now);
        }
        back
    }

    pub(super) fn has_room(&self, worker: &Worker, kind: Kind) -> bool {
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

    /// Whether a worker has not said in time that it cancels a task, beside a plain call.
    pub(super) fn seems_deaf(&self, worker: &Worker) -> bool {
        let is_unheard = |held: &Held| match held.cancel {
            Some(Stage::Asked { since }) => {
                since + SAY_WAIT <= self.now && self.kind(held.call) == Kind::Async
            }
            _ => false,
        };
        self.is_blocked(worker) && worker.held.iter().any(is_unheard)
    }

    pub(super) fn is_blocked(&self, worker: &Worker) -> bool {
        let mut held = worker.held.iter();
        !self.has_threads() && held.any(|held| self.kind(held.call) == Kind::Plain)
    }

    /// Whether a worker has not answered in time, after it had not started a call in time.
    pub(super) fn is_silent_too_long(&self, worker: &Worker) -> bool {
        let since = worker.silent_since;
        since.is_some_and(|since| since + self.settings.ping_timeout <= self.now)
    }

    /// Whether a worker has a call that has not outstayed its grace period, and may end: none that nobody waits for does
    /// while a plain one keeps the main thread.
    pub(super) fn has_neighbors(&self, worker: &Worker) -> bool {
        let has_outstayed = |held: &&Held| held.cancel == Some(Stage::Outstayed);
        let mut outstayed = worker.held.iter().filter(has_outstayed);
        let is_stuck =
            !self.has_threads() && outstayed.any(|held| self.kind(held.call) == Kind::Plain);
        let mut others = worker.held.iter().filter(|held| !has_outstayed(held));
        others.any(|held| !is_stuck || self.call(held.call).state != CallState::Settled)
    }
}
