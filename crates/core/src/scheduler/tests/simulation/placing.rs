//! The rules of placement: where the next call goes, when calls come back, and what starts for calls that wait.

use std::time::{Duration, Instant};

use super::known_call::{KnownCall, Size};
use super::lifecycle::Phase;
use super::process::Process;
use super::processes::Processes;
use super::rules::{Checked, Rule, require};
use super::truth::{Trigger, Truth};
use crate::id::{CallId, WorkerId};

/// A call that takes longer is no part of a first burst.
const FIRST_BURST: Duration = Duration::from_millis(20);

/// Where in the life of the processes a call is placed.
enum Burst {
    /// Each had two calls at most, and short ones.
    First,
    /// One had more.
    Later,
    /// One had a long call among short ones: how long they take on average is up to the scheduler.
    Unclear,
}

impl Truth {
    /// Whether calls may be taken from a worker now.
    pub(super) fn check_take_back(&mut self, worker: WorkerId) -> Checked {
        let (now, is_running) = (self.now, self.phase == Phase::Running);
        let is_free = self.processes.one_is_free();
        let Some(process) = self.processes.get(worker).map(|process| process.clone()) else {
            return Ok(());
        };
        let is_aborted = match &self.trigger {
            Trigger::Aborted(ids) => process.held.iter().any(|id| ids.contains(id)),
            _ => false,
        };
        let first = process.held.front().map(|id| self.call(*id));
        let due = first.and_then(KnownCall::deadline);
        let is_late = due.is_some_and(|due| due <= now);
        let is_rescuable = first.is_none_or(|call| call.size < Size::Large);
        let is_rescue = is_free && is_rescuable && process.is_overdue(now);
        let is_drained = process.cancelling.is_some() && self.open_calls == 0;
        let is_the_end = self
            .drain
            .is_some_and(|drain| is_drained || drain.is_over(now));
        let is_allowed = !is_running
            || self.abandoned && self.open_calls == 0
            || is_the_end
            || is_aborted
            || is_late
            || is_rescue
            || process.runs_a_long_call();
        require(is_allowed, Rule::TakeBack, || {
            format!("calls are taken back from {process:?}")
        })?;
        let is_rescue = is_running && is_rescue && !is_aborted && !is_late;
        let again = process.held.front().filter(|id| {
            is_rescue && !is_the_end && self.call(**id).rescued_from.contains(&worker)
        });
        require(again.is_none(), Rule::Rescue, || {
            format!("{again:?} is rescued from {worker:?} once more")
        })?;
        if let Some(process) = self.processes.get(worker) {
            process.must_be_pinged = is_rescue;
            process.is_slowed |= !is_aborted;
        }
        Ok(())
    }

    /// A process like this to which the next call may go.
    fn with_room(&self, is_like: impl Fn(&Process) -> bool) -> Option<&Process> {
        let waiting = self.waiting.len() + self.processes.unproven_second_calls();
        let may_wait = waiting <= self.settings.max_queue;
        let is_small = |id| self.call(id).size == Size::Small;
        self.processes.with_room(is_like, may_wait, is_small)
    }

    /// A process to which this call should go rather than to that of `worker`.
    pub(super) fn better_than(&self, worker: WorkerId, call: CallId) -> Option<&Process> {
        let chosen = self.processes.alive().find(|one| one.id == worker)?;
        let is_small = self.call(call).size == Size::Small;
        let suits = |one: &Process| is_small || one.held.is_empty();
        let load = |one: &Process| match self.processes.burst() {
            Burst::First => (one.sent, one.held.len()),
            Burst::Later => (0, one.held.len()),
            Burst::Unclear => (0, 0),
        };
        self.with_room(|one| suits(one) && load(one) < load(chosen))
    }

    pub(super) fn check_placement(&self) -> Checked {
        self.processes.check_placement()?;
        let is_ticked = matches!(self.trigger, Trigger::Ticked);
        let is_heard = matches!(self.trigger, Trigger::Replied(..));
        let has_tokens = self.settings.has_start_tokens;
        if has_tokens && (is_ticked || is_heard) && self.processes.one_is_free() {
            let mut overdue = self.processes.overdue_calls(self.now);
            let left = overdue.find(|(worker, id)| {
                let call = self.call(*id);
                let is_late = call.deadline().is_some_and(|due| due <= self.now);
                call.size < Size::Large && !is_late && !call.rescued_from.contains(worker)
            });
            require(left.is_none(), Rule::NoIdleWait, || {
                format!("{left:?} has not started, and another worker is free")
            })?;
        }
        if let Some(next) = self.waiting.front()
            && self.call(*next).size == Size::Small
        {
            let process = self.with_room(|one| one.held.len() < 2);
            require(process.is_none(), Rule::Spread, || {
                format!("{next} waits, and could lie ready in {process:?}")
            })?;
        }
        let is_new = matches!(self.trigger, Trigger::Submitted(_));
        let calls = is_new || is_ticked && !self.waiting.is_empty();
        self.processes
            .check_starts(self.waiting.len(), calls, self.now)
    }
}

impl Processes {
    pub(super) fn one_is_free(&self) -> bool {
        self.alive()
            .any(|process| process.is_serving() && process.held.is_empty())
    }

    /// Whether calls that have been answered count, too.
    fn burst(&self) -> Burst {
        let serving = || self.alive().filter(|one| one.is_serving());
        if serving().any(|one| one.sent > 2) {
            Burst::Later
        } else if serving().all(|one| one.took_less(FIRST_BURST)) {
            Burst::First
        } else {
            Burst::Unclear
        }
    }

    /// One like this to which the next call may go. `may_wait`: whether that may lie behind the very first call
    /// of a process.
    fn with_room(
        &self,
        is_like: impl Fn(&Process) -> bool,
        may_wait: bool,
        is_small: impl Fn(CallId) -> bool,
    ) -> Option<&Process> {
        let is_many = self.slots.len() > 1 && self.max_prefetch > 1;
        let has_room = |one: &&Process| {
            let first = one.held.front();
            first.is_none_or(|first| {
                is_many
                    && one.wants_a_second_call()
                    && (may_wait || !one.is_unproven())
                    && is_small(*first)
            })
        };
        let serving = self.alive().filter(|one| one.is_serving());
        serving.filter(|one| is_like(one)).find(has_room)
    }

    /// How many calls lie behind the very first ones of processes.
    pub(super) fn unproven_second_calls(&self) -> usize {
        let unproven = |one: &&Process| one.is_serving() && one.is_unproven() && one.held.len() > 1;
        self.alive().filter(unproven).count()
    }

    /// The processes that should have started their first calls, and those calls.
    pub(super) fn overdue_calls(&self, now: Instant) -> impl Iterator<Item = (WorkerId, CallId)> {
        let overdue = self.alive().filter(move |one| one.is_overdue(now));
        overdue.filter_map(|one| Some((one.id, *one.held.front()?)))
    }

    /// What must hold after each event in a running pool.
    pub(super) fn check_placement(&self) -> Checked {
        let blocking = self.alive().find(|one| one.blocks());
        require(blocking.is_none(), Rule::OnTime, || {
            format!("calls lie behind a long one: {blocking:?}")
        })?;
        let not_pinged = self.alive().find(|one| one.must_be_pinged);
        require(not_pinged.is_none(), Rule::Rescue, || {
            format!("it is not pinged: {not_pinged:?}")
        })
    }

    /// What must have started for the calls that wait.
    pub(super) fn check_starts(&self, waiting: usize, calls: bool, now: Instant) -> Checked {
        let is_any_given_up = self.slots.iter().any(|slot| slot.is_given_up);
        let is_due = calls && is_any_given_up && self.may_revive(now);
        require(!is_due, Rule::Restarts, || {
            "no slot that was given up tries again".into()
        })?;
        let is_any_dormant = self.slots.iter().any(|slot| slot.is_dormant);
        let is_needed = is_any_dormant && self.importing() < waiting;
        require(!is_needed, Rule::Restarts, || {
            format!("{waiting} calls wait, and not every slot starts")
        })
    }
}
