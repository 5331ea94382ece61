//! Frames -> messages.

use pool_core::wire::{Encoding, Message, Output};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::support::{config, edits, field, frame, mutated};

const RESULT_WITH_BUFFERS: u8 = 10;

/// A payload of each kind as a worker sends it.
fn genuine() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let error = r#"{"type":"ValueError","message":"é","traceback":"line 1\n","missing":null}"#;
    let buffers = [
        &field(br#"{"a":"*0","b":["*1","*2 int8 1 3"]}"#)[..],
        &field(b"*"),
        &[0],
        &field(b"text"),
        &[1],
        &field(&[0x3d, 0xd8, 0x00, 0xde]),
        &[2],
        &field(&[1, 2, 3]),
    ]
    .concat();
    select(vec![
        (1, Vec::new()),
        (2, br#"{"warning":null}"#.to_vec()),
        (3, error.into()),
        (4, br#"{"1":[9007199254740993,-0.5e3],"1":"x\"y"}"#.to_vec()),
        (5, error.into()),
        (6, br#"{"message":"no","available":["a","b"]}"#.to_vec()),
        (7, br#"{"path":"output.a","message":"no"}"#.to_vec()),
        (
            8,
            br#"{"level":"warn","logger":"a.b","message":"hot","time":1,"details":{"line":1}}"#
                .to_vec(),
        ),
        (14, b"\x01text".to_vec()),
        (9, br#"{"size":18446744073709551615}"#.to_vec()),
        (15, b"[1]".to_vec()),
        (16, buffers.clone()),
        (RESULT_WITH_BUFFERS, buffers),
    ])
}

/// A frame that is well formed as such, and whose payload may be anything.
fn hostile_frame() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let json = vec(
        select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "1",
            "\"1\":",
            "true",
            "9007199254740993",
            "-",
            "e",
            "null",
            " ",
            "é",
        ]),
        0..60,
    );
    prop_oneof![
        3 => (genuine(), edits()).prop_map(|((kind, bytes), edits)| (kind, mutated(bytes, edits))),
        1 => (0..18u8, json).prop_map(|(kind, tokens)| (kind, tokens.concat().into_bytes())),
        1 => (any::<u8>(), vec(any::<u8>(), 0..200)),
        1 => unfit_buffers().prop_map(|payload| (RESULT_WITH_BUFFERS, payload)),
    ]
}

/// Fields in their places whose contents do not fit: half a code unit, no JSON, no encoding, no prefix.
fn unfit_buffers() -> impl Strategy<Value = Vec<u8>> {
    let buffer = (0..4u8, vec(any::<u8>(), 0..5))
        .prop_map(|(encoding, data)| [vec![encoding], field(&data)].concat());
    let heads = [&b""[..], b"{}"];
    (
        select(heads.to_vec()),
        select(heads.to_vec()),
        vec(buffer, 0..3),
    )
        .prop_map(|(json, prefix, buffers)| [field(json), field(prefix), buffers.concat()].concat())
}

/// What lies beside the JSON.
fn buffers() -> impl Strategy<Value = Vec<(Encoding, Vec<u8>)>> {
    let buffer = prop_oneof![
        vec(any::<u8>(), 0..40).prop_map(|text| (Encoding::Latin1, text)),
        vec(any::<[u8; 2]>(), 0..20).prop_map(|units| (Encoding::Utf16, units.concat())),
        vec(any::<u8>(), 0..40).prop_map(|bytes| (Encoding::Bytes, bytes)),
    ];
    vec(buffer, 1..=16)
}

fn encode_buffers(json: &[u8], buffers: &[(Encoding, Vec<u8>)]) -> Vec<u8> {
    let mut payload = [field(json), field(b"*")].concat();
    for (encoding, data) in buffers {
        payload.push(encoding.as_byte());
        payload.extend(field(data));
    }
    payload
}

/// The value in a payload, if it is one.
fn output(payload: &[u8]) -> Option<Output> {
    match Message::parse(frame(RESULT_WITH_BUFFERS, 1, payload), u64::MAX).ok()? {
        Message::Reply(_, Ok(output)) => Some(output),
        other => panic!("{other:?}"),
    }
}

fn buffers_of(output: &Output) -> Vec<(Encoding, Vec<u8>)> {
    let owned = output
        .buffers()
        .map(|buffer| (buffer.encoding, buffer.data.to_vec()));
    owned.collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_payload_is_a_message_of_its_kind_or_an_error(
        (kind, payload) in hostile_frame(),
        call in any::<u64>(),
    ) {
        match Message::parse(frame(kind, call, &payload), u64::MAX) {
            Err(_) => {}
            Ok(Message::Hello) => prop_assert_eq!(kind, 1),
            Ok(Message::Ready { .. }) => prop_assert_eq!(kind, 2),
            Ok(Message::LoadFailed(_)) => prop_assert_eq!(kind, 3),
            Ok(Message::Pong) => prop_assert_eq!(kind, 11),
            Ok(Message::Log(_)) => prop_assert_eq!(kind, 8),
            Ok(Message::Loads(_)) => prop_assert_eq!(kind, 18),
            Ok(Message::IsAsync(id)) => prop_assert_eq!((kind, id.0), (12, call)),
            Ok(Message::BatchEnded(id)) => prop_assert_eq!((kind, id.0), (17, call)),
            Ok(Message::Cancelling(id, _)) => prop_assert_eq!((kind, id.0), (13, call)),
            Ok(Message::Printed { call: id, text, .. }) => {
                prop_assert_eq!((kind, id.0), (14, call));
                prop_assert_eq!(&text[..], &payload[1..]);
            }
            Ok(Message::Item(id, _)) => {
                prop_assert_eq!(id.0, call);
                prop_assert!([15, 16].contains(&kind));
            }
            Ok(Message::Reply(id, reply)) => {
                prop_assert_eq!(id.0, call);
                let kinds = if reply.is_ok() { [4, 10].iter() } else { [4, 5, 6, 7, 9, 10].iter() };
                prop_assert!(kinds.copied().any(|of_reply| of_reply == kind));
            }
        }
    }

    #[test]
    fn a_value_holds_no_more_than_was_sent(
        (_, payload) in hostile_frame(),
        kind in select(vec![4, RESULT_WITH_BUFFERS]),
        limit in 0..100u64,
    ) {
        if let Ok(Message::Reply(_, Ok(output))) = Message::parse(frame(kind, 1, &payload), limit) {
            prop_assert!(payload.len() as u64 <= limit);
            let buffers: usize = output.buffers().map(|buffer| buffer.data.len()).sum();
            prop_assert!(output.json().len() + output.placeholder_prefix().len() + buffers <= payload.len());
            let mut wide = output.buffers().filter(|buffer| buffer.encoding == Encoding::Utf16);
            prop_assert!(wide.all(|buffer| buffer.data.len() % 2 == 0));
            prop_assert_eq!(kind == 4, output.placeholder_prefix().is_empty());
        }
    }

    #[test]
    fn buffers_beside_the_json_arrive_whole(buffers in buffers()) {
        let output = output(&encode_buffers(b"{}", &buffers)).unwrap();
        prop_assert_eq!(output.json(), b"{}");
        prop_assert_eq!(output.placeholder_prefix(), b"*");
        prop_assert_eq!(buffers_of(&output), buffers);
    }

    #[test]
    fn a_payload_that_was_cut_gives_whole_buffers_or_none(buffers in buffers()) {
        let payload = encode_buffers(b"{}", &buffers);
        for cut in 0..payload.len() {
            if let Some(output) = output(&payload[..cut]) {
                let found = buffers_of(&output);
                prop_assert_eq!(&found[..], &buffers[..found.len()]);
            }
        }
    }
}

#[test]
fn more_buffers_than_a_worker_sends_are_refused() {
    let buffers = |count| vec![(Encoding::Bytes, vec![b'x']); count];
    assert!(output(&encode_buffers(b"{}", &buffers(1 << 16))).is_some());
    assert!(output(&encode_buffers(b"{}", &buffers((1 << 16) + 1))).is_none());
}
