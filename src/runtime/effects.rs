//! Carries out the scheduler's decisions, each at once.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::AbortHandle;

use pool_core::scheduler::{Effects, Event};
use pool_core::{Call, CallId, Failure, Level, Outcome, WorkerId};

use super::driver::Driver;
use super::observer::Observer;
use super::reactor::Reactor;
use super::timekeeper;
use crate::engine::{Engine, Environment, WorkerLink as _};

/// The workers and what they are started from.
pub(super) struct Workshop<E: Engine> {
    links: Vec<Option<E::Link>>,
    /// Slots whose worker has something unsent.
    unsent: Vec<usize>,
    /// What workers get at the next start.
    environment: Environment,
    /// Ends the search of this start.
    cancelled: Arc<AtomicBool>,
    /// Set when the search has ended.
    spec: Option<Arc<E::Spec>>,
    /// Why the search could not even begin. The scheduler is told as soon as it can be.
    prepare_failure: Option<Failure>,
    /// Present unless the pool is at rest.
    session: Option<Session>,
    /// Requests to initialize and to shut down that have no answer yet.
    initializing: usize,
    closing: usize,
    /// The last warning of a worker that became ready.
    warned: Option<String>,
}

/// What a pool needs from its start until it is at rest again.
struct Session {
    reactor: Arc<Reactor>,
    timekeeper: AbortHandle,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.timekeeper.abort();
    }
}

impl<E: Engine> Workshop<E> {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            links: (0..workers).map(|_| None).collect(),
            unsent: Vec::new(),
            environment: Environment::new(),
            cancelled: Arc::default(),
            spec: None,
            prepare_failure: None,
            session: None,
            initializing: 0,
            closing: 0,
            warned: None,
        }
    }

    pub(super) fn expect_initialized(&mut self, environment: Environment) {
        self.environment = environment;
        self.initializing += 1;
    }

    pub(super) fn expect_closed(&mut self) {
        self.closing += 1;
    }

    pub(super) fn take_prepare_failure(&mut self) -> Option<Failure> {
        self.prepare_failure.take()
    }

    pub(super) fn set_spec(&mut self, spec: E::Spec) {
        self.spec = Some(Arc::new(spec));
    }

    pub(super) fn links(&self) -> impl Iterator<Item = &E::Link> {
        self.links.iter().flatten()
    }

    pub(super) fn register(&mut self, worker: WorkerId, link: E::Link) {
        self.links[worker.slot] = Some(link);
    }

    /// The worker is gone. Returns the calls that it has not started.
    pub(super) fn remove(&mut self, worker: WorkerId) -> Vec<CallId> {
        let link = self.links[worker.slot].take();
        link.map_or_else(Vec::new, |mut link| link.revoke_unstarted())
    }

    pub(super) fn flush(&mut self) {
        for slot in self.unsent.drain(..) {
            if let Some(link) = &mut self.links[slot] {
                link.flush();
            }
        }
    }

    /// Many replies are about to come.
    pub(super) fn expect_many(&self) {
        if let Some(session) = &self.session {
            session.reactor.expect_many();
        }
    }

    /// Whether a warning differs from the last one: restarted workers repeat theirs.
    pub(super) fn is_new_warning(&mut self, warning: &String) -> bool {
        let is_new = self.warned.as_ref() != Some(warning);
        if is_new {
            self.warned = Some(warning.clone());
        }
        is_new
    }

    /// Every process is gone and none will be started.
    pub(super) fn release(&mut self) {
        self.session = None;
        self.spec = None;
    }

    fn link(&mut self, worker: WorkerId) -> Option<&mut E::Link> {
        self.links.get_mut(worker.slot).and_then(Option::as_mut)
    }
}

/// Implements [`Effects`] during one event.
pub(super) struct Carrier<'a, E: Engine, O: Observer> {
    pub(super) driver: &'a Arc<Driver<E, O>>,
    pub(super) workshop: &'a mut Workshop<E>,
}

impl<E: Engine, O: Observer> Carrier<'_, E, O> {
    fn reactor(&mut self) -> Result<&Reactor, Failure> {
        let session = match self.workshop.session.take() {
            Some(session) => session,
            None => self.open_session()?,
        };
        Ok(&self.workshop.session.insert(session).reactor)
    }

    fn open_session(&self) -> Result<Session, Failure> {
        let reactor = (self.driver.acquire_reactor)()
            .map_err(|error| Failure::system("start the pool's thread", "thread", &error))?;
        let timekeeper = reactor
            .handle()
            .spawn(timekeeper::run(Arc::clone(self.driver)))
            .abort_handle();
        Ok(Session {
            reactor,
            timekeeper,
        })
    }
}

impl<E: Engine, O: Observer> Effects for Carrier<'_, E, O> {
    fn prepare(&mut self) {
        let driver = Arc::clone(self.driver);
        let environment = self.workshop.environment.clone();
        let cancelled = Arc::new(AtomicBool::new(false));
        self.workshop.cancelled = Arc::clone(&cancelled);
        self.workshop.warned = None;
        match self.reactor() {
            Ok(reactor) => drop(reactor.handle().spawn(async move {
                let prepared = driver.engine.prepare(environment, cancelled).await;
                driver.on_prepared(prepared);
            })),
            Err(failure) => self.workshop.prepare_failure = Some(failure),
        }
    }

    fn cancel_prepare(&mut self) {
        self.workshop.cancelled.store(true, Ordering::Relaxed);
    }

    /// On the reactor, because the caller may be the host's own thread.
    fn start(&mut self, worker: WorkerId) {
        let (Some(session), Some(spec)) = (&self.workshop.session, &self.workshop.spec) else {
            return; // unreachable: workers are started between the search and the rest
        };
        let (driver, spec) = (Arc::clone(self.driver), Arc::clone(spec));
        session.reactor.handle().spawn(async move {
            let reporter = Arc::clone(&driver);
            let report = move |report| reporter.on_report(worker, report);
            match driver.engine.start(&spec, report).await {
                // Without an `await` in between, so that no report comes before.
                Ok(link) => driver.adopt(worker, link),
                Err(failure) => driver.step(Event::StartFailed(worker, failure)),
            }
        });
    }

    fn send(&mut self, worker: WorkerId, call: &Call) {
        self.workshop.unsent.push(worker.slot);
        if let Some(link) = self.workshop.link(worker) {
            link.send(call.id(), call.request().clone());
        }
    }

    fn revoke_unstarted(&mut self, worker: WorkerId) -> Vec<CallId> {
        let link = self.workshop.link(worker);
        link.map_or_else(Vec::new, E::Link::revoke_unstarted)
    }

    fn settle(&mut self, call: Call, outcome: Outcome) {
        self.driver.observer.settle(call.id(), outcome);
    }

    fn dump_stacks(&mut self, worker: WorkerId) {
        if let Some(link) = self.workshop.link(worker) {
            link.dump_stacks();
        }
    }

    fn close(&mut self, worker: WorkerId) {
        if let Some(link) = self.workshop.link(worker) {
            link.close();
        }
    }

    fn interrupt(&mut self, worker: WorkerId) {
        if let Some(link) = self.workshop.link(worker) {
            link.interrupt();
        }
    }

    fn kill(&mut self, worker: WorkerId) {
        if let Some(link) = self.workshop.link(worker) {
            link.kill();
        }
    }

    fn ready(&mut self, worker: WorkerId) {
        self.driver.observer.ready(worker.slot);
    }

    fn log(&mut self, level: Level, worker: Option<WorkerId>, message: String) {
        self.driver.log(level, worker, message);
    }

    fn initialized(&mut self, result: Result<(), Failure>) {
        let requests = mem::take(&mut self.workshop.initializing);
        self.driver.observer.initialized(requests, result);
    }

    fn closed(&mut self) {
        let requests = mem::take(&mut self.workshop.closing);
        self.driver.observer.closed(requests);
    }
}
