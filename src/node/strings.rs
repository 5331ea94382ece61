//! Strings in both directions. V8 takes and gives Latin-1 and UTF-16 as they are, and is slow at UTF-8
//! that is not ASCII.

use std::mem::MaybeUninit;

use encoding_rs::mem;
use napi::bindgen_prelude::Result;
use napi::{Env, JsString};

use super::napi_sys::{self, Value};
use pool_core::wire::{Encoding, Request};

/// Most strings fit into this.
const SCRATCH: usize = 2048;

/// A string from UTF-8.
pub(super) fn new_string(env: Env, text: &[u8]) -> Result<Value> {
    if text.is_ascii() {
        return napi_sys::new_latin1(env, text);
    }
    if mem::utf8_latin1_up_to(text) == text.len() {
        let mut latin1 = vec![0; text.len()];
        let len = mem::convert_utf8_to_latin1_lossy(text, &mut latin1);
        return napi_sys::new_latin1(env, &latin1[..len]);
    }
    let mut units = vec![0; text.len() + 1];
    let len = mem::convert_utf8_to_utf16(text, &mut units);
    napi_sys::new_utf16(env, &units[..len])
}

/// Appends a string as UTF-8.
pub(super) fn append_utf8(env: Env, text: &JsString, buffer: &mut Vec<u8>) -> Result<()> {
    let mut scratch = [MaybeUninit::uninit(); SCRATCH];
    let prefix = napi_sys::utf8_prefix(env, text, &mut scratch)?;
    // Fuller than that, it may be cut before a character of up to four bytes, or the terminating zero.
    if prefix.len() + 4 < SCRATCH {
        buffer.extend_from_slice(prefix);
        return Ok(());
    }
    let is_ascii = prefix.is_ascii();
    let units = napi_sys::count_units(env, text)?;
    let start = buffer.len();
    if is_ascii && append_ascii(env, text, units, buffer)? {
        return Ok(());
    }
    buffer.truncate(start);
    encode_utf8(&napi_sys::copy_units(env, text, units)?, buffer);
    Ok(())
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

/// Appends a string as an out-of-band buffer: ASCII as it is, others as UTF-16, which preserves lone
/// surrogates.
pub(super) fn append_out_of_band(env: Env, text: &JsString, request: &mut Request) -> Result<()> {
    let units = napi_sys::count_units(env, text)?;
    let before = request.buffer().len();
    let start = request.begin_buffer(Encoding::Latin1);
    if append_ascii(env, text, units, request.buffer())? {
        request.end_field(start);
        return Ok(());
    }
    request.buffer().truncate(before);
    let start = request.begin_buffer(Encoding::Utf16);
    let copy = napi_sys::copy_units(env, text, units)?;
    request
        .buffer()
        .extend_from_slice(napi_sys::as_bytes(&copy));
    request.end_field(start);
    Ok(())
}

/// Appends a string of this many units if all of it is ASCII, which is the same in UTF-8; otherwise
/// appends something, and returns false.
fn append_ascii(env: Env, text: &JsString, units: usize, buffer: &mut Vec<u8>) -> Result<bool> {
    let start = buffer.len();
    let written = napi_sys::append_utf8_prefix(env, text, units, buffer)?;
    Ok(written == units && buffer[start..].is_ascii())
}
