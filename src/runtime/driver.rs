//! Passes events to the scheduler, one at a time, under the pool's lock.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};

use pool_core::scheduler::{CallTimesRecord, Event, Scheduler, Settings};
use pool_core::{Level, WorkerId};

use super::announced::Announced;
use super::observer::{LogLine, Observer};
use super::reactor::{AcquireReactor, Reactor};
use super::workers::Workers;
use crate::engine::{Engine, WorkerLink as _};

/// What the threads that step a pool share.
pub(super) struct Driver<E: Engine, O: Observer> {
    pub(super) engine: E,
    pub(super) observer: O,
    pub(super) acquire_reactor: AcquireReactor,
    state: Mutex<State<E>>,
    /// Notified when no process is left and none will be started.
    at_rest: Condvar,
}

/// What the lock protects.
pub(super) struct State<E: Engine> {
    pub(super) scheduler: Scheduler,
    pub(super) workers: Workers<E>,
    pub(super) call_times: CallTimesRecord,
    pub(super) announced: Announced,
    /// The deadline that the timekeeper sleeps for.
    pub(super) armed: Option<Instant>,
}

/// Implements [`Effects`](pool_core::scheduler::Effects) during one event.
pub(super) struct Carrier<'a, E: Engine, O: Observer> {
    pub(super) driver: &'a Arc<Driver<E, O>>,
    pub(super) workers: &'a mut Workers<E>,
    pub(super) call_times: &'a mut CallTimesRecord,
    pub(super) now: Instant,
}

impl<E: Engine, O: Observer> Driver<E, O> {
    pub(super) fn new(
        settings: Settings,
        engine: E,
        observer: O,
        acquire_reactor: AcquireReactor,
    ) -> Self {
        let state = State {
            workers: Workers::new(settings.workers),
            call_times: CallTimesRecord::new(settings.workers),
            announced: Announced::new(settings.workers),
            scheduler: Scheduler::new(settings),
            armed: None,
        };
        Self {
            engine,
            observer,
            acquire_reactor,
            state: Mutex::new(state),
            at_rest: Condvar::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock()
    }

    /// Reports an event to the scheduler and carries out its decisions.
    pub(super) fn step(self: &Arc<Self>, event: Event) {
        self.step_locked(&mut self.lock(), event);
    }

    pub(super) fn step_locked(self: &Arc<Self>, state: &mut State<E>, event: Event) {
        self.decide(state, event);
        self.conclude(state);
    }

    /// As [`Self::step_locked`], but more events follow before [`Self::conclude`].
    pub(super) fn decide(self: &Arc<Self>, state: &mut State<E>, event: Event) {
        self.decide_at(state, event, now());
    }

    pub(super) fn decide_at(self: &Arc<Self>, state: &mut State<E>, event: Event, now: Instant) {
        let State {
            scheduler,
            workers,
            call_times,
            ..
        } = state;
        let mut carrier = Carrier {
            driver: self,
            workers,
            call_times,
            now,
        };
        scheduler.handle(event, now, &mut carrier);
        if let Some(failure) = workers.take_prepare_failure() {
            self.decide(state, Event::PrepareFailed(failure));
        }
    }

    /// Sends everything that is unsent, and prepares for the next deadline, or for a rest.
    pub(super) fn conclude(self: &Arc<Self>, state: &mut State<E>) {
        state.workers.flush();
        self.announce(state);
        let next = state.scheduler.next_deadline();
        if next.is_some_and(|next| state.armed.is_none_or(|armed| next < armed)) {
            state.armed = next;
            state.workers.wake_timekeeper();
        }
        if state.scheduler.is_at_rest() {
            if let Some((spec, reactor)) = state.workers.release() {
                self.release(spec, reactor);
            }
            self.at_rest.notify_all();
        }
        self.answer_closed(state);
    }

    fn release(self: &Arc<Self>, spec: E::Spec, reactor: Arc<Reactor>) {
        let driver = Arc::clone(self);
        reactor.handle().clone().spawn(async move {
            driver.engine.release(spec).await;
            let mut state = driver.lock();
            state.workers.releases -= 1;
            driver.answer_closed(&mut state);
            // Keeps the thread that runs this.
            drop(reactor);
        });
    }

    /// Answers the requests to shut down of a pool that is closed, unless something is left to release.
    fn answer_closed(&self, state: &mut State<E>) {
        if state.workers.releases == 0
            && let Some(requests) = state.workers.closed.take()
        {
            self.observer.closed(requests);
        }
    }

    /// Blocks until the pool is at rest; returns whether that was in time.
    pub(super) fn wait_at_rest(&self, end: Instant) -> bool {
        let mut state = self.lock();
        while !state.scheduler.is_at_rest() {
            if self.at_rest.wait_until(&mut state, end).timed_out() {
                return state.scheduler.is_at_rest();
            }
        }
        true
    }

    /// Registers a started worker, or kills it if it is no longer wanted.
    pub(super) fn adopt(&self, worker: WorkerId, link: E::Link) {
        let mut state = self.lock();
        self.log(
            Level::Debug,
            Some(worker),
            format!("started as process {}", link.pid()),
        );
        if !state.scheduler.expects(worker) {
            link.kill();
        }
        state.workers.register(worker, link);
        self.announce(&mut state);
    }

    /// Tells the observer which workers have another state.
    pub(super) fn announce(&self, state: &mut State<E>) {
        let states = state.scheduler.worker_states();
        state
            .announced
            .update(states, |worker| state.workers.pid(worker), &self.observer);
    }

    pub(super) fn log(&self, level: Level, worker: Option<WorkerId>, message: String) {
        self.observer.log(LogLine {
            worker: worker.map(|worker| worker.slot),
            ..LogLine::new(level, message)
        });
    }
}

impl<E: Engine, O: Observer> fmt::Debug for Driver<E, O> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Driver").finish_non_exhaustive()
    }
}

/// The reactor's clock, which tests can pause.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
