//! How often and how soon a slot may be restarted.

use std::time::Duration;

const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// Counts a slot's crashes and failed restarts in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct RestartBudget {
    limit: u32,
    in_a_row: u32,
}

/// What to do after a crash.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Start a successor after this delay; zero for the first.
    RestartAfter(Duration),
    /// Give the slot up.
    Retire,
}

impl RestartBudget {
    /// A budget that retires the slot at the `limit`-th crash in a row.
    pub(super) fn new(limit: u32) -> Self {
        Self { limit, in_a_row: 0 }
    }

    /// A call completed: the worker is sound.
    pub(super) fn restore(&mut self) {
        self.in_a_row = 0;
    }

    /// A crash or a failed restart.
    pub(super) fn spend(&mut self) -> Verdict {
        self.in_a_row += 1;
        if self.in_a_row >= self.limit {
            return Verdict::Retire;
        }
        Verdict::RestartAfter(match self.in_a_row.checked_sub(2) {
            None => Duration::ZERO,
            Some(doublings) => FIRST_DELAY
                .saturating_mul(2_u32.saturating_pow(doublings))
                .min(LONGEST_DELAY),
        })
    }

    /// `2/3`: crashes in a row of how many.
    pub(super) fn describe(self) -> String {
        format!("{}/{}", self.in_a_row, self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(limit: u32) -> Vec<Duration> {
        let mut budget = RestartBudget::new(limit);
        std::iter::from_fn(|| match budget.spend() {
            Verdict::RestartAfter(delay) => Some(delay),
            Verdict::Retire => None,
        })
        .collect()
    }

    #[test]
    fn first_restart_is_immediate_then_delays_double_up_to_five_seconds() {
        let millis: Vec<_> = delays(10).iter().map(Duration::as_millis).collect();
        assert_eq!(millis, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    }

    #[test]
    fn a_limit_of_one_retires_at_the_first_crash() {
        assert_eq!(delays(1), []);
    }

    #[test]
    fn a_huge_limit_does_not_overflow() {
        let mut budget = RestartBudget {
            limit: u32::MAX,
            in_a_row: 1_000_000,
        };
        assert_eq!(budget.spend(), Verdict::RestartAfter(LONGEST_DELAY));
    }

    #[test]
    fn a_completed_call_restores_the_budget() {
        let mut budget = RestartBudget::new(2);
        for _ in 0..10 {
            assert_eq!(budget.spend(), Verdict::RestartAfter(Duration::ZERO));
            budget.restore();
        }
    }
}
