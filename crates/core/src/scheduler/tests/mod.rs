//! Drives the scheduler without processes, pipes or sleeps: the test is the world, and owns the clock.

mod abort;
mod batches;
mod batching;
mod calls;
mod cancel;
mod drain;
mod elastic;
mod items;
mod lifecycle;
mod model;
mod pending_start;
mod places;
mod prefetch;
mod protocol_errors;
mod queue;
mod random;
mod recorder;
mod reinitialize;
mod rescue;
mod restarts;
mod retries;
mod revival;
mod simulation;
mod sizing;
mod stats;
mod streams;
mod suggestion;
mod timeouts;

use std::time::{Duration, Instant};

use super::{Event, Scheduler, Settings};
use crate::call::{Call, CallOptions};
use crate::exit::{ExitStatus, Signal};
use crate::failure::{Death, DeathCause, Failure, InterpreterNote, PythonError};
use crate::id::{CallId, WorkerId};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::wire::{Output, Request};
use recorder::{Effect, Recorder};

/// A scheduler with a clock and a record of its effects.
struct World {
    scheduler: Scheduler,
    now: Instant,
    fx: Recorder,
}

/// Some instant to count from; tests move time themselves.
#[expect(clippy::disallowed_methods, reason = "an instant has no other origin")]
pub(super) fn epoch() -> Instant {
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
            fx: Recorder::default(),
        }
    }

    /// A pool whose workers are all ready.
    fn running(workers: usize) -> Self {
        Self::running_with(settings(workers))
    }

    fn running_with(settings: Settings) -> Self {
        let mut world = Self::with(settings);
        world.run();
        world
    }

    /// Starts the pool until all workers are ready.
    fn run(&mut self) {
        self.start();
        for worker in self.take_starts() {
            self.handle(Event::Ready(worker));
        }
        assert_eq!(self.take_initialized(), [Ok(())]);
        self.fx.effects.clear();
    }

    /// Starts the pool until its workers import the script.
    fn start(&mut self) {
        self.handle(Event::Initialize);
        self.handle(Event::Prepared(InterpreterNote::default()));
    }

    fn handle(&mut self, event: Event) {
        self.fx.now = Some(self.now);
        self.scheduler.handle(event, self.now, &mut self.fx);
    }

    fn shut_down(&mut self, grace: Duration) {
        self.handle(Event::Shutdown { grace });
    }

    fn submit(&mut self, id: u64, timeout: Option<Duration>) {
        self.handle(Event::Submit(call(id, timeout)));
    }

    /// An abort takes these back only if they have not started.
    fn submit_uninterruptible(
        &mut self,
        ids: std::ops::RangeInclusive<u64>,
        timeout: Option<Duration>,
    ) {
        for id in ids {
            let mut call = call(id, timeout);
            call.options.interrupt = false;
            self.handle(Event::Submit(call));
        }
    }

    fn abort<const N: usize>(&mut self, calls: [u64; N]) {
        self.handle(Event::Abort(calls.map(CallId).into()));
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

    /// Removes and returns what `pick` recognises among the effects so far.
    fn take<R>(&mut self, pick: impl Fn(&Effect) -> Option<R>) -> Vec<R> {
        let mut taken = Vec::new();
        self.fx.effects.retain(|effect| match pick(effect) {
            Some(item) => {
                taken.push(item);
                false
            }
            None => true,
        });
        taken
    }

    fn take_prepares(&mut self) -> usize {
        self.take(|effect| matches!(effect, Effect::Prepare).then_some(()))
            .len()
    }

    fn take_starts(&mut self) -> Vec<WorkerId> {
        self.take(|effect| match effect {
            Effect::Start(worker) => Some(*worker),
            _ => None,
        })
    }

    fn take_sends(&mut self) -> Vec<(WorkerId, CallId)> {
        self.take(|effect| match effect {
            Effect::Send(worker, call) => Some((*worker, *call)),
            _ => None,
        })
    }

    fn take_kills(&mut self) -> Vec<WorkerId> {
        self.take(|effect| match effect {
            Effect::Kill(worker) => Some(*worker),
            _ => None,
        })
    }

    fn take_pings(&mut self) -> Vec<WorkerId> {
        self.take(|effect| match effect {
            Effect::Ping(worker) => Some(*worker),
            _ => None,
        })
    }

    fn take_interrupts(&mut self) -> Vec<WorkerId> {
        self.take(|effect| match effect {
            Effect::Interrupt(worker) => Some(*worker),
            _ => None,
        })
    }

    fn take_cancels(&mut self) -> Vec<(WorkerId, CallId)> {
        self.take(|effect| match effect {
            Effect::Cancel(worker, call) => Some((*worker, *call)),
            _ => None,
        })
    }

    fn take_signals(&mut self) -> Vec<WorkerId> {
        self.take(|effect| match effect {
            Effect::Signal(worker) => Some(*worker),
            _ => None,
        })
    }

    fn take_stacks_of_timeouts(&mut self) -> Vec<Option<String>> {
        self.take(|effect| match effect {
            Effect::Settle(_, Err(Failure::CallTimeout { stack, .. })) => Some(stack.clone()),
            _ => None,
        })
    }

    fn take_settled(&mut self) -> Vec<(u64, Outcome)> {
        self.take(|effect| match effect {
            Effect::Settle(call, outcome) => Some((call.0, outcome.clone())),
            _ => None,
        })
    }

    /// Codes of the outcomes so far; `ok` for results.
    fn take_codes(&mut self) -> Vec<(u64, &'static str)> {
        let code = |outcome: Outcome| outcome.err().map_or("ok", |failure| failure.code());
        self.take_settled()
            .into_iter()
            .map(|(call, outcome)| (call, code(outcome)))
            .collect()
    }

    fn take_log(&mut self) -> Vec<(Level, String)> {
        self.take(|effect| match effect {
            Effect::Log(level, text) => Some((*level, text.clone())),
            _ => None,
        })
    }

    fn take_initialized(&mut self) -> Vec<Result<(), Failure>> {
        self.take(|effect| match effect {
            Effect::Initialized(result) => Some(result.clone()),
            _ => None,
        })
    }

    /// The failure of the one start that has failed.
    fn take_start_failure(&mut self) -> Failure {
        let mut results = self.take_initialized();
        assert_eq!(results.len(), 1, "{results:?}");
        results.remove(0).unwrap_err()
    }

    fn take_closed(&mut self) -> usize {
        self.take(|effect| matches!(effect, Effect::Closed).then_some(()))
            .len()
    }

    fn has_closed(&mut self) -> bool {
        self.take_closed() > 0
    }

    /// The worker answers.
    fn reply(&mut self, (worker, call): (WorkerId, CallId)) {
        let output = Output::new(b"null".to_vec());
        self.handle(Event::Replied(worker, call, Ok(output)));
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

fn call(id: u64, timeout: Option<Duration>) -> Call {
    let options = CallOptions {
        timeout,
        ..CallOptions::default()
    };
    Call::new(CallId(id), Request::new("call_api", "[]"), options)
}

pub(super) fn settings(workers: usize) -> Settings {
    Settings {
        workers,
        elastic: None,
        max_crashes: 3,
        startup_timeout: Duration::from_secs(60),
        max_queue: usize::MAX,
        queue_timeout: None,
        max_prefetch: 1,
        max_batch_size: 1 << 20,
        has_start_tokens: true,
        ping_timeout: SECOND * 10,
        concurrency: 1,
        threads: 1,
        may_suggest_concurrency: false,
        keep_interrupted_worker: false,
        function: "call_api".into(),
        script: "provider.py".into(),
    }
}

fn killed() -> Death {
    Death::of(DeathCause::Exited(ExitStatus::Signal(Signal::named(
        "SIGKILL",
    ))))
}

/// A fault of its own has ended the process.
fn faulted() -> Death {
    Death::of(DeathCause::Exited(ExitStatus::Signal(Signal::named(
        "SIGSEGV",
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
