//! A pool on a fake engine, and everything it has told its owner.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use pool_core::scheduler::Settings;
use pool_core::stats::WorkerState;
use pool_core::wire::{Output, ProjectFile, Request};
use pool_core::{Call, CallFailure, CallId, CallOptions, CallTimes, Failure, Outcome};
use python_worker_pool::engine::Environment;
use python_worker_pool::runtime::{CallOutcome, LogLine, Observer, Pool, Reactor};
use tokio::sync::{Semaphore, mpsc};

use crate::deadline::eventually;
use crate::engine::{FakeEngine, Search, Start};
use crate::worker::FakeWorker;

/// What workers get to exit.
pub(crate) const GRACE: Duration = Duration::from_secs(4);

pub(crate) enum Event {
    Settled(CallId, CallOutcome, Option<Box<CallTimes>>),
    Item(CallId, Output),
    Ended(CallId, CallOutcome, Option<Box<CallTimes>>),
    WorkerChanged(usize, Option<u32>, WorkerState),
    Ready(usize),
    Loads(ProjectFile),
    Initialized(usize, Result<(), Failure>),
    Closed(usize),
    Log(LogLine),
}

/// Passes every notification on to the test.
pub(crate) struct Recorder(mpsc::UnboundedSender<Event>);

impl Recorder {
    fn record(&self, event: Event) {
        // Without a receiver the test is over.
        let _ = self.0.send(event);
    }
}

impl Observer for Recorder {
    fn settle(&self, call: CallId, outcome: CallOutcome, times: Option<Box<CallTimes>>) {
        self.record(Event::Settled(call, outcome, times));
    }

    fn worker_changed(&self, worker: usize, pid: Option<u32>, state: WorkerState) {
        self.record(Event::WorkerChanged(worker, pid, state));
    }

    fn item(&self, stream: CallId, item: Output) {
        self.record(Event::Item(stream, item));
    }

    fn ended(&self, stream: CallId, outcome: CallOutcome, times: Option<Box<CallTimes>>) {
        self.record(Event::Ended(stream, outcome, times));
    }

    fn ready(&self, worker: usize) {
        self.record(Event::Ready(worker));
    }

    fn loads(&self, file: ProjectFile) {
        self.record(Event::Loads(file));
    }

    fn initialized(&self, requests: usize, result: Result<(), Failure>) {
        self.record(Event::Initialized(requests, result));
    }

    fn closed(&self, requests: usize) {
        self.record(Event::Closed(requests));
    }

    fn log(&self, line: LogLine) {
        self.record(Event::Log(line));
    }
}

pub(crate) fn settings(workers: usize) -> Settings {
    Settings {
        workers,
        max_crashes: 3,
        startup_timeout: Duration::from_secs(60),
        max_queue: usize::MAX,
        queue_timeout: None,
        max_batch_size: 1 << 20,
        max_prefetch: 8,
        has_start_tokens: true,
        ping_timeout: Duration::from_secs(10),
        concurrency: 1,
        threads: 1,
        may_suggest_concurrency: false,
        keep_interrupted_worker: false,
        function: "call_api".into(),
        script: "script.py".into(),
    }
}

pub(crate) struct TestPool {
    pub(crate) pool: Pool<FakeEngine, Recorder>,
    searches: mpsc::UnboundedReceiver<Search>,
    starts: mpsc::UnboundedReceiver<Start>,
    release_permits: Arc<Semaphore>,
    events: mpsc::UnboundedReceiver<Event>,
    last_call: u64,
    outcomes: HashMap<CallId, Outcome>,
    /// The items of streams, in the order they came.
    pub(crate) items: Vec<(CallId, Output)>,
    /// What is known about the calls that failed.
    pub(crate) failures: HashMap<CallId, CallFailure>,
    /// Every call that has its outcome.
    pub(crate) settled: HashSet<CallId>,
    initialized: VecDeque<(usize, Result<(), Failure>)>,
    closed: VecDeque<usize>,
    pub(crate) ready: Vec<usize>,
    pub(crate) log: Vec<LogLine>,
    /// The files that workers loaded, each with the number of calls that were settled by then.
    pub(crate) files: Vec<(ProjectFile, usize)>,
    /// The times of the calls for which they were reported.
    pub(crate) times: HashMap<CallId, CallTimes>,
    /// The states of workers, in order.
    pub(crate) changes: Vec<(usize, Option<u32>, WorkerState)>,
}

impl TestPool {
    pub(crate) fn new(workers: usize) -> Self {
        Self::with(settings(workers))
    }

    pub(crate) fn with(settings: Settings) -> Self {
        Self::on(settings, Reactor::current)
    }

    pub(crate) fn on(settings: Settings, reactor: fn() -> io::Result<Arc<Reactor>>) -> Self {
        let (searches, search_requests) = mpsc::unbounded_channel();
        let (starts, start_requests) = mpsc::unbounded_channel();
        let (events, seen) = mpsc::unbounded_channel();
        let release_permits = Arc::new(Semaphore::new(1));
        let engine = FakeEngine {
            searches,
            starts,
            release_permits: Arc::clone(&release_permits),
        };
        Self {
            pool: Pool::with_reactor(settings, engine, Recorder(events), reactor),
            searches: search_requests,
            starts: start_requests,
            release_permits,
            events: seen,
            last_call: 0,
            outcomes: HashMap::new(),
            items: Vec::new(),
            failures: HashMap::new(),
            settled: HashSet::new(),
            initialized: VecDeque::new(),
            closed: VecDeque::new(),
            ready: Vec::new(),
            log: Vec::new(),
            files: Vec::new(),
            times: HashMap::new(),
            changes: Vec::new(),
        }
    }

    /// A pool that runs, with its workers.
    pub(crate) async fn running(settings: Settings) -> (Self, Vec<FakeWorker>) {
        let workers = settings.workers;
        let mut pool = Self::with(settings);
        pool.initialize();
        pool.search().await.succeeds();
        let mut all = Vec::new();
        for _ in 0..workers {
            let worker = pool.start().await.succeeds().await;
            worker.is_ready();
            all.push(worker);
        }
        assert_eq!(pool.initialized().await, (1, Ok(())));
        (pool, all)
    }

    /// A pool of one worker that runs.
    pub(crate) async fn of_one() -> (Self, FakeWorker) {
        let (pool, mut workers) = Self::running(settings(1)).await;
        (pool, workers.remove(0))
    }

    pub(crate) fn initialize(&self) {
        self.pool.initialize(Environment::new(), Vec::new());
    }

    pub(crate) fn shutdown(&self) {
        self.pool.shutdown(GRACE);
    }

    pub(crate) fn submit(&mut self) -> CallId {
        self.submit_with(CallOptions::default())
    }

    pub(crate) fn submit_with(&mut self, options: CallOptions) -> CallId {
        self.last_call += 1;
        let id = CallId(self.last_call);
        self.pool
            .submit(Call::new(id, Request::new("f", "[]"), options));
        id
    }

    /// The next search.
    pub(crate) async fn search(&mut self) -> Search {
        eventually(self.searches.recv()).await.unwrap()
    }

    /// The next start of a worker.
    pub(crate) async fn start(&mut self) -> Start {
        eventually(self.starts.recv()).await.unwrap()
    }

    /// The next search, if there is one by now.
    pub(crate) fn try_search(&mut self) -> Option<Search> {
        self.searches.try_recv().ok()
    }

    /// The next start of a worker, if there is one by now.
    pub(crate) fn try_start(&mut self) -> Option<Start> {
        self.starts.try_recv().ok()
    }

    /// Lets no release end.
    pub(crate) fn hold_releases(&self) {
        self.release_permits.forget_permits(1);
    }

    /// Lets releases end again.
    pub(crate) fn let_releases_end(&self) {
        self.release_permits.add_permits(1);
    }

    /// How many requests to initialize and to shut down were answered by now.
    pub(crate) fn answered(&self) -> (usize, usize) {
        let initialized = self.initialized.iter().map(|(requests, _)| requests);
        (initialized.sum(), self.closed.iter().sum())
    }

    /// The next worker, ready.
    pub(crate) async fn successor(&mut self) -> FakeWorker {
        let worker = self.start().await.succeeds().await;
        worker.is_ready();
        worker
    }

    /// Whether a worker is about to start.
    pub(crate) fn is_starting_one(&self) -> bool {
        !self.starts.is_empty()
    }

    /// Waits for the outcome of a call.
    pub(crate) async fn outcome(&mut self, call: CallId) -> Outcome {
        loop {
            if let Some(outcome) = self.outcomes.remove(&call) {
                return outcome;
            }
            self.next_event().await;
        }
    }

    /// Waits until a call has failed.
    pub(crate) async fn failure(&mut self, call: CallId) -> Failure {
        self.outcome(call).await.unwrap_err()
    }

    /// Waits until a call has its own result.
    pub(crate) async fn succeeds(&mut self, call: CallId) {
        let output = self.outcome(call).await.unwrap();
        assert_eq!(output.json(), format!("\"{call}\"").as_bytes());
    }

    /// Whether a call has its outcome by now.
    pub(crate) fn has_settled(&mut self, call: CallId) -> bool {
        self.see_all();
        self.settled.contains(&call)
    }

    /// The next answer to requests to initialize.
    pub(crate) async fn initialized(&mut self) -> (usize, Result<(), Failure>) {
        loop {
            if let Some(answer) = self.initialized.pop_front() {
                return answer;
            }
            self.next_event().await;
        }
    }

    /// The next answer to requests to shut down.
    pub(crate) async fn closed(&mut self) -> usize {
        loop {
            if let Some(requests) = self.closed.pop_front() {
                return requests;
            }
            self.next_event().await;
        }
    }

    /// Whether the pool has not said that it is closed.
    pub(crate) fn is_open(&mut self) -> bool {
        self.see_all();
        self.closed.is_empty()
    }

    /// Drops the pool, and waits until nothing is left of it.
    pub(crate) async fn vanishes(mut self) {
        drop(self.pool);
        while eventually(self.events.recv()).await.is_some() {}
    }

    pub(crate) async fn next_event(&mut self) {
        let event = eventually(self.events.recv()).await.unwrap();
        self.note(event);
    }

    /// Takes note of everything that has been notified.
    pub(crate) fn see_all(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.note(event);
        }
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Item(stream, item) => {
                assert!(
                    !self.settled.contains(&stream),
                    "an item behind the end of {stream}"
                );
                self.items.push((stream, item));
            }
            Event::Settled(call, outcome, times) | Event::Ended(call, outcome, times) => {
                self.times.extend(times.map(|times| (call, *times)));
                assert!(self.settled.insert(call), "{call} has two outcomes");
                if let Err(failure) = &outcome {
                    self.failures.insert(call, (**failure).clone());
                }
                let outcome = outcome.map_err(|failed| failed.failure);
                self.outcomes.insert(call, outcome);
            }
            Event::Ready(worker) => self.ready.push(worker),
            Event::Initialized(requests, result) => self.initialized.push_back((requests, result)),
            Event::WorkerChanged(worker, pid, state) => self.changes.push((worker, pid, state)),
            Event::Closed(requests) => self.closed.push_back(requests),
            Event::Loads(file) => self.files.push((file, self.settled.len())),
            Event::Log(line) => self.log.push(line),
        }
    }
}
