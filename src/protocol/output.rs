//! The value a function returned, as it crossed.

use std::ops::Range;

use super::{ProtocolError, audit};
use crate::failure::Failure;

/// How many strings a worker takes out of a value (`MOST_KEYS` of its `strings.py`): each costs the
/// host more than an empty one takes on the wire.
const MOST_STRINGS: usize = 16;

/// How a long string is written beside the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// A byte for each character up to U+00FF.
    Latin1,
    /// UTF-16, little-endian, lone surrogates included.
    Utf16,
}

impl Encoding {
    /// Its number on the wire.
    #[must_use]
    pub fn as_byte(self) -> u8 {
        match self {
            Self::Latin1 => 0,
            Self::Utf16 => 1,
        }
    }
}

/// JSON text, with long strings beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    payload: Vec<u8>,
    json: Range<usize>,
    strings: Vec<Placed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Placed {
    key: Range<usize>,
    encoding: Encoding,
    text: Range<usize>,
}

/// A string that was left out of the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongString<'a> {
    /// The key of the object it belongs under, as UTF-8.
    pub key: &'a [u8],
    /// How `text` is to be read.
    pub encoding: Encoding,
    /// Its bytes.
    pub text: &'a [u8],
}

impl Output {
    /// A value that is all JSON.
    #[must_use]
    pub fn new(json: Vec<u8>) -> Self {
        Self {
            json: 0..json.len(),
            payload: json,
            strings: Vec::new(),
        }
    }

    /// The JSON text; empty when the value is one long string.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.payload[self.json.clone()]
    }

    /// The strings beside it.
    #[must_use]
    pub fn strings(&self) -> impl ExactSizeIterator<Item = LongString<'_>> {
        self.strings.iter().map(|placed| LongString {
            key: &self.payload[placed.key.clone()],
            encoding: placed.encoding,
            text: &self.payload[placed.text.clone()],
        })
    }

    /// Size of all of it in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.payload.len()
    }

    /// Never: a value has some text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.payload.is_empty()
    }

    /// Reads the payload of a `RESULT_WITH_STRINGS`.
    pub(super) fn parse_with_strings(payload: Vec<u8>) -> Result<Self, ProtocolError> {
        let mut reader = Reader {
            payload: &payload,
            at: 0,
        };
        let json = reader.field()?;
        let mut strings = Vec::new();
        while reader.at < payload.len() {
            if strings.len() == MOST_STRINGS {
                return Err(bad("too many strings"));
            }
            let key = reader.field()?;
            let encoding = reader.encoding()?;
            let text = reader.field()?;
            if encoding == Encoding::Utf16 && text.len() % 2 != 0 {
                return Err(bad("half a character"));
            }
            strings.push(Placed {
                key,
                encoding,
                text,
            });
        }
        if json.is_empty() && strings.len() != 1 {
            return Err(bad("no value"));
        }
        Ok(Self {
            payload,
            json,
            strings,
        })
    }

    /// Itself, or why JavaScript can not hold it.
    pub(super) fn audited(self) -> Result<Self, Failure> {
        match audit::find_violation(self.json()) {
            None => Ok(self),
            Some((path, why)) => {
                let message = format!("{path}: {why}");
                Err(Failure::NotSerializable { path, message })
            }
        }
    }
}

struct Reader<'a> {
    payload: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn field(&mut self) -> Result<Range<usize>, ProtocolError> {
        let length = self.take(4)?;
        let length = self.payload[length].try_into().map(u32::from_le_bytes);
        self.take(length.map_or(usize::MAX, |length| length as usize))
    }

    fn encoding(&mut self) -> Result<Encoding, ProtocolError> {
        let byte = self.take(1)?.start;
        match self.payload[byte] {
            0 => Ok(Encoding::Latin1),
            1 => Ok(Encoding::Utf16),
            _ => Err(bad("an unknown encoding")),
        }
    }

    fn take(&mut self, count: usize) -> Result<Range<usize>, ProtocolError> {
        let end = self
            .at
            .checked_add(count)
            .filter(|end| *end <= self.payload.len());
        let end = end.ok_or_else(|| bad("a field is longer than its frame"))?;
        Ok(std::mem::replace(&mut self.at, end)..end)
    }
}

fn bad(reason: &str) -> ProtocolError {
    ProtocolError::BadPayload {
        kind: "RESULT_WITH_STRINGS",
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(bytes: &[u8]) -> Vec<u8> {
        let mut field = u32::try_from(bytes.len()).unwrap().to_le_bytes().to_vec();
        field.extend(bytes);
        field
    }

    #[test]
    fn strings_are_found_beside_the_json() {
        let payload = [
            field(br#"{"a":null,"b":null}"#),
            field(b"a"),
            vec![0],
            field(b"text"),
            field("b".as_bytes()),
            vec![1],
            field(&[0x3d, 0xd8, 0x00, 0xde]),
        ]
        .concat();
        let output = Output::parse_with_strings(payload.clone()).unwrap();
        assert_eq!(output.json(), br#"{"a":null,"b":null}"#);
        let strings: Vec<_> = output
            .strings()
            .map(|s| (s.key, s.encoding, s.text))
            .collect();
        assert_eq!(
            strings,
            [
                (&b"a"[..], Encoding::Latin1, &b"text"[..]),
                (b"b", Encoding::Utf16, &[0x3d, 0xd8, 0x00, 0xde])
            ]
        );
        for cut in 0..payload.len() {
            // No cut makes it panic; one at the end of a string leaves a whole value.
            let _ = Output::parse_with_strings(payload[..cut].to_vec());
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for payload in [
            vec![],
            field(b""),
            vec![0xff; 20],
            [field(b"{}"), field(b"a"), vec![7], field(b"x")].concat(),
            [field(b""), field(b""), vec![1], field(b"odd")].concat(),
        ] {
            assert!(Output::parse_with_strings(payload).is_err());
        }
    }
}
