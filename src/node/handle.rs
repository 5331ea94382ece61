//! What a JavaScript pool stands for: a configuration, and a running pool while there is one.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Either, FnArgs, FunctionRef, Result, Uint8ArraySlice, Unknown};
use napi::{Env, JsString};

use super::describe::describe;
use super::mailbox::{Environment, HandleKey, Mail, Mailbox, News, PoolNews};
use super::options::NativePoolCallbacks;
use super::raw::{self, Deferred, Outcomes};
use crate::engine::local::worker::Stream;
use crate::runtime::{Host, LogLine, Pool, PoolConfig};
use pool_core::failure::{ClosedWhile, Failure};
use pool_core::scheduler::{Call, CallKey, Reply, Scheduler};
use pool_core::wire::{Form, Request, SLACK};

/// What `shutdown()` gives workers to end, less the time to kill and reap them.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(4800);
/// What workers have when nobody waits for them: the pool was forgotten, or Node.js ends.
const SHORT_GRACE: Duration = Duration::from_millis(250);
/// How long the end of Node.js waits for a pool at most.
const CLEANUP_LIMIT: Duration = Duration::from_millis(400);

/// `pool.js` gives it: `(level, message, worker, call, stream, logger)`.
pub(super) type LogFunction = FunctionRef<
    FnArgs<(
        &'static str,
        String,
        Option<u32>,
        Option<f64>,
        Option<&'static str>,
        Option<String>,
    )>,
    (),
>;

/// Called whenever a worker has become ready.
pub(super) type ReadyFunction = FunctionRef<(), ()>;

/// See the [module](self). Lives on the JS thread.
pub(super) struct Handle {
    key: HandleKey,
    config: RefCell<PoolConfig>,
    call_timeout: Option<Duration>,
    callbacks: NativePoolCallbacks,
    stage: RefCell<Stage>,
    is_abandoned: Cell<bool>,
}

/// | stage            | leaves by                    | for                                          |
/// | ---------------- | ---------------------------- | -------------------------------------------- |
/// | `Idle`, `Closed` | `initialize`                 | `Starting`                                   |
/// | `Starting`       | all workers ready            | `Up`                                         |
/// |                  | a failure, when all are gone | `Idle`                                       |
/// |                  | `shutdown`                   | `Closing`                                    |
/// | `Up`             | `shutdown`                   | `Closing`                                    |
/// |                  | `initialize` of a dead pool  | `Closing`, then `Starting`                   |
/// | `Closing`        | all workers gone             | `Closed`, or `Starting` if `initialize` waits |
enum Stage {
    /// Never started, or the start failed.
    Idle,
    /// Shut down.
    Closed,
    Starting {
        pool: Pool<JsHost>,
        waiting: Vec<Deferred>,
    },
    Up {
        pool: Pool<JsHost>,
    },
    Closing {
        pool: Pool<JsHost>,
        waiting: Vec<Deferred>,
        starting_next: Vec<Deferred>,
    },
}

impl Stage {
    fn pool(&self) -> Option<&Pool<JsHost>> {
        match self {
            Self::Idle | Self::Closed => None,
            Self::Starting { pool, .. } | Self::Up { pool } | Self::Closing { pool, .. } => {
                Some(pool)
            }
        }
    }
}

impl Handle {
    pub(super) fn new(
        key: HandleKey,
        config: PoolConfig,
        call_timeout: Option<Duration>,
        callbacks: NativePoolCallbacks,
    ) -> Self {
        Self {
            key,
            config: RefCell::new(config),
            call_timeout,
            callbacks,
            stage: RefCell::new(Stage::Idle),
            is_abandoned: Cell::new(false),
        }
    }

    // What JavaScript asks for

    /// Starts the pool unless it runs; the promise is settled when all workers are ready.
    pub(super) fn initialize(
        &self,
        env: Env,
        environment: &Environment,
        environ: HashMap<String, String>,
    ) -> Result<Unknown<'static>> {
        let (deferred, promise) = environment.promise(env)?;
        self.config.borrow_mut().env = with_utf8_mode(environ);
        let mut stage = self.stage.borrow_mut();
        *stage = match mem::replace(&mut *stage, Stage::Idle) {
            Stage::Up { pool } if pool.inspect(Scheduler::is_dead) => {
                pool.shut_down(Duration::ZERO);
                Stage::Closing {
                    pool,
                    waiting: Vec::new(),
                    starting_next: vec![deferred],
                }
            }
            Stage::Idle | Stage::Closed => self.start(env, environment, vec![deferred]),
            mut other => {
                match &mut other {
                    Stage::Starting { waiting, .. } => waiting.push(deferred),
                    Stage::Closing { starting_next, .. } => starting_next.push(deferred),
                    _ => environment.settle_empty(env, deferred, &Ok(())),
                }
                other
            }
        };
        Ok(promise)
    }

    /// Submits a call, whose outcome is delivered under its key; or says at once why it has none.
    pub(super) fn execute(
        &self,
        env: Env,
        environment: &Environment,
        function: &JsString,
        arguments: &Arguments,
        terms: Terms,
    ) -> Result<Option<String>> {
        let limit = u64::from(self.config.borrow().max_payload);
        let (request, size) = encode(env, function, arguments, limit)?;
        let failure = match &*self.stage.borrow() {
            Stage::Up { .. } if size > limit => Failure::PayloadTooLarge {
                what: "arguments",
                size,
                limit,
            },
            Stage::Up { pool } => {
                environment.hold(env);
                pool.submit(Call {
                    request,
                    ticket: Ticket(terms.key),
                    timeout: terms.timeout.or(self.call_timeout),
                    key: terms.key,
                    interrupt: terms.interrupt,
                });
                return Ok(None);
            }
            Stage::Idle | Stage::Starting { .. } => Failure::NotInitialized,
            Stage::Closing { .. } | Stage::Closed => Failure::Closed(ClosedWhile::Submitting),
        };
        Ok(Some(describe(&failure)))
    }

    /// Aborts those of these calls that are not settled yet.
    pub(super) fn abort(&self, keys: HashSet<CallKey>) {
        if let Stage::Up { pool } = &*self.stage.borrow() {
            pool.abort(keys);
        }
    }

    /// Ends the pool; the promise is fulfilled when all its processes are gone.
    pub(super) fn shutdown(&self, env: Env, environment: &Environment) -> Result<Unknown<'static>> {
        let (deferred, promise) = environment.promise(env)?;
        let mut stage = self.stage.borrow_mut();
        let (pool, interrupted_start) = match mem::replace(&mut *stage, Stage::Closed) {
            Stage::Idle | Stage::Closed => {
                environment.settle_empty(env, deferred, &Ok(()));
                return Ok(promise);
            }
            Stage::Closing {
                pool,
                mut waiting,
                starting_next,
            } => {
                waiting.push(deferred);
                *stage = Stage::Closing {
                    pool,
                    waiting,
                    starting_next: Vec::new(),
                };
                let failure = Failure::Closed(ClosedWhile::Starting);
                environment.settle_all(env, starting_next, &Err(failure));
                return Ok(promise);
            }
            Stage::Starting { pool, waiting } => (pool, waiting),
            Stage::Up { pool } => (pool, Vec::new()),
        };
        pool.shut_down(SHUTDOWN_GRACE);
        *stage = Stage::Closing {
            pool,
            waiting: vec![deferred],
            starting_next: Vec::new(),
        };
        let failure = Failure::Closed(ClosedWhile::Starting);
        environment.settle_all(env, interrupted_start, &Err(failure));
        Ok(promise)
    }

    /// How many workers the pool has: none unless it is up.
    pub(super) fn worker_count(&self) -> usize {
        match &*self.stage.borrow() {
            Stage::Up { .. } => self.config.borrow().workers,
            _ => 0,
        }
    }

    /// Whether a worker is ready, with or without a call.
    pub(super) fn has_ready_worker(&self) -> bool {
        match &*self.stage.borrow() {
            Stage::Up { pool } => pool.inspect(|scheduler| scheduler.ready_workers() > 0),
            _ => false,
        }
    }

    /// Whether a call is running or queued.
    pub(super) fn is_busy(&self) -> bool {
        match &*self.stage.borrow() {
            Stage::Up { pool } => pool.inspect(|scheduler| !scheduler.is_idle()),
            _ => false,
        }
    }

    /// Whether all workers were given up.
    pub(super) fn is_dead(&self) -> bool {
        match &*self.stage.borrow() {
            Stage::Up { pool } => pool.inspect(Scheduler::is_dead),
            _ => false,
        }
    }

    // What the pool tells

    /// Hands outcomes of calls to `pool.js`, as many as are good to be handed over at once; how many
    /// that were.
    pub(super) fn deliver(
        &self,
        env: Env,
        outcomes: &mut impl Iterator<Item = (CallKey, Reply)>,
    ) -> usize {
        let mut values = Outcomes::new();
        let mut count = 0;
        while !values.is_full()
            && let Some((CallKey(key), reply)) = outcomes.next()
        {
            count += 1;
            #[expect(clippy::cast_precision_loss, reason = "`pool.js` counts them from 1")]
            let key = key as f64;
            // An error of these calls means that the environment is closing.
            let _ = match reply {
                Ok(output) => values.push_result(env, key, &output).or_else(|_| {
                    let failure = Failure::PayloadTooLarge {
                        what: "result",
                        size: output.len() as u64,
                        limit: LONGEST_STRING,
                    };
                    values.push_failure(env, key, &describe(&failure))
                }),
                Err(failure) => values.push_failure(env, key, &describe(&failure)),
            };
        }
        let _ = values.deliver_to(env, &self.callbacks.deliver);
        count
    }

    /// A worker has become ready.
    pub(super) fn ready(&self, env: Env) {
        if let Ok(function) = self.callbacks.ready.borrow_back(&env) {
            // `pool.js` catches what the user's function throws.
            let _ = function.call(());
        }
    }

    /// All workers are ready; or why not, and all are gone.
    pub(super) fn started(
        &self,
        env: Env,
        environment: &Environment,
        result: &std::result::Result<(), Failure>,
    ) {
        let mut stage = self.stage.borrow_mut();
        match mem::replace(&mut *stage, Stage::Idle) {
            Stage::Starting { pool, waiting } => {
                if result.is_ok() {
                    *stage = Stage::Up { pool };
                }
                drop(stage);
                environment.settle_all(env, waiting, result);
            }
            closing @ Stage::Closing { .. } => {
                *stage = closing;
                drop(stage);
                if result.is_err() {
                    self.closed(env, environment);
                }
            }
            other => *stage = other,
        }
    }

    /// All workers are gone.
    pub(super) fn closed(&self, env: Env, environment: &Environment) {
        let mut stage = self.stage.borrow_mut();
        match mem::replace(&mut *stage, Stage::Closed) {
            Stage::Closing {
                waiting,
                starting_next,
                ..
            } => {
                if !starting_next.is_empty() {
                    *stage = self.start(env, environment, starting_next);
                }
                drop(stage);
                environment.settle_all(env, waiting, &Ok(()));
            }
            // Abandoned.
            Stage::Up { .. } => {}
            other => *stage = other,
        }
    }

    /// Hands a line to the user's logger.
    pub(super) fn log(&self, env: Env, line: LogLine) {
        let Ok(function) = self.callbacks.log.borrow_back(&env) else {
            return;
        };
        let stream = line.stream.map(|stream| match stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        });
        #[expect(clippy::cast_precision_loss, reason = "2^53 calls take centuries")]
        let call = line.call.map(|call| call.0 as f64);
        let worker = line.worker.and_then(|worker| u32::try_from(worker).ok());
        let arguments = (
            line.level.as_str(),
            line.message,
            worker,
            call,
            stream,
            line.logger,
        );
        // `pool.js` catches what the user's logger throws.
        let _ = function.call(FnArgs::from(arguments));
    }

    // The end

    /// The environment ends: tells the workers so.
    pub(super) fn begin_cleanup(&self) {
        if let Some(pool) = self.stage.borrow().pool() {
            pool.end_with_host(SHORT_GRACE);
        }
    }

    /// Waits, for a moment at most, until the workers are gone.
    pub(super) fn finish_cleanup(&self) {
        if let Some(pool) = self.stage.borrow().pool() {
            // What is not gone by then falls to the guardian, as soon as this process is.
            let _ = pool.wait_closed(CLEANUP_LIMIT);
        }
    }

    /// The key under which the environment knows it.
    pub(super) fn key(&self) -> HandleKey {
        self.key
    }

    /// JavaScript has lost the pool: it is to end when nothing is pending any more. Until then the
    /// handle is needed: promises of `initialize` and `shutdown` may wait for it.
    pub(super) fn abandon(&self) {
        self.is_abandoned.set(true);
        if let Some(pool) = self.stage.borrow().pool() {
            pool.abandon(SHORT_GRACE);
        }
    }

    /// Whether nothing can come of it any more.
    pub(super) fn is_over(&self) -> bool {
        self.is_abandoned.get() && self.stage.borrow().pool().is_none()
    }

    fn start(&self, env: Env, environment: &Environment, waiting: Vec<Deferred>) -> Stage {
        let host = JsHost {
            key: self.key,
            mailbox: environment.mailbox(),
        };
        match Pool::start(self.config.borrow().clone(), host) {
            Ok(pool) => {
                if self.is_abandoned.get() {
                    pool.abandon(SHORT_GRACE);
                }
                Stage::Starting { pool, waiting }
            }
            Err(failure) => {
                environment.settle_all(env, waiting, &Err(failure));
                Stage::Idle
            }
        }
    }
}

/// How a call is known, and what may end it.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) key: CallKey,
    /// None for that of the pool.
    pub(super) timeout: Option<Duration>,
    pub(super) interrupt: bool,
}

/// What travels beside the JSON of the arguments.
pub(super) type ArgumentBuffer<'env> = Either<JsString<'env>, Uint8ArraySlice<'env>>;

/// The arguments of a call as `pool.js` prepares them.
pub(super) struct Arguments<'env> {
    /// JSON text of their array, with `null` in the place of each part.
    pub(super) json: JsString<'env>,
    /// JSON text of where the parts belong, when there are any.
    pub(super) paths: Option<JsString<'env>>,
    /// The parts.
    pub(super) buffers: Option<Vec<ArgumentBuffer<'env>>>,
}

/// The request for a call, and the size of its arguments in bytes. One over the limit may be not whole:
/// it is not going to be sent.
fn encode(
    env: Env,
    function: &JsString,
    arguments: &Arguments,
    limit: u64,
) -> Result<(Request, u64)> {
    let mut name = Vec::new();
    raw::append_utf8(env, function, &mut name)?;
    let mut request = Request::with_capacity(&name, 0);
    let before = request.payload_len();
    if let Some(places) = &arguments.paths {
        request.with_parts();
        let start = request.begin_field();
        for (before, json) in [(b'[', &arguments.json), (b',', places)] {
            request.buffer().push(before);
            raw::append_utf8(env, json, request.buffer())?;
        }
        request.buffer().push(b']');
        request.end_field(start);
        let parts = arguments.buffers.as_deref().unwrap_or_default();
        let sizes = parts.iter().map(|part| match part {
            Either::A(_) => 0,
            Either::B(bytes) => bytes.len(),
        });
        let binary = sizes.sum();
        if binary as u64 > limit {
            return Ok((request, binary as u64));
        }
        // Bytes that grow a full buffer would be copied once more with it.
        request.buffer().reserve(binary);
        for part in parts {
            match part {
                Either::A(text) => raw::append_long(env, text, &mut request)?,
                Either::B(bytes) => {
                    let start = request.begin_part(Form::Bytes);
                    request.buffer().extend_from_slice(bytes);
                    request.end_field(start);
                }
            }
        }
    } else {
        raw::append_utf8(env, &arguments.json, request.buffer())?;
    }
    let size = request.payload_len() - before;
    // A function's name of more than the slack counts as well.
    let beyond_slack = request.payload_len().saturating_sub(SLACK as usize);
    Ok((request, size.max(beyond_slack) as u64))
}

/// Python's text is UTF-8 whatever the locale, unless the user says otherwise.
fn with_utf8_mode(mut environ: HashMap<String, String>) -> Vec<(OsString, OsString)> {
    environ
        .entry("PYTHONUTF8".into())
        .or_insert_with(|| "1".into());
    environ
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// About V8's bound on a string's length, in characters.
const LONGEST_STRING: u64 = (1 << 29) - 24;

/// A call whose promise `pool.js` holds. There is one of each: it can not be copied.
pub(super) struct Ticket(CallKey);

/// Posts what comes of a pool to the JS thread.
#[derive(Debug)]
struct JsHost {
    key: HandleKey,
    mailbox: Arc<Mailbox>,
}

impl JsHost {
    fn post(&self, news: News) {
        self.mailbox.post(Mail(self.key, news));
    }
}

impl Host for JsHost {
    type Ticket = Ticket;

    fn settle(&self, Ticket(call): Ticket, reply: Reply) {
        self.post(News::Outcome(call, reply));
    }

    fn ready(&self, _: usize) {
        self.post(News::Pool(PoolNews::Ready));
    }

    fn started(&self, result: std::result::Result<(), Failure>) {
        self.post(News::Pool(PoolNews::Started(result)));
    }

    fn closed(&self) {
        self.post(News::Pool(PoolNews::Closed));
    }

    fn log(&self, line: LogLine) {
        self.post(News::Pool(PoolNews::Log(line)));
    }
}
