//! The processes of a pool as the operating system knows them, and how often each slot has crashed.

use std::collections::VecDeque;
use std::mem;
use std::time::{Duration, Instant};

use super::super::{CallId, Settings, Ticket, WorkerId};
use super::{Checked, Rule, require};
use crate::wire::{HEADER_LEN, Request};

/// How long a late worker may take to tell its stacks.
const STACKS_WAIT: Duration = Duration::from_millis(50);
/// What any request to end may take: `shutdown()` has 5 s in all.
const LONGEST_GRACE: Duration = Duration::from_secs(5);
/// How long calls may lie ready behind one that is long.
const PATIENCE: Duration = Duration::from_millis(5);
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Importing,
    Serving,
    /// Asked for its stacks, as something took too long.
    Late {
        since: Instant,
    },
    /// Its import has failed, or it was asked to end.
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
    pub(super) held: VecDeque<(CallId, Ticket)>,
    /// How many of those it has started. All but the last of these are answered, but unheard.
    pub(super) claimed: usize,
    pub(super) last_sent_at: Instant,
    /// Taken back with the others, but its time goes on.
    again: Option<Ticket>,
    /// When the host began to wait for the reply to the first.
    pub(super) first_since: Instant,
    started_at: Instant,
    /// It was ended for no fault that counts.
    is_replaced: bool,
    /// It wrote nonsense, which counts whatever else there was.
    is_garbled: bool,
    /// The call it answered last, and the crashes in a row of its slot before that.
    answered: Option<(Ticket, u32)>,
}

impl Process {
    /// The call it answered last.
    pub(super) fn last_answer(&self) -> Option<Ticket> {
        self.answered.map(|(ticket, _)| ticket)
    }
}

#[derive(Debug, Default)]
struct Slot {
    process: Option<Process>,
    /// The process that has just ended, until it is decided what follows.
    gone: Option<Process>,
    crashes_in_a_row: u32,
    /// Since when a start is allowed, and due.
    may_start: Option<Instant>,
    is_retired: bool,
}

pub(super) struct Processes {
    slots: Vec<Slot>,
    max_crashes: u32,
    startup_timeout: Duration,
    window: usize,
}

impl Processes {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            slots: (0..settings.workers).map(|_| Slot::default()).collect(),
            max_crashes: settings.max_crashes,
            startup_timeout: settings.startup_timeout,
            window: settings.window,
        }
    }

    // What the scheduler asks for

    pub(super) fn start(&mut self, worker: WorkerId, now: Instant) -> Checked {
        let slot = &mut self.slots[worker.slot];
        require(slot.process.is_none(), Rule::OneProcess, || {
            format!("{worker:?} is started beside {:?}", slot.process)
        })?;
        require(
            slot.may_start.is_some_and(|at| at <= now) && !slot.is_retired,
            Rule::Restarts,
            || {
                format!(
                    "{worker:?} is started after {} crashes",
                    slot.crashes_in_a_row
                )
            },
        )?;
        slot.may_start = None;
        slot.process = Some(Process {
            id: worker,
            state: State::Importing,
            held: VecDeque::new(),
            claimed: 0,
            again: None,
            last_sent_at: now,
            first_since: now,
            started_at: now,
            is_replaced: false,
            is_garbled: false,
            answered: None,
        });
        Ok(())
    }

    pub(super) fn took(
        &mut self,
        worker: WorkerId,
        id: CallId,
        ticket: Ticket,
        now: Instant,
    ) -> Checked {
        let window = self.window;
        let process = self.get(worker);
        let has_room = process
            .as_ref()
            .is_some_and(|process| process.state == State::Serving && process.held.len() < window);
        require(has_room, Rule::AtMostOnce, || {
            format!("{ticket} is sent to {process:?}")
        })?;
        if let Some(process) = self.get(worker) {
            if process.held.is_empty() {
                process.first_since = now;
            }
            process.last_sent_at = now;
            process.held.push_back((id, ticket));
        }
        Ok(())
    }

    /// The calls that it has not started; `started` of them all are.
    pub(super) fn takes_back(&mut self, worker: WorkerId, started: usize) -> Vec<(CallId, Ticket)> {
        let Some(process) = self.get(worker) else {
            return Vec::new();
        };
        process.claimed = started;
        process.held.split_off(started).into()
    }

    pub(super) fn asked_for_stacks(&mut self, worker: WorkerId, now: Instant) -> Checked {
        let startup_timeout = self.startup_timeout;
        let Some(process) = self.get(worker) else {
            return require(false, Rule::OneProcess, || {
                format!("{worker:?} is not there")
            });
        };
        let is_warning =
            process.state == State::Importing && now < process.started_at + startup_timeout;
        if !is_warning {
            process.state = State::Late { since: now };
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

    pub(super) fn all_may_start(&mut self, now: Instant) {
        for slot in &mut self.slots {
            slot.may_start = Some(now);
        }
    }

    pub(super) fn became_ready(&mut self, worker: WorkerId) {
        if let Some(process) = self.get(worker).filter(|one| one.state == State::Importing) {
            process.state = State::Serving;
        }
    }

    pub(super) fn is_failing(&mut self, worker: WorkerId, now: Instant) {
        if let Some(process) = self.get(worker).filter(|one| one.state == State::Importing) {
            process.state = State::Ending { since: now };
        }
    }

    pub(super) fn garbled(&mut self, worker: WorkerId) {
        if let Some(process) = self.get(worker) {
            let was_heard = matches!(
                process.state,
                State::Importing | State::Serving | State::Late { .. }
            );
            process.is_garbled |= was_heard;
        }
    }

    pub(super) fn ended(&mut self, worker: WorkerId) {
        let slot = &mut self.slots[worker.slot];
        slot.gone = slot.process.take_if(|process| process.id == worker);
    }

    /// It is to be sent its first call again, as it has not started that.
    pub(super) fn is_to_have_again(&mut self, worker: WorkerId, ticket: Ticket) {
        if let Some(process) = self.get(worker) {
            process.again = Some(ticket);
        }
    }

    /// Whether it is sent a call that it is to have again.
    pub(super) fn gets_again(&mut self, worker: WorkerId, id: CallId, ticket: Ticket) -> bool {
        let Some(process) = self.get(worker) else {
            return false;
        };
        let is_meant = process.again.take_if(|again| *again == ticket).is_some();
        if is_meant {
            process.held.push_front((id, ticket));
        }
        is_meant
    }

    /// It answered: its slot is sound.
    pub(super) fn completed(&mut self, worker: WorkerId, ticket: Ticket, now: Instant) {
        let crashes = mem::take(&mut self.slots[worker.slot].crashes_in_a_row);
        if let Some(process) = self.get(worker) {
            process.answered = Some((ticket, crashes));
            process.held.pop_front();
            process.claimed = process.claimed.saturating_sub(1);
            process.first_since = now;
        }
    }

    /// Its answer to that call was no value, if it is the last of a process that is there.
    pub(super) fn takes_back_answer(&mut self, ticket: Ticket) -> Option<WorkerId> {
        self.slots.iter_mut().find_map(|slot| {
            let process = slot.process.as_mut()?;
            let (_, crashes) = process.answered.take_if(|(last, _)| *last == ticket)?;
            slot.crashes_in_a_row = crashes;
            Some(process.id)
        })
    }

    /// This call of its took too long, or was aborted after it had started.
    pub(super) fn is_replaced(&mut self, worker: WorkerId, ticket: Ticket) {
        let slot = &mut self.slots[worker.slot];
        let both = slot.process.iter_mut().chain(&mut slot.gone);
        for process in both.filter(|process| process.id == worker) {
            process.is_replaced = true;
            let before = process.held.len();
            process.held.retain(|(_, held)| *held != ticket);
            process.claimed = process.claimed.saturating_sub(before - process.held.len());
        }
    }

    /// What follows those that have just ended, in a pool that is up.
    pub(super) fn conclude(&mut self, now: Instant) {
        for slot in &mut self.slots {
            let Some(gone) = slot.gone.take() else {
                continue;
            };
            if gone.is_replaced && !gone.is_garbled {
                slot.may_start = Some(now);
                continue;
            }
            slot.crashes_in_a_row += 1;
            slot.is_retired = slot.crashes_in_a_row >= self.max_crashes;
            let doublings = slot.crashes_in_a_row.saturating_sub(2);
            slot.may_start = (!slot.is_retired).then(|| match slot.crashes_in_a_row {
                1 => now,
                _ => now + (FIRST_DELAY * 2_u32.pow(doublings)).min(LONGEST_DELAY),
            });
        }
    }

    /// Whether one has ended, in a pool that starts: then all of it ends.
    pub(super) fn conclude_first_start(&mut self) -> bool {
        self.slots.iter().any(|slot| slot.gone.is_some())
    }

    // Questions

    pub(super) fn get(&mut self, worker: WorkerId) -> Option<&mut Process> {
        let process = self.slots[worker.slot].process.as_mut();
        process.filter(|process| process.id == worker)
    }

    /// The call it is to answer next, if it is listened to.
    pub(super) fn first_call(&mut self, worker: WorkerId) -> Option<(CallId, Ticket)> {
        let heard = self.get(worker).filter(|process| !process.is_garbled)?;
        match heard.state {
            // 0 is no call: a worker without one has none that a reply could belong to.
            State::Serving => Some(heard.held.front().copied().unwrap_or((CallId(0), 0))),
            State::Late { .. } | State::Ending { .. } | State::Killed => {
                heard.held.front().copied()
            }
            State::Importing => None,
        }
    }

    pub(super) fn serves(&mut self, worker: WorkerId) -> bool {
        self.get(worker)
            .is_some_and(|process| process.state == State::Serving)
    }

    pub(super) fn alive(&self) -> impl Iterator<Item = &Process> {
        self.slots.iter().filter_map(|slot| slot.process.as_ref())
    }

    /// The calls of processes that serve, or did until they were found to write nonsense.
    pub(super) fn held_calls(&self) -> impl Iterator<Item = Ticket> {
        let holds = |process: &&Process| match process.state {
            State::Serving => true,
            State::Killed => process.is_garbled,
            State::Importing | State::Late { .. } | State::Ending { .. } => false,
        };
        let held = self.alive().filter(holds).flat_map(|one| &one.held);
        held.map(|(_, ticket)| *ticket)
    }

    /// The calls of processes that serve which have not started, as far as is known.
    pub(super) fn unstarted_calls(&self) -> impl Iterator<Item = Ticket> {
        let serving = self.alive().filter(|one| one.state == State::Serving);
        let unstarted = serving.flat_map(|one| one.held.iter().skip(one.claimed));
        unstarted.map(|(_, ticket)| *ticket)
    }

    /// Whether one of its calls costs it its place.
    pub(super) fn awaits_replacement(&self, worker: WorkerId) -> bool {
        self.alive().any(|one| one.id == worker && one.is_replaced)
    }

    /// The first calls of processes that serve, and since when.
    pub(super) fn first_calls(&self) -> impl Iterator<Item = (Ticket, Instant)> {
        let serving = self.alive().filter(|one| one.state == State::Serving);
        serving.filter_map(|one| Some((one.held.front()?.1, one.first_since)))
    }

    /// Since when the host waits for the reply to this call; none if it is not the next one to come.
    pub(super) fn since(&mut self, worker: WorkerId, ticket: Ticket) -> Option<Instant> {
        let process = self.get(worker)?;
        let is_first = process
            .held
            .front()
            .is_some_and(|(_, first)| *first == ticket);
        is_first.then_some(process.first_since)
    }

    /// Whether the worker of this call, its first, has started the next one.
    pub(super) fn has_gone_on(&self, ticket: Ticket) -> bool {
        let is_its = |one: &Process| one.held.front().is_some_and(|(_, first)| *first == ticket);
        self.alive().any(|one| is_its(one) && one.claimed > 1)
    }

    /// A call that has not started, as far as is known, and waits behind another one.
    pub(super) fn lies_ready(&self) -> Option<&Process> {
        let serving = self.alive().filter(|one| one.state == State::Serving);
        let mut with_ready = serving.filter(|one| one.held.len() > one.claimed.max(1));
        with_ready.next()
    }

    /// One that writes nonsense is killed at once.
    pub(super) fn check_lost(&mut self, worker: WorkerId) -> Checked {
        let left = self
            .get(worker)
            .filter(|process| process.is_garbled && process.state != State::Killed);
        require(left.is_none(), Rule::OnTime, || format!("{left:?} goes on"))
    }

    pub(super) fn none_alive(&self) -> bool {
        self.alive().next().is_none()
    }

    pub(super) fn all_serve(&self) -> bool {
        let serving = self
            .alive()
            .filter(|process| process.state == State::Serving);
        serving.count() == self.slots.len()
    }

    pub(super) fn one_is_free(&self) -> bool {
        self.alive()
            .any(|process| process.state == State::Serving && process.held.is_empty())
    }

    pub(super) fn all_retired(&self) -> bool {
        self.slots.iter().all(|slot| slot.is_retired)
    }

    /// After a tick: nothing is left undone that was due.
    pub(super) fn check_time(&self, is_up: bool, now: Instant) -> Checked {
        for slot in &self.slots {
            let due = slot
                .process
                .as_ref()
                .and_then(|process| match process.state {
                    State::Late { since } => Some(since + STACKS_WAIT),
                    State::Ending { since } => Some(since + LONGEST_GRACE),
                    State::Importing => Some(process.started_at + self.startup_timeout),
                    State::Serving | State::Killed => None,
                });
            require(due.is_none_or(|due| due > now), Rule::OnTime, || {
                format!("{:?} is not dealt with", slot.process)
            })?;
            let blocked = slot.process.as_ref().filter(|process| {
                process.state == State::Serving
                    && process.held.len() > process.claimed.max(1)
                    && process.first_since + PATIENCE <= now
                    && process.last_sent_at + PATIENCE <= now
            });
            require(blocked.is_none(), Rule::OnTime, || {
                format!("calls lie ready too long: {blocked:?}")
            })?;
            let forgotten = slot
                .process
                .as_ref()
                .filter(|process| process.state == State::Serving && process.again.is_some());
            require(forgotten.is_none(), Rule::OneOutcome, || {
                format!("a call is taken back and forgotten: {forgotten:?}")
            })?;
            let is_overdue = is_up && slot.may_start.is_some_and(|at| at <= now);
            require(!is_overdue, Rule::Restarts, || {
                format!("no restart: {slot:?}")
            })?;
        }
        Ok(())
    }
}

/// The ticket that a request of the simulation carries as its only argument.
pub(super) fn ticket_of(request: &Request) -> Ticket {
    let frame = request.clone().into_frame();
    let arguments = &frame[HEADER_LEN + 4 + super::story::FUNCTION.len()..];
    std::str::from_utf8(arguments).unwrap().parse().unwrap()
}
