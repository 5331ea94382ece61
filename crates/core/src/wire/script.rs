//! What a worker imports.

/// The user's script, as `INIT` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script<'a> {
    /// A file: its path, as Python's `os.fsdecode` reads it.
    File(&'a [u8]),
    /// A module: its dotted name.
    Module(&'a str),
}

impl<'a> Script<'a> {
    pub(super) fn kind(self) -> i64 {
        match self {
            Self::File(_) => 0,
            Self::Module(_) => 1,
        }
    }

    pub(super) fn name(self) -> &'a [u8] {
        match self {
            Self::File(path) => path,
            Self::Module(name) => name.as_bytes(),
        }
    }
}
