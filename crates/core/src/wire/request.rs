//! Host -> worker.

use std::sync::Arc;

use super::{Form, HEADER_LEN, PREAMBLE_LEN};

/// In bytes: 64 frames of this size fit into a pipe.
const SMALL: usize = 1024;

const INIT: u8 = 1;
const CALL: u8 = 2;
const CALL_WITH_PARTS: u8 = 3;

/// In a frame, binary data begin at a multiple of this, so that Python need not copy them to use them
/// as an array of any kind of number.
const ALIGNMENT: usize = 8;
const _: () = assert!(HEADER_LEN.is_multiple_of(ALIGNMENT));

/// An encoded `CALL` or `CALL_WITH_PARTS` frame, whole once it has its call's number. Its clones share
/// one buffer.
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

    /// Begins a field of unknown length, of which [`Self::end_field`] is told.
    pub fn begin_field(&mut self) -> usize {
        let start = self.frame.len();
        self.buffer().extend_from_slice(&[0; 4]);
        start
    }

    /// Ends the field that began at `start`. One of more than 4 GiB makes a payload that is longer
    /// than any pool takes, and is not sent.
    pub fn end_field(&mut self, start: usize) {
        let len = u32::try_from(self.frame.len() - start - 4).unwrap_or(u32::MAX);
        self.buffer()[start..start + 4].copy_from_slice(&len.to_le_bytes());
    }

    /// From here on follow a field, the JSON of the arguments and of where the parts belong, and the
    /// parts.
    pub fn with_parts(&mut self) {
        self.buffer()[4] = CALL_WITH_PARTS;
    }

    /// Begins a part, as [`Self::begin_field`].
    pub fn begin_part(&mut self, form: Form) -> usize {
        let frame = self.buffer();
        frame.push(form.as_byte());
        if form == Form::Bytes {
            let start = (frame.len() + 4).next_multiple_of(ALIGNMENT) - 4;
            frame.resize(start, 0);
        }
        self.begin_field()
    }

    /// Whether several of it fit into a pipe, and it costs little to send it again.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.frame.len() <= SMALL
    }

    /// Size of the payload in bytes.
    #[must_use]
    pub fn payload_len(&self) -> usize {
        self.frame.len() - HEADER_LEN
    }

    /// Gives it the number of its call, which makes it whole.
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

/// What a worker is told before it runs user code.
#[derive(Clone, Debug)]
pub struct Init<'a> {
    /// What the worker has to begin with.
    pub preamble: [u8; PREAMBLE_LEN],
    /// Path of the user's script, as the operating system spells it.
    pub script: &'a [u8],
    /// Bound on a payload in bytes.
    pub max_payload: u64,
    /// Where the worker finds the pipe for what it prints to stdout.
    pub stdout_log: i64,
    /// Where the worker finds the pipe for its stacks; -1 for none.
    pub trace: i64,
    /// Where the worker finds which calls it may start; -1 where it may start all.
    pub claims: i64,
    /// Whether calls are traced; `None` leaves it to the worker's environment.
    pub tracing: Option<bool>,
    /// Name of the Python package with hooks for the callers' conventions; empty for none.
    pub plugin: &'a str,
}

impl Init<'_> {
    /// The encoded `INIT` frame.
    #[must_use]
    pub fn into_frame(self) -> Vec<u8> {
        let mut frame = vec![0; HEADER_LEN];
        frame[4] = INIT;
        push_field(&mut frame, &self.preamble);
        push_field(&mut frame, self.script);
        push_field(&mut frame, &self.max_payload.to_le_bytes());
        push_field(&mut frame, &self.stdout_log.to_le_bytes());
        push_field(&mut frame, &self.trace.to_le_bytes());
        push_field(&mut frame, &self.claims.to_le_bytes());
        push_field(
            &mut frame,
            &self.tracing.map_or(-1, i64::from).to_le_bytes(),
        );
        push_field(&mut frame, self.plugin.as_bytes());
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
    fn clones_share_their_bytes_until_one_is_changed() {
        let mut request = numbered(7);
        let sent = request.clone().into_frame();
        assert!(Arc::ptr_eq(&sent, &request.clone().into_frame()));
        request.number(8);
        assert_eq!(sent[8], 7);
        assert_eq!(request.into_frame(), numbered(8).into_frame());
    }

    #[test]
    fn binary_parts_are_aligned() {
        let mut request = Request::with_capacity(b"f", 0);
        request.with_parts();
        for form in [Form::Bytes, Form::Latin1, Form::Bytes] {
            let start = request.begin_part(form);
            request.buffer().extend_from_slice(b"abc");
            request.end_field(start);
        }
        let frame = request.into_frame();
        assert_eq!(frame[4], 3);
        let parts = b"\x02\0\0\0\0\0\0\x03\0\0\0abc\0\x03\0\0\0abc\x02\x03\0\0\0abc";
        assert_eq!(&frame[16..], [&b"\x01\0\0\0f"[..], parts].concat());
    }

    #[test]
    fn an_init_is_eight_fields() {
        let init = Init {
            preamble: [9; 16],
            script: b"a|b\n.py",
            max_payload: 1,
            stdout_log: 3,
            trace: -1,
            claims: -1,
            tracing: Some(true),
            plugin: "hooks",
        };
        let frame = init.into_frame();
        assert_eq!(frame.len(), 16 + 8 * 4 + 16 + 7 + 5 * 8 + 5);
        assert_eq!(frame[4], 1);
        assert_eq!(
            frame[frame.len() - 17..],
            *b"\x01\0\0\0\0\0\0\0\x05\0\0\0hooks"
        );
    }
}
