//! What callers and the operating system would know, and what it forbids the scheduler.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Instant;

use super::drain::Drain;
use super::known_call::{CallState, KnownCall};
use super::lifecycle::Phase;
use super::process::{Process, State};
use super::processes::Processes;
use super::rules::{Checked, Rule, broken, require};
use crate::call::Call;
use crate::id::{CallId, WorkerId};
use crate::scheduler::{Event, Scheduler, Settings};

/// The event that the scheduler is handling.
#[derive(Debug)]
pub(super) enum Trigger {
    Initialize,
    Shutdown,
    /// A drain begins; whether it cancels a start that was to follow an earlier one.
    Drain {
        cancels_start: bool,
    },
    SearchOver,
    Submitted(CallId),
    Aborted(HashSet<CallId>),
    /// A worker's reply to the call it has.
    Replied(WorkerId, CallId),
    /// A worker says that it cancels a call.
    Cancelling(WorkerId, CallId),
    /// The process is gone or violated the protocol: so is its call.
    Lost(WorkerId),
    Ticked,
    Other,
}

pub(super) struct Truth {
    pub(super) settings: Settings,
    pub(super) phase: Phase,
    pub(super) drain: Option<Drain>,
    /// An interpreter is being looked for.
    pub(super) is_searching: bool,
    /// Requests to start, and to close, that are not answered.
    pub(super) pending_starts: usize,
    pub(super) pending_closes: usize,
    /// By their ids, which count from 1.
    pub(super) calls: Vec<KnownCall>,
    /// In the order of submission.
    pub(super) waiting: VecDeque<CallId>,
    pub(super) processes: Processes,
    pub(super) trigger: Trigger,
    pub(super) now: Instant,
    /// The owner dropped the pool: it closes with its last call.
    pub(super) abandoned: bool,
    pub(super) open_calls: usize,
    /// Whether the scheduler knows which function is async.
    pub(super) knows_async: bool,
    /// How many calls had which outcome.
    pub(super) outcomes: BTreeMap<&'static str, usize>,
}

impl Truth {
    pub(super) fn new(settings: Settings, now: Instant) -> Self {
        Self {
            processes: Processes::new(&settings),
            settings,
            phase: Phase::Idle,
            drain: None,
            is_searching: false,
            pending_starts: 0,
            pending_closes: 0,
            calls: Vec::new(),
            waiting: VecDeque::new(),
            trigger: Trigger::Other,
            now,
            abandoned: false,
            open_calls: 0,
            knows_async: false,
            outcomes: BTreeMap::new(),
        }
    }

    pub(super) fn next_id(&self) -> CallId {
        CallId(self.calls.len() as u64 + 1)
    }

    pub(super) fn call(&self, id: CallId) -> &KnownCall {
        &self.calls[index_of(id)]
    }

    pub(super) fn call_mut(&mut self, id: CallId) -> &mut KnownCall {
        &mut self.calls[index_of(id)]
    }

    /// Notes what is about to happen.
    pub(super) fn note(&mut self, event: &Event, now: Instant) {
        self.now = now;
        self.trigger = Trigger::Other;
        match event {
            Event::Initialize => self.asked_to_start(),
            Event::Shutdown { .. } => self.asked_to_close(),
            Event::Drain { limit, .. } => self.asked_to_drain(*limit),
            Event::Abandon { .. } => self.abandoned = true,
            Event::Prepared(_) => self.search_has_ended(true),
            Event::PrepareFailed(_) => self.search_has_ended(false),
            Event::Submit(call) => self.submitted(call),
            Event::Abort(ids) => self.aborted(ids),
            Event::Ready(worker) => self.processes.became_ready(*worker),
            Event::LoadFailed(worker, _) => self.processes.is_failing(*worker, now),
            Event::Replied(worker, call, _) => self.replied(*worker, *call),
            Event::ProtocolError(worker, _) => self.violated_the_protocol(*worker),
            Event::Exited { worker, death, .. } => {
                self.trigger = Trigger::Lost(*worker);
                if death.is_fatal_error() {
                    self.processes.has_faulted(*worker);
                }
                self.runs_again(*worker);
                self.processes.ended(*worker);
            }
            Event::StartFailed(worker, _) => self.processes.ended(*worker),
            Event::Tick => {
                self.trigger = Trigger::Ticked;
                self.stop_waiting_for_aborted_calls();
            }
            Event::Pong(worker) => {
                if !self.processes.answered_a_ping(*worker) && self.processes.serves(*worker) {
                    self.violated_the_protocol(*worker);
                }
            }
            Event::IsAsync(worker, call) => self.learns_async(*worker, *call),
            Event::Cancelling(worker, call, _) => {
                self.is_cancelled(*worker, *call);
                self.trigger = Trigger::Cancelling(*worker, *call);
            }
            Event::Stacks(worker, _) => self.stacks_came(*worker),
            Event::Item(..) | Event::Taken(..) => unreachable!("no call is a stream"),
        }
    }

    fn submitted(&mut self, call: &Call) {
        self.calls.push(KnownCall::new(call, self.now));
        self.waiting.push_back(call.id());
        self.open_calls += 1;
        self.trigger = Trigger::Submitted(call.id());
    }

    fn aborted(&mut self, ids: &HashSet<CallId>) {
        for id in ids {
            if let Some(call) = self.calls.get_mut(index_of(*id)) {
                call.is_aborted = true;
            }
        }
        self.trigger = Trigger::Aborted(ids.clone());
    }

    /// The host waits for the reply to an aborted call no longer than its timeout.
    fn stop_waiting_for_aborted_calls(&mut self) {
        let first = |one: &Process| Some((one.id, *one.held.front()?, one.first_since));
        let waiting = self.processes.alive();
        let waiting = waiting.filter(|one| one.is_ending() && one.cancelling.is_none());
        for (worker, id, since) in waiting.filter_map(first).collect::<Vec<_>>() {
            // Of a process that violated the protocol, the next call has no time of its own.
            let call = self.call(id);
            let timeout = call.options.timeout.filter(|_| call.clock.is_some());
            let is_late = timeout.is_some_and(|timeout| since + timeout <= self.now);
            if is_late && call.state == CallState::Settled {
                self.processes.stops_waiting(worker, self.now);
                self.start_clock(worker);
            }
        }
    }

    /// The calls of a lost worker that have started and may run again.
    fn runs_again(&mut self, worker: WorkerId) {
        let Some(process) = self.processes.get(worker) else {
            return;
        };
        // The first of a late worker has timed out, unless a fault has ended it before the stacks came.
        let is_late = matches!(process.state, State::Late { .. }) && !process.end.is_fault;
        let held: Vec<_> = process.held.iter().copied().skip(is_late.into()).collect();
        for id in held {
            let call = self.call_mut(id);
            if call.state == (CallState::Held { by: worker }) && call.options.retries > 0 {
                call.options.retries -= 1;
                call.has_run = true;
                call.clock = None;
                self.waits(id);
            }
        }
    }

    fn waits(&mut self, id: CallId) {
        self.call_mut(id).state = CallState::Waiting;
        let place = self.waiting.partition_point(|other| *other < id);
        self.waiting.insert(place, id);
    }

    /// The time of a worker's first call counts, unless it does already.
    pub(super) fn start_clock(&mut self, worker: WorkerId) {
        let now = self.now;
        let first = self.processes.get(worker);
        if let Some(first) = first.and_then(|one| one.held.front().copied()) {
            self.call_mut(first).clock.get_or_insert(now);
        }
    }

    /// A worker has started so many of its calls by now, and will not start the others. While it is alive,
    /// its first call is still its own.
    pub(super) fn take_back(
        &mut self,
        worker: WorkerId,
        started: usize,
        is_alive: bool,
    ) -> Vec<CallId> {
        let is_heard = is_alive && self.processes.serves(worker);
        let process = self.processes.get(worker);
        let must_be_pinged = process
            .as_ref()
            .is_some_and(|process| process.must_be_pinged && started == 0);
        let first = process.and_then(|process| process.held.front().copied());
        if let Some(process) = self.processes.get(worker) {
            process.must_be_pinged = must_be_pinged;
        }
        let back = self.processes.takes_back(worker, started);
        for id in &back {
            let call = self.call_mut(*id);
            call.is_revoked = true;
            if call.state == CallState::Settled || self.phase != Phase::Running {
                continue;
            }
            let call = self.call_mut(*id);
            if first == Some(*id) && must_be_pinged {
                // Its time goes on.
                call.rescued_from.push(worker);
            } else if is_heard && first == Some(*id) && !call.is_aborted {
                // It must be sent to the same worker again, and its time goes on.
                self.processes.is_to_have_again(worker, *id);
                continue;
            } else {
                call.clock = None;
            }
            self.waits(*id);
        }
        back
    }

    /// The worker of a started call that was aborted is replaced, unless the call has `interrupt: false`.
    pub(super) fn learn_what_has_started(&mut self, worker: WorkerId) {
        let Some(process) = self.processes.get(worker) else {
            return;
        };
        let is_serving = process.is_serving();
        // Those before the last are answered, but the host has not read the replies.
        let last = process.held.back().copied();
        let is_aborted = |last: &CallId| {
            let last = self.call(*last);
            last.state == CallState::Settled || last.is_aborted && last.options.interrupt
        };
        match last.filter(is_aborted) {
            Some(last) if is_serving && self.may_end_alone(last) => {
                self.must_be_cancelled(worker, last);
            }
            Some(last) => self.processes.is_replaced(worker, last),
            None => {}
        }
    }

    fn replied(&mut self, worker: WorkerId, id: CallId) {
        self.trigger = match self.processes.first_call(worker) {
            Some(first) if first == id && id != CallId(0) => {
                if self.call(id).state == CallState::Settled {
                    self.processes.completed(worker, self.now);
                    self.start_clock(worker);
                }
                Trigger::Replied(worker, id)
            }
            // A reply to a call it does not have.
            Some(_) if self.processes.is_expected_to_speak(worker) => {
                return self.violated_the_protocol(worker);
            }
            _ => Trigger::Other,
        };
    }

    fn violated_the_protocol(&mut self, worker: WorkerId) {
        self.trigger = Trigger::Lost(worker);
        self.processes.violated_the_protocol(worker);
    }

    // What the scheduler puts out

    pub(super) fn start(&mut self, worker: WorkerId) -> Checked {
        self.conclude();
        let is_new = matches!(self.trigger, Trigger::Submitted(_));
        let calls = (self.waiting.len(), is_new);
        self.processes.start(worker, calls, self.now)
    }

    pub(super) fn sent(&mut self, worker: WorkerId, id: CallId) -> Checked {
        self.call_mut(id).is_revoked = false;
        if self.processes.gets_again(worker, id) {
            return Ok(());
        }
        self.start_is_complete();
        let phase = self.phase;
        require(phase == Phase::Running, Rule::PendingStart, || {
            format!("{id} is sent by a pool that is {phase:?}")
        })?;
        let call = &mut self.calls[index_of(id)];
        require(!call.is_aborted, Rule::OnTime, || {
            format!("{id} is sent after its abort")
        })?;
        require(call.state == CallState::Waiting, Rule::AtMostOnce, || {
            format!("{id} is sent to {worker:?}, and is {:?}", call.state)
        })?;
        require(self.waiting.front() == Some(&id), Rule::Fifo, || {
            format!("{id} is sent before {:?}", self.waiting.front())
        })?;
        let other = self.better_than(worker, id);
        require(other.is_none(), Rule::Spread, || {
            format!("{id} goes to {worker:?}, and not to {other:?}")
        })?;
        let call = self.call_mut(id);
        call.state = CallState::Held { by: worker };
        self.waiting.pop_front();
        self.processes.took(worker, id, self.now)?;
        self.start_clock(worker);
        Ok(())
    }

    pub(super) fn pinged(&mut self, worker: WorkerId) -> Checked {
        self.processes.pinged(worker, self.now)
    }

    pub(super) fn dump_stacks(&mut self, worker: WorkerId) -> Checked {
        if self.wants_stacks_of_late_call(worker) {
            return Ok(());
        }
        self.processes.asked_for_stacks(worker, self.now)
    }

    pub(super) fn close(&mut self, worker: WorkerId) -> Checked {
        self.check_end_of_cancelling(worker)?;
        self.processes.asked_to_end(worker, self.now)
    }

    pub(super) fn interrupt(&mut self, worker: WorkerId) -> Checked {
        self.check_interrupt(worker)?;
        self.check_end_of_cancelling(worker)?;
        self.processes.asked_to_end(worker, self.now)
    }

    pub(super) fn kill(&mut self, worker: WorkerId) -> Checked {
        let has_erred = matches!(self.trigger, Trigger::Lost(lost) if lost == worker);
        if let Some(process) = self.processes.get(worker)
            && !has_erred
            && !process.end.is_poisoned
            && process.is_serving()
            && process.started > 1
            && let Some(first) = process.held.front().copied()
            && self.call(first).state == CallState::Settled
        {
            // The reply to a call that was aborted should have come before: it is awaited no longer.
            self.processes.violated_the_protocol(worker);
            self.processes.is_replaced(worker, first);
        }
        self.processes.killed(worker)
    }

    pub(super) fn check_alive(&mut self, worker: WorkerId) -> Checked {
        require(self.processes.serves(worker), Rule::OneProcess, || {
            format!("{worker:?} is said to be ready")
        })
    }

    /// Decides what follows a process that has just ended.
    pub(super) fn conclude(&mut self) {
        match self.phase {
            Phase::Running => self.processes.conclude(self.now),
            Phase::Starting if self.processes.conclude_first_start() => {
                self.phase = Phase::Failing;
            }
            _ => {}
        }
    }

    /// After all effects of one event.
    pub(super) fn check(&mut self, scheduler: &Scheduler) -> Checked {
        self.conclude();
        self.start_is_complete();
        self.check_refused()?;
        if self.ends_drain() {
            require(!scheduler.is_running(), Rule::Drain, || {
                "a pool goes on that is drained".into()
            })?;
        }
        if self.phase == Phase::Running && self.abandoned && self.open_calls == 0 {
            self.phase = Phase::Closing;
        }
        self.check_answers()?;
        self.check_queries(scheduler)?;
        if self.phase.is_at_rest() {
            let open = self.open_calls;
            return require(open == 0, Rule::OneOutcome, || {
                format!("{open} calls without an outcome")
            });
        }
        if self.phase == Phase::Running {
            self.check_placement()?;
            self.check_cancelling()?;
        }
        if self.phase == Phase::Running && !self.waiting.is_empty() {
            require(!self.processes.one_is_free(), Rule::NoIdleWait, || {
                format!("{:?} wait, and a worker is free", self.waiting)
            })?;
            require(!self.processes.all_given_up(), Rule::DeadPool, || {
                format!("{:?} wait, and no worker will serve them", self.waiting)
            })?;
        }
        require(
            scheduler.is_idle() == (self.open_calls == 0),
            Rule::OneOutcome,
            || format!("{} calls are open", self.open_calls),
        )?;
        match &self.trigger {
            Trigger::Submitted(_) => self.check_queue_bound(),
            Trigger::Aborted(ids) => self.check_aborted(ids),
            Trigger::Ticked => self.check_time(scheduler.next_deadline()),
            Trigger::Lost(worker) => self.processes.check_lost(*worker),
            _ => Ok(()),
        }
    }

    /// What the scheduler says about itself.
    fn check_queries(&self, scheduler: &Scheduler) -> Checked {
        let is_at_rest = self.phase.is_at_rest();
        require(
            scheduler.is_running() == (self.phase == Phase::Running)
                && scheduler.is_at_rest() == is_at_rest,
            Rule::OneAnswer,
            || format!("{:?} while {:?}", scheduler.lifecycle, self.phase),
        )?;
        let has_timer = scheduler.next_deadline().is_some();
        require(!(is_at_rest && has_timer), Rule::Closed, || {
            "a timer is left".into()
        })?;
        for (worker, call) in self.processes.late_calls() {
            let running = scheduler.running_calls(worker);
            require(running == [call], Rule::Fifo, || {
                format!("{call} is late and has lost its place to {running:?}")
            })?;
        }
        Ok(())
    }

    fn check_time(&self, next_deadline: Option<Instant>) -> Checked {
        let now = self.now;
        if next_deadline.is_some_and(|next| next <= now) {
            return broken(Rule::OnTime, "a tick has done nothing about its deadline");
        }
        self.check_late_calls()?;
        let is_running = self.phase == Phase::Running;
        self.processes.check_time(is_running, now)
    }
}

/// No index for 0, which is no call.
fn index_of(id: CallId) -> usize {
    usize::try_from(id.0).unwrap().wrapping_sub(1)
}
