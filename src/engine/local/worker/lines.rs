//! What a process prints -> lines of text, with bounded memory.

use std::collections::VecDeque;

/// A line longer than this is cut into pieces.
const LONGEST_LINE: usize = 16 * 1024;
/// How much of stderr is kept for the post-mortem.
const TAIL: usize = 64 * 1024;

/// Cuts a stream of bytes into lines. A carriage return begins the line anew, as a terminal would
/// show it: of a progress bar its last state remains.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    returned: bool,
}

impl Lines {
    /// Takes bytes and gives each line they complete to `emit`.
    pub(super) fn feed(&mut self, bytes: &[u8], mut emit: impl FnMut(String)) {
        for &byte in bytes {
            if byte == b'\n' {
                self.finish(&mut emit);
                continue;
            }
            if std::mem::take(&mut self.returned) {
                self.line.clear();
            }
            if byte == b'\r' {
                self.returned = true;
                continue;
            }
            self.line.push(byte);
            if self.line.len() >= LONGEST_LINE && is_char_end(&self.line) {
                self.finish(&mut emit);
            }
        }
    }

    /// The stream has ended, or pauses: gives what is there of a line.
    pub(super) fn finish(&mut self, mut emit: impl FnMut(String)) {
        self.returned = false;
        if !self.line.is_empty() {
            emit(String::from_utf8_lossy(&self.line).into_owned());
            self.line.clear();
        }
    }
}

/// Whether `bytes` does not end within a character (or is no UTF-8 anyway).
fn is_char_end(bytes: &[u8]) -> bool {
    let incomplete = std::str::from_utf8(bytes)
        .err()
        .is_some_and(|error| error.error_len().is_none());
    !incomplete
}

/// The last bytes of a stream.
#[derive(Debug, Default)]
pub(super) struct Tail {
    bytes: VecDeque<u8>,
}

impl Tail {
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(TAIL)..];
        let excess = (self.bytes.len() + bytes.len()).saturating_sub(TAIL);
        self.bytes.drain(..excess);
        self.bytes.extend(bytes);
    }

    pub(super) fn text(&self) -> String {
        let (front, back) = self.bytes.as_slices();
        String::from_utf8_lossy(&[front, back].concat()).into_owned()
    }
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
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        assert_eq!(lines(&[b"\xff\xfeok\n"]), ["\u{fffd}\u{fffd}ok"]);
    }

    #[test]
    fn an_endless_line_is_cut_between_characters() {
        let text = "é".repeat(LONGEST_LINE);
        let cut = lines(&[b"x", text.as_bytes()]);
        assert!(cut.len() > 1 && cut.iter().all(|line| !line.contains('\u{fffd}')));
        assert_eq!(cut.concat(), format!("x{text}"));
    }

    #[test]
    fn the_tail_keeps_the_end() {
        let mut tail = Tail::default();
        tail.feed(&vec![b'a'; TAIL]);
        tail.feed(b"the end");
        assert_eq!(tail.text().len(), TAIL);
        assert!(tail.text().ends_with("aathe end"));
        tail.feed(&vec![b'b'; TAIL * 3]);
        assert_eq!(tail.text(), "b".repeat(TAIL));
    }
}
