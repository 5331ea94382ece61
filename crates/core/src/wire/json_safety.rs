//! Values that Python's JSON encoder accepts although JavaScript cannot hold them: integers past 2^53 - 1,
//! and two keys of a dict that become the same string (`{1: .., "1": ..}`).
//!
//! Both are rare and the text may be long, so a scan of few bytes decides whether the exact, slower pass
//! is needed at all.

use std::collections::HashSet;

/// `Number.MAX_SAFE_INTEGER`.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;
/// Digits of the smallest integer beyond it.
const LONG_RUN: usize = 16;

/// Maximum depth of the exact pass, as each nesting level costs far more memory than the byte that opens it.
/// Deeper than any Python encodes.
const MAX_DEPTH: usize = 1 << 18;
/// Approximate maximum length of a path, as in the worker's code.
const MAX_PATH: usize = 200;

const TOO_BIG: &str = "an integer beyond 2**53 - 1, which a JavaScript number cannot hold \
                       exactly; return it as a str";
const SAME_KEY: &str = "two keys of the dict become the same string in JSON; use str keys";
const TOO_DEEP: &str = "nested too deeply";

/// The path of the first value that JavaScript cannot hold, and the reason.
pub(super) fn find_unsafe_value(json: &[u8]) -> Option<(String, &'static str)> {
    if has_long_integer(json) || has_coerced_keys(json) {
        search(json)
    } else {
        None
    }
}

/// Whether a run of 16 digits may be an integer of its own. Such a run covers one of any positions that are
/// 16 apart, so only those are looked at first.
fn has_long_integer(json: &[u8]) -> bool {
    let mut at = LONG_RUN - 1;
    while at < json.len() {
        if json[at].is_ascii_digit() {
            let start = json[..at].iter().rposition(|byte| !byte.is_ascii_digit());
            let end = json[at..].iter().position(|byte| !byte.is_ascii_digit());
            let first = start.map_or(0, |before| before + 1);
            let past = end.map_or(json.len(), |len| at + len);
            let fraction = start.is_some_and(|before| matches!(json[before], b'.' | b'e' | b'+'));
            let continues = matches!(json.get(past), Some(b'.' | b'e' | b'E'));
            if past - first >= LONG_RUN && !fraction && !continues {
                return true;
            }
            at = past; // do not scan the rest of a run of a million digits again
        }
        at += LONG_RUN;
    }
    false
}

/// Whether two keys look like a number, `true`, `false` or `null`: only those can have been
/// something other than a string in Python.
fn has_coerced_keys(json: &[u8]) -> bool {
    memchr::memmem::find_iter(json, b"\":")
        .filter(|&at| match at.checked_sub(1).map(|last| json[last]) {
            Some(b'0'..=b'9') => true,
            Some(b'e' | b'l') => {
                let key = &json[..at];
                [&b"\"true"[..], b"\"false", b"\"null"]
                    .iter()
                    .any(|word| key.ends_with(word))
            }
            _ => false,
        })
        .nth(1)
        .is_some()
}

/// A container the exact pass is in.
enum Step<'a> {
    Array {
        index: usize,
    },
    Object {
        keys: HashSet<&'a [u8]>,
        key: &'a [u8],
        wants_key: bool,
    },
}

/// The exact pass.
fn search(json: &[u8]) -> Option<(String, &'static str)> {
    let mut steps: Vec<Step> = Vec::new();
    let mut at = 0;
    while at < json.len() {
        if steps.len() > MAX_DEPTH {
            return Some((path(&steps), TOO_DEEP));
        }
        let start = at;
        at += 1;
        match json[start] {
            b'{' => steps.push(Step::Object {
                keys: HashSet::new(),
                key: b"",
                wants_key: true,
            }),
            b'[' => steps.push(Step::Array { index: 0 }),
            b'}' | b']' => drop(steps.pop()),
            b',' => match steps.last_mut() {
                Some(Step::Array { index }) => *index += 1,
                Some(Step::Object { wants_key, .. }) => *wants_key = true,
                None => {}
            },
            b'"' => {
                at = end_of_string(json, at);
                if let Some(Step::Object {
                    keys,
                    key,
                    wants_key: wants_key @ true,
                }) = steps.last_mut()
                {
                    *wants_key = false;
                    *key = &json[start + 1..at.saturating_sub(1).max(start + 1)];
                    if !keys.insert(*key) {
                        return Some((path(&steps), SAME_KEY));
                    }
                }
            }
            b'-' | b'0'..=b'9' => {
                let rest = &json[start..];
                let end = rest.iter().position(|byte| b",]} \n".contains(byte));
                let number = &rest[..end.unwrap_or(rest.len())];
                at = start + number.len();
                if is_unsafe_integer(number) {
                    return Some((path(&steps), TOO_BIG));
                }
            }
            _ => {}
        }
    }
    None
}

/// The position after the closing quote of the string whose inside begins at `at`.
fn end_of_string(json: &[u8], mut at: usize) -> usize {
    while let Some(found) = json
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        at += found + 1;
        if json[at - 1] == b'"' {
            return at;
        }
        at += 1; // the escaped character
    }
    json.len()
}

fn is_unsafe_integer(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    digits.len() >= LONG_RUN
        && digits.iter().all(u8::is_ascii_digit)
        && !std::str::from_utf8(digits).is_ok_and(|text| {
            text.parse::<u64>()
                .is_ok_and(|value| value <= MAX_SAFE_INTEGER)
        })
}

/// The path to the last step; of a long one the beginning and the end.
fn path(steps: &[Step]) -> String {
    let mut text = String::from("output");
    for step in steps {
        if text.len() > MAX_PATH {
            break;
        }
        text.push_str(&name(step));
    }
    if text.len() > MAX_PATH {
        let start: String = text.chars().take(MAX_PATH / 2).collect();
        let end: String = steps.last().map(name).unwrap_or_default();
        let end: String = end.chars().take(MAX_PATH / 4).collect();
        text = format!("{start}...({} levels)...{end}", steps.len());
    }
    text
}

/// A step as a user would write it. Keys of any length are possible, so they are cut to the length of a path.
fn name(step: &Step) -> String {
    match step {
        Step::Array { index } => format!("[{index}]"),
        Step::Object { key, .. } => {
            let key = &key[..key.len().min(MAX_PATH)];
            format!(".{}", String::from_utf8_lossy(key))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(json: &str) -> Option<String> {
        find_unsafe_value(json.as_bytes()).map(|(path, _)| path)
    }

    #[test]
    fn integers_up_to_the_safe_bound_pass() {
        assert_eq!(path_of("9007199254740991"), None);
        assert_eq!(path_of("[-9007199254740991,1234567890123456]"), None);
    }

    #[test]
    fn integers_beyond_it_are_found_with_their_path() {
        assert_eq!(path_of("9007199254740992").as_deref(), Some("output"));
        assert_eq!(
            path_of("[0,-9007199254740993]").as_deref(),
            Some("output[1]")
        );
        assert_eq!(
            path_of(r#"{"a":{"b":[{"id":12345678901234567890}]}}"#).as_deref(),
            Some("output.a.b[0].id")
        );
    }

    #[test]
    fn integers_beyond_64_bits_are_found() {
        assert_eq!(
            path_of("[123456789012345678901234567890]").as_deref(),
            Some("output[0]")
        );
    }

    #[test]
    fn a_long_integer_is_found_at_every_offset() {
        for pad in 0..40 {
            let json = format!("[{}9007199254740993]", " ".repeat(pad));
            assert_eq!(path_of(&json).as_deref(), Some("output[0]"), "{pad}");
            let json = format!("[0.{},9007199254740993]", "1".repeat(pad + 1));
            assert_eq!(path_of(&json).as_deref(), Some("output[1]"), "{pad}");
        }
    }

    #[test]
    fn floats_and_digits_in_strings_pass() {
        assert_eq!(
            path_of("[0.12345678901234567,1e300,12345678901234567.0]"),
            None
        );
        assert_eq!(path_of(r#"["id 12345678901234567, next"]"#), None);
        assert!(!has_long_integer(
            b"[0.12345678901234567,0.98765432109876543]"
        ));
    }

    #[test]
    fn keys_that_became_equal_are_found() {
        assert_eq!(path_of(r#"{"1":"a","1":"b"}"#).as_deref(), Some("output.1"));
        assert_eq!(
            path_of(r#"[{"x":{"null":1,"null":2}}]"#).as_deref(),
            Some("output[0].x.null")
        );
        assert_eq!(path_of(r#"{"1":"a","2":"b","true":1}"#), None);
    }

    #[test]
    fn a_long_run_of_digits_that_is_not_an_integer_is_read_once() {
        // Scanned again from every 16th of its bytes, this would take most of an hour.
        let digits = "3".repeat(4 << 20);
        assert_eq!(path_of(&format!(r#"["0.{digits}"]"#)), None);
        assert_eq!(path_of(&format!(r#"["{digits}.5"]"#)), None);
    }

    #[test]
    fn a_long_path_keeps_its_beginning_and_its_end() {
        let deep = format!("{}9007199254740993", "[".repeat(1000));
        let path = path_of(&deep).unwrap();
        assert!(path.starts_with("output[0][0]"), "{path}");
        assert!(path.ends_with("...(1000 levels)...[0]"), "{path}");
        let wide = format!(r#"{{"{}":9007199254740993}}"#, "é".repeat(1 << 20));
        let path = path_of(&wide).unwrap();
        assert!(path.starts_with("output.éé") && path.len() < 500, "{path}");
    }

    #[test]
    fn nesting_deeper_than_any_value_is_refused() {
        let json = format!("[9007199254740993,{}", "[".repeat(MAX_DEPTH + 2));
        assert_eq!(path_of(&json).as_deref(), Some("output[0]"));
        let json = format!("{}9007199254740993", "[".repeat(MAX_DEPTH + 2));
        let (_, why) = find_unsafe_value(json.as_bytes()).unwrap();
        assert_eq!(why, TOO_DEEP);
    }
}
