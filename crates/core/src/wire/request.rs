//! Host -> worker.

use std::num::NonZeroU16;
use std::sync::Arc;

use super::buffer::Encoding;
use super::credit::Credit;
use super::format::{HEADER_LEN, PREAMBLE_LEN};
use super::result_form::ResultForm;
use super::script::Script;

/// Maximum size of a small frame: 64 of them fit into a pipe.
const MAX_SMALL: usize = 1024;
/// Maximum size of a frame that is sent to another worker if its own does not start it.
const MAX_RESCUABLE: usize = 64 * 1024;

const INIT: u8 = 1;
const CALL: u8 = 2;
const CALL_WITH_BUFFERS: u8 = 3;
const CALL_WITH_KEYWORDS: u8 = 4;
const PING: u8 = 5;
const CANCEL: u8 = 6;
const CREDIT: u8 = 7;
const BATCH: u8 = 8;

/// The flag of a call whose items are wanted one by one.
const STREAM: u8 = 4;

/// In a frame, binary data starts at a multiple of this, so that Python can use it without a copy as an array
/// of any numeric type.
const ALIGNMENT: usize = 8;
const _: () = assert!(HEADER_LEN.is_multiple_of(ALIGNMENT));

/// An encoded `CALL`, `CALL_WITH_BUFFERS` or `CALL_WITH_KEYWORDS` frame, complete once it carries its call's number. Clones
/// share their bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    frame: Arc<Vec<u8>>,
}

impl Request {
    /// Begins a request for `function`, with room for `capacity` bytes of arguments.
    #[must_use]
    pub fn with_capacity(function: &[u8], capacity: usize) -> Self {
        let mut frame = Vec::with_capacity(HEADER_LEN + 4 + function.len() + capacity);
        frame.resize(HEADER_LEN, 0);
        frame[4] = CALL;
        push_field(&mut frame, function);
        Self {
            frame: Arc::new(frame),
        }
    }

    /// A request with the JSON text of its array of arguments.
    #[must_use]
    pub fn new(function: &str, arguments: &str) -> Self {
        let mut request = Self::with_capacity(function.as_bytes(), arguments.len());
        request.buffer().extend_from_slice(arguments.as_bytes());
        request
    }

    /// Where to append the JSON text of the arguments.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        Arc::make_mut(&mut self.frame)
    }

    /// Begins a field of unknown length; returns what [`Self::end_field`] needs.
    pub fn begin_field(&mut self) -> usize {
        let start = self.frame.len();
        self.buffer().extend_from_slice(&[0; 4]);
        start
    }

    /// Ends the field that began at `start`. A field of more than 4 GiB makes a payload over any
    /// `maxPayload`, which is never sent.
    pub fn end_field(&mut self, start: usize) {
        let len = u32::try_from(self.frame.len() - start - 4).unwrap_or(u32::MAX);
        self.buffer()[start..start + 4].copy_from_slice(&len.to_le_bytes());
    }

    /// Announces out-of-band buffers: a field follows, with the JSON of the arguments and of the paths of
    /// the buffers, and then the buffers.
    pub fn with_buffers(&mut self) {
        self.buffer()[4] = CALL_WITH_BUFFERS;
    }

    /// As [`Self::with_buffers`], of which there may be none; the JSON of the arguments is that of the list of
    /// them and of the dict of keyword arguments, in an array.
    pub fn with_keywords(&mut self) {
        self.buffer()[4] = CALL_WITH_KEYWORDS;
    }

    /// Begins a buffer, as [`Self::begin_field`].
    pub fn begin_buffer(&mut self, encoding: Encoding) -> usize {
        let frame = self.buffer();
        frame.push(encoding.as_byte());
        if encoding == Encoding::Bytes {
            let start = (frame.len() + 4).next_multiple_of(ALIGNMENT) - 4;
            frame.resize(start, 0);
        }
        self.begin_field()
    }

    /// Several calls of one function as one. They must be complete.
    #[must_use]
    pub fn batch<'a>(batch: u64, calls: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let size: usize = calls.clone().map(|call| call.frame.len()).sum();
        let mut frame = Vec::with_capacity(HEADER_LEN + size);
        frame.resize(HEADER_LEN, 0);
        frame[4] = BATCH;
        for call in calls {
            frame.extend_from_slice(&call.frame);
        }
        let mut request = Self {
            frame: Arc::new(frame),
        };
        request.number(batch);
        request
    }

    /// The name of the function.
    #[must_use]
    pub fn function(&self) -> &[u8] {
        let (_, field) = self.frame.split_at(HEADER_LEN);
        let name = field.split_first_chunk().and_then(|(len, rest)| {
            let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
            rest.get(..len)
        });
        name.unwrap_or_default()
    }

    /// Whether many such requests fit into a pipe, and sending one again is cheap. No stream counts as small: it
    /// takes long, and credit for it must not lie behind another call.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.frame.len() <= MAX_SMALL && !self.is_stream()
    }

    fn is_stream(&self) -> bool {
        self.frame[5] & STREAM != 0
    }

    /// Whether it costs little to send it to another worker as well, should one not start it.
    #[must_use]
    pub fn is_rescuable(&self) -> bool {
        self.frame.len() <= MAX_RESCUABLE
    }

    /// Size in bytes.
    #[must_use]
    pub fn frame_len(&self) -> usize {
        self.frame.len()
    }

    /// Size of the payload in bytes.
    #[must_use]
    pub fn payload_len(&self) -> usize {
        self.frame.len() - HEADER_LEN
    }

    /// Says how the numbers of the result arrive, if not in the default form.
    pub fn result_form(&mut self, form: ResultForm) {
        self.buffer()[5] |= form.flags();
    }

    /// Asks for the items of its result one by one, so many ahead of the consumer.
    pub fn stream(&mut self, window: NonZeroU16) {
        let frame = self.buffer();
        frame[5] |= STREAM;
        frame[6..8].copy_from_slice(&window.get().to_le_bytes());
    }

    /// Writes the number of the call, which completes the frame.
    pub fn number(&mut self, call: u64) {
        let frame = self.buffer();
        stamp_len(frame);
        frame[8..HEADER_LEN].copy_from_slice(&call.to_le_bytes());
    }

    /// The bytes to send.
    #[must_use]
    pub fn into_frame(self) -> Arc<Vec<u8>> {
        self.frame
    }
}

/// The frame that asks a worker whether it responds. It has a start token like a call, with the number 0.
#[must_use]
pub fn ping() -> Vec<u8> {
    let mut frame = vec![0; HEADER_LEN];
    frame[4] = PING;
    frame
}

/// The frame that asks a worker to cancel a call, for those without a pipe of cancels.
#[must_use]
pub fn cancel(call: u64) -> Vec<u8> {
    let mut frame = vec![0; HEADER_LEN];
    frame[4] = CANCEL;
    frame[8..].copy_from_slice(&call.to_le_bytes());
    frame
}

/// The frame that tells a worker what the consumer of a stream has taken.
#[must_use]
pub fn credit(call: u64, Credit { items, bytes }: Credit) -> Vec<u8> {
    let mut frame = vec![0; HEADER_LEN];
    frame[4] = CREDIT;
    frame[8..].copy_from_slice(&call.to_le_bytes());
    frame.extend_from_slice(&items.to_le_bytes());
    frame.extend_from_slice(&bytes.to_le_bytes());
    stamp_len(&mut frame);
    frame
}

/// The number of the call in a frame, or 0 if it is none.
#[must_use]
pub fn call_of(frame: &[u8]) -> u64 {
    let number = frame
        .get(8..HEADER_LEN)
        .and_then(|bytes| bytes.try_into().ok());
    number.map_or(0, u64::from_le_bytes)
}

/// What a worker needs to know before it runs user code.
#[derive(Clone, Debug)]
pub struct Init<'a> {
    /// The first bytes that the worker sends.
    pub preamble: [u8; PREAMBLE_LEN],
    /// The user's script.
    pub script: Script<'a>,
    /// Maximum size of a payload in bytes.
    pub max_payload: u64,
    /// Where the worker finds the pipe for what it prints to stdout.
    pub stdout_log: i64,
    /// Where the worker finds the pipe for its stacks; -1 for none.
    pub trace: i64,
    /// Where the worker finds the start tokens of its calls; -1 where it may start them all.
    pub start_tokens: i64,
    /// Whether calls are traced; `None` leaves it to the worker's environment.
    pub tracing: Option<bool>,
    /// Name of the Python package with hooks for the callers' conventions; empty for none.
    pub plugin: &'a str,
    /// The function that calls are expected to name; empty for none.
    pub function: &'a str,
    /// How many async calls the worker may run at the same time.
    pub concurrency: u64,
    /// How many plain functions the worker may run at the same time, in threads if more than one.
    pub threads: u64,
    /// Where the worker finds the numbers of cancelled calls; -1 for none, then [`cancel`] is sent.
    pub cancels: i64,
    /// Whether the worker reports the files of the user's project that it loads.
    pub reports_files: bool,
}

impl Init<'_> {
    /// The encoded `INIT` frame.
    #[must_use]
    pub fn into_frame(self) -> Vec<u8> {
        let mut frame = vec![0; HEADER_LEN];
        frame[4] = INIT;
        push_field(&mut frame, &self.preamble);
        push_field(&mut frame, &self.script.kind().to_le_bytes());
        push_field(&mut frame, self.script.name());
        push_field(&mut frame, &self.max_payload.to_le_bytes());
        push_field(&mut frame, &self.stdout_log.to_le_bytes());
        push_field(&mut frame, &self.trace.to_le_bytes());
        push_field(&mut frame, &self.start_tokens.to_le_bytes());
        push_field(
            &mut frame,
            &self.tracing.map_or(-1, i64::from).to_le_bytes(),
        );
        push_field(&mut frame, self.plugin.as_bytes());
        push_field(&mut frame, self.function.as_bytes());
        push_field(&mut frame, &self.concurrency.to_le_bytes());
        push_field(&mut frame, &self.threads.to_le_bytes());
        push_field(&mut frame, &self.cancels.to_le_bytes());
        push_field(&mut frame, &i64::from(self.reports_files).to_le_bytes());
        stamp_len(&mut frame);
        frame
    }
}

fn push_field(frame: &mut Vec<u8>, field: &[u8]) {
    let len = u32::try_from(field.len()).expect("names and paths are shorter than 4 GiB");
    frame.extend_from_slice(&len.to_le_bytes());
    frame.extend_from_slice(field);
}

fn stamp_len(frame: &mut [u8]) {
    let len = u32::try_from(frame.len() - HEADER_LEN)
        .expect("the pool refuses payloads over maxPayload, which is below 4 GiB");
    frame[..4].copy_from_slice(&len.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(call: u64) -> Request {
        let mut request = Request::new("call_api", "[1]");
        request.number(call);
        request
    }

    #[test]
    fn a_call_carries_length_kind_id_name_and_arguments() {
        let frame = numbered(7).into_frame();
        assert_eq!(
            &frame[..16],
            [15, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]
        );
        assert_eq!(&frame[16..], b"\x08\0\0\0call_api[1]");
    }

    #[test]
    fn the_number_of_a_call_can_be_read_from_its_frame() {
        assert_eq!(call_of(&numbered(7).into_frame()), 7);
        assert_eq!(call_of(&ping()), 0);
        assert_eq!(call_of(b""), 0);
    }

    #[test]
    fn the_form_of_the_result_is_in_the_header() {
        for (arrays_as_lists, nan_as_null, flags) in [
            (false, false, 0),
            (true, false, 1),
            (false, true, 2),
            (true, true, 3),
        ] {
            let mut request = numbered(7);
            request.result_form(ResultForm {
                arrays_as_lists,
                nan_as_null,
            });
            assert_eq!(request.into_frame()[4..8], [2, flags, 0, 0]);
        }
    }

    #[test]
    fn clones_share_their_bytes_until_one_is_changed() {
        let mut request = numbered(7);
        let sent = request.clone().into_frame();
        assert!(Arc::ptr_eq(&sent, &request.clone().into_frame()));
        request.number(8);
        assert_eq!(sent[8], 7);
        assert_eq!(request.into_frame(), numbered(8).into_frame());
    }

    #[test]
    fn binary_buffers_are_aligned() {
        let mut request = Request::with_capacity(b"f", 0);
        request.with_buffers();
        for encoding in [Encoding::Bytes, Encoding::Latin1, Encoding::Bytes] {
            let start = request.begin_buffer(encoding);
            request.buffer().extend_from_slice(b"abc");
            request.end_field(start);
        }
        let frame = request.into_frame();
        assert_eq!(frame[4], 3);
        let buffers = b"\x02\0\0\0\0\0\0\x03\0\0\0abc\0\x03\0\0\0abc\x02\x03\0\0\0abc";
        assert_eq!(&frame[16..], [&b"\x01\0\0\0f"[..], buffers].concat());
    }

    #[test]
    fn a_stream_has_its_flag_beside_those_of_the_form_and_its_window_in_the_header() {
        let mut request = numbered(7);
        assert!(request.is_small());
        request.stream(NonZeroU16::new(0x0140).unwrap());
        request.result_form(ResultForm {
            arrays_as_lists: false,
            nan_as_null: true,
        });
        assert!(!request.is_small());
        assert_eq!(request.into_frame()[4..8], [2, 6, 0x40, 1]);
    }

    #[test]
    fn a_credit_counts_items_and_bytes() {
        let taken = Credit {
            items: 32,
            bytes: 258,
        };
        let frame = credit(5, taken);
        assert_eq!(
            frame[..16],
            [16, 0, 0, 0, 7, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]
        );
        assert_eq!(frame[16..24], 32_u64.to_le_bytes());
        assert_eq!(frame[24..], 258_u64.to_le_bytes());
    }

    #[test]
    fn a_cancel_names_its_call() {
        let frame = cancel(258);
        assert_eq!(frame, [0, 0, 0, 0, 6, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn an_init_is_fourteen_fields() {
        let init = Init {
            preamble: [9; 16],
            script: Script::File(b"a|b\n.py"),
            max_payload: 1,
            stdout_log: 3,
            trace: -1,
            start_tokens: -1,
            tracing: Some(true),
            plugin: "hooks",
            function: "f",
            concurrency: 2,
            threads: 3,
            cancels: -1,
            reports_files: true,
        };
        let frame = init.into_frame();
        assert_eq!(frame.len(), 16 + 14 * 4 + 16 + 7 + 10 * 8 + 5 + 1);
        assert_eq!(frame[4], 1);
        let numbers = b"\x08\0\0\0\x02\0\0\0\0\0\0\0\x08\0\0\0\x03\0\0\0\0\0\0\0\x08\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x08\0\0\0\x01\0\0\0\0\0\0\0";
        let texts = b"\x01\0\0\0\0\0\0\0\x05\0\0\0hooks\x01\0\0\0f";
        assert!(frame.ends_with(&[&texts[..], numbers].concat()));
    }
}
