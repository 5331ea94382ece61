//! Results and failures -> values for `deliver`, which settles the promises in JavaScript.

use napi::Env;
use napi::bindgen_prelude::{FunctionRef, Result};

use super::call_id::to_number;
use super::napi_sys::{self, Value};
use super::strings::new_string;
use crate::runtime::CallOutcome;
use pool_core::failure::{Failure, Payload};
use pool_core::wire::{Buffer, Encoding, Output};
use pool_core::{CallId, call_error_json, error_json};

/// Maximum number of outcomes that are delivered at once.
const MAX_AT_ONCE: usize = 64;

/// About V8's limit on the length of a string, in characters.
const MAX_STRING: u64 = (1 << 29) - 24;

/// Takes outcomes in JavaScript; see `NativePoolCallbacks`.
pub(super) type DeliverFunction = FunctionRef<(), ()>;

/// Delivers outcomes, as many as are delivered at once; returns how many that were.
pub(super) fn deliver(
    env: Env,
    deliver: &DeliverFunction,
    outcomes: &mut impl Iterator<Item = (CallId, CallOutcome)>,
) -> usize {
    let mut arguments = Arguments::new();
    let mut count = 0;
    for (call, outcome) in outcomes.take(MAX_AT_ONCE) {
        count += 1;
        // An error of these calls means that the environment is closing.
        let _ = match outcome {
            Ok(output) => arguments
                .push_result(env, call, &output)
                .or_else(|_| arguments.push_failure(env, call, &error_json(&too_long(&output)))),
            Err(failure) => arguments.push_failure(env, call, &call_error_json(&failure)),
        };
    }
    let _ = napi_sys::call(env, deliver, &arguments.values);
    count
}

/// V8 cannot hold a string of the result.
fn too_long(output: &Output) -> Failure {
    Failure::PayloadTooLarge {
        payload: Payload::Result,
        size: output.size() as u64,
        limit: MAX_STRING,
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

    fn push(&mut self, env: Env, id: f64, reply: Value) -> Result<()> {
        let id = napi_sys::new_number(env, id)?;
        self.values.extend([id, reply]);
        Ok(())
    }
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
