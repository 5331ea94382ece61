//! Streams as a worker may write them, and a decoder to compare with.

use pool_core::wire::{Decoder, Frame, HEADER_LEN, PREAMBLE_LEN, ProtocolError};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::FileFailurePersistence;

pub(crate) const PREAMBLE: [u8; PREAMBLE_LEN] = *b"0123456789abcdef";

/// The usual number of cases, or that of the environment; failing ones are kept beside the test.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    }
}

pub(crate) fn frame(kind: u8, call: u64, payload: &[u8]) -> Frame {
    Frame {
        kind,
        call,
        payload: payload.to_vec(),
    }
}

pub(crate) fn encode(frame: &Frame) -> Vec<u8> {
    let mut bytes = u32::try_from(frame.payload.len())
        .unwrap()
        .to_le_bytes()
        .to_vec();
    bytes.extend([frame.kind, 0, 0, 0]);
    bytes.extend(frame.call.to_le_bytes());
    bytes.extend(&frame.payload);
    bytes
}

pub(crate) fn field(bytes: &[u8]) -> Vec<u8> {
    let mut field = u32::try_from(bytes.len()).unwrap().to_le_bytes().to_vec();
    field.extend(bytes);
    field
}

pub(crate) fn frames() -> impl Strategy<Value = Vec<Frame>> {
    let one = (any::<u8>(), any::<u64>(), vec(any::<u8>(), 0..40));
    vec(
        one.prop_map(|(kind, call, payload)| frame(kind, call, &payload)),
        0..6,
    )
}

/// A change to a stream or payload.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Cut(Index),
}

pub(crate) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = any::<Index>;
    vec(
        prop_oneof![
            (at(), 1..=u8::MAX).prop_map(|(at, bits)| Edit::Flip(at, bits)),
            (at(), vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
            (at(), 1..20usize).prop_map(|(at, count)| Edit::Remove(at, count)),
            at().prop_map(Edit::Cut),
        ],
        1..4,
    )
}

pub(crate) fn mutated(mut bytes: Vec<u8>, edits: Vec<Edit>) -> Vec<u8> {
    for edit in edits {
        if bytes.is_empty() {
            break;
        }
        let len = bytes.len();
        match edit {
            Edit::Flip(at, bits) => bytes[at.index(len)] ^= bits,
            Edit::Insert(at, new) => drop(bytes.splice(at.index(len)..at.index(len), new)),
            Edit::Remove(at, count) => {
                let at = at.index(len);
                drop(bytes.drain(at..len.min(at + count)));
            }
            Edit::Cut(at) => bytes.truncate(at.index(len)),
        }
    }
    bytes
}

/// What may follow the preamble: random bytes, or mutated frames.
pub(crate) fn hostile_stream() -> impl Strategy<Value = Vec<u8>> {
    let tampered = (frames(), edits()).prop_map(|(frames, edits)| {
        let bytes = frames.iter().flat_map(encode).collect();
        mutated(bytes, edits)
    });
    prop_oneof![1 => vec(any::<u8>(), 0..300), 4 => tampered]
}

/// Sizes of the pieces of a stream, repeated as needed.
pub(crate) fn piece_sizes() -> impl Strategy<Value = Vec<usize>> {
    vec(prop_oneof![1..4usize, 1..80usize], 1..8)
}

/// Cuts `bytes` into pieces of these sizes.
pub(crate) fn pieces<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = bytes;
    let mut pieces = Vec::new();
    for &size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at(size.min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// The frames in a stream, and the error that ended it.
pub(crate) type Decoded = (Vec<Frame>, Option<ProtocolError>);

pub(crate) fn decode<'a>(
    decoder: &mut Decoder,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Decoded {
    let mut frames = Vec::new();
    for mut piece in pieces {
        loop {
            match decoder.next_frame(&mut piece) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
        assert!(piece.is_empty(), "the decoder left bytes and wants more");
    }
    (frames, None)
}

/// Decodes what follows the preamble by the letter of the protocol, all at once.
pub(crate) fn decode_by_the_letter(mut bytes: &[u8], limit: usize) -> Decoded {
    let mut frames = Vec::new();
    while let Some((header, rest)) = bytes.split_first_chunk::<HEADER_LEN>() {
        if header[5..8] != [0, 0, 0] {
            return (frames, Some(ProtocolError::BadHeader(*header)));
        }
        let length = u32::from_le_bytes(header[..4].try_into().unwrap());
        let size = length as usize;
        if size > limit {
            let (length, limit) = (length.into(), limit as u64);
            return (frames, Some(ProtocolError::TooLong { length, limit }));
        }
        let Some(payload) = rest.get(..size) else {
            break;
        };
        let call = u64::from_le_bytes(header[8..].try_into().unwrap());
        frames.push(frame(header[4], call, payload));
        bytes = &rest[size..];
    }
    (frames, None)
}
