//! The processes of a pool as the operating system knows them, and how often each slot has crashed.

use std::time::{Duration, Instant};

use super::process::{Process, State};
use super::rules::{Checked, Rule, require};
use crate::id::{CallId, WorkerId};
use crate::scheduler::Settings;

/// How long to wait for the stacks of a late worker.
const STACKS_WAIT: Duration = Duration::from_millis(50);
/// Maximum time between any request to exit and a kill: `shutdown()` has 5 s in all.
const MAX_GRACE: Duration = Duration::from_secs(5);
/// How long slots that were given up are left alone.
const REVIVAL_WAIT: Duration = Duration::from_secs(30);
const FIRST_DELAY: Duration = Duration::from_millis(100);
const MAX_DELAY: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(super) struct Slot {
    process: Option<Process>,
    /// The process that has just ended, until it is decided what follows.
    pub(super) gone: Option<Process>,
    crashes_in_a_row: u32,
    /// Since when a start is allowed, and due.
    may_start: Option<Instant>,
    pub(super) is_given_up: bool,
    /// It was given up, and tries again: until it answers a call or is lost.
    is_on_trial: bool,
    /// It was given up, and is not any more: it starts when a call waits.
    pub(super) is_dormant: bool,
    last_generation: u64,
}

pub(super) struct Processes {
    pub(super) slots: Vec<Slot>,
    max_crashes: u32,
    startup_timeout: Duration,
    ping_timeout: Duration,
    pub(super) max_prefetch: usize,
    /// From when on one that was given up may try again.
    revive_at: Option<Instant>,
}

impl Processes {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            slots: (0..settings.workers).map(|_| Slot::default()).collect(),
            max_crashes: settings.max_crashes,
            startup_timeout: settings.startup_timeout,
            ping_timeout: settings.ping_timeout,
            max_prefetch: settings.max_prefetch,
            revive_at: None,
        }
    }

    // What the scheduler asks for

    /// `calls`: how many wait, and whether one has just come.
    pub(super) fn start(
        &mut self,
        worker: WorkerId,
        calls: (usize, bool),
        now: Instant,
    ) -> Checked {
        let (waiting, is_new) = calls;
        let may_revive = self.may_revive(now) && (is_new || waiting > 0);
        let is_needed = self.importing() < waiting;
        let slot = &mut self.slots[worker.slot];
        require(slot.process.is_none(), Rule::OneProcess, || {
            format!("{worker:?} is started beside {:?}", slot.process)
        })?;
        require(
            match (slot.is_given_up, slot.is_dormant) {
                (true, _) => may_revive,
                (false, true) => is_needed,
                (false, false) => slot.may_start.is_some_and(|at| at <= now),
            },
            Rule::Restarts,
            || {
                format!(
                    "{worker:?} is started after {} crashes",
                    slot.crashes_in_a_row
                )
            },
        )?;
        require(
            worker.generation > slot.last_generation,
            Rule::OneProcess,
            || format!("{worker:?} has the number of another process"),
        )?;
        slot.last_generation = worker.generation;
        slot.may_start = None;
        slot.is_on_trial |= slot.is_given_up;
        slot.is_given_up = false;
        slot.is_dormant = false;
        slot.process = Some(Process::new(worker, now));
        Ok(())
    }

    pub(super) fn may_revive(&self, now: Instant) -> bool {
        self.revive_at.is_some_and(|at| at <= now)
            && !self.slots.iter().any(|slot| slot.is_on_trial)
    }

    pub(super) fn importing(&self) -> usize {
        let importing = self.alive().filter(|one| one.state == State::Importing);
        importing.count()
    }

    pub(super) fn took(&mut self, worker: WorkerId, call: CallId, now: Instant) -> Checked {
        let max_prefetch = self.max_prefetch;
        let process = self.get(worker);
        let has_room = process
            .as_ref()
            .is_some_and(|process| process.held.len() < max_prefetch && process.takes_calls());
        require(has_room, Rule::AtMostOnce, || {
            format!("{call} is sent to {process:?}")
        })?;
        if let Some(process) = self.get(worker) {
            process.takes(call, now);
        }
        Ok(())
    }

    /// The calls that it has not started; `started` of them all are.
    pub(super) fn takes_back(&mut self, worker: WorkerId, started: usize) -> Vec<CallId> {
        let Some(process) = self.get(worker) else {
            return Vec::new();
        };
        process.started = started;
        process.gives_back()
    }

    pub(super) fn pinged(&mut self, worker: WorkerId, now: Instant) -> Checked {
        let process = self.get(worker).filter(|process| process.must_be_pinged);
        require(process.is_some(), Rule::Rescue, || {
            format!("{worker:?} is pinged for nothing")
        })?;
        if let Some(process) = process {
            process.must_be_pinged = false;
            process.state = State::Silent { since: now };
        }
        Ok(())
    }

    pub(super) fn asked_for_stacks(&mut self, worker: WorkerId, now: Instant) -> Checked {
        let startup_timeout = self.startup_timeout;
        let ping_timeout = self.ping_timeout;
        let Some(process) = self.get(worker) else {
            return require(false, Rule::OneProcess, || {
                format!("{worker:?} is not there")
            });
        };
        let is_warning =
            process.state == State::Importing && now < process.started_at + startup_timeout;
        if let State::Silent { since } = process.state {
            process.end.is_replaced = true;
            require(since + ping_timeout <= now, Rule::OnTime, || {
                format!("{worker:?} is given up before its time")
            })?;
        }
        if !is_warning {
            process.state = State::Late {
                since: now,
                is_importing: process.state == State::Importing,
            };
        }
        Ok(())
    }

    pub(super) fn asked_to_end(&mut self, worker: WorkerId, now: Instant) -> Checked {
        let process = self.get(worker);
        require(process.is_some(), Rule::OneProcess, || {
            format!("{worker:?} is not there")
        })?;
        if let Some(process) = process.filter(|process| process.state != State::Killed) {
            process.state = State::Ending { since: now };
        }
        Ok(())
    }

    pub(super) fn killed(&mut self, worker: WorkerId) -> Checked {
        let process = self.get(worker);
        require(process.is_some(), Rule::OneProcess, || {
            format!("{worker:?} is not there")
        })?;
        if let Some(process) = process {
            process.state = State::Killed;
        }
        Ok(())
    }

    // What happens to them

    /// A pool starts, with nothing counted against any slot.
    pub(super) fn all_may_start(&mut self, now: Instant) {
        for slot in &mut self.slots {
            *slot = Slot {
                may_start: Some(now),
                last_generation: slot.last_generation,
                ..Slot::default()
            };
        }
        self.revive_at = None;
    }

    pub(super) fn became_ready(&mut self, worker: WorkerId) {
        if let Some(process) = self.get(worker).filter(|one| one.is_importing()) {
            process.state = State::Serving;
        }
    }

    /// It answers its ping, or one that never was.
    pub(super) fn answered_a_ping(&mut self, worker: WorkerId) -> bool {
        let process = self.get(worker);
        let is_silent = |one: &&mut Process| matches!(one.state, State::Silent { .. });
        match process.filter(is_silent) {
            Some(process) => {
                process.state = State::Serving;
                true
            }
            None => false,
        }
    }

    pub(super) fn is_failing(&mut self, worker: WorkerId, now: Instant) {
        if let Some(process) = self.get(worker).filter(|one| one.is_importing()) {
            process.state = State::Ending { since: now };
        }
    }

    pub(super) fn violated_the_protocol(&mut self, worker: WorkerId) {
        if let Some(process) = self.get(worker) {
            let is_heard = matches!(
                process.state,
                State::Importing | State::Serving | State::Silent { .. } | State::Late { .. }
            );
            process.end.is_poisoned |= is_heard;
        }
    }

    pub(super) fn ended(&mut self, worker: WorkerId) {
        let slot = &mut self.slots[worker.slot];
        slot.gone = slot.process.take_if(|process| process.id == worker);
        slot.gone.iter_mut().for_each(Process::exits);
    }

    /// It must be sent its first call again, which it has not started.
    pub(super) fn is_to_have_again(&mut self, worker: WorkerId, call: CallId) {
        if let Some(process) = self.get(worker) {
            process.again = Some(call);
        }
    }

    /// Whether it is sent a call that it is to have again.
    pub(super) fn gets_again(&mut self, worker: WorkerId, call: CallId) -> bool {
        let Some(process) = self.get(worker) else {
            return false;
        };
        let is_meant = process.again.take_if(|again| *again == call).is_some();
        if is_meant {
            process.held.push_front(call);
        }
        is_meant
    }

    /// It answered its first call, so it is healthy.
    pub(super) fn completed(&mut self, worker: WorkerId, now: Instant) {
        self.slots[worker.slot].crashes_in_a_row = 0;
        if self.slots[worker.slot].is_on_trial {
            self.trial_succeeded();
        }
        self.stops_waiting(worker, now);
    }

    /// The host no longer waits for the reply to its first call.
    pub(super) fn stops_waiting(&mut self, worker: WorkerId, now: Instant) {
        if let Some(process) = self.get(worker) {
            process.completed(now);
        }
    }

    /// The host has begun to wait for the reply to the call that is now its first.
    pub(super) fn awaits_next_reply(&mut self, worker: WorkerId, now: Instant) {
        if let Some(process) = self.get(worker) {
            process.first_since = now;
        }
    }

    fn trial_succeeded(&mut self) {
        self.revive_at = None;
        for slot in &mut self.slots {
            slot.crashes_in_a_row = 0;
            slot.is_on_trial = false;
            slot.is_dormant |= slot.is_given_up;
            slot.is_given_up = false;
        }
    }

    /// This call of its timed out, or was aborted after it had started.
    pub(super) fn is_replaced(&mut self, worker: WorkerId, call: CallId) {
        let slot = &mut self.slots[worker.slot];
        let both = slot.process.iter_mut().chain(&mut slot.gone);
        for process in both.filter(|process| process.id == worker) {
            process.end.is_replaced = true;
            let before = process.held.len();
            process.held.retain(|held| *held != call);
            process.started = process.started.saturating_sub(before - process.held.len());
        }
    }

    /// What follows those that have just ended, in a running pool.
    pub(super) fn conclude(&mut self, now: Instant) {
        for slot in &mut self.slots {
            let Some(gone) = slot.gone.take() else {
                continue;
            };
            if !gone.end.is_crash() {
                slot.may_start = Some(now);
                continue;
            }
            slot.crashes_in_a_row += 1;
            slot.is_given_up = slot.crashes_in_a_row >= self.max_crashes;
            if slot.is_given_up {
                slot.is_on_trial = false;
                self.revive_at = Some(now + REVIVAL_WAIT);
            }
            let doublings = slot.crashes_in_a_row.saturating_sub(2);
            slot.may_start = (!slot.is_given_up).then(|| match slot.crashes_in_a_row {
                1 => now,
                _ => now + (FIRST_DELAY * 2_u32.pow(doublings)).min(MAX_DELAY),
            });
        }
    }

    /// Whether one has ended during a start, which fails the start.
    pub(super) fn conclude_first_start(&mut self) -> bool {
        self.slots.iter().any(|slot| slot.gone.is_some())
    }

    // Questions

    pub(super) fn get(&mut self, worker: WorkerId) -> Option<&mut Process> {
        let process = self.slots[worker.slot].process.as_mut();
        process.filter(|process| process.id == worker)
    }

    /// The call it must answer next, if its replies count; 0 for none.
    pub(super) fn first_call(&mut self, worker: WorkerId) -> Option<CallId> {
        let heard = self
            .get(worker)
            .filter(|process| !process.end.is_poisoned)?;
        match heard.state {
            State::Serving | State::Silent { .. } => {
                Some(heard.held.front().copied().unwrap_or(CallId(0)))
            }
            // A late call may still be answered until its stacks are there.
            State::Late { .. } | State::Ending { .. } | State::Killed => {
                heard.held.front().copied()
            }
            State::Importing => None,
        }
    }

    /// The calls that are late, and those who run them.
    pub(super) fn late_calls(&self) -> impl Iterator<Item = (WorkerId, CallId)> {
        let is_late = |one: &&Process| matches!(one.state, State::Late { .. });
        let late = self.alive().filter(is_late);
        late.filter_map(|one| Some((one.id, *one.held.front()?)))
    }

    pub(super) fn serves(&mut self, worker: WorkerId) -> bool {
        self.get(worker)
            .is_some_and(|process| process.state == State::Serving)
    }

    /// Whether it may answer calls or pings.
    pub(super) fn is_expected_to_speak(&mut self, worker: WorkerId) -> bool {
        let process = self.get(worker);
        process.is_some_and(|one| matches!(one.state, State::Serving | State::Silent { .. }))
    }

    pub(super) fn alive(&self) -> impl Iterator<Item = &Process> {
        self.slots.iter().filter_map(|slot| slot.process.as_ref())
    }

    /// The calls of processes that serve, or did until they violated the protocol. (Not of those that cancel one.)
    pub(super) fn held_calls(&self) -> impl Iterator<Item = CallId> {
        let holds = |process: &&Process| match process.state {
            State::Serving => process.cancelling.is_none(),
            State::Killed => process.end.is_poisoned,
            State::Importing | State::Silent { .. } | State::Late { .. } | State::Ending { .. } => {
                false
            }
        };
        let held = self.alive().filter(holds).flat_map(|one| &one.held);
        held.copied()
    }

    /// The calls of processes that serve which have not started, as far as is known.
    pub(super) fn unstarted_calls(&self) -> impl Iterator<Item = CallId> {
        let serving = self.alive().filter(|one| one.state == State::Serving);
        let unstarted = serving.flat_map(|one| one.held.iter().skip(one.started));
        unstarted.copied()
    }

    /// Whether one of its calls costs it its place.
    pub(super) fn awaits_replacement(&self, worker: WorkerId) -> bool {
        self.alive()
            .any(|one| one.id == worker && one.end.is_replaced)
    }

    /// The first calls of processes that serve.
    pub(super) fn first_calls(&self) -> impl Iterator<Item = CallId> {
        let serving = self.alive().filter(|one| one.state == State::Serving);
        let running = serving.filter(|one| one.cancelling.is_none());
        running.filter_map(|one| one.held.front().copied())
    }

    /// How many calls the process had started that has just ended.
    pub(super) fn started_by_the_dead(&self, worker: WorkerId) -> usize {
        let gone = self.slots[worker.slot].gone.as_ref();
        gone.map_or(0, |gone| gone.held.len())
    }

    /// Whether this worker has started this call, as far as is known.
    pub(super) fn has_started(&mut self, worker: WorkerId, call: CallId) -> bool {
        let process = self.get(worker);
        let place = process.and_then(|one| {
            let place = one.held.iter().position(|held| *held == call)?;
            Some(place < one.started)
        });
        place.unwrap_or(true)
    }

    /// Whether the worker of this call, its first, has started the next one.
    pub(super) fn has_gone_on(&self, call: CallId) -> bool {
        let is_its = |one: &Process| one.held.front() == Some(&call);
        self.alive().any(|one| is_its(one) && one.started > 1)
    }

    /// One that violates the protocol is killed at once.
    pub(super) fn check_lost(&mut self, worker: WorkerId) -> Checked {
        let left = self
            .get(worker)
            .filter(|process| process.end.is_poisoned && process.state != State::Killed);
        require(left.is_none(), Rule::OnTime, || format!("{left:?} goes on"))
    }

    pub(super) fn none_alive(&self) -> bool {
        self.alive().next().is_none()
    }

    pub(super) fn all_serve(&self) -> bool {
        let serving = self.alive().filter(|one| one.state == State::Serving);
        serving.count() == self.slots.len()
    }

    pub(super) fn all_given_up(&self) -> bool {
        self.slots.iter().all(|slot| slot.is_given_up)
    }

    /// After a tick: nothing is left undone that was due.
    pub(super) fn check_time(&self, is_running: bool, now: Instant) -> Checked {
        self.check_cancelling_in_time(now)?;
        let is_overlooked = |one: &&Process| is_running && one.is_overlooked(now);
        let overlooked = self.alive().find(is_overlooked);
        require(overlooked.is_none(), Rule::OnTime, || {
            format!("nobody looks at the calls of {overlooked:?}")
        })?;
        for slot in &self.slots {
            let due = slot
                .process
                .as_ref()
                .and_then(|process| match process.state {
                    State::Late { since, .. } => Some(since + STACKS_WAIT),
                    State::Ending { since } => Some(since + MAX_GRACE),
                    State::Importing => Some(process.started_at + self.startup_timeout),
                    State::Silent { since } => Some(since + self.ping_timeout),
                    State::Serving | State::Killed => None,
                });
            require(due.is_none_or(|due| due > now), Rule::OnTime, || {
                format!("{:?} is not dealt with", slot.process)
            })?;
            let forgotten = slot
                .process
                .as_ref()
                .filter(|process| process.state == State::Serving && process.again.is_some());
            require(forgotten.is_none(), Rule::OneOutcome, || {
                format!("a call is taken back and forgotten: {forgotten:?}")
            })?;
            let is_overdue = is_running && slot.may_start.is_some_and(|at| at <= now);
            require(!is_overdue, Rule::Restarts, || {
                format!("no restart: {slot:?}")
            })?;
        }
        Ok(())
    }
}
