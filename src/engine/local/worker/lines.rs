//! The bytes that a process prints -> lines of text, with bounded memory.

use std::mem;

/// A longer line is cut into pieces.
const MAX_LINE: usize = 16 * 1024;

/// Cuts a stream of bytes into lines. A carriage return starts the line over, as in a terminal: of
/// a progress bar, the last state remains.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    /// The next byte of text replaces the line.
    is_returned: bool,
}

impl Lines {
    /// Takes bytes and passes each line that they complete to `emit`.
    pub(super) fn feed(&mut self, bytes: &[u8], mut emit: impl FnMut(String)) {
        let mut start = 0;
        for end in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let text = &bytes[start..end];
            start = end + 1;
            if bytes[end] == b'\r' {
                self.push(text, &mut emit);
                self.start_over();
                self.is_returned = true;
            } else if self.line.is_empty() && text.len() < MAX_LINE {
                self.is_returned = false;
                pass_on(text, &mut emit);
            } else {
                self.push(text, &mut emit);
                self.finish(&mut emit);
            }
        }
        self.push(&bytes[start..], &mut emit);
    }

    /// Whether it holds nothing of a line.
    pub(super) fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// The stream has ended, or pauses: passes on what there is of a line.
    pub(super) fn finish(&mut self, mut emit: impl FnMut(String)) {
        self.is_returned = false;
        pass_on(&self.line, &mut emit);
        self.line.clear();
    }

    /// Appends text without line ends.
    fn push(&mut self, mut text: &[u8], mut emit: impl FnMut(String)) {
        if !text.is_empty() {
            self.start_over();
        }
        while !text.is_empty() {
            // A line that is full lacks a byte or two of its last character.
            let room = MAX_LINE.saturating_sub(self.line.len()).max(1);
            let (now, later) = text.split_at(room.min(text.len()));
            self.line.extend_from_slice(now);
            text = later;
            if self.line.len() >= MAX_LINE && is_char_end(&self.line) {
                self.finish(&mut emit);
            }
        }
    }

    fn start_over(&mut self) {
        if mem::take(&mut self.is_returned) {
            self.line.clear();
        }
    }
}

/// Passes on a line, unless it is empty.
fn pass_on(line: &[u8], mut emit: impl FnMut(String)) {
    if !line.is_empty() {
        emit(String::from_utf8_lossy(line).into_owned());
    }
}

/// Whether `bytes` does not end within a character (or is not UTF-8 anyway).
fn is_char_end(bytes: &[u8]) -> bool {
    let is_incomplete = std::str::from_utf8(bytes)
        .err()
        .is_some_and(|error| error.error_len().is_none());
    !is_incomplete
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut seen) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.feed(piece, |line| seen.push(line));
        }
        lines.finish(|line| seen.push(line));
        seen
    }

    #[test]
    fn lines_are_cut_at_newlines_of_either_kind() {
        assert_eq!(lines(&[b"a\nb", b"c\r\n\nd"]), ["a", "bc", "d"]);
    }

    #[test]
    fn a_progress_bar_keeps_its_last_state() {
        assert_eq!(lines(&[b"10%\r20%\r", b"100%\n"]), ["100%"]);
        assert_eq!(lines(&[b"10%\r"]), ["10%"]);
        assert_eq!(lines(&[b"10%\r", b"\r\n", b"20%\r\n"]), ["20%"]);
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        assert_eq!(lines(&[b"\xff\xfeok\n"]), ["\u{fffd}\u{fffd}ok"]);
    }

    #[test]
    fn an_endless_line_is_cut_between_characters() {
        let text = "é".repeat(MAX_LINE);
        for pieces in [
            vec![text.as_bytes()],
            text.as_bytes().chunks(1000).collect(),
        ] {
            let cut = lines(&[&[b"x".as_slice()], pieces.as_slice()].concat());
            assert!(cut.iter().all(|line| line.len() <= MAX_LINE + 3));
            assert!(cut.len() > 1 && cut.iter().all(|line| !line.contains('\u{fffd}')));
            assert_eq!(cut.concat(), format!("x{text}"));
        }
    }
}
