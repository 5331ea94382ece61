//! The few Node-API calls that napi-rs has no equally cheap wrapper for: promises without an async
//! handle of their own, strings written where they are needed, one shared signal. All of the
//! binding's `unsafe` is here.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;

use napi::bindgen_prelude::{FunctionRef, JsObjectValue, JsValue, Object, Result, Status, Unknown};
use napi::{Env, Error, JsString, check_status};
use napi_sys as sys;

/// A value of the open handle scope. Must not be kept beyond it.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(super) struct Value(sys::napi_value);

/// The half of a promise that settles it. Must be used on the thread of its environment.
#[derive(Debug)]
pub(super) struct Deferred(sys::napi_deferred);

impl Deferred {
    /// A new promise and what settles it.
    pub(super) fn new(env: Env) -> Result<(Self, Unknown<'static>)> {
        let (mut deferred, mut promise) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: `env` is live on this thread and both pointers are valid for writes. The value is
        // returned to JavaScript at once, within the handle scope it was made in.
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
        let value = undefined(env)?;
        // SAFETY: `env` is live on this thread; a deferred is used once, as this takes `self`.
        check_status!(unsafe { sys::napi_resolve_deferred(env.raw(), self.0, value.0) })
    }

    /// Rejects the promise.
    pub(super) fn reject(self, env: Env, reason: Value) -> Result<()> {
        // SAFETY: as in `resolve_undefined`.
        check_status!(unsafe { sys::napi_reject_deferred(env.raw(), self.0, reason.0) })
    }
}

fn undefined(env: Env) -> Result<Value> {
    // SAFETY: `env` is live on this thread, and `value` valid for writes.
    made(env, |value| unsafe {
        sys::napi_get_undefined(env.raw(), value)
    })
}

/// A number.
pub(super) fn new_number(env: Env, number: f64) -> Result<Value> {
    // SAFETY: `env` is live on this thread, and `value` valid for writes.
    made(env, |value| unsafe {
        sys::napi_create_double(env.raw(), number, value)
    })
}

/// A string of Latin-1.
pub(super) fn new_latin1(env: Env, text: &[u8]) -> Result<Value> {
    let len = length(text)?;
    // SAFETY: there are `len` readable bytes.
    made(env, |value| unsafe {
        sys::napi_create_string_latin1(env.raw(), text.as_ptr().cast(), len, value)
    })
}

/// A string of UTF-16.
pub(super) fn new_utf16(env: Env, text: &[u16]) -> Result<Value> {
    let len = length(text)?;
    // SAFETY: there are `len` readable units.
    made(env, |value| unsafe {
        sys::napi_create_string_utf16(env.raw(), text.as_ptr(), len, value)
    })
}

/// An `ArrayBuffer` with a copy of these bytes.
pub(super) fn new_array_buffer(env: Env, bytes: &[u8]) -> Result<Value> {
    made(env, |value| {
        let mut place = ptr::null_mut();
        // SAFETY: the new buffer has `bytes.len()` bytes at `place`, which nothing else refers to yet.
        // Without any, `place` may be null.
        unsafe {
            let status =
                sys::napi_create_arraybuffer(env.raw(), bytes.len(), &raw mut place, value);
            if status == sys::Status::napi_ok && !bytes.is_empty() {
                ptr::copy_nonoverlapping(bytes.as_ptr(), place.cast(), bytes.len());
            }
            status
        }
    })
}

/// An array of these values.
pub(super) fn new_array(env: Env, values: &[Value]) -> Result<Value> {
    // SAFETY: `env` is live on this thread, and `value` valid for writes.
    let array = made(env, |value| unsafe {
        sys::napi_create_array_with_length(env.raw(), values.len(), value)
    })?;
    for (index, value) in (0..).zip(values) {
        // SAFETY: both values are of the open handle scope.
        check_status!(unsafe { sys::napi_set_element(env.raw(), array.0, index, value.0) })?;
    }
    Ok(array)
}

fn length<T>(text: &[T]) -> Result<isize> {
    isize::try_from(text.len()).map_err(|_| Error::from_status(Status::InvalidArg))
}

/// The value that `make` makes. If it fails, no exception is left behind.
fn made(env: Env, make: impl FnOnce(*mut sys::napi_value) -> sys::napi_status) -> Result<Value> {
    let mut value = ptr::null_mut();
    let status = make(&raw mut value);
    if status != sys::Status::napi_ok {
        clear_exception(env);
    }
    check_status!(status)?;
    Ok(Value(value))
}

fn clear_exception(env: Env) {
    let mut exception = ptr::null_mut();
    // SAFETY: `env` is live on this thread; without a pending exception the call only fails.
    unsafe { sys::napi_get_and_clear_last_exception(env.raw(), &raw mut exception) };
}

/// Calls a function with these arguments. An exception is dropped.
pub(super) fn call(env: Env, function: &FunctionRef<(), ()>, arguments: &[Value]) -> Result<()> {
    let function = function.borrow_back(&env)?;
    let receiver = undefined(env)?;
    // SAFETY: all values are of the open handle scope, on this thread, and a `Value` is laid out as
    // what it holds. The result is ignored.
    let status = unsafe {
        sys::napi_call_function(
            env.raw(),
            receiver.0,
            function.raw(),
            arguments.len(),
            arguments.as_ptr().cast(),
            ptr::null_mut(),
        )
    };
    if status != sys::Status::napi_ok {
        clear_exception(env);
    }
    check_status!(status)
}

/// As many characters of a string as fit into `scratch` with a terminating zero, as UTF-8.
pub(super) fn utf8_prefix<'a>(
    env: Env,
    text: &JsString,
    scratch: &'a mut [MaybeUninit<u8>],
) -> Result<&'a [u8]> {
    let mut written = 0;
    // SAFETY: the scratch is valid for writes of its length; `written` of its bytes are initialised.
    unsafe {
        check_status!(sys::napi_get_value_string_utf8(
            env.raw(),
            text.raw(),
            scratch.as_mut_ptr().cast(),
            scratch.len(),
            &raw mut written
        ))?;
        Ok(std::slice::from_raw_parts(scratch.as_ptr().cast(), written))
    }
}

/// Appends as many characters of a string as fit into `limit` bytes of UTF-8; returns how many bytes
/// that took.
pub(super) fn append_utf8_prefix(
    env: Env,
    text: &JsString,
    limit: usize,
    buffer: &mut Vec<u8>,
) -> Result<usize> {
    let start = buffer.len();
    buffer.reserve(limit + 1);
    let mut written = 0;
    // SAFETY: `reserve` made room for `limit` bytes and the terminating zero behind the vector's end;
    // afterwards `written` of them are initialised.
    unsafe {
        let end = buffer.as_mut_ptr().add(start).cast();
        check_status!(sys::napi_get_value_string_utf8(
            env.raw(),
            text.raw(),
            end,
            limit + 1,
            &raw mut written
        ))?;
        buffer.set_len(start + written);
    }
    Ok(written)
}

/// The length of a string in UTF-16, which V8 knows.
pub(super) fn count_units(env: Env, text: &JsString) -> Result<usize> {
    let mut units = 0;
    // SAFETY: without a buffer the call only returns the length.
    check_status!(unsafe {
        sys::napi_get_value_string_utf16(env.raw(), text.raw(), ptr::null_mut(), 0, &raw mut units)
    })?;
    Ok(units)
}

/// A string of this many units, as UTF-16.
pub(super) fn copy_units(env: Env, text: &JsString, units: usize) -> Result<Vec<u16>> {
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

/// UTF-16 as bytes, little-endian.
pub(super) fn as_bytes(units: &[u16]) -> &[u8] {
    const _: () = assert!(cfg!(target_endian = "little"), "as on the wire");
    // SAFETY: a unit is two readable bytes, and any byte is valid.
    unsafe { std::slice::from_raw_parts(units.as_ptr().cast(), 2 * units.len()) }
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

/// Wakes the JS thread of an environment from any thread. Does not keep Node.js running unless
/// asked to.
#[derive(Debug)]
pub(super) struct Signal(sys::napi_threadsafe_function);

// SAFETY: a threadsafe function is made to be called from any thread; `hold` and `release` need the
// `Env`, which exists on the JS thread alone.
unsafe impl Send for Signal {}
// SAFETY: as for `Send`.
unsafe impl Sync for Signal {}

impl Signal {
    /// A signal that calls `F` on the JS thread.
    pub(super) fn new<F: OnSignal>(env: Env) -> Result<Self> {
        // Tools that look for open handles, such as Jest's `--detectOpenHandles`, ask the resource.
        let mut resource = Object::new(&env)?;
        let has_ref = env.create_function::<(), bool>("hasRef", has_ref::<F>)?;
        resource.set_named_property("hasRef", has_ref)?;
        let mut function = ptr::null_mut();
        let mut name = ptr::null_mut();
        // SAFETY: `env` is live on this thread; the resource is of the open handle scope; the
        // out-pointers are valid; no JS function and no finalizer are given, which Node-API allows
        // together with a callback.
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
                resource.raw(),
                name,
                0,
                1,
                ptr::null_mut(),
                None,
                ptr::null_mut(),
                Some(on_signal::<F>),
                &raw mut function,
            ))?;
            check_status!(sys::napi_unref_threadsafe_function(raw, function))?;
        }
        Ok(Self(function))
    }

    /// Has the callback called soon. Must not be used after the environment's cleanup.
    pub(super) fn send(&self) {
        // SAFETY: the function lives until the environment's cleanup, after which the mailbox
        // sends no signals. An error means that the environment is closing and nothing is left to do.
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

/// The callback of a [`Signal`].
pub(super) trait OnSignal {
    /// Called on the JS thread.
    fn call(env: Env);

    /// Whether the signal keeps Node.js running. Called on the JS thread.
    fn is_held(env: Env) -> bool;
}

/// Node.js calls this on the JS thread; without an `env` the environment is already closing.
unsafe extern "C" fn on_signal<F: OnSignal>(
    env: sys::napi_env,
    _: sys::napi_value,
    _: *mut c_void,
    _: *mut c_void,
) {
    if !env.is_null() {
        F::call(Env::from_raw(env));
    }
}

/// Returns whether the signal keeps Node.js running, as `hasRef()` of Node.js's own handles does.
unsafe extern "C" fn has_ref<F: OnSignal>(
    env: sys::napi_env,
    _: sys::napi_callback_info,
) -> sys::napi_value {
    let is_held = F::is_held(Env::from_raw(env));
    let mut value = ptr::null_mut();
    // SAFETY: Node.js calls this with a live `env` on its thread, and `value` is valid for writes.
    unsafe { sys::napi_get_boolean(env, is_held, &raw mut value) };
    value
}
