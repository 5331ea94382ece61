//! The states of one worker slot.

use std::collections::VecDeque;
use std::time::Instant;

use super::in_flight::{Deadline, InFlight};
use super::prefetch::Prefetch;
use super::restart::RestartBudget;
use crate::failure::{DeathCause, Failure, PythonError};
use crate::id::WorkerId;
use crate::scheduler::queue::Queued;
use crate::scheduler::settings::Settings;
use crate::scheduler::timing::MAX_PREFETCH_WAIT;

/// A place for one worker process, filled by one process after another.
#[derive(Debug)]
pub(in crate::scheduler) struct Slot {
    pub(in crate::scheduler) state: State,
    pub(in crate::scheduler) budget: RestartBudget,
    /// Generation of the newest process.
    pub(in crate::scheduler) generation: u64,
    /// The calls in flight, in the order they were sent. The first one runs or is about to; it stays first
    /// until its outcome is known, even if it is late or was aborted.
    pub(in crate::scheduler) calls: VecDeque<InFlight>,
    /// How many those may be.
    pub(in crate::scheduler) prefetch: Prefetch,
    /// When the calls behind the first are taken back, unless the first is over by then.
    pub(in crate::scheduler) review_at: Option<Instant>,
}

/// | state           | leaves by                   | for                                                |
/// | --------------- | --------------------------- | -------------------------------------------------- |
/// | `Stopped`       | start                       | `Starting`                                         |
/// | `BackingOff`    | back-off over               | `Starting`                                         |
/// | `Starting`      | ready                       | `Ready`                                            |
/// |                 | load failed                 | `Terminating`, then as a crash                     |
/// |                 | `startupTimeout`            | `DumpingStacks`                                    |
/// |                 | protocol error              | `Terminating`, then as a crash                     |
/// |                 | exit                        | as a crash                                         |
/// | `Ready`         | timeout of the running call | `DumpingStacks`                                    |
/// |                 | abort of the running call   | `Terminating`, then `Starting`                     |
/// |                 | protocol error              | `Poisoned`                                         |
/// |                 | exit                        | as a crash                                         |
/// | `Poisoned`      | exit                        | as a crash                                         |
/// | `DumpingStacks` | the reply, or ready         | `Ready`                                            |
/// |                 | load failed                 | `Terminating`, then as a crash                     |
/// |                 | stacks, or none in time     | `Terminating`, then `Starting` (call) or as a crash |
/// |                 | protocol error              | `Terminating`, then as a crash                     |
/// |                 | exit                        | `Starting` (call) or as a crash                    |
/// | `Terminating`   | exit                        | `Starting`, or as a crash                          |
/// | `Failed`        | the pool closes             | `Stopped`                                          |
///
/// As a crash: `Starting` or `BackingOff` while the restart budget lasts, else `Failed`.
/// When the pool closes, every state leads to `Stopped`, those with a process through `Terminating`.
#[derive(Debug)]
pub(in crate::scheduler) enum State {
    /// No process: the pool has not started, or is closing.
    Stopped,
    /// No process until the next restart.
    BackingOff { restart_at: Instant },
    /// The process imports the script.
    Starting {
        since: Instant,
        warn_at: Instant,
        deadline: Instant,
    },
    /// The process serves calls.
    Ready,
    /// The process violated the protocol and was killed. Its exit reports the calls it never started.
    Poisoned { cause: DeathCause },
    /// Something timed out; the process was asked for its stacks.
    DumpingStacks { timed_out: TimedOut, until: Instant },
    /// The process was asked to exit and is killed at `kill_at`; `None` if it was killed already.
    Terminating {
        kill_at: Option<Instant>,
        after: AfterExit,
    },
    /// No process, and no restart: too many crashes in a row.
    Failed,
}

/// What timed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scheduler) enum TimedOut {
    /// The import of the script, which began then.
    Startup { since: Instant },
    /// The first of the calls in flight.
    Call,
}

/// What follows the exit of a terminating process.
#[derive(Debug)]
pub(in crate::scheduler) enum AfterExit {
    /// Ended deliberately; does not count as a crash.
    Replace,
    /// Its import failed.
    LoadFailed(PythonError),
    /// It counts as a crash.
    Crash(Failure),
}

impl Slot {
    pub(in crate::scheduler) fn new(settings: &Settings) -> Self {
        Self {
            state: State::Stopped,
            budget: RestartBudget::new(settings.max_crashes),
            generation: 0,
            calls: VecDeque::new(),
            prefetch: Prefetch::new(settings.max_prefetch),
            review_at: None,
        }
    }

    /// Prepares for the first process of a start. Generations keep rising, so that late events of earlier
    /// processes are recognised.
    pub(in crate::scheduler) fn reset(&mut self, settings: &Settings) {
        let generation = self.generation;
        *self = Self::new(settings);
        self.generation = generation;
    }

    /// Prepares for the next process: nothing is known about its calls.
    pub(in crate::scheduler) fn forget_process(&mut self, settings: &Settings) {
        self.review_at = None;
        self.prefetch = Prefetch::new(settings.max_prefetch);
    }

    /// The id of the slot's newest process.
    pub(in crate::scheduler) fn worker(&self, slot: usize) -> WorkerId {
        WorkerId {
            slot,
            generation: self.generation,
        }
    }

    pub(in crate::scheduler) fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready)
    }

    /// Whether the slot has no process and gets none.
    pub(in crate::scheduler) fn is_stopped(&self) -> bool {
        matches!(self.state, State::Stopped)
    }

    /// Whether a call that is sent now runs at once.
    pub(in crate::scheduler) fn is_free(&self) -> bool {
        self.is_ready() && self.calls.is_empty()
    }

    /// Whether calls wait behind the running one.
    pub(in crate::scheduler) fn has_prefetched_calls(&self) -> bool {
        self.is_ready() && self.calls.len() > 1
    }

    /// Whether the worker may be sent a call: ahead of time only a small one behind small ones, because
    /// all of them may have to be sent again.
    pub(in crate::scheduler) fn has_room(&self, is_small: bool) -> bool {
        self.is_ready()
            && self.calls.front().is_none_or(|first| {
                is_small && first.is_small && self.prefetch.has_room(self.calls.len())
            })
    }

    /// The earliest time at which this slot needs a tick.
    pub(in crate::scheduler) fn deadline(&self) -> Option<Instant> {
        let of_state = match &self.state {
            State::Stopped | State::Failed | State::Poisoned { .. } => None,
            State::BackingOff { restart_at } => Some(*restart_at),
            State::Starting {
                warn_at, deadline, ..
            } => Some(*warn_at.min(deadline)),
            State::Ready => self.review_at,
            State::DumpingStacks { until, .. } => Some(*until),
            State::Terminating { kill_at, .. } => *kill_at,
        };
        let of_call = self.calls.front().and_then(|call| call.deadline);
        let of_call = of_call.map(Deadline::at);
        of_state.into_iter().chain(of_call).min()
    }

    /// Whether the first call is past its deadline.
    pub(in crate::scheduler) fn is_late(&self, now: Instant) -> bool {
        let deadline = self.calls.front().and_then(|call| call.deadline);
        deadline.is_some_and(|deadline| deadline.at() <= now)
    }

    /// Adds a call that is being sent to the worker.
    pub(in crate::scheduler) fn assign(&mut self, queued: Queued, now: Instant) {
        self.calls.push_back(InFlight::new(queued));
        if self.calls.len() == 1 {
            self.begin_first(now);
        } else if self.review_at.is_none() {
            self.review_at = Some(now + MAX_PREFETCH_WAIT);
        }
    }

    /// Removes the first call, which is over: the clock of the next one starts.
    pub(in crate::scheduler) fn finish_first(&mut self, now: Instant) -> Option<InFlight> {
        let finished = self.calls.pop_front()?;
        if let Some(since) = finished.started_at {
            self.prefetch.record(now.saturating_duration_since(since));
        }
        self.begin_first(now);
        Some(finished)
    }

    fn begin_first(&mut self, now: Instant) {
        self.review_at = (self.calls.len() > 1).then(|| now + MAX_PREFETCH_WAIT);
        if let Some(first) = self.calls.front_mut() {
            first.begin(now);
        }
    }
}
