//! Results and failures -> values for `deliver`, which settles the promises in JavaScript.

use std::iter;

use napi::Env;
use napi::bindgen_prelude::{FunctionRef, Result};

use super::call_id::to_number;
use super::cut::cut;
use super::items::{Content, Items};
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

/// Takes items of a stream in JavaScript; likewise.
pub(super) type DeliverItemsFunction = FunctionRef<(), ()>;

/// Delivers outcomes, as many as are delivered at once; returns how many that were.
pub(super) fn deliver(
    env: Env,
    deliver: &DeliverFunction,
    outcomes: &mut impl Iterator<Item = Settled>,
) -> usize {
    let mut arguments = Arguments::with_capacity(2 * MAX_AT_ONCE);
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

/// Delivers items of a stream. If V8 does not take them, they end the stream.
pub(super) fn deliver_items(
    env: Env,
    (deliver_items, deliver_outcomes): (&DeliverItemsFunction, &DeliverFunction),
    items: Items,
) {
    let stream = items.stream;
    let (reply, count) = match items.content {
        Content::One(item) => (new_reply(env, &item).map_err(|_| refusal(&item)), 1),
        Content::Joined(mut text, count) => {
            text.push(b']');
            let reply = new_string(env, &text);
            (reply.map_err(|_| refusal(&Output::new(text))), count)
        }
    };
    match reply {
        Ok(reply) => {
            // An error means that the environment is closing.
            let _ = call_with_items(env, deliver_items, stream, (items.size, count), reply);
        }
        Err(failure) => {
            let failure = CallFailure {
                failure,
                was_sent: true,
                worker: None,
            };
            let ended = Settled {
                call: stream,
                outcome: Err(Box::new(failure)),
                times: None,
            };
            deliver(env, deliver_outcomes, &mut iter::once(ended));
        }
    }
}

fn call_with_items(
    env: Env,
    deliver_items: &DeliverItemsFunction,
    stream: CallId,
    (bytes, count): (usize, usize),
    reply: Value,
) -> Result<()> {
    let numbers = [to_number(stream), size(bytes), size(count)];
    let mut values = Vec::with_capacity(numbers.len() + 1);
    for number in numbers {
        values.push(napi_sys::new_number(env, number)?);
    }
    values.push(reply);
    napi_sys::call(env, deliver_items, &values)
}

#[expect(clippy::cast_precision_loss, reason = "no memory holds 2^53 bytes")]
fn size(bytes: usize) -> f64 {
    bytes as f64
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

/// What a function of JavaScript is called with: for outcomes, ids and replies in turn.
struct Arguments {
    values: Vec<Value>,
}

impl Arguments {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            values: Vec::with_capacity(capacity),
        }
    }

    fn push_result(&mut self, env: Env, call: CallId, output: &Output) -> Result<()> {
        let reply = new_reply(env, output)?;
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
        self.push_number(env, id)?;
        self.values.push(reply);
        Ok(())
    }

    fn push_number(&mut self, env: Env, number: f64) -> Result<()> {
        self.values.push(napi_sys::new_number(env, number)?);
        Ok(())
    }
}

/// The JSON, or that with what it needs.
fn new_reply(env: Env, output: &Output) -> Result<Value> {
    if output.buffers().len() == 0 {
        new_string(env, output.json())
    } else {
        new_reply_with_buffers(env, output)
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
