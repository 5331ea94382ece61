//! The check of results agrees with a slow walk over the value.

use pool_core::failure::Failure;
use pool_core::wire::Message;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::support::{config, frame};

const MAX_SAFE_INTEGER: i128 = (1 << 53) - 1;

/// A value as Python's encoder may write it: keys may repeat if they were no strings before.
#[derive(Clone, Debug)]
enum Value {
    Word(&'static str),
    Integer(i128),
    Text(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// A number on either side of what is looked for, or near it in form.
fn integer() -> impl Strategy<Value = i128> {
    prop_oneof![
        3 => -1000..1000i128,
        // As short as an integer that is too long can be, so that the quick scan just sees it.
        2 => MAX_SAFE_INTEGER..10_000_000_000_000_000,
        1 => (MAX_SAFE_INTEGER - 2)..(MAX_SAFE_INTEGER + 3),
        1 => (-MAX_SAFE_INTEGER - 2)..(-MAX_SAFE_INTEGER + 3),
        1 => any::<i64>().prop_map(i128::from),
        1 => any::<i128>(),
    ]
}

fn key() -> impl Strategy<Value = String> {
    let once_no_string = ["1", "-1", "2.5", "1e+16", "true", "false", "null"];
    prop_oneof![
        1 => select(once_no_string.to_vec()).prop_map(str::to_owned),
        2 => "[a-z\"\\\\:{\\[é]{0,6}[xyz]",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let words = [
        "null",
        "true",
        "false",
        "-0.0",
        "0.1234567890123456",
        "1e-300",
    ];
    let text = prop_oneof!["[\\PC\n]{0,12}", "[0-9.]{14,40}", "[\",:\\[{0-9\\\\]{0,20}"];
    let leaf = prop_oneof![
        2 => select(words.to_vec()).prop_map(Value::Word),
        2 => integer().prop_map(Value::Integer),
        1 => text.prop_map(Value::Text),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            vec((key(), inner), 0..6).prop_map(|items| Value::Object(without_copies(items))),
        ]
    })
}

/// Keys that were strings in Python are there once; the others begin with a sign, digit or word.
fn without_copies(items: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let mut seen = Vec::new();
    items
        .into_iter()
        .filter(|(key, _)| {
            let is_string = key.ends_with(['x', 'y', 'z']);
            let is_copy = is_string && seen.contains(key);
            seen.push(key.clone());
            !is_copy
        })
        .collect()
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

impl Value {
    fn json(&self) -> String {
        match self {
            Self::Word(word) => (*word).to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Text(text) => quoted(text),
            Self::Array(items) => {
                let items: Vec<_> = items.iter().map(Self::json).collect();
                format!("[{}]", items.join(","))
            }
            Self::Object(items) => {
                let item =
                    |(key, value): &(String, Self)| format!("{}:{}", quoted(key), value.json());
                let items: Vec<_> = items.iter().map(item).collect();
                format!("{{{}}}", items.join(","))
            }
        }
    }

    /// The path of the first value in the order of the text that JavaScript cannot hold.
    fn violation(&self, path: &str) -> Option<String> {
        match self {
            Self::Word(_) | Self::Text(_) => None,
            Self::Integer(number) => {
                (number.unsigned_abs() > MAX_SAFE_INTEGER.unsigned_abs()).then(|| path.to_owned())
            }
            Self::Array(items) => items
                .iter()
                .enumerate()
                .find_map(|(index, item)| item.violation(&format!("{path}[{index}]"))),
            Self::Object(items) => items.iter().enumerate().find_map(|(index, (key, value))| {
                let quoted = quoted(key);
                let path = format!("{path}.{}", &quoted[1..quoted.len() - 1]);
                let is_copy = items[..index].iter().any(|(before, _)| before == key);
                if is_copy {
                    Some(path)
                } else {
                    value.violation(&path)
                }
            }),
        }
    }
}

/// The path that the check of a result finds.
fn found(json: &[u8]) -> Option<String> {
    match Message::parse(frame(4, 1, json), u64::MAX).unwrap() {
        Message::Reply(_, Ok(output)) => {
            assert_eq!(output.json(), json);
            None
        }
        Message::Reply(_, Err(Failure::NotSerializable { path, message })) => {
            assert!(message.starts_with(&path));
            Some(path)
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_javascript_cannot_hold_is_found_where_a_slow_walk_finds_it(
        value in value(),
        padding in 0..20usize,
    ) {
        // Blanks move the text against the positions that the quick scan looks at.
        let json = format!("{}{}", " ".repeat(padding), value.json());
        let expected = value.violation("output");
        if expected.as_ref().is_some_and(|path| path.len() > 200) {
            prop_assert!(found(json.as_bytes()).is_some());
        } else {
            prop_assert_eq!(found(json.as_bytes()), expected);
        }
    }
}
