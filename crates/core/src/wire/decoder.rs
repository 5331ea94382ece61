//! Bytes -> frames: a codec that knows bytes, not pipes.

use super::error::ProtocolError;
use super::format::{HEADER_LEN, PREAMBLE_LEN};

/// Maximum output of the interpreter's start-up hooks before the preamble.
const MAX_NOISE: usize = 1 << 20;
/// Maximum size allocated for a payload before its bytes arrive: the length in a header is checked against the
/// limit, but memory follows what was really sent.
const MAX_FIRST_ALLOCATION: usize = 1 << 20;

/// A frame, as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its kind; checked by [`super::Message::parse`].
    pub kind: u8,
    /// The call it belongs to; 0 for none.
    pub call: u64,
    /// Its payload.
    pub payload: Vec<u8>,
}

/// Takes bytes in pieces of any size and yields complete frames.
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Looks for the preamble in what start-up hooks print.
    Preamble {
        preamble: [u8; PREAMBLE_LEN],
        seen: Vec<u8>,
    },
    Header {
        bytes: [u8; HEADER_LEN],
        filled: usize,
    },
    Payload {
        kind: u8,
        call: u64,
        missing: usize,
        payload: Vec<u8>,
    },
    /// Nothing after an error is a frame, whatever it looks like.
    Failed(ProtocolError),
}

const EMPTY_HEADER: State = State::Header {
    bytes: [0; HEADER_LEN],
    filled: 0,
};

impl Decoder {
    /// A decoder for a worker that begins with `preamble` and sends payloads of at most `limit` bytes.
    #[must_use]
    pub fn new(preamble: [u8; PREAMBLE_LEN], limit: usize) -> Self {
        Self {
            limit,
            state: State::Preamble {
                preamble,
                seen: Vec::new(),
            },
        }
    }

    /// How many bytes of the current payload are missing.
    #[must_use]
    pub fn missing(&self) -> usize {
        match &self.state {
            State::Payload { missing, .. } => *missing,
            _ => 0,
        }
    }

    /// Takes bytes from the front of `input`, up to the end of the next complete frame. Returns `None` if all of
    /// `input` was taken and more is needed. After an error, it always returns that error.
    pub fn next_frame(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, ProtocolError> {
        let next = self.advance(input);
        if let Err(error) = &next {
            self.state = State::Failed(error.clone());
        }
        next
    }

    fn advance(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, ProtocolError> {
        loop {
            match &mut self.state {
                State::Preamble { preamble, seen } => {
                    if !find_preamble(*preamble, seen, input)? {
                        return Ok(None);
                    }
                    self.state = EMPTY_HEADER;
                }
                State::Header { bytes, filled } => {
                    let taken = take(input, HEADER_LEN - *filled);
                    bytes[*filled..*filled + taken.len()].copy_from_slice(taken);
                    *filled += taken.len();
                    if *filled < HEADER_LEN {
                        return Ok(None);
                    }
                    self.state = parse_header(*bytes, self.limit)?;
                }
                State::Payload {
                    kind,
                    call,
                    missing,
                    payload,
                } => {
                    let taken = take(input, *missing);
                    payload.extend_from_slice(taken);
                    *missing -= taken.len();
                    if *missing > 0 {
                        return Ok(None);
                    }
                    let frame = Frame {
                        kind: *kind,
                        call: *call,
                        payload: std::mem::take(payload),
                    };
                    self.state = EMPTY_HEADER;
                    return Ok(Some(frame));
                }
                State::Failed(error) => return Err(error.clone()),
            }
        }
    }
}

fn take<'a>(input: &mut &'a [u8], max: usize) -> &'a [u8] {
    let (taken, rest) = input.split_at(max.min(input.len()));
    *input = rest;
    taken
}

/// Takes input up to the end of the preamble; returns whether that was found.
fn find_preamble(
    preamble: [u8; PREAMBLE_LEN],
    seen: &mut Vec<u8>,
    input: &mut &[u8],
) -> Result<bool, ProtocolError> {
    let before = seen.len();
    let start = before.saturating_sub(PREAMBLE_LEN - 1);
    seen.extend_from_slice(input);
    if let Some(at) = memchr::memmem::find(&seen[start..], &preamble) {
        let end = start + at + PREAMBLE_LEN;
        *input = &input[end - before..];
        return Ok(true);
    }
    *input = &[];
    if seen.len() > MAX_NOISE {
        return Err(ProtocolError::NoPreamble(seen.len()));
    }
    Ok(false)
}

fn parse_header(bytes: [u8; HEADER_LEN], limit: usize) -> Result<State, ProtocolError> {
    let [l0, l1, l2, l3, kind, p0, p1, p2, id @ ..] = bytes;
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    if [p0, p1, p2] != [0; 3] {
        return Err(ProtocolError::BadHeader(bytes));
    }
    match usize::try_from(length) {
        Ok(missing) if missing <= limit => Ok(State::Payload {
            kind,
            call: u64::from_le_bytes(id),
            missing,
            payload: Vec::with_capacity(missing.min(MAX_FIRST_ALLOCATION)),
        }),
        _ => Err(ProtocolError::TooLong {
            length: length.into(),
            limit: limit as u64,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREAMBLE: [u8; PREAMBLE_LEN] = *b"0123456789abcdef";

    fn encode(kind: u8, call: u64, payload: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(payload.len()).unwrap().to_le_bytes().to_vec();
        bytes.extend([kind, 0, 0, 0]);
        bytes.extend(call.to_le_bytes());
        bytes.extend(payload);
        bytes
    }

    /// Feeds `bytes` in pieces of `size`.
    fn decode(bytes: &[u8], size: usize, limit: usize) -> Result<Vec<Frame>, ProtocolError> {
        let mut decoder = Decoder::new(PREAMBLE, limit);
        let mut frames = Vec::new();
        for mut piece in bytes.chunks(size) {
            while let Some(frame) = decoder.next_frame(&mut piece)? {
                frames.push(frame);
            }
            assert!(piece.is_empty());
        }
        Ok(frames)
    }

    #[test]
    fn frames_survive_any_split() {
        let mut bytes = b"noise 0123456 \n".to_vec();
        bytes.extend(PREAMBLE);
        bytes.extend(encode(4, 1, b""));
        bytes.extend(encode(4, u64::MAX, b"[1,2]"));
        bytes.extend(encode(8, 0, &[7; 300]));
        let whole = decode(&bytes, bytes.len(), 300).unwrap();
        assert_eq!(whole.len(), 3);
        assert_eq!(
            whole[1],
            Frame {
                kind: 4,
                call: u64::MAX,
                payload: b"[1,2]".to_vec()
            }
        );
        for size in 1..40 {
            assert_eq!(
                decode(&bytes, size, 300).unwrap(),
                whole,
                "pieces of {size}"
            );
        }
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_its_bytes_come() {
        let mut bytes = PREAMBLE.to_vec();
        bytes.extend(&encode(4, 1, &[0; 11])[..HEADER_LEN]);
        assert_eq!(
            decode(&bytes, 64, 10),
            Err(ProtocolError::TooLong {
                length: 11,
                limit: 10
            })
        );
    }

    #[test]
    fn padding_must_be_zero() {
        let mut bytes = PREAMBLE.to_vec();
        bytes.extend(b"a line of text, no frame");
        assert!(matches!(
            decode(&bytes, 5, 10),
            Err(ProtocolError::BadHeader(_))
        ));
    }

    #[test]
    fn endless_noise_is_refused() {
        let noise = vec![b'x'; MAX_NOISE + 1];
        assert!(matches!(
            decode(&noise, 4096, 10),
            Err(ProtocolError::NoPreamble(_))
        ));
    }

    #[test]
    fn a_large_length_alone_costs_little_memory() {
        let mut decoder = Decoder::new(PREAMBLE, u32::MAX as usize);
        let mut bytes = PREAMBLE.to_vec();
        bytes.extend([0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(decoder.next_frame(&mut bytes.as_slice()), Ok(None));
        let State::Payload { payload, .. } = &decoder.state else {
            panic!("{decoder:?}")
        };
        assert!(payload.capacity() <= MAX_FIRST_ALLOCATION);
    }
}
