//! How many calls a worker may be handed ahead of time.
//!
//! Where calls are short, the way to the worker and back costs more than the call: so its next ones
//! lie ready. Where they are not, a call that lies ready would wait behind another one for nothing.

use std::time::Duration;

/// How much work may lie ready: enough to cover the host's way to the worker and back.
const WORK_AHEAD: Duration = Duration::from_micros(500);
/// An average moves by this part of the difference towards a shorter call.
const SHARE: u32 = 8;

/// The window of one slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    limit: usize,
    /// What a call takes, by the last ones; unknown until there was one.
    average: Option<Duration>,
    size: usize,
    /// It was at least half empty, and is filled up.
    is_filling: bool,
}

impl Window {
    /// A window of one, that may grow up to `limit`.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            average: None,
            size: 1,
            is_filling: true,
        }
    }

    /// A call took this long. A long one counts at once, short ones by and by.
    pub(super) fn note(&mut self, took: Duration) {
        let average = match self.average {
            Some(average) if took < average * SHARE => (average * (SHARE - 1) + took) / SHARE,
            _ => took,
        };
        self.average = Some(average);
        let calls = WORK_AHEAD.as_nanos() / average.as_nanos().max(1);
        let calls = usize::try_from(calls).unwrap_or(usize::MAX);
        self.size = calls.clamp(1, self.limit);
    }

    /// The running call is long: nothing is sent ahead until it is over.
    pub(super) fn close(&mut self) {
        self.size = 1;
    }

    /// Before calls are handed out: a worker with enough to do is left alone until half of that is done,
    /// as to send many calls at once costs little more than to send one.
    pub(super) fn look(&mut self, calls: usize) {
        self.is_filling = calls * 2 <= self.size;
    }

    /// Whether one more call may lie ready behind those the worker has.
    pub(super) fn has_room(self, calls: usize) -> bool {
        self.is_filling && calls < self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICRO: Duration = Duration::from_micros(1);

    fn after(took: &[Duration]) -> usize {
        let mut window = Window::new(64);
        for took in took {
            window.note(*took);
        }
        window.size
    }

    #[test]
    fn nothing_is_sent_ahead_before_a_call_was_short() {
        assert_eq!(after(&[]), 1);
        assert_eq!(after(&[MICRO * 5]), 64);
        assert_eq!(after(&[MICRO * 50]), 10);
        assert_eq!(after(&[MICRO * 300]), 1);
    }

    #[test]
    fn one_long_call_closes_it_and_short_ones_open_it_again() {
        let long = [&[MICRO * 5; 100][..], &[MICRO * 100_000]].concat();
        assert_eq!(after(&long), 1);
        let recovered = [&long[..], &[MICRO * 5; 100]].concat();
        assert!(after(&recovered) > 32);
    }

    #[test]
    fn it_is_filled_up_when_it_is_half_empty() {
        let mut window = Window::new(8);
        window.note(Duration::ZERO);
        let room = |window: &mut Window, calls| {
            window.look(calls);
            (calls..100)
                .take_while(|calls| window.has_room(*calls))
                .count()
        };
        assert_eq!(
            [0, 1, 4, 5, 7, 8].map(|calls| room(&mut window, calls)),
            [8, 7, 4, 0, 0, 0]
        );
        window.close();
        assert_eq!(room(&mut window, 1), 0);
    }

    #[test]
    fn calls_that_take_no_time_at_all_count() {
        assert_eq!(after(&[Duration::ZERO; 3]), 64);
        let mut window = Window::new(1);
        window.note(Duration::ZERO);
        assert_eq!(window.size, 1);
    }
}
