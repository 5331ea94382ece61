//! Frames -> messages.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use python_worker_pool::protocol::{Encoding, Message, Output};

use super::support::{config, edits, field, frame, mutated};

const RESULT_WITH_STRINGS: u8 = 10;

/// A payload of each kind as a worker sends it.
fn genuine() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let error = r#"{"type":"ValueError","message":"é","traceback":"line 1\n","missing":null}"#;
    let strings = [
        &field(br#"{"a":null,"b":null}"#)[..],
        &field(b"a"),
        &[0],
        &field(b"text"),
        &field(b"b"),
        &[1],
        &field(&[0x3d, 0xd8, 0x00, 0xde]),
    ]
    .concat();
    select(vec![
        (1, br#"{"pid":7}"#.to_vec()),
        (2, br#"{"version":"3.11.7","executable":"/bin/p"}"#.to_vec()),
        (3, error.into()),
        (4, br#"{"1":[9007199254740993,-0.5e3],"1":"x\"y"}"#.to_vec()),
        (5, error.into()),
        (6, br#"{"message":"no","available":["a","b"]}"#.to_vec()),
        (7, br#"{"path":"output.a","message":"no"}"#.to_vec()),
        (
            8,
            br#"{"level":"warn","logger":"a.b","message":"hot"}"#.to_vec(),
        ),
        (9, br#"{"size":18446744073709551615}"#.to_vec()),
        (RESULT_WITH_STRINGS, strings),
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
        1 => (0..12u8, json).prop_map(|(kind, tokens)| (kind, tokens.concat().into_bytes())),
        1 => (any::<u8>(), vec(any::<u8>(), 0..200)),
        1 => unfit_strings().prop_map(|payload| (RESULT_WITH_STRINGS, payload)),
    ]
}

/// Fields in their places whose contents do not fit: half a character, no JSON, no encoding.
fn unfit_strings() -> impl Strategy<Value = Vec<u8>> {
    let string = (0..3u8, vec(any::<u8>(), 0..5))
        .prop_map(|(encoding, text)| [field(b""), vec![encoding], field(&text)].concat());
    (select(vec![&b""[..], b"{}"]), vec(string, 0..3))
        .prop_map(|(json, strings)| [field(json), strings.concat()].concat())
}

/// Strings as they lie beside the JSON: key, encoding, text.
fn strings() -> impl Strategy<Value = Vec<(String, Encoding, Vec<u8>)>> {
    let text = prop_oneof![
        vec(any::<u8>(), 0..40).prop_map(|text| (Encoding::Latin1, text)),
        vec(any::<[u8; 2]>(), 0..20).prop_map(|units| (Encoding::Utf16, units.concat())),
    ];
    let one = (".{0,9}", text).prop_map(|(key, (encoding, text))| (key, encoding, text));
    vec(one, 1..=16)
}

fn encode_strings(json: &[u8], strings: &[(String, Encoding, Vec<u8>)]) -> Vec<u8> {
    let mut payload = field(json);
    for (key, encoding, text) in strings {
        payload.extend(field(key.as_bytes()));
        payload.push(encoding.as_byte());
        payload.extend(field(text));
    }
    payload
}

/// The value in a payload, if it is one.
fn output(payload: &[u8]) -> Option<Output> {
    match Message::parse(frame(RESULT_WITH_STRINGS, 1, payload), u64::MAX).ok()? {
        Message::Reply(_, Ok(output)) => Some(output),
        other => panic!("{other:?}"),
    }
}

fn strings_of(output: &Output) -> Vec<(String, Encoding, Vec<u8>)> {
    let owned = |key: &[u8]| String::from_utf8(key.to_vec()).unwrap();
    output
        .strings()
        .map(|string| (owned(string.key), string.encoding, string.text.to_vec()))
        .collect()
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
            Ok(Message::Hello { .. }) => prop_assert_eq!(kind, 1),
            Ok(Message::Ready { .. }) => prop_assert_eq!(kind, 2),
            Ok(Message::LoadFailed(_)) => prop_assert_eq!(kind, 3),
            Ok(Message::Log(_)) => prop_assert_eq!(kind, 8),
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
        kind in select(vec![4, RESULT_WITH_STRINGS]),
        limit in 0..100u64,
    ) {
        if let Ok(Message::Reply(_, Ok(output))) = Message::parse(frame(kind, 1, &payload), limit) {
            prop_assert!(payload.len() as u64 <= limit);
            let parts = output.strings().map(|string| string.key.len() + string.text.len());
            prop_assert!(output.json().len() + parts.sum::<usize>() <= payload.len());
            let mut wide = output.strings().filter(|string| string.encoding == Encoding::Utf16);
            prop_assert!(wide.all(|string| string.text.len() % 2 == 0));
            prop_assert!(kind == 4 || !output.json().is_empty() || output.strings().len() == 1);
        }
    }

    #[test]
    fn strings_beside_the_json_arrive_whole(strings in strings()) {
        let output = output(&encode_strings(b"{}", &strings)).unwrap();
        prop_assert_eq!(output.json(), b"{}");
        prop_assert_eq!(strings_of(&output), strings);
    }

    #[test]
    fn a_payload_that_was_cut_gives_whole_strings_or_none(strings in strings()) {
        let payload = encode_strings(b"{}", &strings);
        for cut in 0..payload.len() {
            if let Some(output) = output(&payload[..cut]) {
                let found = strings_of(&output);
                prop_assert_eq!(&found[..], &strings[..found.len()]);
            }
        }
    }
}

#[test]
fn more_strings_than_a_worker_sends_are_refused() {
    let string = |n: usize| (n.to_string(), Encoding::Latin1, vec![b'x']);
    let most: Vec<_> = (0..16).map(string).collect();
    assert!(output(&encode_strings(b"{}", &most)).is_some());
    let more: Vec<_> = (0..17).map(string).collect();
    assert!(output(&encode_strings(b"{}", &more)).is_none());
}
