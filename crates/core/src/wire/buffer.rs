//! Out-of-band buffers: strings and binary values that travel beside the JSON of a value, as those of PEP 574
//! travel beside a pickle.

/// How to read the bytes of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// A string with one byte for each character, up to U+00FF.
    Latin1,
    /// A string in little-endian UTF-16, lone surrogates included.
    Utf16,
    /// Binary. The JSON beside it says which kind of array it is.
    Bytes,
}

impl Encoding {
    /// Its number on the wire.
    #[must_use]
    pub fn as_byte(self) -> u8 {
        match self {
            Self::Latin1 => 0,
            Self::Utf16 => 1,
            Self::Bytes => 2,
        }
    }

    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Latin1, Self::Utf16, Self::Bytes]
            .into_iter()
            .find(|encoding| encoding.as_byte() == byte)
    }
}

/// A string or binary value beside the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer<'a> {
    /// How to read `data`.
    pub encoding: Encoding,
    /// Its bytes.
    pub data: &'a [u8],
}
