//! The text of an exception for a message: what was raised comes first, and once.

use std::fmt::{self, Display, Formatter};

use crate::failure::PythonError;

/// `ValueError: no` and the frames. Python prints that line last, where a long traceback hides it.
#[derive(Debug)]
pub(crate) struct ExceptionText<'a> {
    error: &'a PythonError,
    /// What Python adds to the line, such as `. Did you mean: 'sum'?`.
    suggestion: &'a str,
    /// The traceback before the line.
    before: &'a str,
    /// The traceback after it: notes, or the members of a group.
    after: &'a str,
}

impl<'a> ExceptionText<'a> {
    /// Finds the line of the exception in its traceback.
    pub(crate) fn of(error: &'a PythonError) -> Self {
        let traceback = error.traceback.trim_end();
        let whole = |suggestion, before, after| Self {
            error,
            suggestion,
            before,
            after,
        };
        let line = if error.message.is_empty() {
            error.kind.clone()
        } else {
            format!("{}: {}", error.kind, error.message)
        };
        let mut end = traceback.len();
        while let Some(at) = traceback[..end].rfind(&line) {
            let start = start_of_line(traceback, at);
            let rest = &traceback[at + line.len()..];
            let suggestion = rest.find('\n').map_or(rest, |end| &rest[..end]);
            // In a group, a margin is in front. A comparison with the whole line would also find the
            // source code that raised it.
            let is_alone = traceback[start..at].chars().all(|c| " |".contains(c));
            if is_alone && (suggestion.is_empty() || suggestion.starts_with(". ")) {
                let before = traceback[..start].trim_end_matches('\n');
                return whole(suggestion, before, &rest[suggestion.len()..]);
            }
            end = at;
        }
        // A SyntaxError has its file and line in the message only; other lines may be cut.
        let last = start_of_line(traceback, traceback.len());
        match traceback[last..].strip_prefix(error.kind.as_str()) {
            Some(rest) if rest.is_empty() || rest.starts_with(':') => {
                whole("", traceback[..last].trim_end_matches('\n'), "")
            }
            _ => whole("", traceback, ""),
        }
    }
}

fn start_of_line(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

impl Display for ExceptionText<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let PythonError { kind, message, .. } = self.error;
        out.write_str(kind)?;
        if !message.is_empty() {
            write!(out, ": {message}")?;
        }
        out.write_str(self.suggestion)?;
        if !self.before.is_empty() {
            write!(out, "\n{}", self.before)?;
        }
        out.write_str(self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(kind: &str, message: &str, traceback: &str) -> String {
        let error = PythonError {
            kind: kind.into(),
            message: message.into(),
            traceback: traceback.into(),
            advice: None,
        };
        ExceptionText::of(&error).to_string()
    }

    const FRAMES: &str = "Traceback (most recent call last):\n  File \"s.py\", line 1, in f\n    raise ValueError: no";

    #[test]
    fn the_line_of_the_exception_comes_first_and_once() {
        let traceback = format!("{FRAMES}\nValueError: no\n");
        assert_eq!(
            text("ValueError", "no", &traceback),
            format!("ValueError: no\n{FRAMES}")
        );
        assert_eq!(
            text("ValueError", "no", "ValueError: no\n"),
            "ValueError: no"
        );
    }

    #[test]
    fn a_message_may_be_empty_or_have_several_lines() {
        let traceback = format!("{FRAMES}\nKeyError\n");
        assert_eq!(
            text("KeyError", "", &traceback),
            format!("KeyError\n{FRAMES}")
        );
        let traceback = format!("{FRAMES}\nValueError: a\n\nb\n");
        assert_eq!(
            text("ValueError", "a\n\nb", &traceback),
            format!("ValueError: a\n\nb\n{FRAMES}")
        );
    }

    #[test]
    fn what_python_adds_to_the_line_is_kept() {
        let traceback =
            format!("{FRAMES}\nNameError: name 'sun' is not defined. Did you mean: 'sum'?\n");
        assert_eq!(
            text("NameError", "name 'sun' is not defined", &traceback),
            format!("NameError: name 'sun' is not defined. Did you mean: 'sum'?\n{FRAMES}")
        );
    }

    #[test]
    fn notes_and_members_of_a_group_stay_behind_the_frames() {
        let traceback = format!("{FRAMES}\nValueError: no\nsee the manual\n");
        assert_eq!(
            text("ValueError", "no", &traceback),
            format!("ValueError: no\n{FRAMES}\nsee the manual")
        );
        let group = "  + Exception Group Traceback (most recent call last):\n  |   File \"s.py\"\n  \
                     | ExceptionGroup: two (2 sub-exceptions)\n  +-+---------------- 1 ------";
        assert_eq!(
            text("ExceptionGroup", "two (2 sub-exceptions)", group),
            "ExceptionGroup: two (2 sub-exceptions)\n  + Exception Group Traceback (most recent call \
             last):\n  |   File \"s.py\"\n  +-+---------------- 1 ------"
        );
    }

    #[test]
    fn a_syntax_error_names_its_file_once() {
        let traceback =
            "  File \"/s.py\", line 1\n    x = (\n        ^\nSyntaxError: '(' was never closed\n";
        assert_eq!(
            text(
                "SyntaxError",
                "'(' was never closed (s.py, line 1)",
                traceback
            ),
            "SyntaxError: '(' was never closed (s.py, line 1)\n  File \"/s.py\", line 1\n    x = (\n        ^"
        );
    }

    #[test]
    fn a_cause_with_the_same_text_is_kept() {
        let cause = format!("{FRAMES}\nValueError: no\n\nDuring handling:\n\n{FRAMES}");
        assert_eq!(
            text("ValueError", "no", &format!("{cause}\nValueError: no\n")),
            format!("ValueError: no\n{cause}")
        );
    }

    #[test]
    fn a_traceback_without_the_line_is_kept_whole() {
        assert_eq!(
            text("ValueError", "no", &format!("{FRAMES}\n[... cut ...]\n")),
            format!("ValueError: no\n{FRAMES}\n[... cut ...]")
        );
    }
}
