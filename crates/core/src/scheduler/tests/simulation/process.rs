//! One process as the operating system knows it, and what the host has seen of it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::cancelling::Cancelling;
use super::looks::Looks;
use crate::id::{CallId, WorkerId};

/// How long a process may take to start a call that nothing runs before.
const START_WAIT: Duration = Duration::from_millis(20);
/// The same for the first call of all.
const FIRST_START_WAIT: Duration = Duration::from_millis(100);
/// Calls below this are short: each of two processes or more has a second one.
const SHORT: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Importing,
    Serving,
    /// Pinged, because it did not start a call in time.
    Silent {
        since: Instant,
    },
    /// Asked for its stacks, because something timed out.
    Late {
        since: Instant,
        is_importing: bool,
    },
    /// Its import has failed, or it was asked to exit.
    Ending {
        since: Instant,
    },
    Killed,
}

#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) id: WorkerId,
    pub(super) state: State,
    /// The calls it was sent, in that order; the host waits for the reply to the first.
    pub(super) held: VecDeque<CallId>,
    /// How many of those it has started. All but the last of these are answered, but the host has not read the
    /// replies.
    pub(super) started: usize,
    /// How many calls it was sent so far.
    pub(super) sent: usize,
    /// Taken back with the others, but to be sent again: its time goes on.
    pub(super) again: Option<CallId>,
    /// When the host began to wait for the reply to the first.
    pub(super) first_since: Instant,
    pub(super) started_at: Instant,
    pub(super) end: End,
    /// It starts nothing for a while.
    pub(super) is_stuck: bool,
    /// Its calls were taken because it started none of them: it must be pinged.
    pub(super) must_be_pinged: bool,
    /// Its call that is to end before its time.
    pub(super) cancelling: Option<Cancelling>,
    /// Its running call is long: its calls were taken back since the last reply.
    pub(super) is_slowed: bool,
    /// The longest of its calls so far.
    pub(super) longest: Option<Duration>,
    /// Those behind its first call, since the last reply.
    looks: Looks,
}

/// What decides whether its end counts as a crash.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct End {
    /// It is deliberate: no crash.
    pub(super) is_replaced: bool,
    /// It follows a violation of the protocol: a crash, whatever else there was.
    pub(super) is_poisoned: bool,
    /// A fault of the process itself is the reason: a crash, too.
    pub(super) is_fault: bool,
}

impl End {
    pub(super) fn is_crash(self) -> bool {
        self.is_poisoned || self.is_fault || !self.is_replaced
    }
}

impl Process {
    pub(super) fn new(id: WorkerId, now: Instant) -> Self {
        Self {
            id,
            state: State::Importing,
            held: VecDeque::new(),
            sent: 0,
            started: 0,
            again: None,
            first_since: now,
            started_at: now,
            end: End::default(),
            is_stuck: false,
            must_be_pinged: false,
            cancelling: None,
            is_slowed: false,
            longest: None,
            looks: Looks::new(now),
        }
    }

    pub(super) fn is_ending(&self) -> bool {
        matches!(self.state, State::Ending { .. } | State::Killed)
    }

    /// Whether it may still become ready.
    pub(super) fn is_importing(&self) -> bool {
        match self.state {
            State::Importing => true,
            State::Late { is_importing, .. } => is_importing,
            State::Serving | State::Silent { .. } | State::Ending { .. } | State::Killed => false,
        }
    }

    pub(super) fn is_serving(&self) -> bool {
        self.state == State::Serving
    }

    /// Whether a call waits behind another one.
    fn has_ready_calls(&self) -> bool {
        self.held.len() > self.started.max(1)
    }

    pub(super) fn takes(&mut self, call: CallId, now: Instant) {
        if self.held.is_empty() {
            self.first_since = now;
        }
        let had_none = !self.has_ready_calls();
        self.held.push_back(call);
        self.sent += 1;
        if had_none {
            self.looks.begin(now);
        }
    }

    /// It answered its first call.
    pub(super) fn completed(&mut self, now: Instant) {
        if matches!(self.state, State::Late { .. }) {
            self.state = State::Serving;
        }
        let took = now - self.first_since;
        self.longest = self.longest.max(Some(took));
        let completed = self.held.pop_front();
        self.started = self.started.saturating_sub(1);
        self.first_since = now;
        self.looks = Looks::new(now);
        self.is_stuck = false;
        self.cancelling = self.cancelling.filter(|one| Some(one.call) != completed);
        self.is_slowed = false;
    }

    /// The host looks at which calls have started.
    pub(super) fn is_looked_at(&mut self, now: Instant) {
        if self.has_ready_calls() && self.next_look() <= now {
            self.looks.look(self.started, now);
        }
    }

    fn next_look(&self) -> Instant {
        self.looks.next(self.is_unproven())
    }

    /// The calls that it has not started, and will not.
    pub(super) fn gives_back(&mut self) -> Vec<CallId> {
        self.looks.stop();
        self.held.split_off(self.started).into()
    }

    /// Whether its calls may be taken back although it answers.
    pub(super) fn runs_a_long_call(&self) -> bool {
        self.looks.is_long()
    }

    /// Whether calls lie behind one that is known to be long.
    pub(super) fn blocks(&self) -> bool {
        self.is_serving() && self.runs_a_long_call() && self.has_ready_calls()
    }

    /// Whether the host should have looked by now.
    pub(super) fn is_overlooked(&self, now: Instant) -> bool {
        self.is_serving() && self.has_ready_calls() && self.next_look() <= now
    }

    /// Whether it should have started its first call by now.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        let is_new = self.longest.is_none();
        let wait = if is_new { FIRST_START_WAIT } else { START_WAIT };
        self.is_serving()
            && !self.held.is_empty()
            && self.started == 0
            && self.first_since + wait <= now
    }

    /// Whether nothing is known about its calls.
    pub(super) fn is_unproven(&self) -> bool {
        self.longest.is_none()
    }

    /// Whether it has one call, and a second one is to be sent to it as to any other.
    pub(super) fn wants_a_second_call(&self) -> bool {
        let is_open = !self.is_slowed && self.cancelling.is_none();
        self.is_serving() && self.held.len() == 1 && self.took_less(SHORT) && is_open
    }

    /// Whether all its calls so far took less than this.
    pub(super) fn took_less(&self, duration: Duration) -> bool {
        self.longest.is_none_or(|longest| longest < duration)
    }
}
