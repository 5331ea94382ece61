//! The states of one worker slot.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::event::{CallId, CallKey, WorkerId};
use super::machine::Settings;
use super::restart::RestartBudget;
use super::window::Window;
use crate::failure::{DeathCause, Failure, PythonError};
use crate::wire::Request;

/// How long calls may lie ready behind one that turns out to be long.
pub(super) const PATIENCE: Duration = Duration::from_millis(5);

/// A place for one worker process, filled by one process after another.
#[derive(Debug)]
pub(super) struct Slot<T> {
    pub(super) state: State<T>,
    pub(super) budget: RestartBudget,
    /// Generation of the newest process.
    pub(super) generation: u64,
    /// The calls that process was sent, in that order. The first one runs, or is about to; a call
    /// that was aborted stays until it is known whether it has started.
    pub(super) calls: VecDeque<Running<T>>,
    /// How many those may be.
    pub(super) window: Window,
    /// When those behind the first are taken back, if it is not over by then.
    pub(super) review_at: Option<Instant>,
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
/// | `Ready`    | timeout of the first call   | `Dumping`                                    |
/// |            | interrupt of a started call | `Ending`, then `Starting`                    |
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
    Ready,
    /// The process was killed, as it can not be trusted. Its end tells what it never began to read.
    Condemned { cause: DeathCause },
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

/// A call that was sent to a worker.
#[derive(Debug)]
pub(super) struct Running<T> {
    pub(super) id: CallId,
    /// None once it was aborted and is to be interrupted.
    pub(super) ticket: Option<T>,
    pub(super) key: CallKey,
    pub(super) interrupt: bool,
    /// It was aborted, and is to end by itself if it has started.
    pub(super) is_withdrawn: bool,
    /// What was sent, should it have to be sent again.
    pub(super) request: Request,
    pub(super) timeout: Option<Duration>,
    /// When it became the first of its worker's calls.
    pub(super) started_at: Option<Instant>,
    /// Set from then on.
    pub(super) deadline: Option<Instant>,
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
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            state: State::Vacant,
            budget: RestartBudget::new(settings.max_crashes),
            generation: 0,
            calls: VecDeque::new(),
            window: Window::new(settings.window),
            review_at: None,
            last_answer: None,
        }
    }

    /// The id of the slot's newest process.
    pub(super) fn worker(&self, slot: usize) -> WorkerId {
        WorkerId {
            slot,
            generation: self.generation,
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready)
    }

    /// The earliest moment at which this slot wants a tick.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let of_state = match &self.state {
            State::Vacant | State::Retired | State::Condemned { .. } => None,
            State::Waiting { restart_at } => Some(*restart_at),
            State::Starting {
                warn_at, deadline, ..
            } => Some(*warn_at.min(deadline)),
            State::Ready => self.review_at,
            State::Dumping { until, .. } => Some(*until),
            State::Ending { kill_at, .. } => *kill_at,
        };
        let of_call = self.calls.front().and_then(|call| call.deadline);
        of_state.into_iter().chain(of_call).min()
    }

    /// Whether the first call has taken too long.
    pub(super) fn is_late(&self, now: Instant) -> bool {
        let deadline = self.calls.front().and_then(|call| call.deadline);
        deadline.is_some_and(|at| at <= now)
    }

    /// Whether the worker may be sent a call: ahead of time only a small one behind small ones, as all
    /// of them may have to be sent again.
    pub(super) fn has_room(&self, is_small: bool) -> bool {
        self.is_ready()
            && self.calls.front().is_none_or(|first| {
                is_small && first.request.is_small() && self.window.has_room(self.calls.len())
            })
    }

    /// Takes a call that is being sent to the worker.
    pub(super) fn take(&mut self, call: Running<T>, now: Instant) {
        self.calls.push_back(call);
        if self.calls.len() == 1 {
            self.begin_first(now);
        } else if self.review_at.is_none() {
            self.review_at = Some(now + PATIENCE);
        }
    }

    /// The first call is answered: the clock of the next one starts.
    pub(super) fn finish_first(&mut self, now: Instant) -> Option<Running<T>> {
        let finished = self.calls.pop_front()?;
        if let Some(since) = finished.started_at {
            self.window.note(now.saturating_duration_since(since));
        }
        self.begin_first(now);
        Some(finished)
    }

    fn begin_first(&mut self, now: Instant) {
        self.review_at = (self.calls.len() > 1).then(|| now + PATIENCE);
        if let Some(first) = self.calls.front_mut() {
            first.started_at = Some(now);
            first.deadline = first.timeout.and_then(|timeout| now.checked_add(timeout));
        }
    }

    /// Whether calls may lie ready behind the first.
    pub(super) fn has_calls_ahead(&self) -> bool {
        self.is_ready() && self.calls.len() > 1
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
