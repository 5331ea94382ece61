//! One random world, with as many starts and closes of its pool as come up.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::super::{SECOND, epoch, faulted, import_error, killed};
use super::known_call::CallState;
use super::lifecycle::Phase;
use super::machine::Machine;
use super::outcomes::value_of;
use super::process::{Process, State};
use super::rules::{Checked, Rule, require};
use super::truth::Truth;
use super::world::World;
use crate::call::{Call, CallOptions};
use crate::failure::{Failure, InterpreterNote, PythonError};
use crate::id::{CallId, WorkerId};
use crate::scheduler::tests::random::Random;
use crate::scheduler::{Event, Settings};
use crate::wire::{Output, Request};

/// Maximum number of steps before the pool is shut down for good.
const LENGTH: usize = 600;
/// A result that no call of a world has.
const FOREIGN: CallId = CallId(u64::MAX);
/// How many of the latest calls are worth an abort.
const RECENT: u64 = 40;
/// Longer than any grace period.
const LONG_PAUSE: Duration = Duration::from_secs(6);

pub(super) struct Story {
    machine: Machine,
    world: World,
    now: Instant,
    events: usize,
    /// Replies that may come, or come again, when it is too late.
    late: Vec<(WorkerId, CallId)>,
}

impl Story {
    pub(super) fn new(seed: u64, machine: impl Fn(Settings) -> Machine, is_verbose: bool) -> Self {
        let mut random = Random::new(seed);
        let settings = random_settings(&mut random);
        let now = epoch();
        let truth = Truth::new(settings.clone(), now);
        Self {
            machine: machine(settings),
            world: World::new(truth, random, is_verbose),
            now,
            events: 0,
            late: Vec::new(),
        }
    }

    pub(super) fn events(&self) -> usize {
        self.events
    }

    pub(super) fn outcomes(&self) -> &BTreeMap<&'static str, usize> {
        &self.world.truth.outcomes
    }

    pub(super) fn play(&mut self) -> Checked {
        for _ in 0..LENGTH {
            // Little happens to a pool at rest, or to a dead one.
            let truth = &self.world.truth;
            let is_quiet = truth.phase.is_at_rest() || truth.processes.all_given_up();
            if is_quiet && self.world.random.one_in(20) {
                break;
            }
            self.next()?;
        }
        self.finish()
    }

    fn happens(&mut self, event: Event) -> Checked {
        if self.world.is_verbose {
            println!("{event:?}");
        }
        self.events += 1;
        self.world.truth.note(&event, self.now);
        self.machine.handle(event, self.now, &mut self.world);
        self.world.take_checked()?;
        self.world.truth.check(&self.machine.scheduler)
    }

    fn next(&mut self) -> Checked {
        if self.world.truth.is_searching && self.one_in(3) {
            return self.end_search();
        }
        if self.world.truth.phase.is_at_rest() && self.one_in(3) {
            return self.happens(Event::Initialize);
        }
        if self.world.truth.phase == Phase::Starting && self.one_in(2) {
            return self.start_all();
        }
        match self.world.random.below(100) {
            0..26 => self.submit(),
            26..60 => self.reply(),
            60..75 => self.get_ready(),
            75..84 => self.time_passes(),
            84..87 => self.misfortune(),
            87..89 => self.abort(),
            89..91 => self.send_stacks(),
            91..93 => self.speak_late(),
            93..95 => self.speak_of_async(),
            95..97 => self.end_something(),
            97..99 => self.answer_a_ping(),
            _ => self.start_or_stop(),
        }
    }

    fn one_in(&mut self, odds: u64) -> bool {
        self.world.random.one_in(odds)
    }

    // The owner

    fn start_or_stop(&mut self) -> Checked {
        match self.world.random.below(20) {
            0..4 => self.shut_down(),
            12..17 => self.drain(),
            4 => self.happens(Event::Abandon { grace: SECOND }),
            5..12 => self.happens(Event::Initialize),
            _ => Ok(()),
        }
    }

    fn shut_down(&mut self) -> Checked {
        let grace = self.world.random.millis_below(4800);
        self.happens(Event::Shutdown { grace })
    }

    fn drain(&mut self) -> Checked {
        // Without any, the tick that ends the drain would leave a deadline that is due.
        let grace = Duration::from_millis(1) + self.world.random.millis_below(4799);
        let is_limited = self.one_in(2);
        let limit = is_limited.then(|| self.world.random.millis_below(3000));
        self.happens(Event::Drain { limit, grace })
    }

    fn submit(&mut self) -> Checked {
        let random = &mut self.world.random;
        let timeout = random.one_in(2);
        let timeout = timeout.then(|| Duration::from_millis(100 + random.below(5000)));
        let interrupt = random.one_in(2);
        let retries = u32::from(random.one_in(4));
        // One that is not small, and now and then one that no other worker gets.
        let arguments = match random.below(200) {
            0 => 70_000,
            1..20 => 2_000,
            _ => 0,
        };
        let id = self.world.truth.next_id();
        let function = if random.one_in(2) { Truth::ASYNC } else { "f" };
        let request = Request::new(function, &" ".repeat(arguments));
        let options = CallOptions {
            timeout,
            interrupt,
            retries,
            ..CallOptions::default()
        };
        let call = Call::new(id, request, options);
        self.happens(Event::Submit(call))
    }

    fn abort(&mut self) -> Checked {
        let random = &mut self.world.random;
        let last = self.world.truth.calls.len() as u64;
        let count = 1 + random.below(3);
        let recent = (0..count).map(|_| last.saturating_sub(1 + random.below(RECENT)));
        let ids = recent.map(CallId).collect();
        self.happens(Event::Abort(ids))
    }

    // The system

    fn end_search(&mut self) -> Checked {
        if self.one_in(8) {
            return self.happens(Event::PrepareFailed(no_python()));
        }
        self.happens(Event::Prepared(InterpreterNote::default()))
    }

    /// A start without misfortunes.
    fn start_all(&mut self) -> Checked {
        let starting: Vec<_> = self.world.truth.processes.alive().collect();
        let starting: Vec<_> = starting.into_iter().map(|one| one.id).collect();
        starting
            .into_iter()
            .try_for_each(|worker| self.happens(Event::Ready(worker)))
    }

    fn reply(&mut self) -> Checked {
        let process = self.some_process();
        let Some((worker, state, call)) =
            process.and_then(|one| Some((one.id, one.state, *one.held.front()?)))
        else {
            return Ok(());
        };
        self.late.push((worker, call));
        let odds = match state {
            State::Serving => 0,
            State::Late { .. } => 5,
            _ => 1,
        };
        if odds > 0 && !self.one_in(odds + 1) {
            return Ok(()); // `speak_late` may
        }
        self.happens(Event::Replied(worker, call, Ok(output(call))))
    }

    fn get_ready(&mut self) -> Checked {
        let Some(process) = self.some_process() else {
            return Ok(());
        };
        let is_importing = process.state == State::Importing;
        if is_importing && self.one_in(30) {
            return self.happens(Event::LoadFailed(process.id, import_error()));
        }
        if is_importing || self.one_in(10) {
            return self.happens(Event::Ready(process.id));
        }
        Ok(())
    }

    /// With a tick at each deadline on the way; what happens next may overtake the last of them.
    fn time_passes(&mut self) -> Checked {
        let far = match self.world.random.below(40) {
            0 => 40_000,
            1..6 => 12_000,
            6..20 => 900,
            _ => 30,
        };
        let end = self.now + self.world.random.millis_below(far);
        let scheduler = |this: &Self| this.machine.scheduler.next_deadline();
        while let Some(at) = scheduler(self).filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.happens(Event::Tick)?;
        }
        self.now = end;
        if self.one_in(4) {
            self.now += Duration::from_millis(200);
        }
        Ok(())
    }

    fn misfortune(&mut self) -> Checked {
        let Some(process) = self.some_process() else {
            return Ok(());
        };
        let worker = process.id;
        match self.world.random.below(8) {
            0 => self.happens(Event::ProtocolError(worker, killed())),
            1 if process.state == State::Importing => {
                let refused = std::io::Error::from_raw_os_error(11);
                let failure = Failure::system("start", "spawn", &refused);
                self.happens(Event::StartFailed(worker, failure))
            }
            2 => {
                let call = CallId(self.world.random.below(50) + 1);
                let is_own = process.held.front() == Some(&call);
                let output = output(if is_own { call } else { FOREIGN });
                self.happens(Event::Replied(worker, call, Ok(output)))
            }
            3 if self.one_in(10) => self.happens(Event::Pong(worker)),
            _ => self.exit(worker),
        }
    }

    fn answer_a_ping(&mut self) -> Checked {
        let alive = self.world.truth.processes.alive();
        let silent = alive.filter(|one| matches!(one.state, State::Silent { .. }));
        let silent: Vec<_> = silent.map(|one| one.id).collect();
        match self.world.random.pick(&silent).copied() {
            Some(worker) => self.happens(Event::Pong(worker)),
            None => Ok(()),
        }
    }

    fn exit(&mut self, worker: WorkerId) -> Checked {
        let unstarted = self.world.unstarted(worker, false);
        let may_fault = self.world.truth.processes.is_late_with_a_call(worker);
        let faults = may_fault && self.world.random.one_in(2);
        self.happens(Event::Exited {
            worker,
            death: if faults { faulted() } else { killed() },
            unstarted,
        })
    }

    /// A process that is asked for its stacks may be gone.
    fn send_stacks(&mut self) -> Checked {
        let late = self.world.truth.processes.late_calls().next();
        if let Some((worker, _)) = late
            && self.one_in(3)
        {
            return self.exit(worker);
        }
        match self.some_process() {
            Some(process) => self.happens(Event::Stacks(process.id, "stacks".into())),
            None => Ok(()),
        }
    }

    /// A worker says which function is async, or that it cancels a call.
    fn speak_of_async(&mut self) -> Checked {
        let Some(process) = self.some_process() else {
            return Ok(());
        };
        let is_over = process.is_importing() || process.end.is_poisoned;
        let call = process.held.front().copied();
        match call.filter(|id| self.world.truth.call(*id).is_async) {
            _ if is_over => Ok(()),
            None if self.world.truth.settings.function == Truth::ASYNC => {
                self.happens(Event::IsAsync(process.id, None))
            }
            None => Ok(()),
            Some(id) if process.cancelling.is_some() || self.one_in(10) => {
                let stack = self.one_in(2).then(|| "stack".into());
                self.happens(Event::Cancelling(process.id, id, stack))
            }
            Some(id) => self.happens(Event::IsAsync(process.id, Some(id))),
        }
    }

    /// Events about what has long been settled, or about a process that was replaced.
    fn speak_late(&mut self) -> Checked {
        let Some(&(worker, call)) = self.world.random.pick(&self.late) else {
            return Ok(());
        };
        let truth = &mut self.world.truth;
        let is_alive = truth.processes.get(worker).is_some();
        let serves = truth.processes.serves(worker);
        if (CallState::Held { by: worker }) == truth.call(call).state {
            return Ok(());
        }
        match self.world.random.below(6) {
            // A process that is alive says nothing twice, else it violates the protocol: `misfortune`.
            0 if !is_alive => self.happens(Event::Ready(worker)),
            1 if !is_alive => self.happens(Event::LoadFailed(worker, PythonError::default())),
            2 if !is_alive => self.happens(Event::ProtocolError(worker, killed())),
            3 if !is_alive => self.exit(worker),
            _ if !serves => self.happens(Event::Replied(worker, call, Ok(output(call)))),
            _ => Ok(()),
        }
    }

    /// Ends a process that was asked to exit.
    fn end_something(&mut self) -> Checked {
        match self.some_process() {
            Some(process)
                if !matches!(
                    process.state,
                    State::Importing | State::Serving | State::Silent { .. }
                ) =>
            {
                self.exit(process.id)
            }
            _ => Ok(()),
        }
    }

    /// Whatever is asked to exit does so, some only when killed, until the pool is closed.
    fn finish(&mut self) -> Checked {
        self.shut_down()?;
        for _ in 0..4 {
            if self.world.truth.is_searching {
                self.end_search()?;
            }
            let left: Vec<_> = self.world.truth.processes.alive().collect();
            let left: Vec<_> = left.into_iter().map(|one| (one.id, one.state)).collect();
            for (worker, state) in left {
                if state == State::Killed || self.one_in(2) {
                    self.exit(worker)?;
                }
            }
            if self.world.truth.phase == Phase::Closed {
                return Ok(());
            }
            self.now += LONG_PAUSE;
            self.happens(Event::Tick)?;
        }
        let phase = self.world.truth.phase;
        require(phase == Phase::Closed, Rule::Closed, || {
            "the pool never closed".into()
        })
    }

    fn some_process(&mut self) -> Option<Process> {
        let alive: Vec<_> = self.world.truth.processes.alive().cloned().collect();
        self.world.random.pick(&alive).cloned()
    }
}

fn random_settings(random: &mut Random) -> Settings {
    let is_bounded = random.one_in(3);
    let has_queue_timeout = random.one_in(3);
    let has_start_tokens = !random.one_in(10);
    let max_prefetch = if has_start_tokens {
        1 + random.below(6)
    } else {
        1
    };
    Settings {
        workers: usize::try_from(1 + random.below(8)).unwrap(),
        elastic: None,
        max_crashes: u32::try_from(1 + random.below(4)).unwrap(),
        startup_timeout: Duration::from_millis(1000 + random.below(30_000)),
        max_queue: if is_bounded {
            usize::try_from(random.below(12)).unwrap()
        } else {
            usize::MAX
        },
        queue_timeout: has_queue_timeout.then(|| Duration::from_millis(200 + random.below(5000))),
        max_batch_size: 0,
        max_prefetch: usize::try_from(max_prefetch).unwrap(),
        has_start_tokens,
        ping_timeout: Duration::from_millis(100 + random.below(10_000)),
        concurrency: 1,
        threads: 1,
        may_suggest_concurrency: true,
        keep_interrupted_worker: random.one_in(3),
        function: if random.one_in(5) { Truth::ASYNC } else { "f" }.into(),
        script: "provider.py".into(),
    }
}

fn no_python() -> Failure {
    Failure::PythonNotFound {
        message: "no Python".into(),
        attempts: Vec::new(),
    }
}

fn output(call: CallId) -> Output {
    Output::new(value_of(call).into_bytes())
}
