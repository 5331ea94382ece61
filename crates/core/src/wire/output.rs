//! The value a function returned, as it crossed.

use std::ops::Range;

use super::{Form, Part, ProtocolError, audit};
use crate::failure::Failure;

/// How many parts a result may have (`MOST_PARTS` of the worker's `parts.py`): each costs the host
/// more than an empty one takes on the wire.
const MOST_PARTS: usize = 1 << 16;

/// JSON text, with parts beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    payload: Vec<u8>,
    json: Range<usize>,
    mark: Range<usize>,
    parts: Vec<Placed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Placed {
    form: Form,
    data: Range<usize>,
}

impl Output {
    /// A value that is all JSON.
    #[must_use]
    pub fn new(json: Vec<u8>) -> Self {
        Self {
            json: 0..json.len(),
            mark: 0..0,
            payload: json,
            parts: Vec::new(),
        }
    }

    /// The JSON text.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.payload[self.json.clone()]
    }

    /// What a string of the JSON begins with that stands for a part.
    #[must_use]
    pub fn mark(&self) -> &[u8] {
        &self.payload[self.mark.clone()]
    }

    /// The parts beside it.
    #[must_use]
    pub fn parts(&self) -> impl ExactSizeIterator<Item = Part<'_>> {
        self.parts.iter().map(|placed| Part {
            form: placed.form,
            data: &self.payload[placed.data.clone()],
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

    /// Reads the payload of a `RESULT_WITH_PARTS`.
    pub(super) fn parse_with_parts(payload: Vec<u8>) -> Result<Self, ProtocolError> {
        let mut reader = Reader {
            payload: &payload,
            at: 0,
        };
        let json = reader.field()?;
        let mark = reader.field()?;
        if mark.is_empty() {
            return Err(bad("no mark"));
        }
        let mut parts = Vec::new();
        while reader.at < payload.len() {
            if parts.len() == MOST_PARTS {
                return Err(bad("too many parts"));
            }
            let form = reader.form()?;
            let data = reader.field()?;
            if form == Form::Utf16 && data.len() % 2 != 0 {
                return Err(bad("half a character"));
            }
            parts.push(Placed { form, data });
        }
        Ok(Self {
            payload,
            json,
            mark,
            parts,
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

    fn form(&mut self) -> Result<Form, ProtocolError> {
        let byte = self.take(1)?.start;
        Form::from_byte(self.payload[byte]).ok_or_else(|| bad("an unknown form"))
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
        kind: "RESULT_WITH_PARTS",
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
    fn parts_are_found_beside_the_json() {
        let payload = [
            field(br#"{"a":"*0","b":"*1","c":"*2"}"#),
            field(b"*"),
            vec![0],
            field(b"text"),
            vec![1],
            field(&[0x3d, 0xd8, 0x00, 0xde]),
            vec![2],
            field(&[1, 2, 3]),
        ]
        .concat();
        let output = Output::parse_with_parts(payload.clone()).unwrap();
        assert_eq!(output.json(), br#"{"a":"*0","b":"*1","c":"*2"}"#);
        assert_eq!(output.mark(), b"*");
        let parts: Vec<_> = output.parts().map(|part| (part.form, part.data)).collect();
        assert_eq!(
            parts,
            [
                (Form::Latin1, &b"text"[..]),
                (Form::Utf16, &[0x3d, 0xd8, 0x00, 0xde]),
                (Form::Bytes, &[1, 2, 3])
            ]
        );
        for cut in 0..payload.len() {
            // No cut makes it panic; one at the end of a part leaves a whole output.
            let _ = Output::parse_with_parts(payload[..cut].to_vec());
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for payload in [
            vec![],
            field(b"{}"),
            [field(b"{}"), field(b"")].concat(),
            vec![0xff; 20],
            [field(b"{}"), field(b"*"), vec![7], field(b"x")].concat(),
            [field(b"{}"), field(b"*"), vec![1], field(b"odd")].concat(),
        ] {
            assert!(Output::parse_with_parts(payload).is_err());
        }
    }
}
