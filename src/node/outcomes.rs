//! Results and failures -> values for `deliver`, which settles the promises in JavaScript.

use napi::Env;
use napi::bindgen_prelude::{FunctionRef, Result};

use super::call_id::to_number;
use super::cut::cut;
use super::mailbox::Settled;
use super::napi_sys::{self, Value};
use super::strings::new_string;
use pool_core::failure::{Failure, MAX_JS_STRING, PythonError, in_millis};
use pool_core::wire::{Buffer, Encoding, Output};
use pool_core::{CallFailure, CallId, CallTimes, call_error_json, error_json};

/// Maximum number of outcomes that are delivered at once.
const MAX_AT_ONCE: usize = 64;

/// Maximum size in bytes of each text of an exception that V8 cannot hold whole.
const MAX_ERROR_TEXT: usize = 16 << 20;

/// `ENOMEM`.
const OUT_OF_MEMORY: i32 = 12;

/// Takes outcomes in JavaScript; see `NativePoolCallbacks`.
pub(super) type DeliverFunction = FunctionRef<(), ()>;

/// Delivers outcomes, as many as are delivered at once; returns how many that were.
pub(super) fn deliver(
    env: Env,
    deliver: &DeliverFunction,
    outcomes: &mut impl Iterator<Item = Settled>,
) -> usize {
    let mut arguments = Arguments::new();
    let mut count = 0;
    for settled in outcomes.take(MAX_AT_ONCE) {
        count += 1;
        let call = settled.call;
        if let Some(times) = settled.times {
            let _ = arguments.push_times(env, &times); // as below
        }
        let pushed = match settled.outcome {
            Ok(output) => arguments
                .push_result(env, call, &output)
                .or_else(|_| arguments.push_failure(env, call, &error_json(&refusal(&output)))),
            Err(failure) => arguments
                .push_failure(env, call, &call_error_json(&failure))
                // A description that exceeds V8's limit must not leave the call pending.
                .or_else(|_| {
                    arguments.push_failure(env, call, &call_error_json(&shortened(*failure)))
                }),
        };
        // An error of all that means that the environment is closing.
        let _ = pushed;
    }
    let _ = napi_sys::call(env, deliver, &arguments.values);
    count
}

/// Why V8 made no values of a result.
fn refusal(output: &Output) -> Failure {
    let texts = output.buffers().filter_map(|buffer| match buffer.encoding {
        Encoding::Bytes => None,
        Encoding::Latin1 => Some(buffer.data.len()),
        Encoding::Utf16 => Some(buffer.data.len() / 2),
    });
    let longest = texts.fold(output.json().len(), usize::max) as u64;
    if longest > MAX_JS_STRING {
        return Failure::TextTooLong { size: longest };
    }
    Failure::System {
        operation: format!("take a result of {} bytes", output.size()),
        syscall: "malloc",
        errno: OUT_OF_MEMORY,
        message: "Node.js has not enough memory for it".into(),
    }
}

/// Stands for the failure of a call whose description V8 cannot hold.
fn shortened(call: CallFailure) -> CallFailure {
    let failure = shortened_failure(call.failure);
    CallFailure { failure, ..call }
}

fn shortened_failure(failure: Failure) -> Failure {
    if let Failure::Exception(error) = failure {
        return Failure::Exception(PythonError {
            kind: cut(error.kind, MAX_ERROR_TEXT),
            message: cut(error.message, MAX_ERROR_TEXT),
            traceback: cut(error.traceback, MAX_ERROR_TEXT),
            advice: None,
        });
    }
    Failure::System {
        operation: format!("describe an {} in Node.js", failure.code()),
        syscall: "malloc",
        errno: OUT_OF_MEMORY,
        message: "its texts are too long".into(),
    }
}

/// Ids and replies in turn.
struct Arguments {
    values: Vec<Value>,
}

impl Arguments {
    fn new() -> Self {
        Self {
            values: Vec::with_capacity(2 * MAX_AT_ONCE),
        }
    }

    fn push_result(&mut self, env: Env, call: CallId, output: &Output) -> Result<()> {
        let reply = if output.buffers().len() == 0 {
            new_string(env, output.json())?
        } else {
            new_reply_with_buffers(env, output)?
        };
        self.push(env, to_number(call), reply)
    }

    /// The id of a failure is negative.
    fn push_failure(&mut self, env: Env, call: CallId, description: &str) -> Result<()> {
        let reply = new_string(env, description.as_bytes())?;
        self.push(env, -to_number(call), reply)
    }

    /// In the place of the id is a 0. What they belong to follows.
    fn push_times(&mut self, env: Env, times: &CallTimes) -> Result<()> {
        let mut values = vec![napi_sys::new_number(env, in_millis(times.wait))?];
        if let Some((worker, run)) = times.run {
            values.push(napi_sys::new_number(env, index(worker))?);
            values.push(napi_sys::new_number(env, in_millis(run))?);
        }
        let times = napi_sys::new_array(env, &values)?;
        self.push(env, 0.0, times)
    }

    fn push(&mut self, env: Env, id: f64, reply: Value) -> Result<()> {
        let id = napi_sys::new_number(env, id)?;
        self.values.extend([id, reply]);
        Ok(())
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a pool has at most 1024 workers"
)]
fn index(worker: usize) -> f64 {
    worker as f64
}

/// An array of the JSON, the prefix of the placeholders and the buffers.
fn new_reply_with_buffers(env: Env, output: &Output) -> Result<Value> {
    let mut values = Vec::with_capacity(2 + output.buffers().len());
    values.push(new_string(env, output.json())?);
    values.push(new_string(env, output.placeholder_prefix())?);
    for buffer in output.buffers() {
        values.push(new_buffer(env, buffer)?);
    }
    napi_sys::new_array(env, &values)
}

fn new_buffer(env: Env, Buffer { encoding, data }: Buffer) -> Result<Value> {
    match encoding {
        Encoding::Latin1 => napi_sys::new_latin1(env, data),
        Encoding::Utf16 => {
            let units = data.as_chunks().0.iter();
            let units: Vec<u16> = units.map(|unit| u16::from_le_bytes(*unit)).collect();
            napi_sys::new_utf16(env, &units)
        }
        Encoding::Bytes => napi_sys::new_array_buffer(env, data),
    }
}
