//! The state machine itself.

use std::collections::VecDeque;
use std::mem;
use std::time::{Duration, Instant};

use super::event::{Action, Call, CallId, Event, Level, Reply, WorkerId};
use super::restart::{RestartBudget, Verdict};
use super::slot::{Running, Slot, State, Then, Victim};
use crate::failure::{
    ClosedWhile, Death, DeathCause, Failure, InterpreterNote, LoadFailure, PythonError,
};
use crate::process::ExitStatus;

/// Calls a worker may have at a time.
const CAPACITY: usize = 1;
/// How long a worker may take to tell its stacks.
const STACKS_WAIT: Duration = Duration::from_millis(50);
/// How long an interrupted worker may take to run its `finally` blocks and `atexit` hooks.
const INTERRUPT_GRACE: Duration = Duration::from_secs(2);
/// How long a worker whose import failed may take to exit.
const LOAD_FAILED_GRACE: Duration = Duration::from_millis(500);
/// How often a long import is reported.
const IMPORT_WARNING_EVERY: Duration = Duration::from_secs(10);

/// The fixed properties of a pool, as far as decisions depend on them.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Number of slots.
    pub workers: usize,
    /// Crashes in a row that retire a slot.
    pub max_crashes: u32,
    /// Bound on importing the script.
    pub startup_timeout: Duration,
    /// The user's script, for messages.
    pub script: String,
}

#[derive(Debug)]
enum Phase {
    /// The first start: all workers or none.
    Starting,
    Running,
    /// The first start failed; the other workers are being killed.
    Failing(Failure),
    Closing,
    Closed,
}

#[derive(Debug)]
struct Queued<T> {
    id: CallId,
    call: Call<T>,
}

/// See the [module](super).
#[derive(Debug)]
pub struct Scheduler<T> {
    settings: Settings,
    interpreter: InterpreterNote,
    phase: Phase,
    slots: Vec<Slot<T>>,
    queue: VecDeque<Queued<T>>,
    last_call: u64,
    last_crash: Option<Failure>,
    /// Set when nobody holds the pool any more: the grace for its workers.
    abandoned: Option<Duration>,
}

type Actions<T> = Vec<Action<T>>;

impl<T> Scheduler<T> {
    /// A scheduler that waits for [`Event::Start`] or [`Event::CanNotStart`].
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let slots = (0..settings.workers)
            .map(|_| Slot {
                state: State::Vacant,
                budget: RestartBudget::new(settings.max_crashes),
                generation: 0,
            })
            .collect();
        Self {
            settings,
            interpreter: InterpreterNote::default(),
            phase: Phase::Starting,
            slots,
            queue: VecDeque::new(),
            last_call: 0,
            last_crash: None,
            abandoned: None,
        }
    }

    /// Takes one event and appends what is to be done, in order.
    pub fn handle(&mut self, event: Event<T>, now: Instant, out: &mut Actions<T>) {
        match event {
            Event::Start(interpreter) => self.start_all(interpreter, now, out),
            Event::CanNotStart(failure) => self.can_not_start(failure, out),
            Event::Submit(call) => self.submit(call, now, out),
            Event::Ready(worker) => self.ready(worker, now, out),
            Event::LoadFailed(worker, error) => self.load_failed(worker, error, now),
            Event::Replied(worker, call, reply) => self.replied(worker, call, reply, now, out),
            Event::Stacks(worker, stacks) => self.stacks(worker, stacks, now, out),
            Event::Garbled(worker, death) => self.garbled(worker, death, out),
            Event::Exited(worker, death) => self.exited(worker, death, now, out),
            Event::StartFailed(worker, failure) => self.start_failed(worker, failure, now, out),
            Event::Tick => self.tick(now, out),
            Event::Shutdown { grace } => self.shutdown(grace, now, out),
            Event::Abandon { grace } => self.abandoned = Some(grace),
        }
        if let Some(grace) = self.abandoned
            && (self.is_idle() || matches!(self.phase, Phase::Starting))
        {
            self.abandoned = None;
            self.shutdown(grace, now, out);
        }
    }

    /// When the next [`Event::Tick`] is due, if ever.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.slots.iter().filter_map(Slot::deadline).min()
    }

    /// Whether no call is queued or running.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
            && !self.slots.iter().any(|slot| match &slot.state {
                State::Ready { running } => !running.is_empty(),
                State::Dumping { victim, .. } => matches!(victim, Victim::Call(_)),
                _ => false,
            })
    }

    /// Whether the pool takes calls.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running)
    }

    /// How many workers are ready, with or without a call.
    #[must_use]
    pub fn ready_workers(&self) -> usize {
        self.slots
            .iter()
            .filter(|slot| matches!(slot.state, State::Ready { .. }))
            .count()
    }

    /// Whether every slot is retired.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.slots
            .iter()
            .all(|slot| matches!(slot.state, State::Retired))
    }

    /// Whether `worker` is its slot's newest process, and is not to be ended at once.
    #[must_use]
    pub fn expects(&self, worker: WorkerId) -> bool {
        self.slots.get(worker.slot).is_some_and(|slot| {
            slot.worker(worker.slot) == worker && matches!(slot.state, State::Starting { .. })
        })
    }

    /// The call a worker runs, for the log; `None` when it runs none.
    #[must_use]
    pub fn running_call(&self, worker: WorkerId) -> Option<CallId> {
        match &self
            .slots
            .get(worker.slot)
            .filter(|slot| slot.worker(worker.slot) == worker)?
            .state
        {
            State::Ready { running } => running.first().map(|call| call.id),
            State::Dumping {
                victim: Victim::Call(call),
                ..
            } => Some(call.id),
            _ => None,
        }
    }

    // Calls

    fn submit(&mut self, call: Call<T>, now: Instant, out: &mut Actions<T>) {
        let refusal = match &self.phase {
            Phase::Starting => Some(Failure::NotInitialized),
            Phase::Failing(_) | Phase::Closing | Phase::Closed => {
                Some(Failure::Closed(ClosedWhile::Submitting))
            }
            Phase::Running if self.is_dead() => Some(self.pool_dead()),
            Phase::Running => None,
        };
        if let Some(failure) = refusal {
            out.push(Action::Settle {
                ticket: call.ticket,
                reply: Err(failure),
            });
            return;
        }
        self.last_call += 1;
        let id = CallId(self.last_call);
        let nobody_waits = self.queue.is_empty();
        self.queue.push_back(Queued { id, call });
        if nobody_waits {
            self.dispatch(now, out);
        }
    }

    /// Hands queued calls to workers with room, oldest call and lowest slot first.
    fn dispatch(&mut self, now: Instant, out: &mut Actions<T>) {
        if !self.is_running() {
            return;
        }
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let worker = slot.worker(index);
            let State::Ready { running } = &mut slot.state else {
                continue;
            };
            while running.len() < CAPACITY {
                let Some(Queued { id, call }) = self.queue.pop_front() else {
                    return;
                };
                let Call {
                    request,
                    ticket,
                    timeout,
                } = call;
                let deadline = timeout.and_then(|timeout| now.checked_add(timeout));
                running.push(Running {
                    id,
                    ticket,
                    timeout,
                    deadline,
                });
                out.push(Action::Send {
                    worker,
                    call: id,
                    request,
                });
            }
        }
    }

    fn replied(
        &mut self,
        worker: WorkerId,
        call: CallId,
        reply: Reply,
        now: Instant,
        out: &mut Actions<T>,
    ) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        let State::Ready { running } = &mut slot.state else {
            return; // the loser of a race with its timeout
        };
        let Some(index) = running.iter().position(|running| running.id == call) else {
            let cause = DeathCause::ProtocolError(format!("a reply to {call:?}, which it has not"));
            return self.garbled(
                worker,
                Death {
                    cause,
                    stderr_tail: String::new(),
                },
                out,
            );
        };
        let ticket = running.remove(index).ticket;
        slot.budget.restore();
        out.push(Action::Settle { ticket, reply });
        if !self.queue.is_empty() {
            self.dispatch(now, out);
        }
    }

    // Workers

    /// The slot of `worker`, unless that process has been replaced.
    fn current(&mut self, worker: WorkerId) -> Option<&mut Slot<T>> {
        self.slots
            .get_mut(worker.slot)
            .filter(|slot| slot.worker(worker.slot) == worker)
    }

    fn start_all(&mut self, interpreter: InterpreterNote, now: Instant, out: &mut Actions<T>) {
        if matches!(self.phase, Phase::Starting) {
            self.interpreter = interpreter;
            (0..self.slots.len()).for_each(|slot| self.start(slot, now, out));
        }
    }

    fn can_not_start(&mut self, failure: Failure, out: &mut Actions<T>) {
        if matches!(self.phase, Phase::Starting) {
            self.phase = Phase::Failing(failure);
            self.finish(out);
        }
    }

    fn start(&mut self, index: usize, now: Instant, out: &mut Actions<T>) {
        let slot = &mut self.slots[index];
        slot.generation += 1;
        slot.state = State::Starting {
            since: now,
            warn_at: now + IMPORT_WARNING_EVERY,
            deadline: now + self.settings.startup_timeout,
        };
        out.push(Action::Start(slot.worker(index)));
    }

    fn ready(&mut self, worker: WorkerId, now: Instant, out: &mut Actions<T>) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        let State::Starting { since, .. } = slot.state else {
            return;
        };
        slot.state = State::Ready {
            running: Vec::with_capacity(1),
        };
        let text = format!(
            "ready after {} ms",
            now.saturating_duration_since(since).as_millis()
        );
        out.push(Action::Log(Level::Debug, Some(worker), text));
        out.push(Action::Ready(worker));
        if matches!(self.phase, Phase::Starting) && self.ready_workers() == self.slots.len() {
            self.phase = Phase::Running;
            out.push(Action::Started(Ok(())));
        }
        self.dispatch(now, out);
    }

    fn load_failed(&mut self, worker: WorkerId, error: PythonError, now: Instant) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        if matches!(slot.state, State::Starting { .. }) {
            slot.state = State::Ending {
                kill_at: Some(now + LOAD_FAILED_GRACE),
                then: Then::LoadFailed(error),
            };
        }
    }

    fn stacks(&mut self, worker: WorkerId, stacks: String, now: Instant, out: &mut Actions<T>) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        match slot.state {
            State::Dumping { .. } => self.end_victim(worker.slot, Some(stacks), now, out),
            State::Starting { .. } => {
                let text = format!("the import is here:\n{stacks}");
                out.push(Action::Log(Level::Warn, Some(worker), text));
            }
            _ => {}
        }
    }

    /// Gives what took too long its outcome, and its worker the time to clean up.
    fn end_victim(
        &mut self,
        index: usize,
        stack: Option<String>,
        now: Instant,
        out: &mut Actions<T>,
    ) {
        let slot = &mut self.slots[index];
        let worker = slot.worker(index);
        let ending = |then| State::Ending {
            kill_at: Some(now + INTERRUPT_GRACE),
            then,
        };
        match mem::replace(&mut slot.state, ending(Then::Replace)) {
            State::Dumping {
                victim: Victim::Call(call),
                ..
            } => {
                out.push(call.time_out(stack));
            }
            State::Dumping {
                victim: Victim::Startup,
                ..
            } => {
                let timeout = self.settings.startup_timeout;
                slot.state = ending(Then::Crash(Failure::StartupTimeout { timeout, stack }));
            }
            other => slot.state = other,
        }
        out.push(Action::Interrupt(worker));
    }

    fn garbled(&mut self, worker: WorkerId, death: Death, out: &mut Actions<T>) {
        let load = self.load_failure(death.clone(), None);
        let Some(slot) = self.current(worker) else {
            return;
        };
        let failure = match mem::replace(&mut slot.state, State::Vacant) {
            State::Starting { .. } => load,
            State::Ready { running } => {
                out.extend(running.into_iter().map(|call| call.crash(&death)));
                Failure::Crashed(death)
            }
            State::Dumping { victim, .. } => {
                out.extend(victim.time_out(None));
                Failure::Crashed(death)
            }
            other => {
                slot.state = other;
                return;
            }
        };
        slot.state = State::Ending {
            kill_at: None,
            then: Then::Crash(failure),
        };
        out.push(Action::Kill(worker));
    }

    fn exited(&mut self, worker: WorkerId, death: Death, now: Instant, out: &mut Actions<T>) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        let failure = match mem::replace(&mut slot.state, State::Vacant) {
            State::Starting { .. } => Some(self.load_failure(death, None)),
            State::Ready { running } => {
                out.extend(running.into_iter().map(|call| call.crash(&death)));
                Some(Failure::Crashed(death))
            }
            State::Dumping {
                victim: Victim::Startup,
                ..
            } => {
                let timeout = self.settings.startup_timeout;
                Some(Failure::StartupTimeout {
                    timeout,
                    stack: None,
                })
            }
            State::Dumping { victim, .. } => {
                out.extend(victim.time_out(None));
                None
            }
            State::Ending {
                then: Then::Replace,
                ..
            } => None,
            State::Ending {
                then: Then::Crash(failure),
                ..
            } => Some(failure),
            State::Ending {
                then: Then::LoadFailed(error),
                ..
            } => {
                // Whatever became of the process after its report, the report is the reason.
                let cause = DeathCause::Exited(ExitStatus::Code(1));
                Some(self.load_failure(Death { cause, ..death }, Some(error)))
            }
            other @ (State::Vacant | State::Waiting { .. } | State::Retired) => {
                slot.state = other;
                return;
            }
        };
        self.succeed(worker.slot, failure, now, out);
    }

    fn start_failed(
        &mut self,
        worker: WorkerId,
        failure: Failure,
        now: Instant,
        out: &mut Actions<T>,
    ) {
        let Some(slot) = self.current(worker) else {
            return;
        };
        slot.state = State::Vacant;
        self.succeed(worker.slot, Some(failure), now, out);
    }

    /// A slot's process is gone: what follows it?
    fn succeed(
        &mut self,
        index: usize,
        failure: Option<Failure>,
        now: Instant,
        out: &mut Actions<T>,
    ) {
        match (&self.phase, failure) {
            (Phase::Starting, Some(failure)) => {
                self.phase = Phase::Failing(failure);
                self.kill_all(out);
                self.finish(out);
            }
            (Phase::Starting | Phase::Running, None) => self.start(index, now, out),
            (Phase::Running, Some(failure)) => self.after_crash(index, failure, now, out),
            (Phase::Failing(_) | Phase::Closing | Phase::Closed, _) => self.finish(out),
        }
    }

    fn after_crash(&mut self, index: usize, failure: Failure, now: Instant, out: &mut Actions<T>) {
        let slot = &mut self.slots[index];
        let worker = Some(slot.worker(index));
        let what = first_line(&failure);
        self.last_crash = Some(failure);
        let verdict = slot.budget.spend();
        let count = slot.budget.describe();
        match verdict {
            Verdict::RestartAfter(delay) if delay.is_zero() => {
                let text = format!("{what}; restarting ({count})");
                out.push(Action::Log(Level::Warn, worker, text));
                self.start(index, now, out);
            }
            Verdict::RestartAfter(delay) => {
                let text = format!("{what}; restarting in {} ms ({count})", delay.as_millis());
                out.push(Action::Log(Level::Warn, worker, text));
                slot.state = State::Waiting {
                    restart_at: now + delay,
                };
            }
            Verdict::Retire => {
                let text = format!("{what}; not restarted after {count} crashes in a row");
                out.push(Action::Log(Level::Error, worker, text));
                slot.state = State::Retired;
                if self.is_dead() {
                    let dead = self.pool_dead();
                    self.fail_queue(&dead, out);
                }
            }
        }
    }

    // Time

    fn tick(&mut self, now: Instant, out: &mut Actions<T>) {
        for index in 0..self.slots.len() {
            if self.slots[index]
                .deadline()
                .is_some_and(|deadline| deadline <= now)
            {
                self.deadline_passed(index, now, out);
            }
        }
    }

    fn deadline_passed(&mut self, index: usize, now: Instant, out: &mut Actions<T>) {
        let slot = &mut self.slots[index];
        let worker = slot.worker(index);
        match &mut slot.state {
            State::Vacant | State::Retired => {}
            State::Waiting { .. } => self.start(index, now, out),
            State::Starting { deadline, .. } if *deadline <= now => {
                slot.state = State::Dumping {
                    victim: Victim::Startup,
                    until: now + STACKS_WAIT,
                };
                out.push(Action::DumpStacks(worker));
            }
            State::Starting { since, warn_at, .. } => {
                *warn_at = now + IMPORT_WARNING_EVERY;
                let seconds = now.saturating_duration_since(*since).as_secs();
                let text = format!("still importing {} after {seconds} s", self.settings.script);
                out.push(Action::Log(Level::Warn, Some(worker), text));
                out.push(Action::DumpStacks(worker));
            }
            State::Ready { running } => {
                let late = running
                    .iter()
                    .position(|call| call.deadline.is_some_and(|at| at <= now));
                if let Some(late) = late {
                    let victim = Victim::Call(running.remove(late));
                    slot.state = State::Dumping {
                        victim,
                        until: now + STACKS_WAIT,
                    };
                    out.push(Action::DumpStacks(worker));
                }
            }
            State::Dumping { .. } => self.end_victim(index, None, now, out),
            State::Ending { kill_at, .. } => {
                *kill_at = None;
                out.push(Action::Kill(worker));
            }
        }
    }

    // The end

    fn shutdown(&mut self, grace: Duration, now: Instant, out: &mut Actions<T>) {
        if matches!(self.phase, Phase::Failing(_) | Phase::Closed) {
            return;
        }
        self.phase = Phase::Closing;
        self.fail_queue(&Failure::Closed(ClosedWhile::Queued), out);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            slot.close(index, now + grace, out);
        }
        self.finish(out);
    }

    fn kill_all(&mut self, out: &mut Actions<T>) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            match slot.state {
                State::Starting { .. }
                | State::Ready { .. }
                | State::Dumping { .. }
                | State::Ending {
                    kill_at: Some(_), ..
                } => {
                    slot.state = State::Ending {
                        kill_at: None,
                        then: Then::Replace,
                    };
                    out.push(Action::Kill(slot.worker(index)));
                }
                State::Ending { kill_at: None, .. } => {}
                State::Vacant | State::Waiting { .. } | State::Retired => {
                    slot.state = State::Vacant;
                }
            }
        }
    }

    /// Says that all is over, when it is.
    fn finish(&mut self, out: &mut Actions<T>) {
        if !self.slots.iter().all(Slot::is_vacant) {
            return;
        }
        match mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Failing(failure) => {
                out.push(Action::Started(Err(failure)));
            }
            Phase::Closing => out.push(Action::Closed),
            other => self.phase = other,
        }
    }

    fn fail_queue(&mut self, failure: &Failure, out: &mut Actions<T>) {
        out.extend(self.queue.drain(..).map(|queued| Action::Settle {
            ticket: queued.call.ticket,
            reply: Err(failure.clone()),
        }));
        self.queue.shrink_to_fit();
    }

    // Words

    fn pool_dead(&self) -> Failure {
        Failure::PoolDead {
            workers: self.slots.len(),
            script: self.settings.script.clone(),
            last_crash: self.last_crash.clone().map(Box::new),
        }
    }

    fn load_failure(&self, death: Death, error: Option<PythonError>) -> Failure {
        Failure::Load(Box::new(LoadFailure {
            death,
            error,
            interpreter: self.interpreter.clone(),
        }))
    }
}

impl<T> Slot<T> {
    /// The pool closes: asks the process to end, if there is one.
    fn close(&mut self, index: usize, kill_at: Instant, out: &mut Actions<T>) {
        let worker = self.worker(index);
        let ending = State::Ending {
            kill_at: Some(kill_at),
            then: Then::Replace,
        };
        match mem::replace(&mut self.state, ending) {
            State::Vacant | State::Waiting { .. } | State::Retired => self.state = State::Vacant,
            State::Starting { .. } => out.push(Action::Interrupt(worker)),
            State::Ready { running } if running.is_empty() => out.push(Action::Close(worker)),
            State::Ready { running } => {
                out.extend(running.into_iter().map(|call| Action::Settle {
                    ticket: call.ticket,
                    reply: Err(Failure::Closed(ClosedWhile::Running)),
                }));
                out.push(Action::Interrupt(worker));
            }
            State::Dumping { victim, .. } => {
                out.extend(victim.time_out(None));
                out.push(Action::Interrupt(worker));
            }
            State::Ending {
                kill_at: earlier,
                then,
            } => {
                let kill_at = earlier.map(|earlier| earlier.min(kill_at));
                self.state = State::Ending { kill_at, then };
            }
        }
    }
}

impl<T> Running<T> {
    fn crash(self, death: &Death) -> Action<T> {
        Action::Settle {
            ticket: self.ticket,
            reply: Err(Failure::Crashed(death.clone())),
        }
    }

    fn time_out(self, stack: Option<String>) -> Action<T> {
        let timeout = self.timeout.unwrap_or_default();
        Action::Settle {
            ticket: self.ticket,
            reply: Err(Failure::CallTimeout { timeout, stack }),
        }
    }
}

impl<T> Victim<T> {
    fn time_out(self, stack: Option<String>) -> Option<Action<T>> {
        match self {
            Self::Call(call) => Some(call.time_out(stack)),
            Self::Startup => None,
        }
    }
}

fn first_line(failure: &Failure) -> String {
    failure
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}
