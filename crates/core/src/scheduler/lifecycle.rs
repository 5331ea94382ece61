//! The life of a pool, from one start to the next.

use std::time::{Duration, Instant};

use crate::failure::{ClosedWhile, Failure};

/// | state       | leaves by                       | for                                            |
/// | ----------- | ------------------------------- | ---------------------------------------------- |
/// | `Idle`      | initialize                      | `Searching`                                    |
/// |             | shutdown                        | `Closed`                                       |
/// | `Closed`    | initialize                      | `Searching`                                    |
/// | `Searching` | prepared                        | `Starting`                                     |
/// |             | not prepared                    | `Idle`                                         |
/// |             | shutdown                        | `Closing`                                      |
/// | `Starting`  | all workers ready               | `Running`                                      |
/// |             | one cannot start                | `Failing`                                      |
/// |             | shutdown                        | `Closing`                                      |
/// | `Failing`   | all processes gone              | `Idle`                                         |
/// |             | shutdown                        | `Closing`                                      |
/// | `Running`   | shutdown                        | `Closing`                                      |
/// |             | initialize, if no worker is left | `Closing`, then `Searching`                   |
/// | `Closing`   | all processes gone, search over | `Closed`, or `Searching` after an initialize   |
///
/// An initialize is answered at once while `Running`, else when the start it belongs to succeeds, fails
/// or is shut down. A shutdown is answered at once while `Idle` or `Closed`, else at the end of `Closing`.
/// Calls wait in the queue while an initialize waits for its answer; if the start fails, so do they.
#[derive(Debug, Default)]
pub(super) enum Lifecycle {
    /// Never started, or the last start failed.
    #[default]
    Idle,
    /// Shut down.
    Closed,
    /// The runtime looks for an interpreter.
    Searching,
    /// All workers start, or none.
    Starting,
    Running,
    /// A worker could not start; the others are being killed.
    Failing(Failure),
    Closing {
        until: CloseEnd,
        then: AfterClose,
    },
}

/// What ends `Closing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseEnd {
    /// The cancelled search, as no process was started yet.
    SearchOver,
    /// The exit of the last process.
    ProcessesGone,
}

/// What follows `Closing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterClose {
    Rest,
    /// The pool was initialized again meanwhile.
    Restart,
}

/// What an initialize leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum OnInitialize {
    /// A new start.
    Prepare,
    /// The answer comes with that of a start that is under way or will follow the close.
    Wait,
    /// All workers are there already.
    Succeed,
    /// What is left of the pool has to be closed first.
    CloseFirst,
}

/// What the end of the search leads to.
#[derive(Debug, PartialEq)]
pub(super) enum OnSearchOver {
    StartWorkers,
    Fail(Failure),
    /// The pool was shut down meanwhile.
    Close,
    /// Nothing: there was no search.
    Ignore,
}

/// What the exit of the last process leads to.
#[derive(Debug, PartialEq)]
pub(super) enum OnProcessesGone {
    FailStart(Failure),
    Close,
    CloseAndPrepare,
    /// Nothing: the slots get new processes.
    Ignore,
}

/// A pending shutdown of a pool that starts or runs. The pool takes no calls, and otherwise works as before,
/// restarts of crashed workers included, until every call has its outcome.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drain {
    /// When it ends, whatever the calls do; `None` for no limit.
    pub(super) until: Option<Instant>,
    /// How long workers may then take to exit by themselves.
    pub(super) grace: Duration,
    /// The pool was initialized again meanwhile: it starts again after the close.
    pub(super) restart: bool,
}

impl Lifecycle {
    const CLOSING: Self = Self::Closing {
        until: CloseEnd::ProcessesGone,
        then: AfterClose::Rest,
    };

    /// `is_dead`: whether every worker was given up.
    pub(super) fn initialize(self, is_dead: bool) -> (Self, OnInitialize) {
        match self {
            Self::Idle | Self::Closed => (Self::Searching, OnInitialize::Prepare),
            Self::Running if is_dead => {
                let closing = Self::Closing {
                    until: CloseEnd::ProcessesGone,
                    then: AfterClose::Restart,
                };
                (closing, OnInitialize::CloseFirst)
            }
            Self::Running => (self, OnInitialize::Succeed),
            Self::Closing { until, .. } => {
                let then = AfterClose::Restart;
                (Self::Closing { until, then }, OnInitialize::Wait)
            }
            Self::Searching | Self::Starting | Self::Failing(_) => (self, OnInitialize::Wait),
        }
    }

    pub(super) fn shutdown(self) -> Self {
        let then = AfterClose::Rest;
        match self {
            Self::Idle | Self::Closed => Self::Closed,
            Self::Searching => Self::Closing {
                until: CloseEnd::SearchOver,
                then,
            },
            Self::Starting | Self::Failing(_) | Self::Running => Self::CLOSING,
            Self::Closing { until, .. } => Self::Closing { until, then },
        }
    }

    pub(super) fn search_over(self, result: Result<(), Failure>) -> (Self, OnSearchOver) {
        match self {
            Self::Searching => match result {
                Ok(()) => (Self::Starting, OnSearchOver::StartWorkers),
                Err(failure) => (Self::Idle, OnSearchOver::Fail(failure)),
            },
            Self::Closing {
                until: CloseEnd::SearchOver,
                then,
            } => {
                let until = CloseEnd::ProcessesGone;
                (Self::Closing { until, then }, OnSearchOver::Close)
            }
            other => (other, OnSearchOver::Ignore),
        }
    }

    /// Every worker is ready; returns whether that completes a start.
    pub(super) fn all_ready(self) -> (Self, bool) {
        match self {
            Self::Starting => (Self::Running, true),
            other => (other, false),
        }
    }

    /// A worker could not start, while all of them had to.
    pub(super) fn fail_start(self, failure: Failure) -> Self {
        match self {
            Self::Starting => Self::Failing(failure),
            other => other,
        }
    }

    pub(super) fn processes_gone(self) -> (Self, OnProcessesGone) {
        match self {
            Self::Failing(failure) => (Self::Idle, OnProcessesGone::FailStart(failure)),
            Self::Closing {
                until: CloseEnd::ProcessesGone,
                then,
            } => match then {
                AfterClose::Rest => (Self::Closed, OnProcessesGone::Close),
                AfterClose::Restart => (Self::Searching, OnProcessesGone::CloseAndPrepare),
            },
            other => (other, OnProcessesGone::Ignore),
        }
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self, Self::Running)
    }

    pub(super) fn is_searching(&self) -> bool {
        matches!(self, Self::Searching)
    }

    pub(super) fn is_starting(&self) -> bool {
        matches!(self, Self::Starting)
    }

    pub(super) fn is_closing(&self) -> bool {
        matches!(self, Self::Closing { .. })
    }

    /// Whether there is no process, none will be started, and no search is under way.
    pub(super) fn is_at_rest(&self) -> bool {
        matches!(self, Self::Idle | Self::Closed)
    }

    /// Whether an initialize waits for its answer.
    pub(super) fn has_pending_start(&self) -> bool {
        match self {
            Self::Searching | Self::Starting | Self::Failing(_) => true,
            Self::Closing { then, .. } => *then == AfterClose::Restart,
            Self::Idle | Self::Closed | Self::Running => false,
        }
    }

    /// Why the pool takes no calls; `None` while it runs or a start is pending.
    pub(super) fn refusal(&self) -> Option<Failure> {
        match self {
            Self::Idle => Some(Failure::NotInitialized),
            Self::Closed => Some(Failure::Closed(ClosedWhile::Submitting)),
            Self::Closing { .. } if !self.has_pending_start() => {
                Some(Failure::Closed(ClosedWhile::Submitting))
            }
            Self::Closing { .. }
            | Self::Searching
            | Self::Starting
            | Self::Failing(_)
            | Self::Running => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Failure {
        Failure::NotInitialized
    }

    fn closing(until: CloseEnd, then: AfterClose) -> Lifecycle {
        Lifecycle::Closing { until, then }
    }

    /// Every state.
    fn states() -> Vec<Lifecycle> {
        use AfterClose::{Rest, Restart};
        use CloseEnd::{ProcessesGone, SearchOver};
        vec![
            Lifecycle::Idle,
            Lifecycle::Closed,
            Lifecycle::Searching,
            Lifecycle::Starting,
            Lifecycle::Running,
            Lifecycle::Failing(failure()),
            closing(SearchOver, Rest),
            closing(SearchOver, Restart),
            closing(ProcessesGone, Rest),
            closing(ProcessesGone, Restart),
        ]
    }

    /// The transitions of one event from every state, those that stay left out.
    fn transitions(next: impl Fn(Lifecycle) -> Lifecycle) -> Vec<(String, String)> {
        let all = states().into_iter().map(|state| {
            let before = format!("{state:?}");
            (before, format!("{:?}", next(state)))
        });
        all.filter(|(before, after)| before != after).collect()
    }

    fn named(transitions: &[(Lifecycle, Lifecycle)]) -> Vec<(String, String)> {
        let names = |(before, after): &(Lifecycle, Lifecycle)| {
            (format!("{before:?}"), format!("{after:?}"))
        };
        transitions.iter().map(names).collect()
    }

    #[test]
    fn every_row_of_the_table_holds() {
        use AfterClose::{Rest, Restart};
        use CloseEnd::{ProcessesGone, SearchOver};
        use Lifecycle::{Closed, Failing, Idle, Running, Searching, Starting};
        let search_failed = |state: Lifecycle| state.search_over(Err(failure())).0;
        assert_eq!(
            transitions(|state| state.initialize(false).0),
            named(&[
                (Idle, Searching),
                (Closed, Searching),
                (closing(SearchOver, Rest), closing(SearchOver, Restart)),
                (
                    closing(ProcessesGone, Rest),
                    closing(ProcessesGone, Restart)
                ),
            ])
        );
        assert_eq!(
            transitions(Lifecycle::shutdown),
            named(&[
                (Idle, Closed),
                (Searching, closing(SearchOver, Rest)),
                (Starting, closing(ProcessesGone, Rest)),
                (Running, closing(ProcessesGone, Rest)),
                (Failing(failure()), closing(ProcessesGone, Rest)),
                (closing(SearchOver, Restart), closing(SearchOver, Rest)),
                (
                    closing(ProcessesGone, Restart),
                    closing(ProcessesGone, Rest)
                ),
            ])
        );
        assert_eq!(
            transitions(|state| state.search_over(Ok(())).0),
            named(&[
                (Searching, Starting),
                (closing(SearchOver, Rest), closing(ProcessesGone, Rest)),
                (
                    closing(SearchOver, Restart),
                    closing(ProcessesGone, Restart)
                ),
            ])
        );
        assert_eq!(
            transitions(search_failed)[0],
            named(&[(Searching, Idle)])[0]
        );
        assert_eq!(
            transitions(|state| state.all_ready().0),
            named(&[(Starting, Running)])
        );
        assert_eq!(
            transitions(|state| state.fail_start(failure())),
            named(&[(Starting, Failing(failure()))])
        );
        assert_eq!(
            transitions(|state| state.processes_gone().0),
            named(&[
                (Failing(failure()), Idle),
                (closing(ProcessesGone, Rest), Closed),
                (closing(ProcessesGone, Restart), Searching),
            ])
        );
    }

    #[test]
    fn a_dead_pool_is_closed_before_it_starts_again() {
        let (state, next) = Lifecycle::Running.initialize(true);
        assert_eq!(next, OnInitialize::CloseFirst);
        let (state, next) = state.processes_gone();
        assert_eq!(next, OnProcessesGone::CloseAndPrepare);
        assert!(state.is_searching());
    }
}
