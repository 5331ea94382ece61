//! The states of one worker slot.

use std::time::{Duration, Instant};

use super::event::{CallId, CallKey, WorkerId};
use super::restart::RestartBudget;
use crate::failure::{DeathCause, Failure, PythonError};

/// A place for one worker process, filled by one process after another.
#[derive(Debug)]
pub(super) struct Slot<T> {
    pub(super) state: State<T>,
    pub(super) budget: RestartBudget,
    /// Generation of the newest process.
    pub(super) generation: u64,
    /// What that process answered last.
    pub(super) last_answer: Option<Answer>,
}

/// A call that was answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) key: CallKey,
    /// The slot's budget before the answer restored it.
    pub(super) budget_before: RestartBudget,
}

/// | state      | leaves by                   | for                                          |
/// | ---------- | --------------------------- | -------------------------------------------- |
/// | `Vacant`   | start                       | `Starting`                                   |
/// | `Waiting`  | back-off over               | `Starting`                                   |
/// | `Starting` | ready                       | `Ready`                                      |
/// |            | load failed                 | `Ending`, then as a crash                    |
/// |            | `startupTimeout`            | `Dumping`                                    |
/// |            | exit                        | as a crash                                   |
/// | `Ready`    | timeout of a call           | `Dumping`                                    |
/// |            | abort of a call             | `Ending`, then `Starting`                    |
/// |            | exit                        | as a crash                                   |
/// |            | nonsense on the channel     | `Condemned`                                  |
/// | `Condemned` | exit                       | as a crash                                   |
/// | `Dumping`  | stacks, or none in time     | `Ending`, then `Starting` (call) or as a crash |
/// | `Ending`   | exit                        | `Starting`, or as a crash                    |
/// | `Retired`  | never                       |                                              |
///
/// As a crash: `Starting` or `Waiting` while the restart budget lasts, else `Retired`.
/// When the pool closes, every state goes to `Vacant`, those with a process through `Ending`.
#[derive(Debug)]
pub(super) enum State<T> {
    /// No process: before the start, or the pool is closing.
    Vacant,
    /// No process: waits before the next restart.
    Waiting { restart_at: Instant },
    /// The process imports the script.
    Starting {
        since: Instant,
        warn_at: Instant,
        deadline: Instant,
    },
    /// The process serves calls.
    Ready { running: Vec<Running<T>> },
    /// The process was killed, as it can not be trusted. Its end tells what it never began to read.
    Condemned {
        running: Vec<Running<T>>,
        cause: DeathCause,
    },
    /// Something took too long; the process is asked where it is.
    Dumping { victim: Victim<T>, until: Instant },
    /// The process was asked to end, and is killed at `kill_at`; `None`: it was killed.
    Ending {
        kill_at: Option<Instant>,
        then: Then,
    },
    /// No process, and none any more: too many crashes in a row.
    Retired,
}

/// A call that a worker has.
#[derive(Debug)]
pub(super) struct Running<T> {
    pub(super) id: CallId,
    pub(super) ticket: T,
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Instant>,
    pub(super) key: CallKey,
    /// When it would have waited too long, should it have to wait again.
    pub(super) expires_at: Option<Instant>,
}

/// What took too long.
#[derive(Debug)]
pub(super) enum Victim<T> {
    Call(Running<T>),
    Startup,
}

/// What follows when an ending process is gone.
#[derive(Debug)]
pub(super) enum Then {
    /// It was ended for no fault of its own that counts: a successor starts at once.
    Replace,
    /// Its import failed.
    LoadFailed(PythonError),
    /// It counts as a crash.
    Crash(Failure),
}

impl<T> Slot<T> {
    /// The id of the slot's newest process.
    pub(super) fn worker(&self, slot: usize) -> WorkerId {
        WorkerId {
            slot,
            generation: self.generation,
        }
    }

    /// The earliest moment at which this slot wants a tick.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Vacant | State::Retired => None,
            State::Waiting { restart_at } => Some(*restart_at),
            State::Starting {
                warn_at, deadline, ..
            } => Some(*warn_at.min(deadline)),
            State::Ready { running } | State::Condemned { running, .. } => {
                running.iter().filter_map(|call| call.deadline).min()
            }
            State::Dumping { until, .. } => Some(*until),
            State::Ending { kill_at, .. } => *kill_at,
        }
    }

    /// Takes out of the worker's hands the first of its calls that `is_meant`.
    pub(super) fn take_call(
        &mut self,
        is_meant: impl Fn(&Running<T>) -> bool,
    ) -> Option<Running<T>> {
        let (State::Ready { running } | State::Condemned { running, .. }) = &mut self.state else {
            return None;
        };
        let index = running.iter().position(is_meant)?;
        Some(running.remove(index))
    }

    /// A call was answered: the slot is sound, as far as is known.
    pub(super) fn answered(&mut self, key: CallKey) {
        self.last_answer = Some(Answer {
            key,
            budget_before: self.budget,
        });
        self.budget.restore();
    }

    /// Whether the slot is without a process and stays so.
    pub(super) fn is_vacant(&self) -> bool {
        matches!(self.state, State::Vacant)
    }
}
