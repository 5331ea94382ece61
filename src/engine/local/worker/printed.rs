//! What a worker prints to one of its streams -> lines.

use super::lines::Lines;
use super::source::{ReadOutcome, Source};
use crate::engine::local::process::Receiver;
use crate::engine::{Report, Stream};

/// Standard output or standard error of a worker.
pub(super) struct Printed {
    stream: Stream,
    source: Source,
    lines: Lines,
}

impl Printed {
    pub(super) fn new(stream: Stream, pipe: Receiver) -> Self {
        Self {
            stream,
            source: Source::new(Some(pipe)),
            lines: Lines::default(),
        }
    }

    pub(super) async fn readable(&self) {
        self.source.readable().await;
    }

    /// See [`Source::mark_stale`].
    pub(super) fn mark_stale(&mut self) {
        self.source.mark_stale();
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> ReadOutcome {
        self.source.read(buffer)
    }

    pub(super) async fn take_rest(&mut self) -> Vec<u8> {
        self.source.take_rest().await
    }

    /// Reports the lines that these bytes complete.
    pub(super) fn feed(&mut self, bytes: &[u8], report: impl Fn(Report)) {
        let stream = self.stream;
        self.lines
            .feed(bytes, |line| report(Report::Line(stream, line)));
    }

    /// Reports the last line, which has no newline.
    pub(super) fn finish(&mut self, report: impl Fn(Report)) {
        let stream = self.stream;
        self.lines.finish(|line| report(Report::Line(stream, line)));
    }
}
