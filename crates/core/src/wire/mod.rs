//! Frames <-> bytes. Knows no pipe, no process and no Node.js.
//!
//! A frame is a 16-byte little-endian header (payload length `u32`, kind `u8`, flags `u8`, window `u16`, call
//! id `u64`) and a payload. Only a `CALL` may have flags: see [`ResultForm`], and another one makes it a stream.
//! Only a stream has a window: how many items its worker may send before there is `CREDIT`. The host sends
//! `INIT`, then `CALL`s, `PING`s, `CREDIT`s and, without a pipe for them, `CANCEL`s; end of file asks the worker
//! to exit.
//! The worker sends the preamble it was given, then `HELLO`, `READY` or `LOAD_FAILED`, then one reply for each
//! call, behind the `ITEM`s of a stream, one `PONG` for each ping, `KIND` for the first call of each async function, `CANCELLING` for each
//! running call that a cancel reaches, `LOG`s at any time, one `LOADS` for each file of the user's project that it
//! loads, if `INIT` asks for them, and a `PRINTED` for what a call prints: a byte with
//! the descriptor, 1 or 2, and the text.

mod buffer;
mod credit;
mod decoder;
mod error;
mod format;
mod handshake;
mod json_safety;
mod message;
mod output;
mod request;
mod result_form;
mod script;

pub use buffer::{Buffer, Encoding};
pub use credit::Credit;
pub use decoder::{Decoder, Frame};
pub use error::ProtocolError;
pub use format::{HEADER_LEN, PREAMBLE_LEN, SLACK};
pub use handshake::Handshake;
pub use message::{LogRecord, Message, ProjectFile};
pub use output::Output;
pub use request::{Init, Request, call_of, cancel, credit, ping};
pub use result_form::ResultForm;
pub use script::Script;
