//! What is kept of a worker in case it dies.

use std::collections::VecDeque;

use pool_core::failure::{Death, DeathCause, OutOfMemory};

use super::stacks;
use crate::engine::local::process;

/// How much of stderr is kept, in bytes.
const MAX_TAIL: usize = 64 * 1024;

/// The evidence of how a worker died.
#[derive(Debug)]
pub(super) struct PostMortem {
    stderr: Tail,
    oom_kills_at_start: Option<u64>,
}

impl PostMortem {
    /// For a worker that starts now.
    pub(super) fn new() -> Self {
        Self {
            stderr: Tail::default(),
            oom_kills_at_start: process::oom_kills(),
        }
    }

    pub(super) fn feed_stderr(&mut self, bytes: &[u8]) {
        self.stderr.feed(bytes);
    }

    /// The death of the worker, by this cause.
    pub(super) fn death(&self, cause: DeathCause) -> Death {
        let stderr_tail = self.stderr.text();
        Death {
            cause,
            python_stack: stacks::of_fatal_error(&stderr_tail),
            stderr_tail,
            out_of_memory: self.out_of_memory(),
        }
    }

    fn out_of_memory(&self) -> OutOfMemory {
        match (self.oom_kills_at_start, process::oom_kills()) {
            (Some(before), Some(now)) if before < now => OutOfMemory::Likely,
            (Some(_), Some(_)) => OutOfMemory::Unlikely,
            _ => OutOfMemory::Unknown,
        }
    }
}

/// The last bytes of a stream. Lines end with `\n`, also on Windows, where Python ends them with `\r\n`.
#[derive(Debug, Default)]
struct Tail {
    bytes: VecDeque<u8>,
}

impl Tail {
    fn feed(&mut self, bytes: &[u8]) {
        // More is not kept even of lines that get shorter.
        let bytes = &bytes[bytes.len().saturating_sub(2 * MAX_TAIL)..];
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.bytes.extend(line);
            self.shorten_line_end();
        }
        let excess = self.bytes.len().saturating_sub(MAX_TAIL);
        self.bytes.drain(..excess);
    }

    fn shorten_line_end(&mut self) {
        let end = self.bytes.len().saturating_sub(2);
        if self.bytes.range(end..).eq(b"\r\n") {
            self.bytes.remove(end);
        }
    }

    fn text(&self) -> String {
        let (front, back) = self.bytes.as_slices();
        String::from_utf8_lossy(&[front, back].concat()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_keeps_the_end() {
        let mut tail = Tail::default();
        tail.feed(&vec![b'a'; MAX_TAIL]);
        tail.feed(b"the end");
        assert_eq!(tail.text().len(), MAX_TAIL);
        assert!(tail.text().ends_with("aathe end"));
        tail.feed(&vec![b'b'; MAX_TAIL * 3]);
        assert_eq!(tail.text(), "b".repeat(MAX_TAIL));
    }

    #[test]
    fn a_line_of_the_tail_ends_the_same_way_everywhere() {
        let mut tail = Tail::default();
        tail.feed(b"one\r");
        tail.feed(b"\ntwo\n10%\r20%\r\n");
        assert_eq!(tail.text(), "one\ntwo\n10%\r20%\n");
        tail.feed(b"\r\n".repeat(MAX_TAIL * 2).as_slice());
        assert_eq!(tail.text(), "\n".repeat(MAX_TAIL));
    }
}
