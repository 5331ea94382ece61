//! Drives the scheduler without processes, pipes or sleeps: the test is the world, and owns the clock.

mod abort;
mod calls;
mod lifecycle;
mod prefetch;
mod queue;
mod restarts;
mod simulation;
mod timeouts;
mod trust;

use std::time::{Duration, Instant};

use super::{Action, Call, CallId, CallKey, Event, Level, Reply, Scheduler, Settings, WorkerId};
use crate::exit::{ExitStatus, Signal};
use crate::failure::{Death, DeathCause, Failure, InterpreterNote, PythonError};
use crate::wire::{Output, Request};

/// A ticket in tests.
type Ticket = u32;

/// A scheduler with a clock and a record of what it asked for.
struct World {
    scheduler: Scheduler<Ticket>,
    now: Instant,
    actions: Vec<Action<Ticket>>,
    /// What the next worker that is asked for it has not started.
    unstarted: Vec<CallId>,
}

/// Some instant to count from; tests move time themselves.
#[expect(clippy::disallowed_methods, reason = "an instant has no other origin")]
fn epoch() -> Instant {
    Instant::now()
}

impl World {
    fn new(workers: usize) -> Self {
        Self::with(settings(workers))
    }

    fn with(settings: Settings) -> Self {
        Self {
            scheduler: Scheduler::new(settings),
            now: epoch(),
            actions: Vec::new(),
            unstarted: Vec::new(),
        }
    }

    /// A pool whose workers are all ready.
    fn running(workers: usize) -> Self {
        Self::running_with(settings(workers))
    }

    fn running_with(settings: Settings) -> Self {
        let mut world = Self::with(settings);
        world.handle(Event::Start(InterpreterNote::default()));
        for worker in world.take_starts() {
            world.handle(Event::Ready(worker));
        }
        assert!(world.take_started().is_some_and(|result| result.is_ok()));
        world.actions.clear();
        world
    }

    /// Workers have started whatever they were sent, or else a test says so in `unstarted`.
    fn handle(&mut self, event: Event<Ticket>) {
        let before = self.actions.len();
        self.scheduler.handle(event, self.now, &mut self.actions);
        let asked: Vec<_> = self.actions.split_off(before);
        for action in asked {
            match action {
                Action::TakeBack(worker) => {
                    let unstarted = std::mem::take(&mut self.unstarted);
                    self.handle(Event::TakenBack(worker, unstarted));
                }
                other => self.actions.push(other),
            }
        }
    }

    /// Its key is the number of its ticket.
    fn submit(&mut self, ticket: Ticket, timeout: Option<Duration>) {
        self.handle(Event::Submit(call(ticket, timeout)));
    }

    /// An abort of these takes back only those that have not started.
    fn submit_uninterruptible(&mut self, tickets: std::ops::RangeInclusive<Ticket>) {
        for ticket in tickets {
            self.handle(Event::Submit(Call {
                interrupt: false,
                ..call(ticket, None)
            }));
        }
    }

    fn abort<const N: usize>(&mut self, calls: [u64; N]) {
        self.handle(Event::Abort(calls.map(CallKey).into()));
    }

    fn distrust(&mut self, call: u64) {
        self.handle(Event::Distrust(CallKey(call), "no JSON".into()));
    }

    /// Lets time pass, with a tick at each deadline on the way.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(deadline) = self.scheduler.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(deadline);
            self.handle(Event::Tick);
        }
        self.now = end;
    }

    /// Removes and returns what `pick` recognises among the actions so far.
    fn take<R>(&mut self, pick: impl Fn(&Action<Ticket>) -> Option<R>) -> Vec<R> {
        let mut taken = Vec::new();
        self.actions.retain(|action| match pick(action) {
            Some(item) => {
                taken.push(item);
                false
            }
            None => true,
        });
        taken
    }

    fn take_starts(&mut self) -> Vec<WorkerId> {
        self.take(|action| match action {
            Action::Start(worker) => Some(*worker),
            _ => None,
        })
    }

    fn take_sends(&mut self) -> Vec<(WorkerId, CallId)> {
        self.take(|action| match action {
            Action::Send { worker, call, .. } => Some((*worker, *call)),
            _ => None,
        })
    }

    fn take_kills(&mut self) -> Vec<WorkerId> {
        self.take(|action| match action {
            Action::Kill(worker) => Some(*worker),
            _ => None,
        })
    }

    fn take_interrupts(&mut self) -> Vec<WorkerId> {
        self.take(|action| match action {
            Action::Interrupt(worker) => Some(*worker),
            _ => None,
        })
    }

    fn take_settled(&mut self) -> Vec<(Ticket, Reply)> {
        self.take(|action| match action {
            Action::Settle { ticket, reply } => Some((*ticket, reply.clone())),
            _ => None,
        })
    }

    /// Codes of the outcomes so far; `ok` for results.
    fn take_codes(&mut self) -> Vec<(Ticket, &'static str)> {
        let code = |reply: Reply| reply.err().map_or("ok", |failure| failure.code());
        self.take_settled()
            .into_iter()
            .map(|(ticket, reply)| (ticket, code(reply)))
            .collect()
    }

    fn take_started(&mut self) -> Option<Result<(), Failure>> {
        self.take(|action| match action {
            Action::Started(result) => Some(result.clone()),
            _ => None,
        })
        .pop()
    }

    fn has_closed(&mut self) -> bool {
        !self
            .take(|action| matches!(action, Action::Closed).then_some(()))
            .is_empty()
    }

    /// The worker answers.
    fn reply(&mut self, (worker, call): (WorkerId, CallId)) {
        self.handle(Event::Replied(
            worker,
            call,
            Ok(Output::new(b"null".to_vec())),
        ));
    }

    fn exit(&mut self, worker: WorkerId) {
        self.exit_with(worker, &[]);
    }

    /// The worker dies, and has not started these calls.
    fn exit_with(&mut self, worker: WorkerId, unstarted: &[CallId]) {
        self.handle(Event::Exited {
            worker,
            death: killed(),
            unstarted: unstarted.to_vec(),
        });
    }
}

fn call(ticket: Ticket, timeout: Option<Duration>) -> Call<Ticket> {
    Call {
        request: Request::new("call_api", "[]"),
        ticket,
        timeout,
        key: CallKey(ticket.into()),
        interrupt: true,
    }
}

fn settings(workers: usize) -> Settings {
    Settings {
        workers,
        max_crashes: 3,
        startup_timeout: Duration::from_secs(60),
        max_queue: usize::MAX,
        queue_timeout: None,
        window: 1,
        script: "provider.py".into(),
    }
}

fn killed() -> Death {
    Death::of(DeathCause::Exited(ExitStatus::Signal(Signal::named(
        "SIGKILL",
    ))))
}

fn import_error() -> PythonError {
    PythonError {
        kind: "ImportError".into(),
        message: "no".into(),
        ..PythonError::default()
    }
}

const SECOND: Duration = Duration::from_secs(1);
