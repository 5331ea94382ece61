//! The output of `faulthandler` -> stacks in the order of Python's own tracebacks: innermost last.

use std::fmt::Write as _;

const MOST_RECENT_FIRST: &str = "(most recent call first):";
/// The worker's own Python files, whose frames mean nothing to the user.
const OWN_FRAMES: [&str; 2] = ["_python_worker_pool", OUTERMOST];
/// The first frame of the main thread, which `faulthandler` prints last.
const OUTERMOST: &str = "start.py\", line";

/// Maximum size of a dump in bytes: more than `faulthandler` usually prints, which stops at 100
/// threads of 100 frames. User code can write to this pipe without bound.
const MAX_DUMP: usize = 1 << 20;

/// Maximum length of a line of a dump, in bytes.
const MAX_FRAME: usize = 4096 + 1024;

/// A dump while it is received.
#[derive(Debug, Default)]
pub(super) struct Dump {
    bytes: Vec<u8>,
}

impl Dump {
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let room = MAX_DUMP - self.bytes.len();
        self.bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Whether it is certainly complete. A greenlet or a deep recursion hides the frame that shows it.
    pub(super) fn is_complete(&self) -> bool {
        let begin = self.bytes.len().saturating_sub(MAX_FRAME);
        let end = String::from_utf8_lossy(&self.bytes[begin..]);
        end.ends_with('\n')
            && end
                .lines()
                .last()
                .is_some_and(|last| last.contains(OUTERMOST))
    }

    /// Takes the stacks so far, innermost last; what follows is another dump.
    pub(super) fn take(&mut self) -> String {
        let bytes = std::mem::take(&mut self.bytes);
        innermost_last(&String::from_utf8_lossy(&bytes))
    }
}

/// Reverses a dump, thread by thread. Those without frames are left out, and so is an event loop that waits.
fn innermost_last(dump: &str) -> String {
    let mut text = String::new();
    let mut thread = None;
    let mut frames: Vec<&str> = Vec::new();
    let flush = |thread: Option<&str>, frames: &mut Vec<&str>, text: &mut String| {
        let tells = frames.iter().any(|frame| !is_of_event_loop(frame));
        if let Some(thread) = thread.filter(|_| tells) {
            let _ = writeln!(text, "{thread}(most recent call last):");
        }
        for frame in frames.drain(..).rev().filter(|_| tells) {
            let _ = writeln!(text, "{frame}");
        }
    };
    for line in dump
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
    {
        if let Some(next) = line.strip_suffix(MOST_RECENT_FIRST) {
            flush(thread.replace(next), &mut frames, &mut text);
        } else if !OWN_FRAMES.iter().any(|own| line.contains(own)) && !line.contains("<frozen") {
            frames.push(line);
        }
    }
    flush(thread, &mut frames, &mut text);
    text
}

/// Whether a frame is of asyncio, as all are where it waits.
fn is_of_event_loop(frame: &str) -> bool {
    let parts = ["/asyncio/", "\\asyncio\\", "selectors.py\""];
    parts.iter().any(|part| frame.contains(part))
}

/// How `faulthandler` starts a dump after a fatal error, on Windows and elsewhere.
const FATAL: [&str; 2] = ["Windows fatal exception: ", "Fatal Python error: "];

/// The stacks that a fatal error (such as a segfault) has left on stderr; `None` without one.
pub(super) fn of_fatal_error(stderr: &str) -> Option<String> {
    let begin = FATAL.iter().filter_map(|fatal| stderr.rfind(fatal)).max()?;
    let is_stack = |line: &&str| line.starts_with("  ") || line.ends_with(MOST_RECENT_FIRST);
    let dump: Vec<_> = stderr[begin..].lines().filter(is_stack).collect();
    (!dump.is_empty()).then(|| innermost_last(&dump.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_fatal_error_is_found_among_other_output() {
        let stderr = "a line\nFatal Python error: Segmentation fault\n\n\
                      Current thread 0x01 (most recent call first):\n  File \"p.py\", line 9 in inner\n  \
                      File \"p.py\", line 4 in outer\n\n\
                      Current thread's C stack trace (most recent call first):\n  \
                      Binary file \"/lib/libc.so.6\", at gsignal+0x12 [0x7f]\n\n\
                      Extension modules: numpy (total: 1)\n";
        assert_eq!(
            of_fatal_error(stderr).unwrap(),
            "Current thread 0x01 (most recent call last):\n  File \"p.py\", line 4 in outer\n  \
             File \"p.py\", line 9 in inner\n\
             Current thread's C stack trace (most recent call last):\n  \
             Binary file \"/lib/libc.so.6\", at gsignal+0x12 [0x7f]\n"
        );
        assert_eq!(of_fatal_error("  File \"p.py\", line 1\nValueError"), None);
        assert_eq!(of_fatal_error("Fatal Python error: init failed\n"), None);
    }

    #[test]
    fn frames_are_reversed_and_own_frames_dropped() {
        let dump = "Thread 0x01 (most recent call first):\n  File \"t.py\", line 1 in run\n\n\
                    Current thread 0x02 (most recent call first):\n  File \"p.py\", line 9 in inner\n  \
                    File \"p.py\", line 4 in outer\n  File \"/x/python/_python_worker_pool/loop.py\", line 3 in serve\n";
        assert_eq!(
            innermost_last(dump),
            "Thread 0x01 (most recent call last):\n  File \"t.py\", line 1 in run\n\
             Current thread 0x02 (most recent call last):\n  File \"p.py\", line 4 in outer\n  \
             File \"p.py\", line 9 in inner\n"
        );
    }

    #[test]
    fn threads_without_frames_and_event_loops_that_wait_are_left_out() {
        let own = "  File \"/x/python/_python_worker_pool/event_loop.py\", line 3 in run\n";
        let waits = "  File \"/usr/lib/python3.11/selectors.py\", line 468 in select\n  \
                     File \"/usr/lib/python3.11/asyncio/base_events.py\", line 1884 in _run_once\n";
        let stack = "Stack (most recent call first):\n";
        assert_eq!(innermost_last(&format!("{stack}{own}")), "");
        assert_eq!(innermost_last(&format!("{stack}{waits}{own}")), "");
        let blocks = "  File \"p.py\", line 9 in blocks\n";
        let text = innermost_last(&format!("{stack}{blocks}{waits}{own}"));
        assert!(text.ends_with(blocks) && text.lines().count() == 4);
    }

    #[test]
    fn a_dump_is_complete_with_the_outermost_frame_of_the_main_thread() {
        let text = "Thread 0x01 (most recent call first):\n  File \"t.py\", line 1 in run\n\n\
                    Current thread 0x02 (most recent call first):\n  File \"p.py\", line 9 in inner\n  \
                    File \"/x/python/start.py\", line 26 in <module>\n";
        let mut dump = Dump::default();
        for byte in text.as_bytes() {
            assert!(!dump.is_complete());
            dump.feed(&[*byte]);
        }
        assert!(dump.is_complete());
        dump.take();
        assert!(!dump.is_complete());
    }

    #[test]
    fn an_endless_dump_is_cut() {
        let mut dump = Dump::default();
        for _ in 0..3 {
            dump.feed(&vec![b'x'; MAX_DUMP / 2 + 1]);
        }
        assert_eq!(dump.take().len(), MAX_DUMP + "\n".len());
        dump.feed(b"another one\n");
        assert_eq!(dump.take(), "another one\n");
    }
}
