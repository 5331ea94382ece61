//! Carries out the scheduler's decisions, each at once.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use pool_core::scheduler::{Effects, Event};
use pool_core::wire::{Credit, Output, Request};
use pool_core::{Call, CallFailure, CallId, Failure, Level, Outcome, WorkerId};

use super::driver::Carrier;
use super::observer::Observer;
use super::reactor::Reactor;
use super::session::Session;
use crate::engine::{Engine, WorkerLink as _};

impl<E: Engine, O: Observer> Carrier<'_, E, O> {
    fn reactor(&mut self) -> Result<&Reactor, Failure> {
        let session = match self.workers.session.take() {
            Some(session) => session,
            None => self.open_session()?,
        };
        Ok(&self.workers.session.insert(session).reactor)
    }

    fn open_session(&self) -> Result<Session, Failure> {
        let reactor = (self.driver.acquire_reactor)()
            .map_err(|error| Failure::system("start the pool's thread", "thread", &error))?;
        let earlier_deadline = Arc::<Notify>::default();
        let keep_time = Arc::clone(self.driver).keep_time(Arc::clone(&earlier_deadline));
        let timekeeper = reactor.handle().spawn(keep_time).abort_handle();
        Ok(Session {
            reactor,
            timekeeper,
            earlier_deadline,
        })
    }
}

impl<E: Engine, O: Observer> Effects for Carrier<'_, E, O> {
    fn prepare(&mut self) {
        let driver = Arc::clone(self.driver);
        let environment = self.workers.environment.clone();
        self.workers.begin_start();
        let cancelled = Arc::new(AtomicBool::new(false));
        self.workers.cancelled = Arc::clone(&cancelled);
        self.workers.warned = None;
        match self.reactor() {
            Ok(reactor) => drop(reactor.handle().spawn(async move {
                let logger = Arc::clone(&driver);
                let log = move |level, line| logger.log(level, None, line);
                let prepared = driver.engine.prepare(environment, cancelled, log).await;
                driver.on_prepared(prepared);
            })),
            Err(failure) => self.workers.prepare_failure = Some(failure),
        }
    }

    fn cancel_prepare(&mut self) {
        self.workers.cancelled.store(true, Ordering::Relaxed);
    }

    /// On the reactor, because the caller may be the host's own thread.
    fn start(&mut self, worker: WorkerId) {
        let (Some(session), Some(spec)) = (&self.workers.session, &self.workers.spec) else {
            return; // unreachable: workers start after a search and before the next rest
        };
        let (driver, spec) = (Arc::clone(self.driver), Arc::clone(spec));
        let new = self.workers.describe_new(worker);
        session.reactor.handle().spawn(async move {
            let reporter = Arc::clone(&driver);
            let report = move |report| reporter.on_report(worker, report);
            let started = driver.engine.start(&spec, new, report).await;
            // Should this be the last worker to be gone, nothing else may hold it.
            drop(spec);
            match started {
                // Without an `await` in between, so that no report comes before.
                Ok(link) => driver.adopt(worker, link),
                Err(failure) => driver.step(Event::StartFailed(worker, failure)),
            }
        });
    }

    fn send(&mut self, worker: WorkerId, call: &Call) {
        self.workers.unsent.push(worker.slot);
        if let Some(link) = self.workers.link(worker) {
            link.send(call.id(), call.request().clone());
        }
    }

    fn send_batch(&mut self, worker: WorkerId, batch: CallId, calls: &[&Call]) {
        self.workers.unsent.push(worker.slot);
        if let Some(link) = self.workers.link(worker) {
            let requests = calls.iter().map(|call| call.request());
            link.send(batch, Request::batch(batch.0, requests));
        }
    }

    fn revoke_unstarted(&mut self, worker: WorkerId) -> Vec<CallId> {
        let link = self.workers.link(worker);
        link.map_or_else(Vec::new, E::Link::revoke_unstarted)
    }

    fn count_unstarted(&mut self, worker: WorkerId) -> usize {
        let link = self.workers.link(worker);
        link.map_or(0, E::Link::count_unstarted)
    }

    fn ping(&mut self, worker: WorkerId) {
        if let Some(link) = self.workers.link(worker) {
            link.ping();
        }
    }

    fn settle(&mut self, call: Call, outcome: Outcome) {
        let times = call.times(self.now);
        self.call_times.record(&times);
        let times = call.options.is_timed.then(|| Box::new(times));
        let outcome = outcome.map_err(|failure| {
            Box::new(CallFailure {
                failure,
                was_sent: call.worker().is_some(),
                worker: call
                    .worker()
                    .and_then(|worker| self.workers.process(worker)),
            })
        });
        let observer = &self.driver.observer;
        if call.is_stream() {
            observer.ended(call.id(), outcome, times);
        } else {
            observer.settle(call.id(), outcome, times);
        }
    }

    fn item(&mut self, call: CallId, item: Output) {
        self.driver.observer.item(call, item);
    }

    fn credit(&mut self, worker: WorkerId, call: CallId, taken: Credit) {
        if let Some(link) = self.workers.link(worker) {
            link.credit(call, taken);
        }
    }

    fn cancel(&mut self, worker: WorkerId, call: CallId) {
        if let Some(link) = self.workers.link(worker) {
            link.cancel(call);
        }
    }

    fn signal(&mut self, worker: WorkerId) {
        if let Some(link) = self.workers.link(worker) {
            link.signal();
        }
    }

    fn dump_stacks(&mut self, worker: WorkerId) {
        if let Some(link) = self.workers.link(worker) {
            link.dump_stacks();
        }
    }

    fn close(&mut self, worker: WorkerId) {
        if let Some(link) = self.workers.link(worker) {
            link.close();
        }
    }

    fn interrupt(&mut self, worker: WorkerId) {
        if let Some(link) = self.workers.link(worker) {
            link.interrupt();
        }
    }

    fn kill(&mut self, worker: WorkerId) {
        if let Some(link) = self.workers.link(worker) {
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
        let requests = mem::take(&mut self.workers.initializing);
        self.driver.observer.initialized(requests, result);
    }

    /// Answers the requests once what the workers needed is released, too.
    fn closed(&mut self) {
        *self.workers.closed.get_or_insert(0) += mem::take(&mut self.workers.closing);
    }
}
