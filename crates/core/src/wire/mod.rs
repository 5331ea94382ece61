//! Frames <-> bytes. Knows no pipe, no process and no Node.js.
//!
//! A frame is a 16-byte little-endian header (payload length `u32`, kind `u8`, three zero bytes,
//! call id `u64`) and a payload. The host sends `INIT`, then `CALL`s; end of file asks the worker
//! to end. The worker sends the preamble it was given, then `HELLO`, `READY` or `LOAD_FAILED`, then
//! one reply for each call, and `LOG`s at any time.

mod audit;
mod decoder;
mod message;
mod order;
mod output;
mod part;
mod request;

pub use decoder::{Decoder, Frame};
pub use message::{LogRecord, Message};
pub use order::Stage;
pub use output::Output;
pub use part::{Form, Part};
pub use request::{Init, Request};

/// Size of the header in bytes.
pub const HEADER_LEN: usize = 16;

/// Bytes with which a worker begins, unguessable for whatever a start-up hook printed before.
pub const PREAMBLE_LEN: usize = 16;

/// What a frame may hold beyond `maxPayload`: a function's name, the description of an error.
pub const SLACK: u32 = 1 << 20;

/// What a worker wrote is not a frame of this protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// The header's padding is not zero, or the kind unknown.
    #[error("not a frame header: {0:02x?}")]
    BadHeader([u8; HEADER_LEN]),
    /// The length in the header is over the bound.
    #[error("a frame of {length} bytes, more than the bound of {limit}")]
    TooLong {
        /// What the header says.
        length: u64,
        /// The bound.
        limit: u64,
    },
    /// Too much noise before the preamble.
    #[error("no preamble in the first {0} bytes")]
    NoPreamble(usize),
    /// No worker says that at this point.
    #[error("a {0} frame out of turn")]
    OutOfTurn(&'static str),
    /// The payload is not what its kind demands.
    #[error("a {kind} frame with a bad payload: {reason}")]
    BadPayload {
        /// Name of the kind.
        kind: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}
