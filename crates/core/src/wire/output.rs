//! The result of a call, as it crossed the wire.

use std::ops::Range;

use super::buffer::{Buffer, Encoding};
use super::error::ProtocolError;
use super::json_safety;
use crate::failure::Failure;

/// Maximum number of buffers in a result, as in the worker's code: each takes more memory in the host
/// than an empty one takes on the wire.
const MAX_BUFFERS: usize = 1 << 16;

/// JSON text with out-of-band buffers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    payload: Vec<u8>,
    json: Range<usize>,
    placeholder_prefix: Range<usize>,
    buffers: Vec<BufferRange>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct BufferRange {
    encoding: Encoding,
    data: Range<usize>,
}

impl Output {
    /// A result without buffers.
    #[must_use]
    pub fn new(json: Vec<u8>) -> Self {
        Self {
            json: 0..json.len(),
            placeholder_prefix: 0..0,
            payload: json,
            buffers: Vec::new(),
        }
    }

    /// The JSON text.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.payload[self.json.clone()]
    }

    /// The prefix of every string in the JSON that stands for a buffer.
    #[must_use]
    pub fn placeholder_prefix(&self) -> &[u8] {
        &self.payload[self.placeholder_prefix.clone()]
    }

    /// The out-of-band buffers.
    #[must_use]
    pub fn buffers(&self) -> impl ExactSizeIterator<Item = Buffer<'_>> {
        self.buffers.iter().map(|range| Buffer {
            encoding: range.encoding,
            data: &self.payload[range.data.clone()],
        })
    }

    /// Size in bytes, buffers included.
    #[must_use]
    pub fn size(&self) -> usize {
        self.payload.len()
    }

    /// Reads the payload of a frame with buffers, of this kind.
    pub(super) fn parse_with_buffers(
        kind: &'static str,
        payload: Vec<u8>,
    ) -> Result<Self, ProtocolError> {
        Self::read_with_buffers(payload).map_err(|reason| ProtocolError::BadPayload {
            kind,
            reason: reason.into(),
        })
    }

    fn read_with_buffers(payload: Vec<u8>) -> Result<Self, &'static str> {
        let mut reader = Reader {
            payload: &payload,
            at: 0,
        };
        let json = reader.field()?;
        let placeholder_prefix = reader.field()?;
        if placeholder_prefix.is_empty() {
            return Err("no placeholder prefix");
        }
        let mut buffers = Vec::new();
        while reader.at < payload.len() {
            if buffers.len() == MAX_BUFFERS {
                return Err("too many buffers");
            }
            let encoding = reader.encoding()?;
            let data = reader.field()?;
            if encoding == Encoding::Utf16 && data.len() % 2 != 0 {
                return Err("half a UTF-16 code unit");
            }
            buffers.push(BufferRange { encoding, data });
        }
        Ok(Self {
            payload,
            json,
            placeholder_prefix,
            buffers,
        })
    }

    /// Itself, or why JavaScript cannot hold it.
    pub(super) fn checked(self) -> Result<Self, Failure> {
        match json_safety::find_unsafe_value(self.json()) {
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
    fn field(&mut self) -> Result<Range<usize>, &'static str> {
        let length = self.take(4)?;
        let length = self.payload[length].try_into().map(u32::from_le_bytes);
        self.take(length.map_or(usize::MAX, |length| length as usize))
    }

    fn encoding(&mut self) -> Result<Encoding, &'static str> {
        let byte = self.take(1)?.start;
        Encoding::from_byte(self.payload[byte]).ok_or("an unknown encoding")
    }

    fn take(&mut self, count: usize) -> Result<Range<usize>, &'static str> {
        let end = self
            .at
            .checked_add(count)
            .filter(|end| *end <= self.payload.len());
        let end = end.ok_or("a field is longer than its frame")?;
        Ok(std::mem::replace(&mut self.at, end)..end)
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
    fn buffers_are_found_beside_the_json() {
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
        let output = Output::parse_with_buffers("", payload.clone()).unwrap();
        assert_eq!(output.json(), br#"{"a":"*0","b":"*1","c":"*2"}"#);
        assert_eq!(output.placeholder_prefix(), b"*");
        let buffers: Vec<_> = output
            .buffers()
            .map(|buffer| (buffer.encoding, buffer.data))
            .collect();
        assert_eq!(
            buffers,
            [
                (Encoding::Latin1, &b"text"[..]),
                (Encoding::Utf16, &[0x3d, 0xd8, 0x00, 0xde]),
                (Encoding::Bytes, &[1, 2, 3])
            ]
        );
        for cut in 0..payload.len() {
            // No cut makes it panic; one at the end of a buffer leaves a complete output.
            let _ = Output::parse_with_buffers("", payload[..cut].to_vec());
        }
    }

    #[test]
    fn invalid_payloads_are_refused() {
        for payload in [
            vec![],
            field(b"{}"),
            [field(b"{}"), field(b"")].concat(),
            vec![0xff; 20],
            [field(b"{}"), field(b"*"), vec![7], field(b"x")].concat(),
            [field(b"{}"), field(b"*"), vec![1], field(b"odd")].concat(),
        ] {
            assert!(Output::parse_with_buffers("", payload).is_err());
        }
    }
}
