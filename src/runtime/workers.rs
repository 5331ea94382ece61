//! The workers of a pool, and everything they are started from.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use pool_core::{CallId, Failure, WorkerId, WorkerProcess};

use super::reactor::Reactor;
use super::session::Session;
use crate::engine::{Engine, Environment, NewWorker, WorkerLink as _};

/// See the [module](self).
pub(super) struct Workers<E: Engine> {
    links: Vec<Option<E::Link>>,
    /// Slots whose worker has something unsent.
    pub(super) unsent: Vec<usize>,
    /// What workers get at the next start.
    pub(super) environment: Environment,
    /// What each of them gets in addition, by index.
    own_variables: Vec<Environment>,
    /// The same, of the current start.
    current_variables: Vec<Environment>,
    /// The newest process of each slot, which may be gone.
    processes: Vec<Option<(WorkerId, u32)>>,
    /// Cancels the search of the current start.
    pub(super) cancelled: Arc<AtomicBool>,
    /// Set by a successful search.
    pub(super) spec: Option<Arc<E::Spec>>,
    /// Why the search could not begin. It reaches the scheduler after the current event, because no effect
    /// may call the scheduler.
    pub(super) prepare_failure: Option<Failure>,
    /// Present unless the pool is at rest.
    pub(super) session: Option<Session>,
    /// Requests to initialize and to shut down that have no answer yet.
    pub(super) initializing: usize,
    pub(super) closing: usize,
    /// Requests to shut down whose answer waits for the release of what the workers needed; `None` if no
    /// answer is due.
    pub(super) closed: Option<usize>,
    /// How many releases are under way.
    pub(super) releases: usize,
    /// The last warning of a worker that became ready.
    pub(super) warned: Option<String>,
}

impl<E: Engine> Workers<E> {
    pub(super) fn new(count: usize) -> Self {
        Self {
            links: (0..count).map(|_| None).collect(),
            unsent: Vec::new(),
            environment: Environment::new(),
            own_variables: Vec::new(),
            current_variables: Vec::new(),
            processes: vec![None; count],
            cancelled: Arc::default(),
            spec: None,
            prepare_failure: None,
            session: None,
            initializing: 0,
            closing: 0,
            closed: None,
            releases: 0,
            warned: None,
        }
    }

    pub(super) fn expect_initialized(
        &mut self,
        environment: Environment,
        own_variables: Vec<Environment>,
    ) {
        self.environment = environment;
        self.own_variables = own_variables;
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

    /// The process id of the worker in a slot, while it has a process.
    pub(super) fn pid(&self, slot: usize) -> Option<u32> {
        self.links[slot].as_ref().map(E::Link::pid)
    }

    /// For each worker with a process, its slot, its process id, and what reads the memory of the process.
    pub(super) fn processes(
        &self,
    ) -> impl Iterator<Item = (usize, u32, impl Fn() -> Option<u64> + use<E>)> {
        let links = self.links.iter().enumerate();
        links.filter_map(|(slot, link)| {
            let link = link.as_ref()?;
            Some((slot, link.pid(), link.resident_memory()))
        })
    }

    /// A start begins, with the environment of the last request.
    pub(super) fn begin_start(&mut self) {
        self.current_variables = self.own_variables.clone();
    }

    pub(super) fn describe_new(&self, worker: WorkerId) -> NewWorker {
        let variables = self.current_variables.get(worker.slot);
        NewWorker {
            index: worker.slot,
            variables: variables.cloned().unwrap_or_default(),
        }
    }

    /// The process of this worker, unless its slot has another one by now.
    pub(super) fn process(&self, worker: WorkerId) -> Option<WorkerProcess> {
        let process = self.processes.get(worker.slot).copied().flatten();
        let (_, pid) = process.filter(|(newest, _)| *newest == worker)?;
        Some(WorkerProcess {
            index: worker.slot,
            pid,
        })
    }

    pub(super) fn register(&mut self, worker: WorkerId, link: E::Link) {
        self.processes[worker.slot] = Some((worker, link.pid()));
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

    /// There is a deadline before the one that the timekeeper sleeps for.
    pub(super) fn wake_timekeeper(&self) {
        if let Some(session) = &self.session {
            session.earlier_deadline.notify_one();
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

    /// Every process is gone and none will be started. Returns what they were started from, if it is
    /// to be released, and where.
    pub(super) fn release(&mut self) -> Option<(E::Spec, Arc<Reactor>)> {
        let spec = self.spec.take();
        let session = self.session.take()?;
        let spec = Arc::into_inner(spec?)?;
        self.releases += 1;
        Some((spec, Arc::clone(&session.reactor)))
    }

    /// The link to a worker, if it has started. A slot has at most one process, so the generation needs
    /// no check.
    pub(super) fn link(&mut self, worker: WorkerId) -> Option<&mut E::Link> {
        self.links.get_mut(worker.slot).and_then(Option::as_mut)
    }
}
