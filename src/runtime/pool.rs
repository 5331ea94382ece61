//! The pool, as its owner sees it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pool_core::scheduler::{Event, Scheduler, Settings};
use pool_core::stats::PoolStats;
use pool_core::wire::Credit;
use pool_core::{Call, CallId};

use super::driver::{Driver, now};
use super::observer::Observer;
use super::reactor::{AcquireReactor, Reactor};
use crate::engine::{Engine, Environment, WorkerLink as _};

/// A pool of workers, which can be started again after it was shut down.
#[derive(Debug)]
pub struct Pool<E: Engine, O: Observer> {
    driver: Arc<Driver<E, O>>,
}

impl<E: Engine, O: Observer> Pool<E, O> {
    /// A pool that has not been started, on the reactor that all pools share.
    pub fn new(settings: Settings, engine: E, observer: O) -> Self {
        Self::with_reactor(settings, engine, observer, Reactor::shared)
    }

    /// A pool on a reactor of the caller's choice, which is acquired at each start.
    pub fn with_reactor(
        settings: Settings,
        engine: E,
        observer: O,
        reactor: AcquireReactor,
    ) -> Self {
        Self {
            driver: Arc::new(Driver::new(settings, engine, observer, reactor)),
        }
    }

    /// Starts the pool unless it runs; [`Observer::initialized`] gets the answer. Each worker gets the
    /// environment, and of `own_variables` those at its index.
    pub fn initialize(&self, environment: Environment, own_variables: Vec<Environment>) {
        let mut state = self.driver.lock();
        state.workers.expect_initialized(environment, own_variables);
        self.driver.step_locked(&mut state, Event::Initialize);
    }

    /// Takes a call; [`Observer::settle`] gets its outcome, or [`Observer::ended`] that of a stream.
    pub fn submit(&self, call: Call) {
        self.driver.step(Event::Submit(call));
    }

    /// The consumer of a stream has taken so much.
    pub fn taken(&self, stream: CallId, taken: Credit) {
        self.driver.step(Event::Taken(stream, taken));
    }

    /// Aborts those of these calls that have no outcome yet.
    pub fn abort(&self, calls: HashSet<CallId>) {
        self.driver.step(Event::Abort(calls));
    }

    /// Closes the pool: every call fails at once, and workers may take `grace` to exit by themselves.
    /// [`Observer::closed`] gets the answer.
    pub fn shutdown(&self, grace: Duration) {
        let mut state = self.driver.lock();
        state.workers.expect_closed();
        self.driver
            .step_locked(&mut state, Event::Shutdown { grace });
    }

    /// As [`Self::shutdown`] once every call has its outcome, or after `limit`. Takes no calls until then.
    pub fn drain(&self, limit: Option<Duration>, grace: Duration) {
        let mut state = self.driver.lock();
        state.workers.expect_closed();
        self.driver
            .step_locked(&mut state, Event::Drain { limit, grace });
    }

    /// The host exits: closes the pool, and with the workers everything that the script started.
    pub fn on_host_exit(&self, grace: Duration) {
        let mut state = self.driver.lock();
        for link in state.workers.links() {
            link.on_host_exit();
        }
        self.driver
            .step_locked(&mut state, Event::Shutdown { grace });
    }

    /// The owner drops the pool: closes it as soon as it runs and every call has its outcome.
    pub fn abandon(&self, grace: Duration) {
        self.driver.step(Event::Abandon { grace });
    }

    /// Blocks until every process is gone, at most for `limit`; returns whether they are.
    #[must_use]
    pub fn wait_at_rest(&self, limit: Duration) -> bool {
        self.driver.wait_at_rest(Instant::now() + limit)
    }

    /// A snapshot in numbers. Reads the memory of each worker, which takes some microseconds.
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        let driver = self.driver.lock();
        let mut stats = driver.scheduler.stats(now());
        driver.call_times.add_to(&mut stats);
        let processes: Vec<_> = driver.workers.processes().collect();
        drop(driver); // before the system is asked
        for (worker, pid, resident_memory) in processes {
            stats.workers[worker].pid = Some(pid);
            stats.workers[worker].rss = resident_memory();
        }
        stats
    }

    /// Whether [`Observer::worker_changed`] is also called for workers that become idle or busy.
    pub fn watch_calls(&self, is_watched: bool) {
        let mut state = self.driver.lock();
        state.announced.watch_calls(is_watched);
        self.driver.announce(&mut state);
    }

    /// Reads the scheduler's state.
    pub fn inspect<R>(&self, read: impl FnOnce(&Scheduler) -> R) -> R {
        read(&self.driver.lock().scheduler)
    }
}
