//! Violations of the protocol.

use super::format::HEADER_LEN;

/// What a worker wrote is not allowed by the protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// The header's padding is not zero.
    #[error("not a frame header: {0:02x?}")]
    BadHeader([u8; HEADER_LEN]),
    /// The length in the header is over the limit.
    #[error("a frame of {length} bytes, more than the limit of {limit}")]
    TooLong {
        /// The length in the header.
        length: u64,
        /// The limit.
        limit: u64,
    },
    /// Too much noise before the preamble.
    #[error("no preamble in the first {0} bytes")]
    NoPreamble(usize),
    /// No frame of a worker has this kind.
    #[error("a frame of the unknown kind {0}")]
    UnknownKind(u8),
    /// The message is not allowed at this point.
    #[error("an unexpected {0} frame")]
    Unexpected(&'static str),
    /// The payload does not have the form of its kind.
    #[error("a {kind} frame with an invalid payload: {reason}")]
    BadPayload {
        /// Name of the kind.
        kind: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}
