//! What workers import.

use std::fmt;
use std::path::{Path, PathBuf};

use pool_core::wire;

/// The user's script. `Display` is its name in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Script {
    /// A file: its absolute path.
    File(PathBuf),
    /// A module that Python finds on its path: its dotted name.
    Module(String),
}

impl Script {
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Module(_) => None,
        }
    }

    /// On Windows, Python expects the encoding that Rust uses: UTF-8, with surrogates (PEP 529).
    pub(super) fn on_wire(&self) -> wire::Script<'_> {
        match self {
            Self::File(path) => wire::Script::File(path.as_os_str().as_encoded_bytes()),
            Self::Module(name) => wire::Script::Module(name),
        }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Module(name) => f.write_str(name),
        }
    }
}
