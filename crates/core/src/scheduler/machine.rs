//! The state machine: its state, its queries, and where each event goes. The event handlers are in files by
//! topic: `start_stop`, `drain`, `calls`, `batches`, `streams`, `abort`, `cancel`, `workers`, `protocol_errors` and `deadlines`.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::effects::Effects;
use super::event::Event;
use super::lifecycle::{Drain, Lifecycle};
use super::queue::Queue;
use super::settings::Settings;
use super::sizing::Sizing;
use super::slot::{Slot, State};
use crate::call::Call;
use crate::failure::{Failure, InterpreterNote};
use crate::id::{CallId, WorkerId};
use crate::scheduler::kind::Kinds;

/// See the [module](super).
#[derive(Debug)]
pub struct Scheduler {
    pub(super) settings: Settings,
    pub(super) sizing: Sizing,
    pub(super) lifecycle: Lifecycle,
    /// Set while a shutdown waits for the calls.
    pub(super) drain: Option<Drain>,
    pub(super) interpreter: InterpreterNote,
    pub(super) slots: Vec<Slot>,
    pub(super) queue: Queue,
    /// How many batches there have been.
    pub(super) batches: u64,
    /// The kinds of the script's functions.
    pub(super) kinds: Kinds,
    /// Whether async calls that wait are worth a line in the log.
    pub(super) may_suggest_concurrency: bool,
    pub(super) last_crash: Option<Failure>,
    /// From when on a slot that was given up may be tried again.
    pub(super) revive_at: Option<Instant>,
    /// Whether any slot may be dormant.
    pub(super) has_dormant_slots: bool,
    /// Set once the owner dropped the pool: the grace period for its workers.
    pub(super) abandoned: Option<Duration>,
}

impl Scheduler {
    /// A scheduler that waits for [`Event::Initialize`].
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let sizing = Sizing::new(&settings);
        let slots = (0..sizing.slots()).map(|_| Slot::new(&settings));
        Self {
            sizing,
            lifecycle: Lifecycle::default(),
            drain: None,
            interpreter: InterpreterNote::default(),
            slots: slots.collect(),
            queue: Queue::new(&settings),
            batches: 0,
            kinds: Kinds::default(),
            may_suggest_concurrency: settings.may_suggest_concurrency,
            last_crash: None,
            revive_at: None,
            has_dormant_slots: false,
            abandoned: None,
            settings,
        }
    }

    /// Handles one event. Its effects go out in order, each before the next decision.
    pub fn handle(&mut self, event: Event, now: Instant, fx: &mut impl Effects) {
        match event {
            Event::Initialize => self.initialize(fx),
            Event::Shutdown { grace } => self.shutdown(grace, now, fx),
            Event::Drain { limit, grace } => self.drain(limit, grace, now, fx),
            Event::Abandon { grace } => self.abandoned = Some(grace),
            Event::Prepared(interpreter) => self.prepared(interpreter, now, fx),
            Event::PrepareFailed(failure) => self.prepare_failed(failure, now, fx),
            Event::Submit(call) => self.submit(call, now, fx),
            Event::Abort(calls) => self.abort(&calls, now, fx),
            Event::Ready(worker) => self.ready(worker, now, fx),
            Event::IsAsync(worker, call) => self.learn_async(worker, call, now, fx),
            Event::LoadFailed(worker, error) => self.load_failed(worker, error, now),
            Event::Replied(worker, call, outcome) => self.replied(worker, call, outcome, now, fx),
            Event::Item(worker, call, item) => self.item(worker, call, item, now, fx),
            Event::Taken(call, taken) => self.taken(call, taken, fx),
            Event::Cancelling(worker, call, stack) => {
                self.cancelling(worker, call, stack, now, fx);
            }
            Event::Pong(worker) => self.pong(worker, now, fx),
            Event::Stacks(worker, stacks) => self.stacks(worker, stacks, now, fx),
            Event::ProtocolError(worker, death) => self.kill_for_protocol_error(worker, death, fx),
            Event::Exited {
                worker,
                death,
                unstarted,
            } => self.exited(worker, death, &unstarted, now, fx),
            Event::StartFailed(worker, failure) => self.start_failed(worker, failure, now, fx),
            Event::Tick => self.tick(now, fx),
        }
        self.close_if_drained(now, fx);
        self.grow(now, fx);
        self.shrink(now, fx);
        self.close_if_abandoned(now, fx);
        self.debug_assert_invariants();
    }

    /// When the next [`Event::Tick`] is due, if ever.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let slots = self.slots.iter().filter_map(Slot::deadline);
        let of_queue = self.queue.next_expiry().into_iter();
        let drain = self.drain.as_ref().and_then(|drain| drain.until);
        let others = of_queue
            .chain(self.next_revival())
            .chain(drain)
            .chain(self.next_stall())
            .chain(self.next_batch())
            .chain(self.next_growth())
            .chain(self.next_shrink());
        slots.chain(others).min()
    }

    /// Whether every call has its outcome.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let mut in_flight = self.slots.iter().flat_map(|slot| &slot.calls);
        self.queue.is_empty() && in_flight.all(|call| call.call().is_none())
    }

    /// Whether the pool takes calls.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.lifecycle.is_running()
    }

    /// Whether there is no process, none is about to start, and nothing is being prepared.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.lifecycle.is_at_rest()
    }

    /// How many workers are ready, with or without a call.
    #[must_use]
    pub fn ready_workers(&self) -> usize {
        let is_ready =
            |slot: &&Slot| slot.is_serving() || matches!(slot.state, State::Silent { .. });
        self.slots.iter().filter(is_ready).count()
    }

    /// Whether every worker crashed too often to be restarted.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        let mut states = self.slots.iter().map(|slot| &slot.state);
        states.all(|state| matches!(state, State::Failed))
    }

    /// Whether `worker` is its slot's newest process and is still wanted.
    #[must_use]
    pub fn expects(&self, worker: WorkerId) -> bool {
        let slot = self.slot(worker);
        slot.is_some_and(|slot| matches!(slot.state, State::Starting { .. }))
    }

    /// How many calls a worker has beyond the one it runs.
    #[must_use]
    pub fn prefetched_calls(&self, worker: WorkerId) -> usize {
        let slot = self.slot(worker);
        slot.map_or(0, |slot| slot.calls.len().saturating_sub(1))
    }

    /// The call that a worker runs, or those of its batch, for the log; none if it may run any of several.
    #[must_use]
    pub fn running_calls(&self, worker: WorkerId) -> Vec<CallId> {
        let calls = self.slot(worker).map(|slot| &slot.calls);
        let only = calls.filter(|calls| calls.len() == 1);
        let only = only.and_then(VecDeque::front);
        only.map_or_else(Vec::new, |call| self.calls_of(worker, call.id))
    }

    /// The calls that this id stands for: of a batch, those that have no outcome.
    #[must_use]
    pub fn calls_of(&self, worker: WorkerId, id: CallId) -> Vec<CallId> {
        if !id.is_of_batch() {
            return vec![id];
        }
        let batch = self.slot(worker).and_then(|slot| slot.call(id));
        batch.map_or_else(Vec::new, |batch| batch.pending().map(Call::id).collect())
    }

    /// The slot of `worker`, unless that process has been replaced.
    fn slot(&self, worker: WorkerId) -> Option<&Slot> {
        let slot = self.slots.get(worker.slot);
        slot.filter(|slot| slot.worker(worker.slot) == worker)
    }

    /// The slot of `worker`, unless that process has been replaced.
    pub(super) fn slot_mut(&mut self, worker: WorkerId) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(worker.slot);
        slot.filter(|slot| slot.worker(worker.slot) == worker)
    }
}
