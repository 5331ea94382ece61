//! How a worker process ended, as users see it.

use std::borrow::Cow;
use std::fmt;

/// Windows numbers its fatal errors from here, such as an access violation. They are known by their
/// hexadecimal form.
const MIN_FATAL: u32 = 0xC000_0000;
/// What Windows gives to a process that Ctrl-C has ended.
const CONTROL_C_EXIT: u32 = 0xC000_013A;

/// How a process ended, according to the operating system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// It returned this code. On Windows it may be the number of a fatal error, which uses all 32 bits.
    Code(u32),
    /// A signal ended it (never on Windows).
    Signal(Signal),
    /// It has exited, but something else in the host collected its status first.
    Unknown,
}

/// The name of a signal, such as `SIGSEGV`. Numbers differ between systems, so engines name signals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal(pub Cow<'static, str>);

impl Signal {
    /// A signal by its name.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// `SIGSEGV`, or `SIG35` for a signal without a name of its own.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl ExitStatus {
    /// Whether a fault of the process itself ended it, such as a segmentation fault.
    #[must_use]
    pub fn is_fatal_error(&self) -> bool {
        const FATAL: [&str; 5] = ["SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT"];
        match self {
            Self::Code(code) => *code >= MIN_FATAL && *code != CONTROL_C_EXIT,
            Self::Signal(signal) => FATAL.contains(&signal.name()),
            Self::Unknown => false,
        }
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code @ MIN_FATAL..) => write!(out, "exit code {code:#010X}"),
            Self::Code(code) => write!(out, "exit code {code}"),
            Self::Signal(signal) => write!(out, "signal {signal}"),
            Self::Unknown => out.write_str("exit status unknown"),
        }
    }
}
