//! How a process ended.

use std::borrow::Cow;
use std::fmt;

use super::platform;

/// The end of a process, reported exactly once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// What the operating system says.
    pub status: ExitStatus,
    /// What the host had asked for before.
    pub ending: Ending,
}

/// What the operating system says about the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// It returned this code.
    Code(i32),
    /// A signal ended it (never on Windows).
    Signal(Signal),
    /// It is gone, but something else in the host took its status first.
    Unknown,
}

/// How much of an end the host had asked for.
///
/// | state      | `ask_to_end`, `interrupt` | `host_ends` | `kill`   |
/// | ---------- | ------------------------- | ----------- | -------- |
/// | `Unasked`  | `Asked`                   | `HostEnds`  | `Killed` |
/// | `Asked`    | `Asked`                   | `HostEnds`  | `Killed` |
/// | `HostEnds` | `HostEnds`                | `HostEnds`  | `Killed` |
/// | `Killed`   | `Killed`                  | `Killed`    | `Killed` |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing: an end is a crash.
    Unasked,
    /// An orderly one: a process that then returns a code keeps the helpers it started.
    Asked,
    /// The host ends: the process may end by itself, but the helpers it started end with it.
    HostEnds,
    /// An end at once, for the whole group.
    Killed,
}

/// A signal by its number; displayed by its name, such as `SIGSEGV`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal(pub i32);

impl Signal {
    /// `SIGSEGV`, or `SIG35` for a number without a name of its own.
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        match platform::signal_name(self.0) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("SIG{}", self.0)),
        }
    }
}

impl Ending {
    pub(super) fn after_request(self) -> Self {
        match self {
            Self::Unasked | Self::Asked => Self::Asked,
            Self::HostEnds | Self::Killed => self,
        }
    }

    pub(super) fn with_host(self) -> Self {
        match self {
            Self::Unasked | Self::Asked | Self::HostEnds => Self::HostEnds,
            Self::Killed => Self::Killed,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Unknown => f.write_str("exit status unknown"),
        }
    }
}
