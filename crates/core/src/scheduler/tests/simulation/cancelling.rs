//! The rules of calls that end before their time in a worker that goes on.

use std::time::{Duration, Instant};

use super::process::{Process, State};
use super::processes::Processes;
use super::rules::{Checked, Rule, require};
use super::truth::{Trigger, Truth};
use crate::id::{CallId, WorkerId};

/// How long a worker has to say that it cancels a call.
const SAY_WAIT: Duration = Duration::from_millis(50);
/// How long a call has to end after that, or after an interrupt.
const GRACE: Duration = Duration::from_secs(2);

/// A call of a process that is to end before its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cancelling {
    pub(super) call: CallId,
    pub(super) stage: Stage,
    since: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The process must be told, in this event.
    Due,
    /// It was asked, or asked for its stacks.
    Asked,
    /// It must be interrupted, in this event.
    SignalDue,
    /// The call runs its `finally` blocks.
    Ending,
}

impl Cancelling {
    fn new(call: CallId, stage: Stage, since: Instant) -> Self {
        Self { call, stage, since }
    }

    fn until(&self) -> Option<Instant> {
        match self.stage {
            Stage::Due | Stage::SignalDue => None,
            Stage::Asked => Some(self.since + SAY_WAIT),
            Stage::Ending => Some(self.since + GRACE),
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.until().is_some_and(|until| until <= now)
    }
}

impl Truth {
    /// The name of the async function.
    pub(super) const ASYNC: &str = "answer";

    /// A worker says that a function is async; without a call, the one that calls are expected to name.
    pub(super) fn learns_async(&mut self, worker: WorkerId, call: Option<CallId>) {
        self.knows_async |= match call {
            None => self.settings.function == Self::ASYNC,
            Some(id) => self.is_open_in(worker, id) && self.call(id).is_async,
        };
    }

    fn is_open_in(&mut self, worker: WorkerId, id: CallId) -> bool {
        let holds = |one: &mut Process| one.held.contains(&id);
        self.processes.get(worker).is_some_and(holds) && self.call(id).is_open()
    }

    /// Whether a call that has started can end without its worker.
    pub(super) fn may_end_alone(&self, id: CallId) -> bool {
        self.is_known_async(id) || self.settings.keep_interrupted_worker
    }

    fn is_known_async(&self, id: CallId) -> bool {
        self.knows_async && self.call(id).is_async
    }

    /// A call of a process that goes on is to end.
    pub(super) fn must_be_cancelled(&mut self, worker: WorkerId, id: CallId) {
        let now = self.now;
        if let Some(process) = self.processes.get(worker)
            && process.cancelling.is_none()
        {
            process.cancelling = Some(Cancelling::new(id, Stage::Due, now));
        }
    }

    /// A worker says that it cancels a call.
    pub(super) fn is_cancelled(&mut self, worker: WorkerId, id: CallId) {
        let now = self.now;
        if let Some(process) = self.processes.get(worker).filter(|one| one.is_serving())
            && let Some(cancelling) = &mut process.cancelling
            && cancelling.call == id
            && cancelling.stage == Stage::Asked
        {
            *cancelling = Cancelling::new(id, Stage::Ending, now);
        }
    }

    /// The stacks of a worker: nothing else is to come about a plain call.
    pub(super) fn stacks_came(&mut self, worker: WorkerId) {
        let process = self.processes.get(worker).map(|one| one.clone());
        if let Some(process) = process.filter(Process::is_serving)
            && let Some(cancelling) = process.cancelling
            && cancelling.stage == Stage::Asked
            && !self.is_known_async(cancelling.call)
            && let Some(process) = self.processes.get(worker)
        {
            let stage = Stage::SignalDue;
            process.cancelling = Some(Cancelling {
                stage,
                ..cancelling
            });
        }
    }

    // What the scheduler puts out

    pub(super) fn asked_to_cancel(&mut self, worker: WorkerId, id: CallId) -> Checked {
        let now = self.now;
        if !self.is_known_async(id) {
            return self.names_what_to_interrupt(worker, id);
        }
        let is_due = self.is_to_end(worker, id);
        require(is_due, Rule::Cancel, || {
            format!("{id} is cancelled in {worker:?} for nothing")
        })?;
        if let Some(process) = self.processes.get(worker) {
            process.cancelling = Some(Cancelling::new(id, Stage::Asked, now));
        }
        Ok(())
    }

    /// An interrupt of a plain call follows.
    fn names_what_to_interrupt(&mut self, worker: WorkerId, id: CallId) -> Checked {
        let known = self.processes.get(worker).and_then(|one| one.cancelling);
        let is_its = known.is_some_and(|known| known.call == id && known.stage != Stage::Ending);
        require(is_its, Rule::Cancel, || {
            format!("{id} is to be interrupted while {known:?}")
        })
    }

    /// Whether a call that runs was aborted, or is late.
    fn is_to_end(&mut self, worker: WorkerId, id: CallId) -> bool {
        let Some(process) = self.processes.get(worker).filter(|one| one.is_serving()) else {
            return false;
        };
        let runs_alone = process.held.len() == 1 && process.held.front() == Some(&id);
        match process.cancelling {
            Some(cancelling) => cancelling.call == id && cancelling.stage == Stage::Due,
            None => runs_alone && self.call(id).is_late(self.now),
        }
    }

    /// Stacks are for a call that is late, which may be cancelled already. Whether that is so.
    pub(super) fn wants_stacks_of_late_call(&mut self, worker: WorkerId) -> bool {
        let now = self.now;
        let Some(process) = self.processes.get(worker).filter(|one| one.is_serving()) else {
            return false;
        };
        let Some(first) = process.held.front().copied() else {
            return false;
        };
        if process.cancelling.is_some() {
            return self.call(first).is_late(now);
        }
        let is_plain = !self.is_known_async(first);
        let is_due = is_plain && self.may_end_alone(first) && self.is_to_end(worker, first);
        if is_due && let Some(process) = self.processes.get(worker) {
            process.cancelling = Some(Cancelling::new(first, Stage::Asked, now));
        }
        is_due
    }

    pub(super) fn signalled(&mut self, worker: WorkerId) -> Checked {
        let now = self.now;
        let known = self.processes.get(worker).and_then(|one| one.cancelling);
        let is_due = known.is_some_and(|cancelling| match cancelling.stage {
            Stage::Due => !self.is_known_async(cancelling.call),
            Stage::Asked => cancelling.is_due(now),
            Stage::SignalDue => true,
            Stage::Ending => false,
        });
        require(is_due, Rule::Cancel, || {
            format!("{worker:?} is interrupted while {known:?}")
        })?;
        if let Some(process) = self.processes.get(worker) {
            process.cancelling = known.map(|known| Cancelling::new(known.call, Stage::Ending, now));
        }
        Ok(())
    }

    /// A worker is asked to end: one that cancels a call only once that has had its time.
    pub(super) fn check_end_of_cancelling(&mut self, worker: WorkerId) -> Checked {
        let now = self.now;
        let is_closing = self.ends_drain()
            || self.phase != super::lifecycle::Phase::Running
            || self.abandoned && self.open_calls == 0;
        let Some(process) = self.processes.get(worker) else {
            return Ok(());
        };
        let Some(cancelling) = process.cancelling else {
            return Ok(());
        };
        let has_outstayed = cancelling.stage == Stage::Ending && cancelling.is_due(now);
        process.end.is_replaced |= has_outstayed;
        require(has_outstayed || is_closing, Rule::Cancel, || {
            format!("{worker:?} ends while {cancelling:?}")
        })
    }

    /// A call times out in a worker that goes on: when that has said where it was, or in vain was asked to.
    pub(super) fn check_timeout_alone(&mut self, id: CallId, by: WorkerId) -> Option<Checked> {
        let now = self.now;
        let is_asked_by = matches!(self.trigger, Trigger::Cancelling(worker, call)
            if worker == by && call == id);
        let is_the_end = matches!(self.trigger, Trigger::Lost(worker) if worker == by)
            || self.phase != super::lifecycle::Phase::Running
            || self.ends_drain();
        let process = self.processes.get(by)?;
        let cancelling = process.cancelling.filter(|one| one.call == id)?;
        let is_due = match cancelling.stage {
            Stage::Due => false,
            Stage::Asked => cancelling.is_due(now) || is_the_end,
            Stage::SignalDue => true,
            Stage::Ending => is_asked_by,
        };
        Some(require(is_due, Rule::Cancel, || {
            format!("{id} times out while {cancelling:?}")
        }))
    }

    /// After each event.
    pub(super) fn check_cancelling(&self) -> Checked {
        let is_undone = |one: &&Process| {
            one.is_serving()
                && one.cancelling.is_some_and(|cancelling| {
                    matches!(cancelling.stage, Stage::Due | Stage::SignalDue)
                })
        };
        let undone = self.processes.alive().find(is_undone);
        require(undone.is_none(), Rule::Cancel, || {
            format!("it is not told to end its call: {undone:?}")
        })
    }
}

impl Process {
    /// Whether it may be sent a call at all.
    pub(super) fn takes_calls(&self) -> bool {
        self.is_serving() && self.cancelling.is_none()
    }

    /// One that was told to end a call has done more.
    pub(super) fn exits(&mut self) {
        self.end.is_replaced |= self.is_serving() && self.cancelling.is_some();
    }
}

impl Processes {
    /// After a tick.
    pub(super) fn check_cancelling_in_time(&self, now: Instant) -> Checked {
        let is_overdue = |one: &&Process| {
            one.state == State::Serving && one.cancelling.is_some_and(|known| known.is_due(now))
        };
        let overdue = self.alive().find(is_overdue);
        require(overdue.is_none(), Rule::OnTime, || {
            format!("nothing is done about {overdue:?}")
        })
    }
}
