//! What a program writes while it is probed.

/// A standard stream of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// What was seen of a program's output within some time.
#[derive(Debug)]
pub(super) enum Output {
    Chunk(Stream, Vec<u8>),
    /// Nothing more comes from this stream.
    Closed(Stream),
    Silence,
}

/// How many bytes are read at once.
pub(super) const CHUNK: usize = 4096;
