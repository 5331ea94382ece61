//! What consumers and workers know.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::World;
use crate::id::{CallId, WorkerId};
use crate::scheduler::Event;
use crate::scheduler::tests::model::{CallState, Process, Rules};
use crate::wire::{Credit, Output};

/// The name of the async function.
pub(super) const ASYNC: &str = "answer";

/// The bytes that may be open before an item is one too many.
const WINDOW_BYTES: u64 = 262_144;
/// How long the place of a stream may be kept from calls before the owner is told.
const WARNING_WAIT: Duration = Duration::from_secs(5);
/// How long a drain waits for a consumer.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The window of a stream; `None` for a call that is none.
    pub(super) window: Option<u64>,
    pub(super) is_async: bool,
    pub(super) state: CallState,
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

impl Process for Worker {
    fn id(&self) -> WorkerId {
        self.id
    }
}

/// The event that the scheduler is handling, as far as it demands something.
#[derive(Clone, Debug, Default)]
pub(super) enum Trigger {
    /// An item of this number that must be delivered.
    Item(CallId, u64),
    /// One that must cost the worker.
    OneTooMany(WorkerId),
    Taken(WorkerId, CallId, Credit),
    Aborted(CallId),
    Lost(WorkerId),
    Ticked,
    #[default]
    Other,
}

impl Rules for World {
    fn note(&mut self, event: &Event) {
        self.own.is_done = false;
        match event {
            Event::Submit(call) => {
                self.waiting.insert(call.id());
                self.calls.push(Known {
                    window: call.options.window.map(|window| window.get().into()),
                    is_async: call.request().function() == ASYNC.as_bytes(),
                    state: CallState::Waiting,
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
                if let CallState::Held(worker) = known.state {
                    self.trigger = Trigger::Taken(worker, *id, *taken);
                }
            }
            Event::Abort(ids) => {
                for id in ids {
                    if let CallState::Held(worker) = self.call(*id).state
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
            Event::Drain { .. } => self.own.is_draining = true,
            Event::Tick => self.trigger = Trigger::Ticked,
            _ => {}
        }
    }

    fn check(&mut self) {
        let is_done = self.own.is_done;
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
                    let is_open = self.call(id).state == CallState::Held(lost);
                    self.require(!is_open, |_| format!("End: {id} is lost"));
                }
                if self.worker(lost).is_some() {
                    self.workers[lost.slot] = None;
                }
            }
            Trigger::Ticked => self.check_stalls(),
            Trigger::Other => {}
        }
    }
}

impl World {
    pub(super) fn is_open(&self, id: CallId) -> bool {
        self.call(id).state != CallState::Settled
    }

    pub(super) fn is_in_line(&self) -> bool {
        !self.settings.has_places_by_kind()
    }

    fn note_item(&mut self, worker: WorkerId, id: CallId, item: Option<&Output>) {
        let now = self.now;
        let known = self.call_mut(id);
        if known.state != CallState::Held(worker) {
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

    fn check_stalls(&mut self) {
        for id in 1..=self.calls.len() as u64 {
            let known = self.call(CallId(id));
            let (CallState::Held(worker), Some(since)) = (known.state, known.stalled_since) else {
                continue;
            };
            let is_told = known.is_told;
            if self.worker(worker).is_none_or(|worker| worker.is_ending) || self.is_closing {
                continue;
            }
            let is_hidden =
                !is_told && !self.waiting.is_empty() && since + WARNING_WAIT <= self.now;
            self.require(!is_hidden, |_| format!("Told: nobody is, of call {id}"));
            let is_overdue = self.own.is_draining && since + DRAIN_PATIENCE <= self.now;
            self.require(!is_overdue, |_| format!("OnTime: call {id} goes on"));
        }
    }
}
