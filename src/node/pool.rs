//! The class of the addon: conversion and delegation. Its caller is `ts/pool`, which has checked
//! every value; its types are generated into `ts/pool/native.d.ts`.

#![expect(clippy::must_use_candidate, reason = "the callers are in JavaScript")]
#![expect(
    clippy::too_many_arguments,
    reason = "an object of them would cost more to cross"
)]

use std::collections::HashMap;
use std::rc::Rc;

use napi::bindgen_prelude::{Result, Unknown};
use napi::{Env, JsString};
use napi_derive::napi;

use super::handle::{ArgumentBuffer, Arguments, Handle, Terms};
use super::mailbox::{Environment, NextTickFunction};
use super::options::{NativeCallOptions, NativePoolCallbacks, NativePoolConfig, millis};
use pool_core::scheduler::CallKey;

/// Ids are counted in JavaScript, from 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count that starts at 1"
)]
fn call_key(id: f64) -> CallKey {
    CallKey(id as u64)
}

/// Registers the function that has [`drain`] called in the next turn of the event loop.
#[napi]
pub fn set_next_tick(
    env: Env,
    #[napi(ts_arg_type = "() => void")] callback: NextTickFunction,
) -> Result<()> {
    Environment::of(env)?.set_next_tick(callback);
    Ok(())
}

/// Delivers what waited for the event loop to turn.
#[napi]
pub fn drain(env: Env) -> Result<()> {
    Environment::of(env)?.drain(env);
    Ok(())
}

/// A pool of worker processes.
#[napi]
pub struct NativePool {
    environment: Rc<Environment>,
    handle: Rc<Handle>,
}

#[napi]
impl NativePool {
    /// Starts nothing yet. The callbacks must not refer to the object: neither could be collected.
    #[napi(constructor)]
    pub fn new(
        env: Env,
        mut config: NativePoolConfig,
        callbacks: NativePoolCallbacks,
    ) -> Result<Self> {
        let environment = Environment::of(env)?;
        let timeout = config.timeout.take().map(millis);
        let config = config.into_config();
        let handle = environment.insert(|key| Handle::new(key, config, timeout, callbacks));
        Ok(Self {
            environment,
            handle,
        })
    }

    /// Starts all workers in this environment. Rejects with the description of an error, as JSON.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn initialize(
        &self,
        env: Env,
        environment: HashMap<String, String>,
    ) -> Result<Unknown<'static>> {
        self.handle.initialize(env, &self.environment, environment)
    }

    /// Submits a call. Its outcome is delivered under its id, unless the description of a refusal is
    /// returned.
    #[napi]
    pub fn submit(
        &self,
        env: Env,
        id: f64,
        function_name: JsString,
        json: JsString,
        paths: Option<JsString>,
        #[napi(ts_arg_type = "(string | Uint8Array)[] | undefined | null")] buffers: Option<
            Vec<ArgumentBuffer>,
        >,
        options: Option<NativeCallOptions>,
    ) -> Result<Option<String>> {
        let arguments = Arguments {
            json,
            paths,
            buffers,
        };
        let (timeout, interrupt) = match options {
            Some(options) => (options.timeout.map(millis), options.interrupt),
            None => (None, None),
        };
        let terms = Terms {
            key: call_key(id),
            timeout,
            interrupt: interrupt.unwrap_or(true),
        };
        self.handle
            .execute(env, &self.environment, &function_name, &arguments, terms)
    }

    /// Aborts those of these calls that are not settled yet.
    #[napi]
    pub fn cancel(&self, ids: Vec<f64>) {
        self.handle.abort(ids.into_iter().map(call_key).collect());
    }

    /// Ends the pool. Fulfilled when every worker is gone.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn shutdown(&self, env: Env) -> Result<Unknown<'static>> {
        self.handle.shutdown(env, &self.environment)
    }

    /// Number of workers; 0 unless the pool is running.
    #[napi]
    pub fn worker_count(&self) -> u32 {
        u32::try_from(self.handle.worker_count()).unwrap_or(u32::MAX)
    }

    /// Whether a worker has imported the script and serves calls.
    #[napi]
    pub fn is_ready(&self) -> bool {
        self.handle.has_ready_worker()
    }

    /// Whether a call is running or queued.
    #[napi]
    pub fn is_busy(&self) -> bool {
        self.handle.is_busy()
    }

    /// Whether every worker crashed too often in a row to be restarted.
    #[napi]
    pub fn is_dead(&self) -> bool {
        self.handle.is_dead()
    }
}

impl Drop for NativePool {
    fn drop(&mut self) {
        self.handle.abandon();
        self.environment.forget_if_over(&self.handle);
    }
}
