//! What a worker's reader reports.

use pool_core::failure::Death;
use pool_core::wire::Message;

/// Where a script prints to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// News of a worker.
#[derive(Debug)]
pub enum Report {
    /// It sent these messages.
    Messages(Vec<Message>),
    /// It printed a line.
    Line(Stream, String),
    /// Its stacks, innermost call last.
    Stacks(String),
    /// It wrote something on the channel that is not a frame.
    ProtocolError(Death),
    /// It has exited and was reaped. The last report.
    Exited(Death),
}
