//! The options of a pool and of a call, as `ts/pool` passes them.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`ts/pool` has checked that the numbers are integers and within their range"
)]

use std::collections::HashMap;
use std::ffi::OsString;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use napi::bindgen_prelude::{FnArgs, FunctionRef};
use napi_derive::napi;

use super::outcomes::{DeliverFunction, DeliverItemsFunction};
use crate::engine::Environment;
use crate::engine::local::{LocalConfig, LocalEngine, Script};
use pool_core::scheduler::{Elastic, Settings};
use pool_core::wire::{Credit, ResultForm};
use pool_core::{Batching, CallOptions};

/// Takes a log line: `(level, message, worker, calls, stream, logger, time, details)`.
type LogFunction = FunctionRef<
    FnArgs<(
        &'static str,
        String,
        Option<u32>,
        Vec<f64>,
        Option<&'static str>,
        Option<String>,
        f64,
        Option<String>,
    )>,
    (),
>;

/// Called whenever a worker has become ready.
type ReadyFunction = FunctionRef<(), ()>;

/// Takes the state of a worker: `(index, pid, state)`.
type WorkerFunction = FunctionRef<FnArgs<(u32, Option<u32>, &'static str)>, ()>;

/// Takes the path of a loaded file, and its stamp.
type LoadsFunction = FunctionRef<FnArgs<(String, String)>, ()>;

/// The user's script.
#[napi(
    object_to_js = false,
    discriminant = "kind",
    discriminant_case = "lowercase"
)]
pub enum NativeScript {
    /// A file.
    File {
        /// Absolute.
        path: String,
    },
    /// A module that Python finds on its path.
    Module {
        /// Dotted.
        name: String,
    },
}

impl From<NativeScript> for Script {
    fn from(script: NativeScript) -> Self {
        match script {
            NativeScript::File { path } => Self::File(path.into()),
            NativeScript::Module { name } => Self::Module(name),
        }
    }
}

/// The options of a pool. Times are in milliseconds, sizes in bytes.
#[napi(object, object_to_js = false)]
pub struct NativePoolConfig {
    /// The user's script.
    pub script: NativeScript,
    /// The package's folder with the Python side.
    pub python_directory: String,
    /// Name of the environment variable that may name an interpreter.
    pub interpreter_variable: Option<String>,
    /// Python module that each worker loads as a plugin.
    pub plugin: Option<String>,
    /// The function that calls are expected to name.
    pub function: Option<String>,
    /// Number of worker processes; the largest, if it is elastic.
    pub workers: Option<f64>,
    /// The smallest number of worker processes; by default, and if it is not smaller, their number is fixed.
    pub min_workers: Option<f64>,
    /// How long a worker may be idle, if there are more than the smallest number.
    pub idle_timeout: Option<f64>,
    /// Name or path of the interpreter.
    pub python_path: Option<String>,
    /// Maximum time for one call.
    pub timeout: Option<f64>,
    /// Maximum time to import the script.
    pub startup_timeout: Option<f64>,
    /// Maximum time a call waits for a worker.
    pub queue_timeout: Option<f64>,
    /// Maximum number of calls that wait for a worker.
    pub max_queue: Option<f64>,
    /// Number of consecutive crashes after which a worker is not restarted.
    pub max_crashes: Option<f64>,
    /// Maximum size of a call's arguments, and of its result.
    pub max_payload: Option<f64>,
    /// Working directory of the workers.
    pub cwd: Option<String>,
    /// Arguments for the interpreter.
    pub python_args: Option<Vec<String>>,
    /// How many async calls run in one worker at a time.
    pub concurrency_per_worker: Option<f64>,
    /// How many plain calls run in one worker at a time.
    pub threads_per_worker: Option<f64>,
    /// Whether a plain call that ends when it is interrupted keeps its worker.
    pub keep_interrupted_worker: Option<bool>,
    /// Whether calls are traced.
    pub tracing: Option<bool>,
    /// How arrays of numbers in results arrive.
    #[napi(ts_type = "'typed' | 'list'")]
    pub arrays: Option<String>,
    /// What `NaN` and infinities in results are.
    #[napi(ts_type = "'error' | 'null'")]
    pub nan: Option<String>,
    /// Whether `loads` is called.
    pub reports_files: Option<bool>,
}

/// Functions of `ts/pool`. None of them may throw.
#[napi(object, object_to_js = false)]
pub struct NativePoolCallbacks {
    /// Takes outcomes of calls: ids and replies in turn. The id of a failure is negative, its reply a
    /// description; a result is JSON text, or an array of that, the prefix of the placeholders in it,
    /// and the buffers they stand for. Where the times of a call are reported, a 0 and the times come before
    /// its id: how long it waited, and if it had a place in a worker, the index of that and how long it ran.
    #[napi(
        ts_type = "(...outcomes: (number | string | [json: string, placeholderPrefix: string, ...buffers: (string | ArrayBuffer)[]] | [wait: number] | [wait: number, worker: number, run: number])[]) => void"
    )]
    pub deliver: DeliverFunction,
    /// Takes consecutive items of a stream, in order and before its outcome: how many, and their size on the
    /// wire. A single one is as a result is; of several, `items` is the JSON array, a line for each.
    #[napi(
        ts_type = "(id: number, bytes: number, count: number, items: string | [json: string, placeholderPrefix: string, ...buffers: (string | ArrayBuffer)[]]) => void"
    )]
    pub items: DeliverItemsFunction,
    /// A worker has become ready, first or again.
    #[napi(ts_type = "() => void")]
    pub ready: ReadyFunction,
    /// A worker has another state.
    #[napi(
        ts_type = "(index: number, pid: number | null, state: 'starting' | 'idle' | 'busy' | 'stopping' | 'stopped' | 'dead') => void"
    )]
    pub worker: WorkerFunction,
    /// A worker loads a file of the user's project: its path, and what tells it from a later one at that path,
    /// the time of its last change in nanoseconds, a colon and its size.
    #[napi(ts_type = "(path: string, stamp: string) => void")]
    pub loads: LoadsFunction,
    /// Takes a line for the user's logger; what does not apply is `null`. `time` is in milliseconds since the
    /// epoch, `details` a JSON text.
    #[napi(
        ts_type = "(level: 'debug' | 'info' | 'warn' | 'error', message: string, worker: number | null, calls: number[], stream: 'stdout' | 'stderr' | null, logger: string | null, time: number, details: string | null) => void"
    )]
    pub log: LogFunction,
}

/// The options of one call.
#[napi(object, object_to_js = false)]
pub struct NativeCallOptions {
    /// Maximum time a worker may take, in milliseconds; by default the pool's.
    pub timeout: Option<f64>,
    /// Whether `cancel` ends the call even when it has started; true by default.
    pub interrupt: Option<bool>,
    /// How arrays of numbers in its result arrive; by default as in the pool.
    #[napi(ts_type = "'typed' | 'list'")]
    pub arrays: Option<String>,
    /// What `NaN` and infinities in its result are; by default as in the pool.
    #[napi(ts_type = "'error' | 'null'")]
    pub nan: Option<String>,
    /// Whether the JSON text is that of an array of the arguments and the keyword arguments.
    pub keywords: Option<bool>,
    /// How often the call runs again when its worker is lost; 0 by default.
    pub retries: Option<f64>,
    /// Makes it a stream: how many items the worker may be ahead of the consumer, from 1 to 65 535.
    pub window: Option<f64>,
    /// Whether its times are delivered with its outcome; false by default.
    pub timed: Option<bool>,
}

/// How calls of a function are combined.
#[napi(object, object_to_js = false)]
pub struct NativeBatching {
    /// Number and names of the arguments: calls are combined with those of the same shape.
    pub shape: String,
    /// Maximum number of calls in a batch.
    pub max: f64,
    /// How long a call may wait for others although there is a place for it, in milliseconds.
    pub wait: f64,
}

/// The options of a pool, sorted by what uses them.
pub(super) struct PoolOptions {
    pub(super) settings: Settings,
    pub(super) engine: LocalConfig,
    /// The defaults of a call.
    pub(super) call: CallOptions,
}

impl NativePoolConfig {
    /// `ts/pool` has checked every value and filled in the defaults; a missing one still gets the least
    /// surprising value.
    pub(super) fn into_options(self) -> PoolOptions {
        let script = Script::from(self.script);
        let concurrency = self
            .concurrency_per_worker
            .map_or(1, |calls| calls as usize);
        let threads = self.threads_per_worker.map_or(1, |calls| calls as usize);
        let max_payload = self.max_payload.map_or(1 << 30, |bytes| bytes as u32);
        let workers = self.workers.map_or(1, |workers| workers as usize);
        let min_workers = self.min_workers.map_or(workers, |min| min as usize);
        let idle_timeout = self.idle_timeout.map_or(DEFAULT_TIMEOUT, millis);
        PoolOptions {
            call: CallOptions {
                timeout: self.timeout.map(millis),
                result_form: result_form(
                    self.arrays.as_deref(),
                    self.nan.as_deref(),
                    ResultForm::default(),
                ),
                ..CallOptions::default()
            },
            settings: Settings {
                workers,
                elastic: (min_workers < workers).then_some(Elastic {
                    min: min_workers,
                    idle_timeout,
                }),
                max_crashes: self.max_crashes.map_or(3, |crashes| crashes as u32),
                startup_timeout: self.startup_timeout.map_or(DEFAULT_TIMEOUT, millis),
                max_queue: self.max_queue.map_or(usize::MAX, |calls| calls as usize),
                queue_timeout: self.queue_timeout.map(millis),
                max_prefetch: LocalEngine::MAX_PREFETCH,
                max_batch_size: max_payload as usize,
                has_start_tokens: LocalEngine::HAS_START_TOKENS,
                ping_timeout: self.timeout.map_or(MAX_PING_TIMEOUT, |timeout| {
                    millis(timeout).min(MAX_PING_TIMEOUT)
                }),
                concurrency,
                threads,
                may_suggest_concurrency: self.concurrency_per_worker.is_none(),
                keep_interrupted_worker: self.keep_interrupted_worker.unwrap_or(false),
                function: self.function.clone().unwrap_or_default(),
                script: script.to_string(),
            },
            engine: LocalConfig {
                script,
                python: self.python_path.map(OsString::from),
                interpreter_variable: self.interpreter_variable,
                plugin: self.plugin,
                function: self.function,
                cwd: self.cwd.map(PathBuf::from),
                python_args: self
                    .python_args
                    .unwrap_or_default()
                    .into_iter()
                    .map(OsString::from)
                    .collect(),
                max_payload,
                tracing: self.tracing,
                reports_files: self.reports_files.unwrap_or(false),
                concurrency: concurrency as u64,
                threads: threads as u64,
                python_dir: PathBuf::from(self.python_directory),
            },
        }
    }
}

/// The options of a call; most calls have none. `batch` is apart from them: to look for each of the others costs a short
/// call more than the rest of its way.
pub(super) fn call_options(
    options: Option<NativeCallOptions>,
    batch: Option<NativeBatching>,
    default: &CallOptions,
) -> CallOptions {
    let batch = batch.map(|batch| {
        Box::new(Batching {
            shape: batch.shape.into(),
            max: batch.max as usize,
            wait: millis(batch.wait),
        })
    });
    let Some(options) = options else {
        return CallOptions {
            batch,
            ..default.clone()
        };
    };
    CallOptions {
        timeout: options.timeout.map(millis).or(default.timeout),
        interrupt: options.interrupt.unwrap_or(default.interrupt),
        is_timed: options.timed.unwrap_or(default.is_timed),
        retries: options
            .retries
            .map_or(default.retries, |retries| retries as u32),
        window: options
            .window
            .and_then(|items| NonZeroU16::new(items as u16)),
        batch,
        result_form: result_form(
            options.arrays.as_deref(),
            options.nan.as_deref(),
            default.result_form,
        ),
    }
}

fn result_form(arrays: Option<&str>, nan: Option<&str>, default: ResultForm) -> ResultForm {
    ResultForm {
        arrays_as_lists: arrays.map_or(default.arrays_as_lists, |arrays| arrays == "list"),
        nan_as_null: nan.map_or(default.nan_as_null, |nan| nan == "null"),
    }
}

/// The environment variables of workers. Python's text is UTF-8 whatever the locale, unless the user
/// says otherwise.
pub(super) fn worker_variables(mut variables: HashMap<String, String>) -> Environment {
    variables
        .entry("PYTHONUTF8".into())
        .or_insert_with(|| "1".into());
    variables
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// The variables that only one worker has.
pub(super) fn own_of_worker(variables: Vec<Vec<String>>) -> Environment {
    let pairs = variables.into_iter().filter_map(|pair| {
        let [name, value] = <[String; 2]>::try_from(pair).ok()?;
        Some((name.into(), value.into()))
    });
    pairs.collect()
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a worker that does not start a call may take to answer a ping, whatever the calls' `timeout`.
const MAX_PING_TIMEOUT: Duration = Duration::from_secs(60);
/// What `Infinity` and everything near it become: 31 years.
const MAX_DURATION: Duration = Duration::from_secs(1_000_000_000);

/// A size as JavaScript counts it.
pub(super) fn payload_size(bytes: f64) -> u64 {
    bytes as u64
}

/// What a consumer has taken, as JavaScript counts it.
pub(super) fn credit(items: f64, bytes: f64) -> Credit {
    Credit {
        items: items as u64,
        bytes: bytes as u64,
    }
}

/// Milliseconds as JavaScript counts them.
pub(super) fn millis(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0)
        .unwrap_or(MAX_DURATION)
        .min(MAX_DURATION)
}

/// A time as JavaScript counts it.
#[expect(clippy::cast_precision_loss, reason = "2^53 ms are 285 thousand years")]
pub(super) fn milliseconds(time: u64) -> f64 {
    time as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infinite_and_huge_timeouts_do_not_overflow() {
        assert_eq!(millis(1.5), Duration::from_micros(1500));
        assert_eq!(millis(f64::INFINITY), MAX_DURATION);
        assert_eq!(millis(1e300), MAX_DURATION);
        assert_eq!(millis(3e9), Duration::from_secs(3_000_000));
    }
}
