//! The classes of the addon: conversion and delegation. `pool.js` extends them; the types and
//! comments here are those of the public classes.

#![expect(clippy::must_use_candidate, reason = "the callers are in JavaScript")]
#![expect(
    clippy::too_many_arguments,
    reason = "an object of them would cost more to cross"
)]
#![expect(clippy::doc_markdown, reason = "`{@link X}` is how TSDoc refers to X")]

use std::collections::HashMap;
use std::rc::Rc;

use napi::bindgen_prelude::{Error, Result, Status, Unknown};
use napi::{Env, JsString};
use napi_derive::napi;

use super::handle::{ArgumentPart, Arguments, Functions, Handle, ReadyFunction, Terms};
use super::mailbox::{Environment, NextTurnFunction};
use super::options::{PythonWorkerPoolOptions, millis};
use pool_core::scheduler::CallKey;

/// What both classes are: a handle in its environment.
struct Owned {
    environment: Rc<Environment>,
    handle: Rc<Handle>,
}

impl Owned {
    fn new(
        env: Env,
        script_path: String,
        mut options: PythonWorkerPoolOptions,
        python_dir: String,
        on_ready: Option<ReadyFunction>,
    ) -> Result<Self> {
        let environment = Environment::of(env)?;
        let timeout = options.timeout.take().map(millis);
        let (Some(log), Some(deliver)) = (options.logger.take(), options.deliver.take()) else {
            return Err(Error::new(
                Status::InvalidArg,
                "the addon is to be used through index.js",
            ));
        };
        let functions = Functions { log, deliver };
        let config = options.into_config(script_path, python_dir);
        let handle =
            environment.insert(|key| Handle::new(key, config, timeout, functions, on_ready));
        Ok(Self {
            environment,
            handle,
        })
    }

    fn initialize(&self, env: Env, environ: HashMap<String, String>) -> Result<Unknown<'static>> {
        self.handle.initialize(env, &self.environment, environ)
    }

    fn execute(
        &self,
        env: Env,
        function: &JsString,
        arguments: &Arguments,
        key: f64,
        timeout: Option<f64>,
        interrupt: bool,
    ) -> Result<Option<String>> {
        let terms = Terms {
            key: call_key(key),
            timeout: timeout.map(millis),
            interrupt,
        };
        self.handle
            .execute(env, &self.environment, function, arguments, terms)
    }

    fn abort(&self, keys: Vec<f64>) {
        self.handle.abort(keys.into_iter().map(call_key).collect());
    }

    fn distrust(&self, key: f64, reason: String) {
        self.handle.distrust(call_key(key), reason);
    }

    fn shutdown(&self, env: Env) -> Result<Unknown<'static>> {
        self.handle.shutdown(env, &self.environment)
    }
}

/// `pool.js` counts the keys, from 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count that starts at 1"
)]
fn call_key(key: f64) -> CallKey {
    CallKey(key as u64)
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.handle.abandon();
        self.environment.forget_if_over(&self.handle);
    }
}

/// `load.js` gives it: has [`drain`] called in the next turn of the event loop.
#[napi(skip_typescript)]
pub fn use_next_turn(env: Env, function: NextTurnFunction) -> Result<()> {
    Environment::of(env)?.use_next_turn(function);
    Ok(())
}

/// Delivers what waited for the event loop to turn.
#[napi(skip_typescript)]
pub fn drain(env: Env) -> Result<()> {
    Environment::of(env)?.drain(env);
    Ok(())
}

/// A pool of Python processes that import a script once and then serve many calls.
///
/// ```ts
/// const pool = new PythonWorkerPool('/abs/provider.py', 'call_api', 4);
/// await pool.initialize();
/// const result = await pool.execute('call_api', ['Hello', {}, {}]);
/// await pool.shutdown();
/// ```
///
/// An idle pool does not keep Node.js running; a pending `initialize`, `execute` or `shutdown`
/// does. However Node.js ends, no worker outlives it.
#[napi]
pub struct PythonWorkerPool {
    inner: Owned,
}

#[napi]
impl PythonWorkerPool {
    /// Throws `ERR_INVALID_ARGUMENT` for a value out of its range. Starts nothing yet.
    ///
    /// @param scriptPath Path of the Python script; relative to the working directory of Node.js.
    /// @param functionName Default function of the script, for `execute` without a name.
    /// @param workerCount Number of workers, or all options by name.
    /// @param pythonPath As the option of that name.
    /// @param timeout As the option of that name, in milliseconds.
    /// @param options All options by name; they give way to the positional ones.
    #[napi(
        constructor,
        ts_args_type = "scriptPath: string, functionName: string, workerCount?: number | \
                        PythonWorkerPoolOptions | null, pythonPath?: string | null, timeout?: number \
                        | null, options?: PythonWorkerPoolOptions | null"
    )]
    pub fn new(
        env: Env,
        script_path: String,
        options: PythonWorkerPoolOptions,
        python_dir: String,
    ) -> Result<Self> {
        Ok(Self {
            inner: Owned::new(env, script_path, options, python_dir, None)?,
        })
    }

    /// Finds Python, starts all workers and waits until each has imported the script.
    ///
    /// Concurrent calls share one start; a running pool resolves at once; after a failure or a
    /// `shutdown`, or when every worker was given up, the pool can be initialized again.
    ///
    /// Rejects with `ERR_PYTHON_NOT_FOUND`, `ERR_PYTHON_LOAD` (the script could not be imported),
    /// `ERR_STARTUP_TIMEOUT`, `ERR_SYSTEM`, or `ERR_POOL_CLOSED` when shut down meanwhile. Then no
    /// worker is left.
    #[napi(ts_args_type = "", ts_return_type = "Promise<void>")]
    pub fn initialize(
        &self,
        env: Env,
        environ: HashMap<String, String>,
    ) -> Result<Unknown<'static>> {
        self.inner.initialize(env, environ)
    }

    /// Calls a function of the script in the next free worker and resolves with its result.
    ///
    /// Calls are handed out in the order of submission. One that has started is not retried when its
    /// worker dies.
    ///
    /// Rejects with `ERR_PYTHON_EXCEPTION`, `ERR_FUNCTION_NOT_FOUND`, `ERR_CALL_TIMEOUT`,
    /// `ERR_QUEUE_TIMEOUT`, `ERR_QUEUE_FULL`, `ABORT_ERR`, `ERR_WORKER_CRASHED`,
    /// `ERR_NOT_SERIALIZABLE`, `ERR_PAYLOAD_TOO_LARGE`, `ERR_POOL_DEAD`, `ERR_POOL_CLOSED`,
    /// `ERR_NOT_INITIALIZED` or `ERR_INVALID_ARGUMENT`: a {@link PythonPoolError}.
    ///
    /// Values are those of JSON, and binary ones at any depth: buffers arrive as `bytes`, typed arrays
    /// as a `memoryview`, which `numpy.asarray` takes without a copy; in a result, `bytes` are a
    /// `Buffer`, and arrays of numbers a {@link PythonArray}.
    ///
    /// @param functionName Dotted name in the script (`call_api`, `Class.method`); looked up for
    /// each call. `undefined` for the pool's default function.
    /// @param args Positional arguments, as they are at the time of the call. Default: none.
    #[napi(
        ts_args_type = "functionName?: string | null, args?: readonly unknown[] | null, options?: \
                        CallOptions | null",
        ts_return_type = "Promise<any>"
    )]
    pub fn execute(
        &self,
        env: Env,
        function: JsString,
        json: JsString,
        key: f64,
        timeout: Option<f64>,
        interrupt: bool,
        places: Option<JsString>,
        parts: Option<Vec<ArgumentPart>>,
    ) -> Result<Option<String>> {
        let arguments = Arguments {
            json,
            places,
            parts,
        };
        self.inner
            .execute(env, &function, &arguments, key, timeout, interrupt)
    }

    /// Aborts the calls with these keys that are not settled yet. For `pool.js`.
    #[napi(skip_typescript)]
    pub fn abort(&self, keys: Vec<f64>) {
        self.inner.abort(keys);
    }

    /// The result of the call with this key was no value. For `pool.js`.
    #[napi(skip_typescript)]
    pub fn distrust(&self, key: f64, reason: String) {
        self.inner.distrust(key, reason);
    }

    /// Number of workers; 0 before `initialize`, after a failed one, and after `shutdown`.
    #[napi]
    pub fn get_worker_count(&self) -> u32 {
        u32::try_from(self.inner.handle.worker_count()).unwrap_or(u32::MAX)
    }

    /// Rejects running and queued calls with `ERR_POOL_CLOSED`, lets idle workers run their `atexit`
    /// hooks, kills what is left after 5 s, and resolves when every worker is gone. Idempotent.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn shutdown(&self, env: Env) -> Result<Unknown<'static>> {
        self.inner.shutdown(env)
    }
}

/// One Python process that takes one call at a time; a pool is what most users want.
///
/// It is restarted after a crash and replaced after a timeout, as a pool's workers are.
#[napi]
pub struct PythonWorker {
    inner: Owned,
}

#[napi]
impl PythonWorker {
    /// Throws `ERR_INVALID_ARGUMENT` for a value out of its range. Starts nothing yet.
    ///
    /// @param scriptPath Path of the Python script; relative to the working directory of Node.js.
    /// @param functionName Default function of the script.
    /// @param pythonPath As the pool's option of that name.
    /// @param timeout As the pool's option of that name, in milliseconds.
    /// @param onReady Called whenever the worker has become ready.
    #[napi(
        constructor,
        ts_args_type = "scriptPath: string, functionName: string, pythonPath?: string | null, \
                        timeout?: number | null, onReady?: (() => void) | null"
    )]
    pub fn new(
        env: Env,
        script_path: String,
        options: PythonWorkerPoolOptions,
        python_dir: String,
        on_ready: Option<ReadyFunction>,
    ) -> Result<Self> {
        Ok(Self {
            inner: Owned::new(env, script_path, options, python_dir, on_ready)?,
        })
    }

    /// As `initialize` of {@link PythonWorkerPool}.
    #[napi(ts_args_type = "", ts_return_type = "Promise<void>")]
    pub fn initialize(
        &self,
        env: Env,
        environ: HashMap<String, String>,
    ) -> Result<Unknown<'static>> {
        self.inner.initialize(env, environ)
    }

    /// Calls a function of the script. Rejects as `execute` of {@link PythonWorkerPool} does, and with
    /// `ERR_WORKER_NOT_READY` before it is ready and `ERR_WORKER_BUSY` during another call.
    #[napi(
        ts_args_type = "functionName?: string | null, args?: readonly unknown[] | null, options?: \
                        CallOptions | null",
        ts_return_type = "Promise<any>"
    )]
    pub fn call(
        &self,
        env: Env,
        function: JsString,
        json: JsString,
        key: f64,
        timeout: Option<f64>,
        interrupt: bool,
        places: Option<JsString>,
        parts: Option<Vec<ArgumentPart>>,
    ) -> Result<Option<String>> {
        let arguments = Arguments {
            json,
            places,
            parts,
        };
        self.inner
            .execute(env, &function, &arguments, key, timeout, interrupt)
    }

    /// Aborts the calls with these keys that are not settled yet. For `pool.js`.
    #[napi(skip_typescript)]
    pub fn abort(&self, keys: Vec<f64>) {
        self.inner.abort(keys);
    }

    /// The result of the call with this key was no value. For `pool.js`.
    #[napi(skip_typescript)]
    pub fn distrust(&self, key: f64, reason: String) {
        self.inner.distrust(key, reason);
    }

    /// Whether the process has imported the script and serves calls.
    #[napi]
    pub fn is_ready(&self) -> bool {
        self.inner.handle.has_ready_worker()
    }

    /// Whether a call is running.
    #[napi]
    pub fn is_busy(&self) -> bool {
        self.inner.handle.is_busy()
    }

    /// Whether it crashed too often in a row to be restarted.
    #[napi]
    pub fn is_dead(&self) -> bool {
        self.inner.handle.is_dead()
    }

    /// As `shutdown` of {@link PythonWorkerPool}.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn shutdown(&self, env: Env) -> Result<Unknown<'static>> {
        self.inner.shutdown(env)
    }
}
