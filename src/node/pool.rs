//! The class of the addon: conversion and delegation. Its caller is `ts/pool`, which has checked
//! every value; its types are generated into `ts/pool/native.d.ts`. `catch_unwind` turns a panic into an
//! exception, which `ts/pool` turns into an `ERR_SYSTEM`.

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

use super::binding::PoolBinding;
use super::call_id;
use super::contain::contain;
use super::environment::{Environment, NextTickFunction};
use super::options::{
    NativeBatching, NativeCallOptions, NativePoolCallbacks, NativePoolConfig, call_options, credit,
    millis, own_of_worker, payload_size, worker_variables,
};
use super::request::{ArgumentBuffer, Arguments};
use pool_core::CallOptions;

/// Registers the function that has [`drain`] called in the next turn of the event loop.
#[napi(catch_unwind)]
pub fn set_next_tick(
    env: Env,
    #[napi(ts_arg_type = "() => void")] callback: NextTickFunction,
) -> Result<()> {
    Environment::of(env)?.set_next_tick(callback);
    Ok(())
}

/// Delivers what waited for the event loop to turn.
#[napi(catch_unwind)]
pub fn drain(env: Env) -> Result<()> {
    Environment::of(env)?.drain(env);
    Ok(())
}

/// A pool of worker processes.
#[napi]
pub struct NativePool {
    binding: Rc<PoolBinding>,
    call_defaults: CallOptions,
}

#[napi]
impl NativePool {
    /// Starts nothing yet. The callbacks must not refer to the object: neither could be collected.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, config: NativePoolConfig, callbacks: NativePoolCallbacks) -> Result<Self> {
        let options = config.into_options();
        Ok(Self {
            call_defaults: options.call.clone(),
            binding: Environment::of(env)?.insert(options, callbacks),
        })
    }

    /// Starts all workers in this environment, each with its own variables beside it. Rejects with the
    /// description of an error, as JSON.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn initialize(
        &self,
        env: Env,
        environment: HashMap<String, String>,
        #[napi(ts_arg_type = "[name: string, value: string][][]")] own_variables: Vec<
            Vec<Vec<String>>,
        >,
    ) -> Result<Unknown<'static>> {
        let own_variables = own_variables.into_iter().map(own_of_worker).collect();
        let variables = worker_variables(environment);
        self.binding.initialize(env, variables, own_variables)
    }

    /// Submits a call. Its outcome is delivered under its id, unless the description of a refusal is
    /// returned.
    #[napi(catch_unwind)]
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
        batch: Option<NativeBatching>,
    ) -> Result<Option<String>> {
        let arguments = Arguments {
            json,
            paths,
            buffers,
            has_keywords: options
                .as_ref()
                .is_some_and(|options| options.keywords == Some(true)),
        };
        self.binding.submit(
            env,
            call_id::from_number(id),
            &function_name,
            &arguments,
            call_options(options, batch, &self.call_defaults),
        )
    }

    /// The description of why a call is refused whose arguments take at least this many bytes.
    #[napi(catch_unwind)]
    pub fn refuse(&self, size: f64) -> String {
        self.binding.refuse(payload_size(size))
    }

    /// The consumer of a stream has taken so many items, of so many bytes on the wire: its worker may send as much
    /// again.
    #[napi(catch_unwind)]
    pub fn credit(&self, id: f64, items: f64, bytes: f64) {
        self.binding
            .taken(call_id::from_number(id), credit(items, bytes));
    }

    /// Keeps Node.js running until as many `release()` follow: something of a stream is awaited.
    #[napi(catch_unwind)]
    pub fn hold(&self, env: Env) {
        self.binding.hold(env);
    }

    /// See `hold`.
    #[napi(catch_unwind)]
    pub fn release(&self, env: Env) {
        self.binding.release(env);
    }

    /// Aborts those of these calls that are not settled yet.
    #[napi(catch_unwind)]
    pub fn cancel(&self, ids: Vec<f64>) {
        self.binding
            .abort(ids.into_iter().map(call_id::from_number).collect());
    }

    /// Closes the pool. Fulfilled when every worker is gone. With `drain`, calls may take so many
    /// milliseconds to finish first.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn shutdown(&self, env: Env, drain: Option<f64>) -> Result<Unknown<'static>> {
        self.binding.shutdown(env, drain.map(millis))
    }

    /// Number of workers; 0 unless the pool is running.
    #[napi(catch_unwind)]
    pub fn worker_count(&self) -> u32 {
        u32::try_from(self.binding.worker_count()).unwrap_or(u32::MAX)
    }

    /// Whether a worker has imported the script and serves calls.
    #[napi(catch_unwind)]
    pub fn is_ready(&self) -> bool {
        self.binding.has_ready_worker()
    }

    /// Whether a call is running or queued.
    #[napi(catch_unwind)]
    pub fn is_busy(&self) -> bool {
        self.binding.is_busy()
    }

    /// A snapshot in numbers, as JSON text.
    #[napi(catch_unwind)]
    pub fn stats(&self) -> String {
        self.binding.stats()
    }

    /// Whether the callback `worker` is also called for workers that become idle or busy.
    #[napi(catch_unwind)]
    pub fn watch_calls(&self, is_watched: bool) {
        self.binding.watch_calls(is_watched);
    }

    /// Whether every worker crashed too often in a row to be restarted.
    #[napi(catch_unwind)]
    pub fn is_dead(&self) -> bool {
        self.binding.is_dead()
    }
}

impl Drop for NativePool {
    fn drop(&mut self) {
        contain(|| self.binding.on_drop());
    }
}
