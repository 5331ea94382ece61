//! How often and how soon a slot is restarted.

use std::time::Duration;

const FIRST_DELAY: Duration = Duration::from_millis(100);
const MAX_DELAY: Duration = Duration::from_secs(5);

/// Counts a slot's crashes and failed restarts in a row.
#[derive(Clone, Copy, Debug)]
pub(in crate::scheduler) struct RestartBudget {
    limit: u32,
    in_a_row: u32,
}

/// What to do after a crash.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::scheduler) enum RestartDecision {
    /// Start a successor after this delay; zero for the first.
    RestartAfter(Duration),
    /// Give the slot up.
    GiveUp,
}

impl RestartBudget {
    /// A budget that ends with the `limit`-th crash in a row.
    pub(in crate::scheduler) fn new(limit: u32) -> Self {
        Self { limit, in_a_row: 0 }
    }

    /// A call completed, so the worker is healthy.
    pub(in crate::scheduler) fn restore(&mut self) {
        self.in_a_row = 0;
    }

    /// Decides what follows a crash or a failed restart.
    pub(in crate::scheduler) fn spend(&mut self) -> RestartDecision {
        self.in_a_row += 1;
        if self.in_a_row >= self.limit {
            return RestartDecision::GiveUp;
        }
        RestartDecision::RestartAfter(match self.in_a_row.checked_sub(2) {
            None => Duration::ZERO,
            Some(doublings) => FIRST_DELAY
                .saturating_mul(2_u32.saturating_pow(doublings))
                .min(MAX_DELAY),
        })
    }

    /// Crashes in a row and their limit, such as `2/3`.
    pub(in crate::scheduler) fn describe(self) -> String {
        format!("{}/{}", self.in_a_row, self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(limit: u32) -> Vec<Duration> {
        let mut budget = RestartBudget::new(limit);
        std::iter::from_fn(|| match budget.spend() {
            RestartDecision::RestartAfter(delay) => Some(delay),
            RestartDecision::GiveUp => None,
        })
        .collect()
    }

    #[test]
    fn first_restart_is_immediate_then_delays_double_up_to_five_seconds() {
        let millis: Vec<_> = delays(10).iter().map(Duration::as_millis).collect();
        assert_eq!(millis, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    }

    #[test]
    fn a_limit_of_one_gives_up_at_the_first_crash() {
        assert_eq!(delays(1), []);
    }

    #[test]
    fn a_huge_limit_does_not_overflow() {
        let mut budget = RestartBudget {
            limit: u32::MAX,
            in_a_row: 1_000_000,
        };
        assert_eq!(budget.spend(), RestartDecision::RestartAfter(MAX_DELAY));
    }

    #[test]
    fn a_completed_call_restores_the_budget() {
        let mut budget = RestartBudget::new(2);
        for _ in 0..10 {
            assert_eq!(
                budget.spend(),
                RestartDecision::RestartAfter(Duration::ZERO)
            );
            budget.restore();
        }
    }
}
