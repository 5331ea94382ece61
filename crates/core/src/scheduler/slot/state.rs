//! The states of one worker slot.

use std::collections::VecDeque;
use std::time::Instant;

use super::heartbeat::Heartbeat;
use super::in_flight::InFlight;
use super::look::Look;
use super::places::Places;
use super::prefetch::Prefetch;
use super::rescue::Rescue;
use super::restart::RestartBudget;
use super::tally::Tally;
use super::watching::Watching;
use crate::failure::{DeathCause, Failure, PythonError};
use crate::id::WorkerId;
use crate::scheduler::kind::Kind;
use crate::scheduler::settings::Settings;
use crate::scheduler::timing::{FIRST_LOOK_WAIT, FIRST_START_WAIT, START_WAIT};
use crate::stats::{RestartReason, Restarts};

/// So many calls of its first burst a worker gets even if another one answers sooner.
const FIRST_SHARE: u64 = 2;

/// A place for one worker process, filled by one process after another.
#[derive(Debug)]
pub(in crate::scheduler) struct Slot {
    pub(in crate::scheduler) state: State,
    pub(in crate::scheduler) budget: RestartBudget,
    /// Generation of the newest process.
    pub(in crate::scheduler) generation: u64,
    /// How often the slot got a new process, in all starts of the pool.
    pub(in crate::scheduler) restarts: Restarts,
    /// Why its next process replaces one, if it does.
    pub(in crate::scheduler) restart_reason: Option<RestartReason>,
    /// The calls in flight, in the order they were sent. The first one runs or is about to; it stays first
    /// until its outcome is known, even if it is late or was aborted.
    pub(in crate::scheduler) calls: VecDeque<InFlight>,
    /// How many calls the process was sent so far, whether they came back or not.
    pub(in crate::scheduler) sent: u64,
    /// How many calls it may have at a time.
    pub(in crate::scheduler) prefetch: Prefetch,
    /// The next look at which calls have started; `None` while none lies ready behind another.
    pub(super) look: Option<Look>,
    /// What to do unless the first call has started in time.
    pub(in crate::scheduler) rescue: Option<Rescue>,
    /// Kept up where it has several calls at a time.
    pub(super) tally: Tally,
    /// Set while it has several calls at a time.
    pub(in crate::scheduler) heartbeat: Option<Heartbeat>,
    /// Where it runs several calls at a time; else it has one place, and prefetches.
    pub(in crate::scheduler) places: Option<Places>,
    watching: Watching,
    /// Whether a plain call that ends when it is interrupted leaves the worker alive.
    pub(super) keep_interrupted_worker: bool,
    /// When its process was started.
    pub(in crate::scheduler) started_at: Option<Instant>,
    /// Since when its process has no calls, if it has none.
    pub(in crate::scheduler) idle_since: Option<Instant>,
    /// It was given up, and has one more try: until its first reply, or until it is lost.
    pub(in crate::scheduler) is_on_trial: bool,
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
/// |                 | its call does not start     | `Silent`                                           |
/// |                 | a cancelled call that stays | `Draining`, or as after an abort                   |
/// |                 | exit                        | as a crash                                         |
/// | `Draining`      | the end of what outstayed   | `Ready`                                            |
/// |                 | the end of all others, time | `Terminating`, then `Starting`                     |
/// |                 | protocol error              | `Poisoned`                                         |
/// |                 | exit                        | `Starting`                                         |
/// | `Silent`        | answer to its ping          | `Ready`                                            |
/// |                 | no answer in time           | `DumpingStacks`                                    |
/// |                 | protocol error              | `Poisoned`                                         |
/// |                 | exit                        | as a crash                                         |
/// | `Poisoned`      | exit                        | as a crash                                         |
/// | `DumpingStacks` | the reply, or ready         | `Ready`                                            |
/// |                 | load failed                 | `Terminating`, then as a crash                     |
/// |                 | stacks, or none in time     | `Terminating`, then `Starting` (call, ping) or as a crash |
/// |                 | protocol error              | `Terminating`, then as a crash                     |
/// |                 | exit by a fatal error       | as a crash, unless it was pinged                   |
/// |                 | any other exit              | `Starting` (call, ping) or as a crash              |
/// | `Terminating`   | exit                        | `Starting`, or as a crash                          |
/// | `Failed`        | a call 30 s later           | `Starting`, on trial                               |
/// |                 | another's trial succeeds    | `Dormant`                                          |
/// |                 | the pool closes             | `Stopped`                                          |
/// | `Dormant`       | calls wait                  | `Starting`                                         |
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
    /// No process: it starts when calls wait.
    Dormant,
    /// A call of the process has outstayed its grace period: it gets no more, and ends with its last other call, or
    /// then.
    Draining { until: Instant },
    /// The process did not start a call in time, and was pinged: it gets no call until it answers.
    Silent { until: Instant },
}

/// What timed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scheduler) enum TimedOut {
    /// The import of the script, which began then.
    Startup { since: Instant },
    /// The first of the calls in flight.
    Call,
    /// The answer to a ping.
    Ping,
}

/// What follows the exit of a terminating process.
#[derive(Debug)]
pub(in crate::scheduler) enum AfterExit {
    /// Ended deliberately; does not count as a crash.
    Replace(RestartReason),
    /// Ended because it was idle.
    Rest,
    /// Ended with all others.
    Stop,
    /// Its import failed.
    LoadFailed(PythonError),
    /// It counts as a crash.
    Crash(Failure),
}

impl Slot {
    pub(in crate::scheduler) fn new(settings: &Settings) -> Self {
        let places = Places::of(settings);
        Self {
            state: State::Stopped,
            budget: RestartBudget::new(settings.max_crashes),
            generation: 0,
            restarts: Restarts::default(),
            restart_reason: None,
            calls: VecDeque::new(),
            sent: 0,
            prefetch: Prefetch::new(settings.max_prefetch, settings.workers),
            look: None,
            rescue: None,
            tally: Tally::default(),
            heartbeat: None,
            places,
            watching: Watching::of(settings),
            keep_interrupted_worker: settings.keep_interrupted_worker,
            started_at: None,
            idle_since: None,
            is_on_trial: false,
        }
    }

    /// Prepares for the first process of a start. Generations keep rising, so that late events of earlier
    /// processes are recognised; restarts are still counted.
    pub(in crate::scheduler) fn reset(&mut self, settings: &Settings) {
        let (generation, restarts) = (self.generation, self.restarts);
        *self = Self::new(settings);
        self.generation = generation;
        self.restarts = restarts;
    }

    /// Prepares for the next process: nothing is known about its calls.
    pub(in crate::scheduler) fn forget_process(&mut self, settings: &Settings) {
        self.look = None;
        self.rescue = None;
        self.heartbeat = None;
        self.tally = Tally::default();
        self.sent = 0;
        self.prefetch = Prefetch::new(settings.max_prefetch, settings.workers);
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

    /// Whether the process answers calls.
    pub(in crate::scheduler) fn is_serving(&self) -> bool {
        matches!(self.state, State::Ready | State::Draining { .. })
    }

    /// Whether a process is about to be ready.
    pub(in crate::scheduler) fn is_coming(&self) -> bool {
        matches!(
            self.state,
            State::Starting { .. } | State::BackingOff { .. }
        )
    }

    /// Whether it has a process that is to stay, or will have one.
    pub(in crate::scheduler) fn is_manned(&self) -> bool {
        let is_ending = matches!(
            self.state,
            State::Terminating {
                after: AfterExit::Rest | AfterExit::Stop,
                ..
            }
        );
        !self.is_vacant() && !is_ending
    }

    /// Whether it has no process, and gets none by itself.
    pub(in crate::scheduler) fn is_vacant(&self) -> bool {
        matches!(self.state, State::Stopped | State::Failed | State::Dormant)
    }

    /// Whether it has no process, and gets one when calls wait.
    pub(in crate::scheduler) fn is_dormant(&self) -> bool {
        matches!(self.state, State::Dormant)
    }

    /// Whether its first call is late, and only the stacks are still missing.
    pub(in crate::scheduler) fn awaits_stacks_of_call(&self) -> bool {
        matches!(
            self.state,
            State::DumpingStacks {
                timed_out: TimedOut::Call,
                ..
            }
        )
    }

    /// Whether the slot has no process and gets none.
    pub(in crate::scheduler) fn is_stopped(&self) -> bool {
        matches!(self.state, State::Stopped)
    }

    /// Whether a call that is sent now runs at once.
    pub(in crate::scheduler) fn is_free(&self) -> bool {
        self.is_ready() && self.calls.is_empty()
    }

    /// Whether a call waits behind the worker's very first one.
    pub(in crate::scheduler) fn has_unproven_second_call(&self) -> bool {
        self.places.is_none()
            && self.is_ready()
            && self.calls.len() > 1
            && self.prefetch.is_unproven()
    }

    /// Whether the worker may be sent a call: ahead of time only a small one behind small ones, because
    /// all of them may have to be sent again. Behind its very first call only if one more call may wait.
    pub(in crate::scheduler) fn has_room(
        &self,
        kind: Kind,
        is_small: bool,
        may_wait: bool,
    ) -> bool {
        if let Some(places) = self.places {
            return self.is_ready() && places.has_room(kind, &self.tally);
        }
        self.is_ready()
            && !self.is_cancelling()
            && self.calls.front().is_none_or(|first| {
                is_small
                    && first.is_small
                    && self.prefetch.has_room(self.calls.len())
                    && (may_wait || !self.prefetch.is_unproven())
            })
    }

    /// Whether the process has had at most its share of a first burst. Behind a long call nothing of it may lie.
    pub(in crate::scheduler) fn is_fresh(&self) -> bool {
        let is_burst = self.sent <= FIRST_SHARE && self.places.is_none();
        is_burst && self.prefetch.may_be_below(FIRST_LOOK_WAIT)
    }

    /// The earliest time at which this slot needs a tick.
    pub(in crate::scheduler) fn deadline(&self) -> Option<Instant> {
        let of_state = match &self.state {
            State::Stopped | State::Failed | State::Dormant | State::Poisoned { .. } => None,
            State::BackingOff { restart_at } => Some(*restart_at),
            State::Starting {
                warn_at, deadline, ..
            } => Some(*warn_at.min(deadline)),
            State::Ready => {
                let looks = self.next_look().into_iter();
                looks
                    .chain(self.next_cancel())
                    .chain(self.next_beat())
                    .min()
            }
            State::Draining { until } => {
                let cancels = self.next_cancel().into_iter();
                cancels.chain(self.next_beat()).chain([*until]).min()
            }
            State::Silent { until } | State::DumpingStacks { until, .. } => Some(*until),
            State::Terminating { kill_at, .. } => *kill_at,
        };
        let of_call = self.next_call_deadline();
        of_state.into_iter().chain(of_call).min()
    }

    fn next_beat(&self) -> Option<Instant> {
        self.heartbeat.and_then(Heartbeat::at)
    }

    /// Adds a call that is being sent to the worker.
    pub(in crate::scheduler) fn assign(&mut self, mut call: InFlight, now: Instant) {
        self.sent += 1;
        if self.places.is_some() {
            call.begin(now);
            self.tally.add(&call);
        }
        self.calls.push_back(call);
        if self.heartbeat.is_none() && self.places.is_some() && self.calls.len() > 1 {
            self.heartbeat = Some(Heartbeat::next_ping(now));
        }
        if self.calls.len() == 1 && self.places.is_none() {
            self.begin_first(now);
        } else if self.look.is_none() && self.watching.may_look() {
            self.look = Some(Look::first(self.prefetch.is_unproven(), now));
        }
    }

    /// Removes the first of a line of calls, which is over: the clock of the next one starts.
    pub(in crate::scheduler) fn finish_first(&mut self, now: Instant) -> Option<InFlight> {
        let finished = self.calls.pop_front()?;
        let is_one_call = !finished.is_stream() && !finished.is_batch();
        if let Some(since) = finished.started_at.filter(|_| is_one_call) {
            self.prefetch.record(now.saturating_duration_since(since));
        }
        self.begin_first(now);
        Some(finished)
    }

    fn begin_first(&mut self, now: Instant) {
        let lies_ready = self.watching.may_look() && self.calls.len() > 1;
        let is_unproven = self.prefetch.is_unproven();
        self.look = lies_ready.then(|| Look::first(is_unproven, now));
        self.rescue = None;
        if let Some(first) = self.calls.front_mut() {
            first.begin(now);
            let may_leave = self.watching.may_rescue() && first.cancel.is_none();
            let is_rescuable = may_leave && first.is_rescuable;
            let wait = if is_unproven {
                FIRST_START_WAIT
            } else {
                START_WAIT
            };
            self.rescue = is_rescuable.then(|| Rescue::At(now + wait));
        }
    }
}
