//! Bytes -> frames.

use pool_core::wire::{Decoder, PREAMBLE_LEN, ProtocolError};
use proptest::collection::vec;
use proptest::prelude::*;

use super::support::{
    PREAMBLE, config, decode, decode_by_the_letter, encode, frames, hostile_stream, piece_sizes,
    pieces,
};

/// What a start-up hook may print, the beginning of a preamble included.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        (1..PREAMBLE_LEN).prop_map(|len| PREAMBLE[..len].to_vec()),
        (1..PREAMBLE_LEN).prop_map(|len| PREAMBLE[len..].to_vec()),
        vec(any::<u8>(), 1..20),
    ];
    vec(piece, 0..8)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("no noise", |noise| {
            // The preamble must not begin within the noise either.
            let all = [&noise[..], &PREAMBLE].concat();
            all.windows(PREAMBLE_LEN).position(|part| part == PREAMBLE) == Some(noise.len())
        })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn frames_survive_every_split(noise in noise(), frames in frames()) {
        let mut bytes = [&noise[..], &PREAMBLE].concat();
        bytes.extend(frames.iter().flat_map(encode));
        for cut in 0..=bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let decoded = decode(&mut Decoder::new(PREAMBLE, 40), [first, second]);
            prop_assert_eq!(&decoded.0, &frames, "cut at {}", cut);
            prop_assert_eq!(decoded.1, None);
        }
    }

    #[test]
    fn any_bytes_in_any_pieces_are_decoded_by_the_letter(
        stream in hostile_stream(),
        sizes in piece_sizes(),
        limit in prop_oneof![0..60usize, Just(u32::MAX as usize)],
    ) {
        let bytes = [&PREAMBLE[..], &stream].concat();
        let decoded = decode(&mut Decoder::new(PREAMBLE, limit), pieces(&bytes, &sizes));
        prop_assert_eq!(decoded, decode_by_the_letter(&stream, limit));
    }

    #[test]
    fn bytes_without_a_preamble_are_not_frames(
        stream in hostile_stream(),
        sizes in piece_sizes(),
    ) {
        prop_assume!(!stream.windows(PREAMBLE_LEN).any(|part| part == PREAMBLE));
        let decoded = decode(&mut Decoder::new(PREAMBLE, 40), pieces(&stream, &sizes));
        prop_assert_eq!(decoded, (vec![], None));
    }

    #[test]
    fn after_an_error_nothing_more_is_decoded(
        stream in hostile_stream(),
        sizes in piece_sizes(),
        later in frames(),
    ) {
        let mut decoder = Decoder::new(PREAMBLE, 40);
        // Wherever the stream ends, no valid header follows it.
        let bytes = [&PREAMBLE[..], &stream, &[0xff; 80]].concat();
        let (_, error) = decode(&mut decoder, pieces(&bytes, &sizes));
        prop_assert!(error.is_some());
        for beginning in [&b""[..], &PREAMBLE] {
            let mut bytes = beginning.to_vec();
            bytes.extend(later.iter().flat_map(encode));
            bytes.push(0);
            let decoded = decode(&mut decoder, pieces(&bytes, &sizes));
            prop_assert_eq!(decoded, (vec![], error.clone()));
        }
    }
}

#[test]
fn a_preamble_that_comes_too_late_does_not_count() {
    let mut decoder = Decoder::new(PREAMBLE, 40);
    let noise = vec![b'x'; (1 << 20) + 1];
    let (_, error) = decode(&mut decoder, [&noise[..]]);
    assert_eq!(error, Some(ProtocolError::NoPreamble(noise.len())));
    let (_, again) = decode(&mut decoder, [&PREAMBLE[..]]);
    assert_eq!(again, error);
}
