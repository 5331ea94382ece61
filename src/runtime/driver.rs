//! One pool at work.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{io, thread};

use parking_lot::{Condvar, Mutex};
use tokio::sync::{Notify, oneshot};

use super::config::PoolConfig;
use super::host::{Host, LogLine};
use super::reactor::Reactor;
use super::start;
use crate::engine::local::process::{Claims, Guardian};
use crate::engine::local::worker::{Blueprint, Report, Stream, Worker};
use pool_core::failure::{Failure, InterpreterNote};
use pool_core::scheduler::{
    Action, Call, CallId, CallKey, Event, Level, Scheduler, Settings, WorkerId,
};
use pool_core::wire::Message;

/// How many calls a worker may have at most, where those that have not started can be taken back.
const WINDOW: usize = 64;

/// So many short calls lie ready that it pays to let their replies gather.
const MANY: usize = 8;

/// A started pool. Lives through one start and one close.
#[derive(Debug)]
pub struct Pool<H: Host> {
    inner: Arc<Inner<H>>,
}

impl<H: Host> Pool<H> {
    /// Begins to start the workers; [`Host::started`] tells how that went.
    pub fn start(config: PoolConfig, host: H) -> Result<Self, Failure> {
        let reactor = Reactor::acquire()
            .map_err(|error| Failure::system("start the pool's thread", "thread", &error))?;
        let handle = reactor.handle().clone();
        let inner = Arc::new(Inner {
            core: Mutex::new(Core::new(&config)),
            config,
            host,
            reactor: Mutex::new(Some(reactor)),
            earlier_deadline: Notify::new(),
            search_cancelled: Arc::default(),
            closed: Mutex::new(false),
            has_closed: Condvar::new(),
        });
        handle.spawn(Arc::clone(&inner).keep_time());
        handle.spawn(Arc::clone(&inner).begin());
        Ok(Self { inner })
    }

    /// Takes a call; [`Host::settle`] gets its outcome.
    pub fn submit(&self, call: Call<H::Ticket>) {
        self.inner.step(Event::Submit(call));
    }

    /// Aborts those of these calls that have no outcome yet.
    pub fn abort(&self, keys: HashSet<CallKey>) {
        self.inner.step(Event::Abort(keys));
    }

    /// Closes the pool: every call fails at once, workers have `grace` to end by themselves.
    pub fn shut_down(&self, grace: Duration) {
        self.inner.step(Event::Shutdown { grace });
    }

    /// The host ends: closes the pool, and what the script started goes with the workers.
    pub fn end_with_host(&self, grace: Duration) {
        for worker in self.inner.core.lock().workers.iter().flatten() {
            worker.host_ends();
        }
        self.shut_down(grace);
    }

    /// Closes the pool when it has started and its last call has its outcome.
    pub fn abandon(&self, grace: Duration) {
        self.inner.step(Event::Abandon { grace });
    }

    /// Blocks until every process is gone, at most for `limit`; whether they are.
    #[must_use]
    pub fn wait_closed(&self, limit: Duration) -> bool {
        let mut closed = self.inner.closed.lock();
        let end = Instant::now() + limit;
        while !*closed
            && !self
                .inner
                .has_closed
                .wait_until(&mut closed, end)
                .timed_out()
        {}
        *closed
    }

    /// Reads the scheduler's state.
    pub fn inspect<R>(&self, read: impl FnOnce(&Scheduler<H::Ticket>) -> R) -> R {
        read(&self.inner.core.lock().scheduler)
    }
}

struct Inner<H: Host> {
    config: PoolConfig,
    host: H,
    core: Mutex<Core<H::Ticket>>,
    /// Held while there may be something to do on it.
    reactor: Mutex<Option<Arc<Reactor>>>,
    /// Wakes the timekeeper: a deadline earlier than the one it sleeps for, or the end.
    earlier_deadline: Notify,
    search_cancelled: Arc<AtomicBool>,
    closed: Mutex<bool>,
    has_closed: Condvar,
}

/// What the lock protects.
struct Core<T> {
    scheduler: Scheduler<T>,
    workers: Vec<Option<Worker>>,
    /// Slots whose worker is to be sent something.
    with_unsent: Vec<usize>,
    /// What every worker is started from; there once an interpreter was found.
    engine: Option<Arc<Engine>>,
    /// The deadline that the timekeeper sleeps for.
    armed: Option<Instant>,
    /// Kept to spare an allocation a step.
    actions: Vec<Action<T>>,
    /// The last warning of a worker that is ready.
    warned: Option<String>,
}

#[derive(Debug)]
struct Engine {
    blueprint: Blueprint,
    guardian: Guardian,
}

impl<H: Host> std::fmt::Debug for Inner<H> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Pool")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl<T> Core<T> {
    fn new(config: &PoolConfig) -> Self {
        let settings = Settings {
            workers: config.workers,
            max_crashes: config.max_crashes,
            startup_timeout: config.startup_timeout,
            max_queue: config.max_queue,
            queue_timeout: config.queue_timeout,
            window: if Claims::EXIST { WINDOW } else { 1 },
            script: config.script.to_string_lossy().into_owned(),
        };
        Self {
            scheduler: Scheduler::new(settings),
            workers: (0..config.workers).map(|_| None).collect(),
            with_unsent: Vec::new(),
            engine: None,
            armed: None,
            actions: Vec::new(),
            warned: None,
        }
    }

    fn worker(&mut self, id: WorkerId) -> Option<&mut Worker> {
        self.workers.get_mut(id.slot).and_then(Option::as_mut)
    }
}

impl<H: Host> Inner<H> {
    /// Finds the interpreter, then starts the workers.
    async fn begin(self: Arc<Self>) {
        let event = match self.prepare().await {
            Ok(start::Prepared {
                blueprint,
                guardian,
                interpreter,
            }) => {
                let InterpreterNote {
                    path,
                    version,
                    reason,
                } = &interpreter;
                let text = format!("uses {path} (Python {version}, chosen by {reason})");
                self.log(Level::Debug, None, text);
                self.core.lock().engine = Some(Arc::new(Engine {
                    blueprint,
                    guardian,
                }));
                Event::Start(interpreter)
            }
            Err(failure) => Event::CanNotStart(failure),
        };
        self.step(event);
    }

    /// Prepares on a thread of its own, as that blocks. (`spawn_blocking` panics where the system
    /// has no thread to give.)
    async fn prepare(&self) -> Result<start::Prepared, Failure> {
        let failed = |error: io::Error| Failure::system("look for Python", "thread", &error);
        let (config, cancelled) = (self.config.clone(), Arc::clone(&self.search_cancelled));
        let (tell, told) = oneshot::channel();
        thread::Builder::new()
            .name("python-find".into())
            // Nobody may be left to hear it.
            .spawn(move || drop(tell.send(start::prepare(&config, cancelled))))
            .map_err(failed)?;
        let prepared = told.await;
        prepared.unwrap_or_else(|_| Err(failed(io::Error::other("the thread ended early"))))
    }

    /// Tells the scheduler what happened and carries out what it asks for.
    fn step(self: &Arc<Self>, event: Event<H::Ticket>) {
        self.step_locked(&mut self.core.lock(), event);
    }

    fn step_locked(self: &Arc<Self>, core: &mut Core<H::Ticket>, event: Event<H::Ticket>) {
        self.decide(core, event);
        self.conclude(core);
    }

    fn decide(self: &Arc<Self>, core: &mut Core<H::Ticket>, event: Event<H::Ticket>) {
        let mut actions = std::mem::take(&mut core.actions);
        core.scheduler.handle(event, Instant::now(), &mut actions);
        for action in actions.drain(..) {
            self.carry_out(core, action);
        }
        core.actions = actions;
    }

    /// Sends what is to be sent, and sees to it that the next deadline is kept.
    fn conclude(&self, core: &mut Core<H::Ticket>) {
        for slot in core.with_unsent.drain(..) {
            if let Some(worker) = &mut core.workers[slot] {
                worker.flush();
            }
        }
        let next = core.scheduler.next_deadline();
        if next.is_some_and(|next| core.armed.is_none_or(|armed| next < armed)) {
            core.armed = next;
            self.earlier_deadline.notify_one();
        }
    }

    fn carry_out(self: &Arc<Self>, core: &mut Core<H::Ticket>, action: Action<H::Ticket>) {
        match action {
            Action::Send {
                worker,
                call,
                request,
            } => {
                core.with_unsent.push(worker.slot);
                if let Some(worker) = core.worker(worker) {
                    worker.send(call.0, request);
                }
            }
            Action::TakeBack(id) => {
                let calls = core.worker(id).map(Worker::take_back).unwrap_or_default();
                let calls = calls.into_iter().map(CallId).collect();
                self.decide(core, Event::TakenBack(id, calls));
            }
            Action::Settle { ticket, reply } => self.host.settle(ticket, reply),
            Action::CancelSearch => self.search_cancelled.store(true, Ordering::Relaxed),
            Action::Start(worker) => self.start_worker(core, worker),
            Action::DumpStacks(id) => core.worker(id).map_or((), |worker| worker.dump_stacks()),
            Action::Close(id) => core.worker(id).map_or((), |worker| worker.close()),
            Action::Interrupt(id) => core.worker(id).map_or((), Worker::interrupt),
            Action::Kill(id) => core.worker(id).map_or((), |worker| worker.kill()),
            Action::Log(level, worker, message) => self.log(level, worker, message),
            Action::Ready(worker) => self.host.ready(worker.slot),
            Action::Started(result) => {
                let failed = result.is_err();
                self.host.started(result);
                if failed {
                    self.finish();
                }
            }
            Action::Closed => {
                self.host.closed();
                self.finish();
            }
        }
    }

    /// Has the reactor start a process: the caller may be the host's own thread.
    fn start_worker(self: &Arc<Self>, core: &Core<H::Ticket>, id: WorkerId) {
        let (Some(engine), Some(reactor)) = (&core.engine, &*self.reactor.lock()) else {
            return; // unreachable: starts are asked for after an engine was set, until the close
        };
        let (engine, inner) = (Arc::clone(engine), Arc::clone(self));
        reactor.handle().spawn(async move {
            let reporter = Arc::clone(&inner);
            let report = move |report| reporter.report(id, report);
            match Worker::start(&engine.blueprint, &engine.guardian, report).await {
                // Without an `await` in between, so that no report comes before.
                Ok(worker) => inner.adopt(id, worker),
                Err(failure) => inner.step(Event::StartFailed(id, failure)),
            }
        });
    }

    /// Keeps a started worker, unless it was ended before it was started.
    fn adopt(&self, id: WorkerId, worker: Worker) {
        let mut core = self.core.lock();
        self.log(
            Level::Debug,
            Some(id),
            format!("started as process {}", worker.pid()),
        );
        if !core.scheduler.expects(id) {
            worker.kill();
        }
        core.workers[id.slot] = Some(worker);
    }

    fn report(self: &Arc<Self>, id: WorkerId, report: Report) {
        match report {
            Report::Messages(messages) => self.hear(id, messages),
            Report::Line(stream, text) => {
                let level = match stream {
                    Stream::Stdout => Level::Info,
                    Stream::Stderr => Level::Warn,
                };
                let line = LogLine {
                    stream: Some(stream),
                    ..LogLine::new(level, text)
                };
                self.log_print(id, line);
            }
            Report::Stacks(stacks) => self.step(Event::Stacks(id, stacks)),
            Report::Garbled(death) => self.step(Event::Garbled(id, death)),
            Report::Exited(death) => {
                // In one go: a call that is sent in between would be lost.
                let mut core = self.core.lock();
                let worker = core.workers[id.slot].take();
                let unstarted = worker.map(|mut worker| worker.take_back());
                let event = Event::Exited {
                    worker: id,
                    death,
                    unstarted: unstarted.into_iter().flatten().map(CallId).collect(),
                };
                self.step_locked(&mut core, event);
            }
        }
    }

    /// Takes what a worker said, in one go: a reply that frees it is followed by the next calls.
    fn hear(self: &Arc<Self>, id: WorkerId, messages: Vec<Message>) {
        let mut core = self.core.lock();
        for message in messages {
            match message {
                Message::Reply(call, reply) => {
                    self.decide(&mut core, Event::Replied(id, call, reply));
                }
                Message::Ready { warning, .. } => {
                    if let Some(warning) = warning {
                        self.warn_once(&mut core, warning);
                    }
                    self.decide(&mut core, Event::Ready(id));
                }
                Message::LoadFailed(error) => self.decide(&mut core, Event::LoadFailed(id, error)),
                Message::Hello { .. } => {}
                Message::Log(record) => {
                    self.host.log(LogLine {
                        worker: Some(id.slot),
                        call: record.call,
                        logger: Some(record.logger),
                        ..LogLine::new(record.level, record.message)
                    });
                }
            }
        }
        self.conclude(&mut core);
        if core.scheduler.calls_ahead(id) >= MANY
            && let Some(reactor) = &*self.reactor.lock()
        {
            reactor.expect_many();
        }
    }

    /// Logs what a script printed, with the call that ran when that is known.
    fn log_print(&self, id: WorkerId, line: LogLine) {
        let call = self.core.lock().scheduler.running_call(id);
        self.host.log(LogLine {
            worker: Some(id.slot),
            call,
            ..line
        });
    }

    /// What each worker says, restarted ones too, is worth one line for the pool.
    fn warn_once(&self, core: &mut Core<H::Ticket>, warning: String) {
        if core.warned.as_ref() != Some(&warning) {
            self.log(Level::Warn, None, warning.clone());
            core.warned = Some(warning);
        }
    }

    fn log(&self, level: Level, worker: Option<WorkerId>, message: String) {
        let worker = worker.map(|worker| worker.slot);
        self.host.log(LogLine {
            worker,
            ..LogLine::new(level, message)
        });
    }

    /// Every process is gone and nothing follows: lets go of the reactor.
    fn finish(&self) {
        self.reactor.lock().take();
        *self.closed.lock() = true;
        self.has_closed.notify_all();
        self.earlier_deadline.notify_one();
    }

    /// Tells the scheduler the time whenever it wants to know it.
    async fn keep_time(self: Arc<Self>) {
        while !*self.closed.lock() {
            let deadline = {
                let mut core = self.core.lock();
                core.armed = core.scheduler.next_deadline();
                core.armed
            };
            let woken = self.earlier_deadline.notified();
            match deadline {
                None => woken.await,
                Some(deadline) if deadline <= Instant::now() => self.step(Event::Tick),
                Some(deadline) => {
                    tokio::select! {
                        () = woken => {}
                        () = tokio::time::sleep_until(deadline.into()) => self.step(Event::Tick),
                    }
                }
            }
        }
    }
}
