//! Errors of the interpreter search.

use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use super::exhaustion::is_exhaustion;
use super::reason::Reason;

/// Why a search found nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SearchError {
    /// No candidate is usable.
    #[error(transparent)]
    NotFound(NotFound),
    /// The operating system lacks what every probe needs, such as descriptors: nothing is known of the
    /// candidates.
    #[error("cannot run {program}: {error}")]
    Exhausted {
        /// The candidate.
        program: String,
        /// What the operating system said.
        error: Arc<io::Error>,
    },
}

/// No usable interpreter. Displays every attempt, and what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "Python 3 not found{}\nInstall Python 3.7 or newer, or name an interpreter with the \
     pythonPath option{}.",
    self.list_attempts(),
    self.or_the_variable()
)]
pub struct NotFound {
    /// In the order in which they were tried.
    pub attempts: Vec<Attempt>,
    /// Name of the environment variable that may name an interpreter.
    pub interpreter_variable: Option<String>,
}

/// An interpreter that does not exist, does not run, or is too old.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{candidate} ({reason}): {error}")]
pub struct Attempt {
    /// A path, or the name that was looked up.
    pub candidate: String,
    /// Why it was tried.
    pub reason: Reason,
    /// Why it cannot be used.
    #[source]
    pub error: ProbeError,
}

/// Why a candidate cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProbeError {
    /// No file of that name, which the user gave, is on `PATH`.
    #[error("not on PATH")]
    NotOnPath,
    /// There is no such file.
    #[error("does not exist")]
    Missing,
    /// The target of the link does not exist.
    #[error("is a symbolic link to nothing")]
    DanglingLink,
    /// It is a directory, and no environment.
    #[error("is a directory without a Python interpreter")]
    Directory,
    /// It may not be executed.
    #[error("is not executable")]
    NotExecutable,
    /// The operating system does not run it. Shared, because several searches may wait for a probe.
    #[error("cannot be run: {0}")]
    Run(#[source] Arc<io::Error>),
    /// It is a Python of this version.
    #[error("is Python {}.{}.{}, but 3.7 or newer is required", .0.0, .0.1, .0.2)]
    TooOld((u8, u8, u8)),
    /// Windows has it on `PATH` until a Python is installed.
    #[error(
        "is the Microsoft Store's placeholder, not Python: install Python, or switch the alias \
         off under \"App execution aliases\""
    )]
    StorePlaceholder,
    /// It exited without an answer.
    #[error("is not Python 3: {status}{output}")]
    NoAnswer {
        /// How it exited.
        status: ExitStatus,
        /// What it printed.
        output: Excerpt,
    },
    /// It exited without an answer; something else in the host took its status.
    #[error("is not Python 3{output}")]
    NoAnswerNorStatus {
        /// What it printed.
        output: Excerpt,
    },
    /// It was killed after this time.
    #[error("did not answer within {timeout:?}{output}")]
    TimedOut {
        /// The time limit.
        timeout: Duration,
        /// What it printed.
        output: Excerpt,
    },
    /// It closed its standard output, and was killed a moment later.
    #[error("is not Python 3: it closed its output without an answer{output}")]
    ClosedOutput {
        /// What it printed.
        output: Excerpt,
    },
    /// It is in an environment above the script that another user has made.
    #[error("belongs to another user than the script")]
    NotTrusted,
    /// `uv` names no environment for the script.
    #[error("uv has no environment for the script{0}")]
    NoScriptEnvironment(Excerpt),
    /// The search that ran the probe was cancelled.
    #[error("the search was cancelled")]
    Cancelled,
}

/// The beginning of what a candidate printed, on one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt(String);

/// Maximum length of an excerpt, in characters.
const MAX_EXCERPT: usize = 300;

impl NotFound {
    fn list_attempts(&self) -> String {
        let lines = self.attempts.iter().map(|attempt| format!("\n  {attempt}"));
        lines.collect()
    }

    fn or_the_variable(&self) -> String {
        self.interpreter_variable
            .as_ref()
            .map(|name| format!(" or the {name} environment variable"))
            .unwrap_or_default()
    }
}

impl ProbeError {
    pub(super) fn run(error: io::Error) -> Self {
        Self::Run(Arc::new(error))
    }

    /// Whether the excerpt of its output contains this text.
    pub(super) fn has_printed(&self, text: &str) -> bool {
        match self {
            Self::NoAnswer { output, .. }
            | Self::NoAnswerNorStatus { output }
            | Self::TimedOut { output, .. } => output.0.contains(text),
            _ => false,
        }
    }

    /// The error of an operating system that could run no candidate now.
    pub(super) fn exhaustion(&self) -> Option<&Arc<io::Error>> {
        match self {
            Self::Run(error) if is_exhaustion(error) => Some(error),
            _ => None,
        }
    }

    pub(super) fn is_timeout(&self) -> bool {
        matches!(self, Self::TimedOut { .. })
    }
}

impl Excerpt {
    /// Of stderr, or of stdout if there is none.
    pub(super) fn of(stdout: &[u8], stderr: &[u8]) -> Self {
        match [stderr, stdout].map(one_line) {
            [stderr, _] if !stderr.is_empty() => Self(format!(", stderr: {stderr}")),
            [_, stdout] if !stdout.is_empty() => Self(format!(", stdout: {stdout}")),
            _ => Self::default(),
        }
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn one_line(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let words: Vec<_> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(MAX_EXCERPT) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_output_is_cut_between_characters() {
        let cut = one_line("é".repeat(1000).as_bytes());
        assert_eq!(cut.chars().count(), MAX_EXCERPT + 3);
    }

    #[test]
    fn the_advice_names_the_variable_if_there_is_one() {
        let mut not_found = NotFound {
            attempts: Vec::new(),
            interpreter_variable: Some("MY_PYTHON".into()),
        };
        assert_eq!(
            not_found.to_string(),
            "Python 3 not found\nInstall Python 3.7 or newer, or name an interpreter with the \
             pythonPath option or the MY_PYTHON environment variable."
        );
        not_found.interpreter_variable = None;
        assert!(not_found.to_string().ends_with("the pythonPath option."));
    }
}
