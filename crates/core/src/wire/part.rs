//! What travels beside the JSON of a value.

/// How the bytes of a part are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A string: a byte for each character up to U+00FF.
    Latin1,
    /// A string: UTF-16, little-endian, lone surrogates included.
    Utf16,
    /// Binary: what kind of array they are is told elsewhere.
    Bytes,
}

impl Form {
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
            .find(|form| form.as_byte() == byte)
    }
}

/// A string or binary value that was left out of the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// How `data` is to be read.
    pub form: Form,
    /// Its bytes.
    pub data: &'a [u8],
}
