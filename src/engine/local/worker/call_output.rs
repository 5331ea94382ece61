//! What calls print, in pieces -> lines.

use std::collections::HashMap;
use std::mem;

use pool_core::wire::Message;
use pool_core::{CallId, Stream};

use super::lines::Lines;

/// Maximum number of lines without an end that are kept. Tasks that calls leave behind may begin more.
const MAX_OPEN: usize = 256;

/// Joins the pieces of each call's lines, so that lines of calls that run at the same time stay apart.
#[derive(Debug, Default)]
pub(super) struct CallOutput {
    open: HashMap<(CallId, Stream), Lines>,
}

impl CallOutput {
    /// Replaces the pieces of text among `messages` by the lines that they complete. The reply to a call, or
    /// the end of a batch, completes its lines. `on_stderr` sees each piece that was printed to stderr.
    pub(super) fn lines_of(
        &mut self,
        messages: Vec<Message>,
        mut on_stderr: impl FnMut(&[u8]),
    ) -> Vec<Message> {
        let is_piece = |message: &Message| matches!(message, Message::Printed { .. });
        if self.open.is_empty() && !messages.iter().any(is_piece) {
            return messages;
        }
        let mut lines = Vec::with_capacity(messages.len());
        for message in messages {
            match message {
                Message::Printed { call, stream, text } => {
                    if stream == Stream::Stderr {
                        on_stderr(&text);
                    }
                    self.feed(call, stream, &text, &mut lines);
                }
                ended @ (Message::Reply(call, _) | Message::BatchEnded(call)) => {
                    self.finish_call(call, &mut lines);
                    lines.push(ended);
                }
                other => lines.push(other),
            }
        }
        lines
    }

    /// The process has ended: what there is of lines.
    pub(super) fn finish(&mut self) -> Vec<Message> {
        let mut rest = Vec::new();
        for ((call, stream), mut open) in mem::take(&mut self.open) {
            open.finish(|line| rest.push(printed(call, stream, line)));
        }
        rest
    }

    fn feed(&mut self, call: CallId, stream: Stream, text: &[u8], lines: &mut Vec<Message>) {
        let mut open = self.open.remove(&(call, stream)).unwrap_or_default();
        open.feed(text, |line| lines.push(printed(call, stream, line)));
        if open.is_empty() {
            return;
        }
        if self.open.len() == MAX_OPEN {
            lines.append(&mut self.finish());
        }
        self.open.insert((call, stream), open);
    }

    fn finish_call(&mut self, call: CallId, lines: &mut Vec<Message>) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            if let Some(mut open) = self.open.remove(&(call, stream)) {
                open.finish(|line| lines.push(printed(call, stream, line)));
            }
        }
    }
}

fn printed(call: CallId, stream: Stream, line: String) -> Message {
    let text = line.into_bytes();
    Message::Printed { call, stream, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pool_core::wire::Output;

    fn piece(call: u64, stream: Stream, text: &str) -> Message {
        printed(CallId(call), stream, text.into())
    }

    fn reply(call: u64) -> Message {
        Message::Reply(CallId(call), Ok(Output::new(b"1".to_vec())))
    }

    fn lines_of(messages: Vec<Message>) -> Vec<Message> {
        CallOutput::default().lines_of(messages, |_| {})
    }

    #[test]
    fn lines_of_calls_and_streams_stay_apart_and_in_order() {
        use Stream::{Stderr, Stdout};
        let lines = lines_of(vec![
            piece(1, Stdout, "o"),
            piece(2, Stdout, "two\nsecond "),
            piece(1, Stderr, "error\n"),
            piece(1, Stdout, "ne\n"),
            piece(2, Stdout, "line\n"),
        ]);
        let expected = vec![
            piece(2, Stdout, "two"),
            piece(1, Stderr, "error"),
            piece(1, Stdout, "one"),
            piece(2, Stdout, "second line"),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_reply_completes_the_lines_of_its_call_only() {
        use Stream::{Stderr, Stdout};
        let mut output = CallOutput::default();
        let pieces = vec![
            piece(1, Stderr, "half"),
            piece(2, Stdout, "whole"),
            piece(1, Stdout, "50%\r60%"),
            reply(1),
        ];
        let lines = output.lines_of(pieces, |_| {});
        let expected = [piece(1, Stdout, "60%"), piece(1, Stderr, "half"), reply(1)];
        assert_eq!(lines, expected);
        let lines = output.lines_of(vec![piece(2, Stdout, " line\n"), reply(2)], |_| {});
        assert_eq!(lines, [piece(2, Stdout, "whole line"), reply(2)]);
        assert_eq!(output.finish(), []);
    }

    #[test]
    fn the_end_of_a_batch_completes_its_lines() {
        let batch = CallId::of_batch(1);
        let text = b"no newline".to_vec();
        let stream = Stream::Stdout;
        let half = Message::Printed {
            call: batch,
            stream,
            text: text.clone(),
        };
        let lines = lines_of(vec![half, Message::BatchEnded(batch), reply(1)]);
        let whole = Message::Printed {
            call: batch,
            stream,
            text,
        };
        assert_eq!(lines, [whole, Message::BatchEnded(batch), reply(1)]);
    }

    #[test]
    fn the_end_of_the_process_completes_what_there_is() {
        let mut output = CallOutput::default();
        assert_eq!(
            output.lines_of(vec![piece(1, Stream::Stderr, "dy")], |_| {}),
            []
        );
        assert_eq!(output.finish(), [piece(1, Stream::Stderr, "dy")]);
    }

    #[test]
    fn stderr_is_seen_as_it_was_printed() {
        let mut seen = Vec::new();
        let pieces = vec![
            piece(1, Stream::Stderr, "a\r"),
            piece(1, Stream::Stdout, "b"),
            piece(1, Stream::Stderr, "c\n"),
        ];
        CallOutput::default().lines_of(pieces, |bytes| seen.extend_from_slice(bytes));
        assert_eq!(seen, b"a\rc\n");
    }

    #[test]
    fn lines_that_never_end_are_kept_in_bounds() {
        let mut output = CallOutput::default();
        for call in 0..10 * MAX_OPEN as u64 {
            output.lines_of(vec![piece(call, Stream::Stdout, "left behind")], |_| {});
            assert!(output.open.len() <= MAX_OPEN);
        }
    }
}
