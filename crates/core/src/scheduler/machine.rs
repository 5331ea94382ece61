//! The state machine: what it holds, what it answers, and where each event goes. What events do is
//! told by topic: `calls`, `abort`, `workers`, `trust`, `time` and `closing`.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::event::{Actions, Call, CallId, Event, WorkerId};
use super::slot::{Slot, State, Victim};
use crate::failure::{Failure, InterpreterNote};

/// The fixed properties of a pool, as far as decisions depend on them.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Number of slots.
    pub workers: usize,
    /// Crashes in a row that retire a slot.
    pub max_crashes: u32,
    /// Bound on importing the script.
    pub startup_timeout: Duration,
    /// How many calls may wait for a worker.
    pub max_queue: usize,
    /// Bound on the time a call may wait for a worker; `None` for no bound.
    pub queue_timeout: Option<Duration>,
    /// How many calls a worker may have at most, those that have not started included. More than
    /// one only where these can be taken back.
    pub window: usize,
    /// The user's script, for messages.
    pub script: String,
}

#[derive(Debug)]
pub(super) enum Phase {
    /// An interpreter is looked for.
    Searching,
    /// The same, but the pool was shut down: it is closed when the search has ended.
    SearchCancelled,
    /// The first start: all workers or none.
    Starting,
    Running,
    /// The first start failed; the other workers are being killed.
    Failing(Failure),
    Closing,
    Closed,
}

#[derive(Debug)]
pub(super) struct Queued<T> {
    pub(super) id: CallId,
    pub(super) call: Call<T>,
    /// When it has waited too long.
    pub(super) expires_at: Option<Instant>,
}

/// See the [module](super).
#[derive(Debug)]
pub struct Scheduler<T> {
    pub(super) settings: Settings,
    pub(super) interpreter: InterpreterNote,
    pub(super) phase: Phase,
    pub(super) slots: Vec<Slot<T>>,
    pub(super) queue: VecDeque<Queued<T>>,
    pub(super) last_call: u64,
    pub(super) last_crash: Option<Failure>,
    /// Set when nobody holds the pool any more: the grace for its workers.
    pub(super) abandoned: Option<Duration>,
}

impl<T> Scheduler<T> {
    /// A scheduler that waits for [`Event::Start`] or [`Event::CanNotStart`].
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let slots = (0..settings.workers).map(|_| Slot::new(&settings));
        let slots = slots.collect();
        Self {
            settings,
            interpreter: InterpreterNote::default(),
            phase: Phase::Searching,
            slots,
            queue: VecDeque::new(),
            last_call: 0,
            last_crash: None,
            abandoned: None,
        }
    }

    /// Takes one event and appends what is to be done, in order.
    pub fn handle(&mut self, event: Event<T>, now: Instant, out: &mut Actions<T>) {
        match event {
            Event::Start(interpreter) => self.start_all(interpreter, now, out),
            Event::CanNotStart(failure) => self.can_not_start(failure, out),
            Event::Submit(call) => self.submit(call, now, out),
            Event::Abort(keys) => self.abort(&keys, out),
            Event::Distrust(call, reason) => self.distrust(call, reason, out),
            Event::Ready(worker) => self.ready(worker, now, out),
            Event::LoadFailed(worker, error) => self.load_failed(worker, error, now),
            Event::Replied(worker, call, reply) => self.replied(worker, call, reply, now, out),
            Event::Stacks(worker, stacks) => self.stacks(worker, stacks, now, out),
            Event::TakenBack(worker, calls) => self.taken_back(worker, &calls, now, out),
            Event::Garbled(worker, death) => self.condemn(worker, death, out),
            Event::Exited {
                worker,
                death,
                unstarted,
            } => self.exited(worker, death, &unstarted, now, out),
            Event::StartFailed(worker, failure) => self.start_failed(worker, failure, now, out),
            Event::Tick => self.tick(now, out),
            Event::Shutdown { grace } => self.shutdown(grace, now, out),
            Event::Abandon { grace } => self.abandoned = Some(grace),
        }
        if let Some(grace) = self.abandoned
            && self.is_running()
            && self.is_idle()
        {
            self.abandoned = None;
            self.shutdown(grace, now, out);
        }
        self.debug_assert_invariants();
    }

    /// When the next [`Event::Tick`] is due, if ever.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        // The calls of the queue expire in its order.
        let oldest = self.queue.front().and_then(|queued| queued.expires_at);
        self.slots
            .iter()
            .filter_map(Slot::deadline)
            .chain(oldest)
            .min()
    }

    /// Whether nobody waits for the outcome of a call.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
            && !self.slots.iter().any(|slot| {
                let is_late = matches!(
                    slot.state,
                    State::Dumping {
                        victim: Victim::Call(_),
                        ..
                    }
                );
                is_late || slot.calls.iter().any(|call| call.ticket.is_some())
            })
    }

    /// Whether the pool takes calls.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running)
    }

    /// How many workers are ready, with or without a call.
    #[must_use]
    pub fn ready_workers(&self) -> usize {
        self.slots.iter().filter(|slot| slot.is_ready()).count()
    }

    /// Whether every slot is retired.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.slots
            .iter()
            .all(|slot| matches!(slot.state, State::Retired))
    }

    /// Whether `worker` is its slot's newest process, and is not to be ended at once.
    #[must_use]
    pub fn expects(&self, worker: WorkerId) -> bool {
        self.slots.get(worker.slot).is_some_and(|slot| {
            slot.worker(worker.slot) == worker && matches!(slot.state, State::Starting { .. })
        })
    }

    /// How many calls lie ready behind the one that a worker runs.
    #[must_use]
    pub fn calls_ahead(&self, worker: WorkerId) -> usize {
        let slot = self.slots.get(worker.slot);
        let slot = slot.filter(|slot| slot.worker(worker.slot) == worker);
        slot.map_or(0, |slot| slot.calls.len().saturating_sub(1))
    }

    /// The call a worker runs, for the log; `None` when it runs none, or may be at any of several.
    #[must_use]
    pub fn running_call(&self, worker: WorkerId) -> Option<CallId> {
        let slot = self
            .slots
            .get(worker.slot)
            .filter(|slot| slot.worker(worker.slot) == worker)?;
        match &slot.state {
            State::Dumping {
                victim: Victim::Call(call),
                ..
            } => Some(call.id),
            _ if slot.calls.len() == 1 => slot.calls.front().map(|call| call.id),
            _ => None,
        }
    }
}
