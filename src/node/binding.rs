//! The native side of a JavaScript pool: the pool itself, its callbacks and its promises.

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{FnArgs, Result, Unknown};
use napi::{Env, JsString};

use super::call_id;
use super::items::Items;
use super::keep_alive::KeepAlive;
use super::mailbox::{Mailbox, Message, Notification, PoolEvent, PoolKey, Settled};
use super::options::{NativePoolCallbacks, PoolOptions, milliseconds};
use super::outcomes;
use super::promises::Promises;
use super::request::{Arguments, Encoded, encode};
use crate::engine::local::LocalEngine;
use crate::engine::{Environment as Variables, Stream};
use crate::runtime::{CallOutcome, LogLine, Observer, Pool};
use pool_core::failure::{Failure, Payload};
use pool_core::scheduler::Scheduler;
use pool_core::stats::WorkerState;
use pool_core::wire::{Credit, Output, ProjectFile};
use pool_core::{Call, CallFailure, CallId, CallOptions, CallTimes, call_error_json};

/// What `shutdown()` gives workers to exit, less the time to kill and reap them.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(4800);
/// The same where nothing waits for them: the pool was dropped, or Node.js exits.
const SHORT_GRACE: Duration = Duration::from_millis(250);
/// Maximum time that the exit of Node.js waits for a pool.
const CLEANUP_LIMIT: Duration = Duration::from_millis(400);

/// See the [module](self). Lives on the JS thread.
pub(super) struct PoolBinding {
    key: PoolKey,
    keep_alive: Rc<KeepAlive>,
    mailbox: Arc<Mailbox>,
    pool: Pool<LocalEngine, Poster>,
    workers: usize,
    max_payload: u64,
    callbacks: NativePoolCallbacks,
    initializing: Promises,
    closing: Promises,
    /// JavaScript has dropped the pool.
    is_dropped: Cell<bool>,
}

impl PoolBinding {
    pub(super) fn new(
        key: PoolKey,
        keep_alive: Rc<KeepAlive>,
        mailbox: Arc<Mailbox>,
        options: PoolOptions,
        callbacks: NativePoolCallbacks,
    ) -> Self {
        let poster = Poster {
            key,
            mailbox: Arc::clone(&mailbox),
        };
        Self {
            key,
            keep_alive,
            mailbox,
            workers: options.settings.workers,
            max_payload: options.engine.max_payload.into(),
            pool: Pool::new(options.settings, LocalEngine::new(options.engine), poster),
            callbacks,
            initializing: Promises::default(),
            closing: Promises::default(),
            is_dropped: Cell::new(false),
        }
    }

    /// The key under which the environment knows it.
    pub(super) fn key(&self) -> PoolKey {
        self.key
    }

    // Requests of JavaScript

    /// Starts the pool unless it runs; the promise is settled when all workers are ready.
    pub(super) fn initialize(
        &self,
        env: Env,
        variables: Variables,
        own_variables: Vec<Variables>,
    ) -> Result<Unknown<'static>> {
        let promise = self.initializing.add(env, &self.keep_alive)?;
        self.pool.initialize(variables, own_variables);
        Ok(promise)
    }

    /// Submits a call, whose outcome is delivered under its id; or returns why it cannot be sent.
    pub(super) fn submit(
        &self,
        env: Env,
        id: CallId,
        function: &JsString,
        arguments: &Arguments,
        options: CallOptions,
    ) -> Result<Option<String>> {
        match encode(env, function, arguments, self.max_payload)? {
            Encoded::Request(request) => {
                let call = Call::new(id, request, options);
                if !call.is_stream() {
                    self.keep_alive.hold(env);
                }
                self.pool.submit(call);
                Ok(None)
            }
            Encoded::TooLarge(size) => Ok(Some(self.refuse(size))),
        }
    }

    /// Why a call cannot be sent whose arguments take this many bytes, or more.
    pub(super) fn refuse(&self, size: u64) -> String {
        let refusal = self.pool.inspect(Scheduler::refusal);
        let failure = refusal.unwrap_or(Failure::PayloadTooLarge {
            payload: Payload::Arguments,
            size,
            limit: self.max_payload,
        });
        call_error_json(&CallFailure {
            failure,
            was_sent: false,
            worker: None,
        })
    }

    /// The consumer of a stream has taken so much.
    pub(super) fn taken(&self, stream: CallId, taken: Credit) {
        self.pool.taken(stream, taken);
    }

    /// Keeps Node.js running until as many [`Self::release`] it.
    pub(super) fn hold(&self, env: Env) {
        self.keep_alive.hold(env);
    }

    pub(super) fn release(&self, env: Env) {
        self.keep_alive.release(env, 1);
    }

    /// Aborts those of these calls that are not settled yet.
    pub(super) fn abort(&self, calls: HashSet<CallId>) {
        self.pool.abort(calls);
    }

    /// Closes the pool, at once or when it is drained; the promise is fulfilled when all its processes are
    /// gone.
    pub(super) fn shutdown(&self, env: Env, drain: Option<Duration>) -> Result<Unknown<'static>> {
        let promise = self.closing.add(env, &self.keep_alive)?;
        match drain {
            None => self.pool.shutdown(SHUTDOWN_GRACE),
            Some(limit) => self.pool.drain(Some(limit), SHUTDOWN_GRACE),
        }
        Ok(promise)
    }

    /// How many workers the pool has: none unless it is running.
    pub(super) fn worker_count(&self) -> usize {
        if self.pool.inspect(Scheduler::is_running) {
            self.workers
        } else {
            0
        }
    }

    /// Whether a worker is ready, with or without a call.
    pub(super) fn has_ready_worker(&self) -> bool {
        self.is_running_and(|scheduler| scheduler.ready_workers() > 0)
    }

    /// Whether a call is running or queued.
    pub(super) fn is_busy(&self) -> bool {
        self.is_running_and(|scheduler| !scheduler.is_idle())
    }

    /// Whether every worker crashed too often to be restarted.
    pub(super) fn is_dead(&self) -> bool {
        self.is_running_and(Scheduler::is_dead)
    }

    /// A snapshot in numbers, as JSON text.
    pub(super) fn stats(&self) -> String {
        self.pool.stats().to_json()
    }

    /// Whether workers that become idle or busy are reported.
    pub(super) fn watch_calls(&self, is_watched: bool) {
        self.pool.watch_calls(is_watched);
    }

    fn is_running_and(&self, check: impl FnOnce(&Scheduler) -> bool) -> bool {
        self.pool
            .inspect(|scheduler| scheduler.is_running() && check(scheduler))
    }

    // Notifications of the pool

    /// Delivers outcomes of calls, as many as are delivered at once; returns how many that were.
    pub(super) fn deliver(&self, env: Env, outcomes: &mut impl Iterator<Item = Settled>) -> usize {
        outcomes::deliver(env, &self.callbacks.deliver, outcomes)
    }

    /// Delivers items of a stream.
    pub(super) fn deliver_items(&self, env: Env, items: Items) {
        let functions = (&self.callbacks.items, &self.callbacks.deliver);
        outcomes::deliver_items(env, functions, items);
    }

    /// A worker has become ready.
    pub(super) fn ready(&self, env: Env) {
        if let Ok(function) = self.callbacks.ready.borrow_back(&env) {
            // `ts/pool` catches what the user's function throws.
            let _ = function.call(());
        }
    }

    /// A worker has another state.
    pub(super) fn worker_changed(
        &self,
        env: Env,
        worker: usize,
        pid: Option<u32>,
        state: WorkerState,
    ) {
        let Ok(function) = self.callbacks.worker.borrow_back(&env) else {
            return;
        };
        let worker = u32::try_from(worker).unwrap_or(u32::MAX);
        // `ts/pool` publishes it; what a subscriber throws does not come back here.
        let _ = function.call(FnArgs::from((worker, pid, state.as_str())));
    }

    /// A worker loads a file of the user's project.
    pub(super) fn loads(&self, env: Env, file: ProjectFile) {
        if let Ok(function) = self.callbacks.loads.borrow_back(&env) {
            // `ts/pool` catches what its listener throws.
            let _ = function.call(FnArgs::from((file.path, file.stamp)));
        }
    }

    /// The answer to the oldest requests to initialize.
    pub(super) fn initialized(
        &self,
        env: Env,
        requests: usize,
        result: &std::result::Result<(), Failure>,
    ) {
        self.initializing
            .settle(env, &self.keep_alive, requests, result);
    }

    /// The answer to the oldest requests to shut down.
    pub(super) fn closed(&self, env: Env, requests: usize) {
        self.closing
            .settle(env, &self.keep_alive, requests, &Ok(()));
    }

    /// Passes a line to the user's logger.
    pub(super) fn log(&self, env: Env, line: LogLine) {
        let Ok(function) = self.callbacks.log.borrow_back(&env) else {
            return;
        };
        let calls: Vec<_> = line.calls.into_iter().map(call_id::to_number).collect();
        let worker = line.worker.and_then(|worker| u32::try_from(worker).ok());
        let arguments = (
            line.level.as_str(),
            line.message,
            worker,
            calls,
            line.stream.map(Stream::as_str),
            line.logger,
            milliseconds(line.time),
            line.details,
        );
        // `ts/pool` catches what the user's logger throws.
        let _ = function.call(FnArgs::from(arguments));
    }

    // The end

    /// The environment ends: closes the pool.
    pub(super) fn begin_cleanup(&self) {
        self.pool.on_host_exit(SHORT_GRACE);
    }

    /// Waits, for a moment at most, until the workers are gone.
    pub(super) fn finish_cleanup(&self) {
        // The guardian kills what is left, as soon as this process is gone.
        let _ = self.pool.wait_at_rest(CLEANUP_LIMIT);
    }

    /// JavaScript has dropped the pool, which closes when nothing is pending any more. Its promises
    /// and outcomes are still delivered.
    pub(super) fn on_drop(&self) {
        self.is_dropped.set(true);
        self.pool.abandon(SHORT_GRACE);
        // Behind everything the pool has posted.
        let dropped = Notification::Event(PoolEvent::Dropped);
        self.mailbox.post(Message(self.key, dropped));
    }

    /// Whether the pool cannot post anything any more.
    pub(super) fn is_over(&self) -> bool {
        self.is_dropped.get()
            && self.initializing.is_empty()
            && self.closing.is_empty()
            && self.pool.inspect(Scheduler::is_at_rest)
    }
}

/// Posts a pool's notifications to the JS thread.
#[derive(Debug)]
struct Poster {
    key: PoolKey,
    mailbox: Arc<Mailbox>,
}

impl Poster {
    fn post(&self, notification: Notification) {
        self.mailbox.post(Message(self.key, notification));
    }

    fn post_event(&self, event: PoolEvent) {
        self.post(Notification::Event(event));
    }
}

impl Observer for Poster {
    fn settle(&self, call: CallId, outcome: CallOutcome, times: Option<Box<CallTimes>>) {
        self.post(Notification::Settled(Settled {
            call,
            outcome,
            times,
        }));
    }

    fn worker_changed(&self, worker: usize, pid: Option<u32>, state: WorkerState) {
        self.post_event(PoolEvent::WorkerChanged(worker, pid, state));
    }

    fn item(&self, stream: CallId, item: Output) {
        self.mailbox.post_item(self.key, stream, item);
    }

    fn ended(&self, stream: CallId, outcome: CallOutcome, times: Option<Box<CallTimes>>) {
        self.post(Notification::Ended(Settled {
            call: stream,
            outcome,
            times,
        }));
    }

    fn ready(&self, _: usize) {
        self.post_event(PoolEvent::Ready);
    }

    fn loads(&self, file: ProjectFile) {
        self.post_event(PoolEvent::Loads(file));
    }

    fn initialized(&self, requests: usize, result: std::result::Result<(), Failure>) {
        self.post_event(PoolEvent::Initialized(requests, result));
    }

    fn closed(&self, requests: usize) {
        self.post_event(PoolEvent::Closed(requests));
    }

    fn log(&self, line: LogLine) {
        self.post_event(PoolEvent::Log(line));
    }
}
