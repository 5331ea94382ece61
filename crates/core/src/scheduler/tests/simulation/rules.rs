//! The rules, and what breaks them.

/// A rule, by the number of the [scheduler](crate::scheduler)'s invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    OneOutcome = 1,
    AtMostOnce = 2,
    Fifo = 3,
    NoIdleWait = 4,
    Restarts = 5,
    DeadPool = 6,
    OneProcess = 7,
    Closed = 8,
    OneAnswer = 9,
    OnTime = 10,
    PendingStart = 11,
    Drain = 12,
    Spread = 13,
    TakeBack = 14,
    Rescue = 15,
    Retries = 16,
    Cancel = 17,
}

/// What went wrong.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) rule: Rule,
    pub(super) what: String,
}

pub(super) type Checked = Result<(), Violation>;

pub(super) fn broken<T>(rule: Rule, what: impl Into<String>) -> Result<T, Violation> {
    let what = what.into();
    Err(Violation { rule, what })
}

pub(super) fn require(holds: bool, rule: Rule, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { broken(rule, what()) }
}
