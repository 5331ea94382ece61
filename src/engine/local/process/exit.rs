//! How a process exited, and how much of that the host had requested.

use pool_core::exit::ExitStatus;

/// The exit of a process, reported exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// What the operating system reports.
    pub status: ExitStatus,
    /// What the host had requested before.
    pub intent: ExitIntent,
    /// It may still be alive: neither the host nor the guardian may kill it, so it was given up.
    pub is_given_up: bool,
}

/// How much of an exit the host has requested.
///
/// | state         | `request_exit`, `interrupt` | `on_host_exit` | `kill`   |
/// | ------------- | --------------------------- | -------------- | -------- |
/// | `Unrequested` | `Requested`                 | `HostExiting`  | `Killed` |
/// | `Requested`   | `Requested`                 | `HostExiting`  | `Killed` |
/// | `HostExiting` | `HostExiting`               | `HostExiting`  | `Killed` |
/// | `Killed`      | `Killed`                    | `Killed`       | `Killed` |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitIntent {
    /// None: an exit is a crash.
    Unrequested,
    /// An orderly exit: if the process then returns a code, the helpers it started live on.
    Requested,
    /// The host is exiting: the process may exit by itself, but its helpers are killed with it.
    HostExiting,
    /// An immediate end of the whole group.
    Killed,
}

impl ExitIntent {
    #[must_use]
    pub(super) fn after_request(self) -> Self {
        match self {
            Self::Unrequested | Self::Requested => Self::Requested,
            Self::HostExiting | Self::Killed => self,
        }
    }

    #[must_use]
    pub(super) fn with_host(self) -> Self {
        match self {
            Self::Unrequested | Self::Requested | Self::HostExiting => Self::HostExiting,
            Self::Killed => Self::Killed,
        }
    }
}
