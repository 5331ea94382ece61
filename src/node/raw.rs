//! The few Node-API calls that napi-rs has no equally cheap wrapper for: promises without an async
//! handle of their own, strings written where they are needed, one shared signal. All of the
//! binding's `unsafe` is here.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;

use encoding_rs::mem;
use napi::bindgen_prelude::{FunctionRef, JsValue, Result, Status, Unknown};
use napi::{Env, Error, JsString, check_status, sys};

use pool_core::wire::{Form, Output, Part, Request};

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

    /// Rejects the promise with `text`.
    pub(super) fn reject(self, env: Env, text: &[u8]) -> Result<()> {
        let value = new_string(env, text)?;
        // SAFETY: as in `resolve_undefined`.
        check_status!(unsafe { sys::napi_reject_deferred(env.raw(), self.0, value) })
    }
}

/// Outcomes of calls on their way to `pool.js`, which settles the promises: keys and values in turn.
pub(super) struct Outcomes {
    values: Vec<sys::napi_value>,
}

impl Outcomes {
    /// How many are delivered at once at most.
    const MOST: usize = 64;

    pub(super) fn new() -> Self {
        Self {
            values: Vec::with_capacity(2 * Self::MOST),
        }
    }

    /// Whether no more are to be added.
    pub(super) fn is_full(&self) -> bool {
        self.values.len() >= 2 * Self::MOST
    }

    /// Adds a result: its JSON text, or an array of parts. Fails when V8 can not hold it.
    ///
    /// The parts: the JSON, the mark, then each part, a string or an `ArrayBuffer`.
    pub(super) fn push_result(&mut self, env: Env, key: f64, output: &Output) -> Result<()> {
        let value = if output.parts().len() == 0 {
            new_string(env, output.json())
        } else {
            new_parts(env, output)
        }?;
        self.push(env, key, value)
    }

    /// Adds the description of a failure. Its key is negative.
    pub(super) fn push_failure(&mut self, env: Env, key: f64, description: &str) -> Result<()> {
        let value = new_string(env, description.as_bytes())?;
        self.push(env, -key, value)
    }

    fn push(&mut self, env: Env, key: f64, value: sys::napi_value) -> Result<()> {
        let mut number = ptr::null_mut();
        // SAFETY: `env` is live on this thread, and `number` valid for writes.
        check_status!(unsafe { sys::napi_create_double(env.raw(), key, &raw mut number) })?;
        self.values.extend([number, value]);
        Ok(())
    }

    /// Calls `deliver` with what was added, within the handle scope it was added in.
    pub(super) fn deliver_to(&mut self, env: Env, deliver: &DeliverFunction) -> Result<()> {
        let function = deliver.borrow_back(&env)?;
        let mut receiver = ptr::null_mut();
        // SAFETY: all values are of the handle scope that is open, on this thread. What the function
        // returns is not looked at.
        let status = unsafe {
            sys::napi_get_undefined(env.raw(), &raw mut receiver);
            sys::napi_call_function(
                env.raw(),
                receiver,
                function.raw(),
                self.values.len(),
                self.values.as_ptr(),
                ptr::null_mut(),
            )
        };
        self.values.clear();
        if status != sys::Status::napi_ok {
            clear_exception(env);
        }
        check_status!(status)
    }
}

/// `pool.js` gives it: settles promises.
pub(super) type DeliverFunction = FunctionRef<(), ()>;

/// A string of UTF-8. V8 takes Latin-1 and UTF-16 as they are, and is slow at UTF-8 that is not ASCII.
fn new_string(env: Env, text: &[u8]) -> Result<sys::napi_value> {
    if text.is_ascii() {
        return new_latin1(env, text);
    }
    if mem::utf8_latin1_up_to(text) == text.len() {
        let mut latin1 = vec![0; text.len()];
        let len = mem::convert_utf8_to_latin1_lossy(text, &mut latin1);
        return new_latin1(env, &latin1[..len]);
    }
    let mut units = vec![0; text.len() + 1];
    let len = mem::convert_utf8_to_utf16(text, &mut units);
    new_utf16(env, &units[..len])
}

fn new_latin1(env: Env, text: &[u8]) -> Result<sys::napi_value> {
    let len = length(text)?;
    // SAFETY: there are `len` readable bytes.
    made(env, |value| unsafe {
        sys::napi_create_string_latin1(env.raw(), text.as_ptr().cast(), len, value)
    })
}

fn new_utf16(env: Env, text: &[u16]) -> Result<sys::napi_value> {
    let len = length(text)?;
    // SAFETY: there are `len` readable units.
    made(env, |value| unsafe {
        sys::napi_create_string_utf16(env.raw(), text.as_ptr(), len, value)
    })
}

fn length<T>(text: &[T]) -> Result<isize> {
    isize::try_from(text.len()).map_err(|_| Error::from_status(Status::InvalidArg))
}

/// The value that `make` makes. When it can not, no exception is left behind.
fn made(
    env: Env,
    make: impl FnOnce(*mut sys::napi_value) -> sys::napi_status,
) -> Result<sys::napi_value> {
    let mut value = ptr::null_mut();
    let status = make(&raw mut value);
    if status != sys::Status::napi_ok {
        clear_exception(env);
    }
    check_status!(status)?;
    Ok(value)
}

/// See [`Outcomes::push_result`].
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
    match form {
        Form::Latin1 => new_latin1(env, data),
        Form::Utf16 => {
            let units = data.as_chunks().0.iter();
            let units: Vec<u16> = units.map(|unit| u16::from_le_bytes(*unit)).collect();
            new_utf16(env, &units)
        }
        Form::Bytes => made(env, |value| {
            let mut place = ptr::null_mut();
            // SAFETY: the new buffer has `data.len()` bytes at `place`, which nobody else knows yet.
            // Without any, `place` may be null.
            unsafe {
                let status =
                    sys::napi_create_arraybuffer(env.raw(), data.len(), &raw mut place, value);
                if status == sys::Status::napi_ok && !data.is_empty() {
                    ptr::copy_nonoverlapping(data.as_ptr(), place.cast(), data.len());
                }
                status
            }
        }),
    }
}

fn clear_exception(env: Env) {
    let mut exception = ptr::null_mut();
    // SAFETY: `env` is live on this thread; without a pending exception the call only fails.
    unsafe { sys::napi_get_and_clear_last_exception(env.raw(), &raw mut exception) };
}

/// What most strings fit into.
const SCRATCH: usize = 2048;

/// Appends a string to `buffer` as UTF-8; how many bytes that took.
pub(super) fn append_utf8(env: Env, text: &JsString, buffer: &mut Vec<u8>) -> Result<usize> {
    let value = text.raw();
    let mut scratch = [MaybeUninit::<u8>::uninit(); SCRATCH];
    let mut written = 0;
    // SAFETY: the scratch is valid for writes of its length; `written` of its bytes are initialised.
    let short = unsafe {
        check_status!(sys::napi_get_value_string_utf8(
            env.raw(),
            value,
            scratch.as_mut_ptr().cast(),
            SCRATCH,
            &raw mut written
        ))?;
        std::slice::from_raw_parts(scratch.as_ptr().cast::<u8>(), written)
    };
    // Fuller than that, it may be cut before a character of up to four bytes, or the ending zero.
    if written + 4 < SCRATCH {
        buffer.extend_from_slice(short);
        return Ok(written);
    }
    let is_ascii = short.is_ascii();
    let units = count_units(env, text)?;
    let before = buffer.len();
    if is_ascii && append_ascii(env, text, units, buffer)? {
        return Ok(units);
    }
    buffer.truncate(before);
    encode_utf8(&copy_units(env, text, units)?, buffer);
    Ok(buffer.len() - before)
}

/// Appends UTF-16 as UTF-8.
fn encode_utf8(mut units: &[u16], buffer: &mut Vec<u8>) {
    buffer.reserve(units.len());
    let mut chunk = [0; SCRATCH];
    while !units.is_empty() {
        let (read, written) = mem::convert_utf16_to_utf8_partial(units, &mut chunk);
        buffer.extend_from_slice(&chunk[..written]);
        units = &units[read..];
    }
}

/// The length of a string in UTF-16, which V8 knows.
fn count_units(env: Env, text: &JsString) -> Result<usize> {
    let mut units = 0;
    // SAFETY: without a buffer the call only tells the length.
    check_status!(unsafe {
        sys::napi_get_value_string_utf16(env.raw(), text.raw(), ptr::null_mut(), 0, &raw mut units)
    })?;
    Ok(units)
}

/// Appends a string that does not go through JSON: ASCII as it is, others as UTF-16, which keeps lone
/// surrogates.
pub(super) fn append_long(env: Env, text: &JsString, request: &mut Request) -> Result<()> {
    let units = count_units(env, text)?;
    let before = request.buffer().len();
    let start = request.begin_part(Form::Latin1);
    if !append_ascii(env, text, units, request.buffer())? {
        request.buffer().truncate(before);
        let start = request.begin_part(Form::Utf16);
        append_utf16(env, text, units, request.buffer())?;
        request.end_field(start);
        return Ok(());
    }
    request.end_field(start);
    Ok(())
}

/// Appends a string of so many units if all of it is ASCII, which is the same in UTF-8; else appends
/// something, and says false.
fn append_ascii(env: Env, text: &JsString, units: usize, buffer: &mut Vec<u8>) -> Result<bool> {
    let start = buffer.len();
    buffer.reserve(units + 1);
    let mut written = 0;
    // SAFETY: `reserve` made room for so many bytes and the terminating zero behind the vector's end;
    // afterwards `written` of them are initialised.
    unsafe {
        let end = buffer.as_mut_ptr().add(start).cast();
        check_status!(sys::napi_get_value_string_utf8(
            env.raw(),
            text.raw(),
            end,
            units + 1,
            &raw mut written
        ))?;
        buffer.set_len(start + written);
    }
    Ok(written == units && buffer[start..].is_ascii())
}

/// Appends a string of so many units as UTF-16, little-endian.
fn append_utf16(env: Env, text: &JsString, units: usize, buffer: &mut Vec<u8>) -> Result<()> {
    const _: () = assert!(cfg!(target_endian = "little"), "as on the wire");
    let copy = copy_units(env, text, units)?;
    // SAFETY: they are so many readable bytes.
    let bytes = unsafe { std::slice::from_raw_parts(copy.as_ptr().cast::<u8>(), 2 * copy.len()) };
    buffer.extend_from_slice(bytes);
    Ok(())
}

/// A string of so many units.
fn copy_units(env: Env, text: &JsString, units: usize) -> Result<Vec<u16>> {
    let mut copy = vec![0; units + 1];
    let mut written = 0;
    // SAFETY: there is room for `units` and the terminating zero.
    check_status!(unsafe {
        sys::napi_get_value_string_utf16(
            env.raw(),
            text.raw(),
            copy.as_mut_ptr(),
            copy.len(),
            &raw mut written,
        )
    })?;
    copy.truncate(written);
    Ok(copy)
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
pub(super) fn in_handle_scope<T>(env: Env, work: impl FnOnce() -> T) -> T {
    let mut scope = ptr::null_mut();
    // SAFETY: the scope is opened and closed on this thread, in order, around `work`.
    unsafe {
        let opened = sys::napi_open_handle_scope(env.raw(), &raw mut scope);
        let done = work();
        if opened == sys::Status::napi_ok {
            sys::napi_close_handle_scope(env.raw(), scope);
        }
        done
    }
}
