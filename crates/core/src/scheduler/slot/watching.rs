//! What the host may find out about calls that a worker has not started.

use crate::scheduler::settings::Settings;

/// See the [module](self).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watching {
    /// Nothing: it cannot tell, or there is a place for each call.
    Off,
    /// How many lie ready behind another. No other worker could run them.
    Looks,
    /// That, and that another worker should run one.
    LooksAndRescues,
}

impl Watching {
    pub(super) fn of(settings: &Settings) -> Self {
        if !settings.has_start_tokens || settings.has_places_by_kind() {
            Self::Off
        } else if settings.workers == 1 {
            Self::Looks
        } else {
            Self::LooksAndRescues
        }
    }

    pub(super) fn may_look(self) -> bool {
        self != Self::Off
    }

    pub(super) fn may_rescue(self) -> bool {
        self == Self::LooksAndRescues
    }
}
