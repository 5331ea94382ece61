//! The sizes of the wire format.

/// Size of the header in bytes.
pub const HEADER_LEN: usize = 16;

/// Size of the preamble in bytes: what a worker sends first, random, so that nothing that a start-up hook
/// of the interpreter prints is mistaken for it.
pub const PREAMBLE_LEN: usize = 16;

/// What a frame may hold beyond `maxPayload`: a function's name, or the description of an error.
pub const SLACK: u32 = 1 << 20;
