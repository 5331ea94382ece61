//! What callers and workers know, and what must hold after each event.

use std::time::{Duration, Instant};

use super::World;
use crate::id::{CallId, WorkerId};
use crate::scheduler::Event;
use crate::scheduler::tests::model::{CallState, Process, Rules};

pub(super) struct Known {
    pub(super) state: CallState,
    pub(super) submitted_at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Importing,
    Serving,
    /// Its import has failed, and it is about to exit.
    Failing,
    /// Told to exit.
    Ending,
}

#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub(super) id: WorkerId,
    pub(super) phase: Phase,
    pub(super) held: Vec<CallId>,
    pub(super) started_at: Instant,
    pub(super) idle_since: Option<Instant>,
}

impl Process for Worker {
    fn id(&self) -> WorkerId {
        self.id
    }
}

impl Worker {
    pub(super) fn is_busy(&self) -> bool {
        self.phase == Phase::Serving && !self.held.is_empty()
    }
}

/// The event that the scheduler is handling.
#[derive(Clone, Debug, Default)]
pub(super) enum Trigger {
    Prepared,
    /// Whether its import had failed, or it crashed while it imported.
    Lost(bool),
    Ticked,
    #[default]
    Other,
}

impl Rules for World {
    fn note(&mut self, event: &Event) {
        let now = self.now;
        match event {
            Event::Prepared(_) => self.trigger = Trigger::Prepared,
            Event::Submit(call) => {
                self.waiting.insert(call.id());
                self.calls.push(Known {
                    state: CallState::Waiting,
                    submitted_at: now,
                });
            }
            Event::Ready(worker) => {
                let mut took = Duration::ZERO;
                if let Some(worker) = self.worker(*worker) {
                    worker.phase = Phase::Serving;
                    took = now - worker.started_at;
                }
                self.own.last_start = Some(took);
            }
            Event::LoadFailed(worker, _) => {
                if let Some(worker) = self.worker(*worker) {
                    worker.phase = Phase::Failing;
                }
            }
            Event::Exited { worker, .. } => self.lose(*worker),
            Event::Tick => self.trigger = Trigger::Ticked,
            _ => {}
        }
    }

    fn check(&mut self) {
        if self.is_closing || !self.own.is_running {
            return;
        }
        self.note_idle_workers();
        if let Trigger::Lost(true) = self.trigger
            && self.own.last_start.is_none()
        {
            let is_settled = self.waiting.is_empty();
            self.require(is_settled, |_| "FirstLoad: a call waits on".into());
        }
        let has_worker = self.manned() > 0 || self.all_slots_are_taken();
        self.require(self.waiting.is_empty() || has_worker, |_| {
            "NoIdleWait: a call waits, and there is no worker".into()
        });
        let is_overdue = self.may_grow() && self.importing() < self.limit();
        let has_slot = self.manned() < self.workers.len() && !self.all_slots_are_taken();
        self.require(!is_overdue || !has_slot, |_| {
            "NoIdleWait: a call waits too long for another worker".into()
        });
        let is_idle = self
            .workers
            .iter()
            .flatten()
            .any(|one| self.is_idle_for_long(one));
        self.require(!is_idle || self.manned() <= self.min(), |_| {
            "Shrink: a worker is idle for too long".into()
        });
    }
}

impl World {
    pub(super) fn min(&self) -> usize {
        self.settings.elastic.unwrap().min
    }

    /// The workers that are to stay, and those that replace lost ones.
    pub(super) fn manned(&self) -> usize {
        let alive = self.workers.iter().flatten();
        alive.filter(|one| one.phase != Phase::Ending).count() + self.own.vacant.len()
    }

    pub(super) fn importing(&self) -> usize {
        let alive = self.workers.iter().flatten();
        let importing = alive.filter(|one| one.phase == Phase::Importing).count();
        importing + self.own.vacant.len()
    }

    /// How many workers may start at a time.
    pub(super) fn limit(&self) -> usize {
        let others = self.manned() - self.importing();
        self.waiting.len().min(others.max(1))
    }

    /// Whether a call has waited for as long as a start takes.
    pub(super) fn may_grow(&self) -> bool {
        let since = self
            .waiting
            .iter()
            .map(|id| self.call(*id).submitted_at)
            .min();
        match (since, self.own.last_start) {
            (Some(since), Some(took)) => since + took <= self.now,
            _ => false,
        }
    }

    pub(super) fn is_idle_for_long(&self, worker: &Worker) -> bool {
        let timeout = self
            .settings
            .elastic
            .map(|elastic| elastic.idle_timeout);
        let is_idle = worker.phase == Phase::Serving;
        let since = worker.idle_since.filter(|_| is_idle);
        since
            .zip(timeout)
            .is_some_and(|(since, timeout)| since + timeout <= self.now)
    }

    pub(super) fn all_slots_are_taken(&self) -> bool {
        let is_taken = |(slot, worker): (usize, &Option<Worker>)| {
            worker.is_some() || self.own.vacant.contains(&slot)
        };
        self.workers.iter().enumerate().all(is_taken)
    }

    /// Those that have come to have no call are idle from now on.
    fn note_idle_workers(&mut self) {
        let now = self.now;
        for worker in self.workers.iter_mut().flatten() {
            let is_idle = worker.phase == Phase::Serving && worker.held.is_empty();
            worker.idle_since = is_idle.then(|| worker.idle_since.unwrap_or(now));
        }
    }

    fn lose(&mut self, id: WorkerId) {
        let Some(lost) = self.worker(id).cloned() else {
            return;
        };
        self.workers[id.slot] = None;
        let has_failed = matches!(lost.phase, Phase::Importing | Phase::Failing);
        self.trigger = Trigger::Lost(has_failed);
        if lost.phase != Phase::Ending && self.own.last_start.is_some() {
            self.own.vacant.push(id.slot);
        }
    }
}
