//! What consumers and workers know.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use super::sabotage::Bug;
use crate::id::{CallId, WorkerId};
use crate::scheduler::tests::simulation::random::Random;
use crate::scheduler::{Event, Settings};
use crate::wire::{Credit, Output};

/// The name of the async function.
pub(super) const ASYNC: &str = "answer";

/// The bytes that may be open before an item is one too many.
const WINDOW_BYTES: u64 = 262_144;
/// How long the place of a stream may be kept from calls before the owner is told.
const WARNING_WAIT: Duration = Duration::from_secs(5);
/// How long a drain waits for a consumer.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);

/// What all worlds together must have seen.
pub(super) const OCCURRENCES: [&str; 8] = [
    "ABORT_ERR",
    "ERR_NOT_SERIALIZABLE",
    "ERR_POOL_CLOSED",
    "ERR_WORKER_CRASHED",
    "item",
    "ok",
    "signal",
    "told",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Held(WorkerId),
    Settled,
}

#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The window of a stream; `None` for a call that is none.
    pub(super) window: Option<u64>,
    pub(super) is_async: bool,
    pub(super) state: State,
    /// How many items its worker has sent.
    pub(super) sent: u64,
    /// How many its consumer has got.
    pub(super) got: u64,
    /// The sizes of those that it has not taken.
    pub(super) open: VecDeque<u64>,
    pub(super) stalled_since: Option<Instant>,
    pub(super) is_told: bool,
    /// Since when it is to end early.
    pub(super) cancelled_at: Option<Instant>,
}

impl Known {
    pub(super) fn is_full(&self) -> bool {
        let bytes: u64 = self.open.iter().sum();
        let window = self.window.unwrap_or_default();
        self.open.len() as u64 >= window || bytes >= WINDOW_BYTES
    }
}

#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub(super) id: WorkerId,
    pub(super) is_ready: bool,
    pub(super) held: Vec<CallId>,
    /// Told to exit, or killed.
    pub(super) is_ending: bool,
}

/// The event that the scheduler is handling, as far as it demands something.
#[derive(Clone, Debug)]
pub(super) enum Trigger {
    /// An item of this number that must be delivered.
    Item(CallId, u64),
    /// One for which the worker must be replaced.
    OneTooMany(WorkerId),
    Taken(WorkerId, CallId, Credit),
    Aborted(CallId),
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
    pub(super) waiting: BTreeSet<CallId>,
    pub(super) is_draining: bool,
    pub(super) is_closing: bool,
    pub(super) trigger: Trigger,
    /// Whether what the event demands has been done.
    pub(super) is_done: bool,
    pub(super) bug: Option<Bug>,
    /// An item that a bug holds back.
    pub(super) held_back: Option<(CallId, Output)>,
    pub(super) violation: Option<String>,
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
            is_draining: false,
            is_closing: false,
            trigger: Trigger::Other,
            is_done: false,
            bug,
            held_back: None,
            violation: None,
            log: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    pub(super) fn call(&self, id: CallId) -> &Known {
        &self.calls[index_of(id)]
    }

    pub(super) fn call_mut(&mut self, id: CallId) -> &mut Known {
        &mut self.calls[index_of(id)]
    }

    pub(super) fn worker(&mut self, id: WorkerId) -> Option<&mut Worker> {
        let worker = self.workers[id.slot].as_mut();
        worker.filter(|worker| worker.id == id)
    }

    pub(super) fn is_open(&self, id: CallId) -> bool {
        self.call(id).state != State::Settled
    }

    pub(super) fn is_in_line(&self) -> bool {
        !self.settings.has_places_by_kind()
    }

    pub(super) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Notes what is about to happen.
    pub(super) fn note(&mut self, event: &Event) {
        self.is_done = false;
        self.trigger = Trigger::Other;
        match event {
            Event::Submit(call) => {
                self.waiting.insert(call.id());
                self.calls.push(Known {
                    window: call.options.window.map(|window| window.get().into()),
                    is_async: call.request().function() == ASYNC.as_bytes(),
                    state: State::Waiting,
                    sent: 0,
                    got: 0,
                    open: VecDeque::new(),
                    stalled_since: None,
                    is_told: false,
                    cancelled_at: None,
                });
            }
            Event::Item(worker, id, item) => self.note_item(*worker, *id, item.as_ref().ok()),
            Event::Taken(id, taken) => {
                let known = self.call_mut(*id);
                known.open.drain(..usize::try_from(taken.items).unwrap());
                if !known.is_full() {
                    known.stalled_since = None;
                }
                if let State::Held(worker) = known.state {
                    self.trigger = Trigger::Taken(worker, *id, *taken);
                }
            }
            Event::Abort(ids) => {
                for id in ids {
                    if let State::Held(worker) = self.call(*id).state
                        && self.worker(worker).is_some_and(|worker| !worker.is_ending)
                    {
                        self.trigger = Trigger::Aborted(*id);
                    }
                }
            }
            Event::Replied(worker, id, _) => {
                let id = *id;
                if let Some(worker) = self.worker(*worker) {
                    worker.held.retain(|held| *held != id);
                }
            }
            Event::Ready(worker) => {
                if let Some(worker) = self.worker(*worker) {
                    worker.is_ready = true;
                }
            }
            Event::Exited { worker, .. } => self.trigger = Trigger::Lost(*worker),
            Event::Drain { .. } => self.is_draining = true,
            Event::Shutdown { .. } => self.is_closing = true,
            Event::Tick => self.trigger = Trigger::Ticked,
            _ => {}
        }
    }

    fn note_item(&mut self, worker: WorkerId, id: CallId, item: Option<&Output>) {
        let now = self.now;
        let known = self.call_mut(id);
        if known.state != State::Held(worker) {
            return; // it has its outcome
        }
        if known.is_full() {
            self.trigger = Trigger::OneTooMany(worker);
            return;
        }
        let Some(item) = item else {
            return; // it ends the stream
        };
        known.sent += 1;
        known.open.push_back(item.size() as u64);
        if known.is_full() {
            known.stalled_since = Some(now);
        }
        self.trigger = Trigger::Item(id, known.sent);
    }

    /// After all effects of one event.
    pub(super) fn check(&mut self, next_deadline: Option<Instant>) -> Result<(), String> {
        let is_done = self.is_done;
        match self.trigger.clone() {
            Trigger::Item(id, number) => {
                self.require(is_done, |_| format!("Items: item {number} of {id} is lost"));
            }
            Trigger::OneTooMany(worker) => {
                self.require(is_done, |_| format!("Window: {worker:?} lives on"));
            }
            Trigger::Taken(_, id, _) => {
                self.require(is_done, |_| format!("Credit: {id} gets none"));
            }
            Trigger::Aborted(id) => {
                self.require(is_done, |_| {
                    format!("Cancel: nobody tells the worker of {id}")
                });
            }
            Trigger::Lost(lost) => {
                let held = self.worker(lost).map(|worker| worker.held.clone());
                for id in held.unwrap_or_default() {
                    let is_open = self.call(id).state == State::Held(lost);
                    self.require(!is_open, |_| format!("End: {id} is lost"));
                }
                if self.worker(lost).is_some() {
                    self.workers[lost.slot] = None;
                }
            }
            Trigger::Ticked => {
                let is_done = next_deadline.is_none_or(|next| next > self.now);
                self.require(is_done, |_| {
                    "OnTime: a tick did nothing about its deadline".into()
                });
                self.check_stalls();
            }
            Trigger::Other => {}
        }
        self.violation.take().map_or(Ok(()), Err)
    }

    fn check_stalls(&mut self) {
        for id in 1..=self.calls.len() as u64 {
            let known = self.call(CallId(id));
            let (State::Held(worker), Some(since)) = (known.state, known.stalled_since) else {
                continue;
            };
            let is_told = known.is_told;
            if self.worker(worker).is_none_or(|worker| worker.is_ending) || self.is_closing {
                continue;
            }
            let is_hidden =
                !is_told && !self.waiting.is_empty() && since + WARNING_WAIT <= self.now;
            self.require(!is_hidden, |_| format!("Told: nobody is, of call {id}"));
            let is_overdue = self.is_draining && since + DRAIN_PATIENCE <= self.now;
            self.require(!is_overdue, |_| format!("OnTime: call {id} goes on"));
        }
    }

    pub(super) fn require(&mut self, holds: bool, what: impl FnOnce(&Self) -> String) {
        if !holds && self.violation.is_none() {
            self.violation = Some(what(self));
        }
    }
}

fn index_of(id: CallId) -> usize {
    usize::try_from(id.0).unwrap().wrapping_sub(1)
}
