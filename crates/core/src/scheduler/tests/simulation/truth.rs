//! What callers and the operating system would know, and what it forbids the scheduler.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::super::{Action, CallId, CallKey, Event, Settings, Ticket, WorkerId};
use super::processes::{Processes, ticket_of};
use super::{Checked, Rule, broken, require};

/// The call as its caller knows it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) submitted_at: Instant,
    pub(super) timeout: Option<Duration>,
    pub(super) state: CallState,
    /// Whether an abort ends it even when it has started.
    pub(super) interrupt: bool,
    pub(super) is_aborted: bool,
}

impl Call {
    /// Its caller wants it only if it has started.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.is_aborted && !self.interrupt
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallState {
    Waiting,
    Held { by: WorkerId },
    Settled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Until the interpreter is found.
    Searching,
    Starting,
    Up,
    /// A start that failed, or a shutdown.
    Ending,
    Over,
}

/// What the scheduler is being told.
#[derive(Debug)]
pub(super) enum Told {
    Submitted(Ticket),
    Aborted(HashSet<CallKey>),
    /// A worker's reply to the call it has.
    Replied(WorkerId, Ticket),
    /// The process is gone, or writes nonsense: so is its call.
    Lost(WorkerId),
    Ticked,
    Other,
}

pub(super) struct Truth {
    pub(super) settings: Settings,
    pub(super) phase: Phase,
    pub(super) calls: Vec<Call>,
    /// In the order of submission.
    pub(super) waiting: VecDeque<Ticket>,
    pub(super) processes: Processes,
    pub(super) told: Told,
    pub(super) now: Instant,
    /// Nobody holds the pool any more: it ends with its last call.
    pub(super) abandoned: bool,
    pub(super) open_calls: usize,
    /// How many calls had which outcome.
    pub(super) outcomes: BTreeMap<&'static str, usize>,
}

impl Truth {
    pub(super) fn new(settings: Settings, now: Instant) -> Self {
        Self {
            processes: Processes::new(&settings),
            settings,
            phase: Phase::Searching,
            calls: Vec::new(),
            waiting: VecDeque::new(),
            told: Told::Other,
            now,
            abandoned: false,
            open_calls: 0,
            outcomes: BTreeMap::new(),
        }
    }

    /// Notes what is about to happen.
    pub(super) fn tell(&mut self, event: &Event<Ticket>, now: Instant) {
        self.now = now;
        self.told = Told::Other;
        match event {
            Event::Start(_) if self.phase == Phase::Searching => {
                self.phase = Phase::Starting;
                self.processes.all_may_start(now);
            }
            Event::CanNotStart(_) => self.phase = Phase::Ending,
            Event::Submit(call) => self.submitted(call),
            Event::Abort(keys) => self.aborted(keys),
            Event::Ready(worker) => self.processes.became_ready(*worker),
            Event::LoadFailed(worker, _) => self.processes.is_failing(*worker, now),
            Event::Replied(worker, id, _) => self.replied(*worker, *id),
            Event::Garbled(worker, _) => self.garbled(*worker),
            Event::Distrust(CallKey(ticket), _) => {
                self.distrusted(Ticket::try_from(*ticket).unwrap());
            }
            Event::Exited { worker, .. } => {
                self.told = Told::Lost(*worker);
                self.processes.ended(*worker);
            }
            Event::StartFailed(worker, _) => self.processes.ended(*worker),
            Event::Shutdown { .. } if self.phase != Phase::Over => self.phase = Phase::Ending,
            Event::Abandon { .. } => self.abandoned = true,
            Event::Tick => self.told = Told::Ticked,
            // `learns` is told of those that come in the middle of another event.
            Event::Start(_) | Event::Shutdown { .. } | Event::Stacks(..) | Event::TakenBack(..) => {
            }
        }
    }

    /// Notes the answer to what the scheduler has asked in the middle of an event.
    pub(super) fn learns(&mut self, event: &Event<Ticket>) {
        if let Event::TakenBack(worker, _) = event {
            self.learns_what_has_started(*worker);
        }
    }

    fn submitted(&mut self, call: &super::super::Call<Ticket>) {
        self.calls.push(Call {
            submitted_at: self.now,
            timeout: call.timeout,
            state: CallState::Waiting,
            interrupt: call.interrupt,
            is_aborted: false,
        });
        self.waiting.push_back(call.ticket);
        self.open_calls += 1;
        self.told = Told::Submitted(call.ticket);
    }

    fn aborted(&mut self, keys: &HashSet<CallKey>) {
        for CallKey(ticket) in keys {
            if let Some(call) = self.calls.get_mut(usize::try_from(*ticket).unwrap()) {
                call.is_aborted = true;
            }
        }
        self.told = Told::Aborted(keys.clone());
    }

    /// The world: a worker has started some of its calls by now, and will not start the others.
    /// If it `lives`, its first call is still its own.
    pub(super) fn take_back(
        &mut self,
        worker: WorkerId,
        started: usize,
        lives: bool,
    ) -> Vec<CallId> {
        let is_heard = lives && self.processes.serves(worker);
        let first = self
            .processes
            .get(worker)
            .and_then(|process| process.held.front().copied());
        let back = self.processes.takes_back(worker, started);
        let ids = back.iter().map(|(id, _)| *id).collect();
        for (id, ticket) in back {
            let call = &mut self.calls[ticket as usize];
            if call.state == CallState::Settled || self.phase != Phase::Up {
                continue;
            }
            if is_heard && first == Some((id, ticket)) && !call.is_withdrawn() {
                // It is to be sent to the same worker again, and its time goes on.
                self.processes.is_to_have_again(worker, ticket);
                continue;
            }
            call.state = CallState::Waiting;
            let place = self.waiting.partition_point(|other| *other < ticket);
            self.waiting.insert(place, ticket);
        }
        ids
    }

    /// What was aborted, is to be interrupted, and had started, costs the worker.
    fn learns_what_has_started(&mut self, worker: WorkerId) {
        let Some(process) = self.processes.get(worker) else {
            return;
        };
        // Those before the last are answered, but unheard.
        let last = process.held.back().map(|(_, ticket)| *ticket);
        if let Some(ticket) = last
            && self.calls[ticket as usize].state == CallState::Settled
        {
            self.processes.is_replaced(worker, ticket);
        }
    }

    fn replied(&mut self, worker: WorkerId, id: CallId) {
        self.told = match self.processes.first_call(worker) {
            Some((held, ticket)) if held == id => {
                if self.is_settled(ticket) {
                    self.processes.completed(worker, ticket, self.now);
                }
                Told::Replied(worker, ticket)
            }
            // A reply to a call it has not.
            Some(_) if self.processes.serves(worker) => return self.garbled(worker),
            _ => Told::Other,
        };
    }

    /// What the caller was given as this call's value is none.
    fn distrusted(&mut self, ticket: Ticket) {
        if let Some(worker) = self.processes.takes_back_answer(ticket) {
            self.garbled(worker);
        }
    }

    /// Whether its caller has its outcome, and the worker does not know.
    fn is_settled(&self, ticket: Ticket) -> bool {
        self.calls
            .get(ticket as usize)
            .is_some_and(|call| call.state == CallState::Settled)
    }

    fn garbled(&mut self, worker: WorkerId) {
        self.told = Told::Lost(worker);
        self.processes.garbled(worker);
    }

    /// Checks one thing the scheduler asks for, and takes note of it.
    pub(super) fn observe(&mut self, action: Action<Ticket>) -> Checked {
        require(self.phase != Phase::Over, Rule::Closed, || {
            format!("{action:?} after the end")
        })?;
        let now = self.now;
        match action {
            Action::Start(worker) => {
                self.conclude();
                self.processes.start(worker, now)
            }
            Action::Send {
                worker,
                call,
                request,
            } => self.sent(worker, call, ticket_of(&request)),
            Action::Settle { ticket, reply } => self.settled(ticket, &reply),
            Action::DumpStacks(worker) => self.processes.asked_for_stacks(worker, now),
            Action::Close(worker) => self.processes.asked_to_end(worker, now),
            Action::Interrupt(worker) => {
                self.check_interrupt(worker)?;
                self.processes.asked_to_end(worker, now)
            }
            Action::Kill(worker) => self.processes.killed(worker),
            Action::Started(Ok(())) => {
                self.phase = Phase::Up;
                require(self.processes.all_serve(), Rule::Closed, || {
                    "up before every worker is ready".into()
                })
            }
            Action::Started(Err(_)) | Action::Closed => self.over(),
            Action::Ready(_) | Action::Log(..) | Action::CancelSearch | Action::TakeBack(_) => {
                Ok(())
            }
        }
    }

    fn sent(&mut self, worker: WorkerId, id: CallId, ticket: Ticket) -> Checked {
        if self.processes.gets_again(worker, id, ticket) {
            return Ok(());
        }
        let call = &mut self.calls[ticket as usize];
        require(!call.is_aborted, Rule::OnTime, || {
            format!("{ticket} is sent after its abort")
        })?;
        require(call.state == CallState::Waiting, Rule::AtMostOnce, || {
            format!("{ticket} is sent to {worker:?}, and is {:?}", call.state)
        })?;
        require(self.waiting.front() == Some(&ticket), Rule::Fifo, || {
            format!("{ticket} is sent before {:?}", self.waiting.front())
        })?;
        self.waiting.pop_front();
        call.state = CallState::Held { by: worker };
        self.processes.took(worker, id, ticket, self.now)
    }

    fn over(&mut self) -> Checked {
        self.phase = Phase::Over;
        require(self.processes.none_alive(), Rule::Closed, || {
            "over, but processes are left".into()
        })
    }

    /// Decides what follows a process that has just ended.
    pub(super) fn conclude(&mut self) {
        match self.phase {
            Phase::Up => self.processes.conclude(self.now),
            Phase::Starting if self.processes.conclude_first_start() => {
                self.phase = Phase::Ending;
            }
            _ => {}
        }
    }

    /// After all that one event asked for.
    pub(super) fn check(&mut self, next_deadline: Option<Instant>) -> Checked {
        self.conclude();
        if self.phase == Phase::Up && self.abandoned && self.open_calls == 0 {
            self.phase = Phase::Ending;
        }
        if self.phase == Phase::Over {
            let open = self.open_calls;
            require(open == 0, Rule::OneOutcome, || {
                format!("{open} calls without an outcome")
            })?;
            return require(next_deadline.is_none(), Rule::Closed, || {
                "a timer is left".into()
            });
        }
        if self.phase == Phase::Up && self.processes.one_is_free() {
            let ready = self.processes.lies_ready();
            require(ready.is_none(), Rule::NoIdleWait, || {
                format!("calls of {ready:?} lie ready, and a worker is free")
            })?;
        }
        if self.phase == Phase::Up && !self.waiting.is_empty() {
            require(!self.processes.one_is_free(), Rule::NoIdleWait, || {
                format!("{:?} wait, and a worker is free", self.waiting)
            })?;
            require(!self.processes.all_retired(), Rule::DeadPool, || {
                format!("{:?} wait for nobody", self.waiting)
            })?;
        }
        match &self.told {
            Told::Submitted(_) => self.check_queue_bound(),
            Told::Aborted(keys) if self.phase == Phase::Up => self.check_aborted(keys),
            Told::Ticked => self.check_time(next_deadline),
            Told::Lost(worker) => self.processes.check_lost(*worker),
            _ => Ok(()),
        }
    }

    fn check_time(&self, next_deadline: Option<Instant>) -> Checked {
        let now = self.now;
        if next_deadline.is_some_and(|next| next <= now) {
            return broken(Rule::OnTime, "a tick has done nothing about its deadline");
        }
        self.check_late_calls()?;
        self.processes.check_time(self.phase == Phase::Up, now)
    }
}
