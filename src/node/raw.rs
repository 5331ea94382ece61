//! The few Node-API calls that napi-rs has no equally cheap wrapper for: promises without an async
//! handle of their own, strings written where they are needed, one shared signal. All of the
//! binding's `unsafe` is here.

use std::ffi::c_void;
use std::ptr;

use napi::bindgen_prelude::{JsValue, Result, Status, Unknown};
use napi::{Env, Error, JsString, check_status, sys};

use crate::protocol::{Form, Output, Part, Request};

/// The half of a promise that settles it. To be used on the thread of its environment.
#[derive(Debug)]
pub(super) struct Deferred(sys::napi_deferred);

// SAFETY: the pointer is only carried through other threads; `resolve` and `reject` ask for the
// `Env`, which exists on the JS thread alone.
unsafe impl Send for Deferred {}

impl Deferred {
    /// A new promise and what settles it.
    pub(super) fn new(env: Env) -> Result<(Self, Unknown<'static>)> {
        let (mut deferred, mut promise) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: `env` is live on this thread and both pointers are valid for writing. The value
        // is returned to JavaScript at once, within the handle scope it was made in.
        unsafe {
            check_status!(sys::napi_create_promise(
                env.raw(),
                &raw mut deferred,
                &raw mut promise
            ))?;
            Ok((
                Self(deferred),
                Unknown::from_raw_unchecked(env.raw(), promise),
            ))
        }
    }

    /// Fulfils the promise with `undefined`.
    pub(super) fn resolve_undefined(self, env: Env) -> Result<()> {
        let mut value = ptr::null_mut();
        // SAFETY: as in `new`; a deferred is used once, as this takes `self`.
        unsafe {
            check_status!(sys::napi_get_undefined(env.raw(), &raw mut value))?;
            check_status!(sys::napi_resolve_deferred(env.raw(), self.0, value))
        }
    }

    /// Fulfils the promise with a result, or gives the deferred back when V8 can not hold it.
    ///
    /// All JSON: with its text. Else with an array: the JSON, the mark, then the parts, each a string
    /// or an `ArrayBuffer`.
    pub(super) fn resolve(self, env: Env, output: &Output) -> std::result::Result<(), Self> {
        let value = if output.parts().len() == 0 {
            new_string(env, output.json())
        } else {
            new_parts(env, output)
        };
        match value {
            // SAFETY: as in `resolve_undefined`.
            Ok(value) => unsafe {
                sys::napi_resolve_deferred(env.raw(), self.0, value);
                Ok(())
            },
            Err(_) => Err(self),
        }
    }

    /// Rejects the promise with `text`.
    pub(super) fn reject(self, env: Env, text: &[u8]) -> Result<()> {
        let value = new_string(env, text)?;
        // SAFETY: as in `resolve_undefined`.
        check_status!(unsafe { sys::napi_reject_deferred(env.raw(), self.0, value) })
    }
}

fn new_string(env: Env, text: &[u8]) -> Result<sys::napi_value> {
    let len = isize::try_from(text.len()).map_err(|_| Error::from_status(Status::InvalidArg))?;
    let mut value = ptr::null_mut();
    let data = text.as_ptr().cast();
    // SAFETY: `data` points to `len` readable bytes; ASCII is valid Latin-1 and valid UTF-8, and
    // V8 copies Latin-1 faster.
    let status = unsafe {
        if text.is_ascii() {
            sys::napi_create_string_latin1(env.raw(), data, len, &raw mut value)
        } else {
            sys::napi_create_string_utf8(env.raw(), data, len, &raw mut value)
        }
    };
    if status != sys::Status::napi_ok {
        clear_exception(env);
    }
    check_status!(status)?;
    Ok(value)
}

/// See [`Deferred::resolve`].
fn new_parts(env: Env, output: &Output) -> Result<sys::napi_value> {
    let mut values = Vec::with_capacity(2 + output.parts().len());
    values.push(new_string(env, output.json())?);
    values.push(new_string(env, output.mark())?);
    for part in output.parts() {
        values.push(new_part(env, part)?);
    }
    let mut array = ptr::null_mut();
    // SAFETY: `env` is live on this thread, and the values are of its open handle scope.
    unsafe {
        check_status!(sys::napi_create_array_with_length(
            env.raw(),
            values.len(),
            &raw mut array
        ))?;
        for (index, value) in (0..).zip(values) {
            check_status!(sys::napi_set_element(env.raw(), array, index, value))?;
        }
    }
    Ok(array)
}

fn new_part(env: Env, Part { form, data }: Part) -> Result<sys::napi_value> {
    let mut value = ptr::null_mut();
    let status = match form {
        Form::Latin1 => {
            let len = isize::try_from(data.len());
            let len = len.map_err(|_| Error::from_status(Status::InvalidArg))?;
            // SAFETY: `data` has `len` readable bytes.
            unsafe {
                sys::napi_create_string_latin1(env.raw(), data.as_ptr().cast(), len, &raw mut value)
            }
        }
        Form::Utf16 => {
            let units = data
                .as_chunks()
                .0
                .iter()
                .map(|unit| u16::from_le_bytes(*unit));
            let units: Vec<u16> = units.collect();
            let len = isize::try_from(units.len());
            let len = len.map_err(|_| Error::from_status(Status::InvalidArg))?;
            // SAFETY: `units` has `len` readable units.
            unsafe { sys::napi_create_string_utf16(env.raw(), units.as_ptr(), len, &raw mut value) }
        }
        Form::Bytes => {
            let mut place = ptr::null_mut();
            // SAFETY: the new buffer has `data.len()` bytes at `place`, which nobody else knows yet.
            // Without any, `place` may be null.
            unsafe {
                let status = sys::napi_create_arraybuffer(
                    env.raw(),
                    data.len(),
                    &raw mut place,
                    &raw mut value,
                );
                if status == sys::Status::napi_ok && !data.is_empty() {
                    ptr::copy_nonoverlapping(data.as_ptr(), place.cast(), data.len());
                }
                status
            }
        }
    };
    if status != sys::Status::napi_ok {
        clear_exception(env);
    }
    check_status!(status)?;
    Ok(value)
}

fn clear_exception(env: Env) {
    let mut exception = ptr::null_mut();
    // SAFETY: `env` is live on this thread; without a pending exception the call only fails.
    unsafe { sys::napi_get_and_clear_last_exception(env.raw(), &raw mut exception) };
}

/// Appends a string to `buffer` as UTF-8; how many bytes that took.
pub(super) fn append_utf8(env: Env, text: &JsString, buffer: &mut Vec<u8>) -> Result<usize> {
    let value = text.raw();
    let mut len = 0;
    // SAFETY: without a buffer the call only tells the length.
    check_status!(unsafe {
        sys::napi_get_value_string_utf8(env.raw(), value, ptr::null_mut(), 0, &raw mut len)
    })?;
    buffer.reserve(len + 1);
    let mut written = 0;
    // SAFETY: `reserve` made room for `len` bytes and the terminating zero behind the vector's end;
    // afterwards `written` of them are initialised.
    unsafe {
        let end = buffer.as_mut_ptr().add(buffer.len()).cast();
        check_status!(sys::napi_get_value_string_utf8(
            env.raw(),
            value,
            end,
            len + 1,
            &raw mut written
        ))?;
        buffer.set_len(buffer.len() + written);
    }
    Ok(written)
}

/// Appends a string that does not go through JSON: ASCII as it is, others as UTF-16, which keeps lone
/// surrogates.
pub(super) fn append_long(env: Env, text: &JsString, request: &mut Request) -> Result<()> {
    let value = text.raw();
    let (mut as_utf8, mut units) = (0, 0);
    // SAFETY: without a buffer the calls only tell lengths.
    unsafe {
        check_status!(sys::napi_get_value_string_utf8(
            env.raw(),
            value,
            ptr::null_mut(),
            0,
            &raw mut as_utf8
        ))?;
        check_status!(sys::napi_get_value_string_utf16(
            env.raw(),
            value,
            ptr::null_mut(),
            0,
            &raw mut units
        ))?;
    }
    // In ASCII the two are the same.
    let is_ascii = as_utf8 == units;
    let form = if is_ascii { Form::Latin1 } else { Form::Utf16 };
    let start = request.begin_part(form);
    if is_ascii {
        append_utf8(env, text, request.buffer())?;
    } else {
        let mut text = vec![0_u16; units + 1];
        // SAFETY: there is room for `units` and the terminating zero.
        check_status!(unsafe {
            let room = text.len();
            sys::napi_get_value_string_utf16(
                env.raw(),
                value,
                text.as_mut_ptr(),
                room,
                &raw mut units,
            )
        })?;
        let bytes = text[..units].iter().flat_map(|unit| unit.to_le_bytes());
        request.buffer().extend(bytes);
    }
    request.end_field(start);
    Ok(())
}

/// Wakes the JS thread of an environment from any thread. Does not keep Node.js running unless
/// asked to.
#[derive(Debug)]
pub(super) struct Signal(sys::napi_threadsafe_function);

// SAFETY: a threadsafe function is made to be called from any thread; `hold` and `release` ask for
// the `Env`, which exists on the JS thread alone.
unsafe impl Send for Signal {}
// SAFETY: as for `Send`.
unsafe impl Sync for Signal {}

/// Called on the JS thread, with the pointer given to [`Signal::new`].
pub(super) type OnSignal =
    unsafe extern "C" fn(sys::napi_env, sys::napi_value, *mut c_void, *mut c_void);

impl Signal {
    /// A signal whose `on_signal` gets `context`, which has to stay valid as long as `env` lives.
    pub(super) fn new(env: Env, on_signal: OnSignal, context: *mut c_void) -> Result<Self> {
        let mut function = ptr::null_mut();
        let mut name = ptr::null_mut();
        // SAFETY: `env` is live on this thread; the out-pointers are valid; no JS function and no
        // finalizer are given, which Node-API allows together with `on_signal`.
        unsafe {
            let raw = env.raw();
            check_status!(sys::napi_create_string_utf8(
                raw,
                c"python-worker-pool".as_ptr(),
                -1,
                &raw mut name
            ))?;
            check_status!(sys::napi_create_threadsafe_function(
                raw,
                ptr::null_mut(),
                ptr::null_mut(),
                name,
                0,
                1,
                ptr::null_mut(),
                None,
                context,
                Some(on_signal),
                &raw mut function,
            ))?;
            check_status!(sys::napi_unref_threadsafe_function(raw, function))?;
        }
        Ok(Self(function))
    }

    /// Has `on_signal` called soon. Must not be used after the environment's cleanup.
    pub(super) fn send(&self) {
        // SAFETY: the function lives until the environment's cleanup, after which the mailbox
        // sends no signals. Failing means that the environment is closing: nobody is left to tell.
        unsafe {
            sys::napi_call_threadsafe_function(
                self.0,
                ptr::null_mut(),
                sys::ThreadsafeFunctionCallMode::nonblocking,
            );
        }
    }

    /// Keeps Node.js running from now on.
    pub(super) fn hold(&self, env: Env) {
        // SAFETY: `env` is live on this thread, and the function with it.
        unsafe { sys::napi_ref_threadsafe_function(env.raw(), self.0) };
    }

    /// Keeps Node.js running no longer.
    pub(super) fn release(&self, env: Env) {
        // SAFETY: as in `hold`.
        unsafe { sys::napi_unref_threadsafe_function(env.raw(), self.0) };
    }
}

/// Runs `work` in a handle scope of its own, so that thousands of settled promises in one signal
/// do not pile up handles.
pub(super) fn in_handle_scope(env: Env, work: impl FnOnce()) {
    let mut scope = ptr::null_mut();
    // SAFETY: the scope is opened and closed on this thread, in order, around `work`.
    unsafe {
        let opened = sys::napi_open_handle_scope(env.raw(), &raw mut scope);
        work();
        if opened == sys::Status::napi_ok {
            sys::napi_close_handle_scope(env.raw(), scope);
        }
    }
}
