//! Arguments -> the frame of a call.

use napi::bindgen_prelude::{Either, Result, Uint8ArraySlice};
use napi::{Env, JsString};

use super::strings;
use pool_core::wire::{Encoding, Request, SLACK};

/// A long string or a binary value.
pub(super) type ArgumentBuffer<'env> = Either<JsString<'env>, Uint8ArraySlice<'env>>;

/// The arguments of a call as `ts/pool` prepares them.
pub(super) struct Arguments<'env> {
    /// JSON text of their array, with `null` in the place of each buffer.
    pub(super) json: JsString<'env>,
    /// JSON text of the paths of the buffers, if there are any.
    pub(super) paths: Option<JsString<'env>>,
    /// The out-of-band buffers.
    pub(super) buffers: Option<Vec<ArgumentBuffer<'env>>>,
    /// Whether the JSON text is that of `[arguments, keyword arguments]`. There are `paths` then.
    pub(super) has_keywords: bool,
}

/// The result of [`encode`].
#[must_use]
pub(super) enum Encoded {
    Request(Request),
    /// The arguments exceed the limit; their size in bytes, or some of it that does.
    TooLarge(u64),
}

/// Encodes a call whose arguments take at most `limit` bytes.
pub(super) fn encode(
    env: Env,
    function: &JsString,
    arguments: &Arguments,
    limit: u64,
) -> Result<Encoded> {
    let mut name = Vec::new();
    strings::append_utf8(env, function, &mut name)?;
    let mut request = Request::with_capacity(&name, 0);
    let before = request.payload_len();
    match &arguments.paths {
        None => strings::append_utf8(env, &arguments.json, request.buffer())?,
        Some(paths) => {
            if arguments.has_keywords {
                request.with_keywords();
            } else {
                request.with_buffers();
            }
            append_json(env, &arguments.json, paths, &mut request)?;
            let buffers = arguments.buffers.as_deref().unwrap_or_default();
            let binary = binary_size(buffers);
            if binary as u64 > limit {
                return Ok(Encoded::TooLarge(binary as u64));
            }
            // Bytes that grow a full buffer would be copied once more with it.
            request.buffer().reserve(binary);
            for buffer in buffers {
                append_buffer(env, buffer, &mut request)?;
                let size = (request.payload_len() - before) as u64;
                if size > limit {
                    return Ok(Encoded::TooLarge(size)); // before more is copied
                }
            }
        }
    }
    let size = request.payload_len() - before;
    // A function's name that exceeds the slack counts as well.
    let beyond_slack = request.payload_len().saturating_sub(SLACK as usize);
    let size = size.max(beyond_slack) as u64;
    Ok(if size > limit {
        Encoded::TooLarge(size)
    } else {
        Encoded::Request(request)
    })
}

fn append_json(env: Env, json: &JsString, paths: &JsString, request: &mut Request) -> Result<()> {
    let start = request.begin_field();
    for (before, json) in [(b'[', json), (b',', paths)] {
        request.buffer().push(before);
        strings::append_utf8(env, json, request.buffer())?;
    }
    request.buffer().push(b']');
    request.end_field(start);
    Ok(())
}

fn binary_size(buffers: &[ArgumentBuffer]) -> usize {
    let sizes = buffers.iter().map(|buffer| match buffer {
        Either::A(_) => 0,
        Either::B(bytes) => bytes.len(),
    });
    sizes.sum()
}

fn append_buffer(env: Env, buffer: &ArgumentBuffer, request: &mut Request) -> Result<()> {
    match buffer {
        Either::A(text) => strings::append_out_of_band(env, text, request),
        Either::B(bytes) => {
            let start = request.begin_buffer(Encoding::Bytes);
            request.buffer().extend_from_slice(bytes);
            request.end_field(start);
            Ok(())
        }
    }
}
