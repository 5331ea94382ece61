//! Orders for the guardian, sent without ever blocking the host.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::OwnedFd;

use crate::engine::local::process::unix::descriptors::set_nonblocking;

/// The host's end of the guardian's pipe.
#[derive(Debug)]
pub(super) struct Outbox {
    pipe: File,
    /// What the pipe has had no room for yet; may begin in the middle of a line.
    backlog: Vec<u8>,
}

/// The outcome of sending orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Delivery {
    /// All of them are in the pipe, so they outlive the host.
    Done,
    /// The pipe is full: call `flush` again later.
    Pending,
    /// The reader is gone.
    Broken,
}

impl Outbox {
    pub(super) fn new(pipe: OwnedFd) -> io::Result<Self> {
        set_nonblocking(&pipe)?;
        Ok(Self {
            pipe: pipe.into(),
            backlog: Vec::new(),
        })
    }

    /// Sends `orders` after everything in the backlog.
    pub(super) fn send(&mut self, orders: &[u8]) -> Delivery {
        self.backlog.extend_from_slice(orders);
        self.flush()
    }

    /// Sends as much as the pipe has room for. The host ignores SIGPIPE, as Node.js does.
    pub(super) fn flush(&mut self) -> Delivery {
        let (mut sent, mut delivery) = (0, Delivery::Done);
        while sent < self.backlog.len() && delivery == Delivery::Done {
            match self.pipe.write(&self.backlog[sent..]) {
                Ok(count @ 1..) => sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => delivery = Delivery::Pending,
                Ok(_) | Err(_) => delivery = Delivery::Broken,
            }
        }
        self.backlog.drain(..sent);
        delivery
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::engine::local::process::unix::descriptors::pipe;

    #[test]
    fn a_reader_that_has_stopped_blocks_nothing_and_loses_nothing() {
        let (reader, writer) = pipe().unwrap();
        let mut outbox = Outbox::new(writer).unwrap();
        let mut expected = Vec::new();
        let mut delivery = Delivery::Done;
        for id in 1..50_000 {
            let line = format!("-{id}\n");
            expected.extend_from_slice(line.as_bytes());
            delivery = outbox.send(line.as_bytes());
        }
        assert_eq!(delivery, Delivery::Pending);

        let (mut reader, mut received) = (File::from(reader), Vec::new());
        let mut chunk = [0; 4096];
        while outbox.flush() == Delivery::Pending {
            let count = reader.read(&mut chunk).unwrap();
            received.extend_from_slice(&chunk[..count]);
        }
        drop(outbox);
        reader.read_to_end(&mut received).unwrap();
        assert!(received == expected, "lines were lost, torn or reordered");
    }

    #[test]
    fn a_reader_that_is_gone_is_detected() {
        let (reader, writer) = pipe().unwrap();
        let mut outbox = Outbox::new(writer).unwrap();
        drop(reader);
        assert_eq!(outbox.send(b"+1\n"), Delivery::Broken);
    }
}
