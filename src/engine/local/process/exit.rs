//! How a process ended.

use pool_core::exit::ExitStatus;

/// The end of a process, reported exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// What the operating system says.
    pub status: ExitStatus,
    /// What the host had asked for before.
    pub ending: Ending,
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
