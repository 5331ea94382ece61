//! Durations, counted by length.

use std::time::Duration;

use serde::Serialize;

use crate::failure::in_millis;

/// Longer durations count as this long: one day.
const MAX_MICROS: u64 = 24 * 60 * 60 * 1_000_000;

/// Significant decimal digits of a quantile: it is within 1 % of a recorded duration.
const DIGITS: u8 = 2;

/// A histogram of fixed size: recording neither allocates nor fails.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// In microseconds.
    counts: hdrhistogram::Histogram<u32>,
    total: Duration,
    min: Duration,
    max: Duration,
}

/// What a histogram amounts to. Durations are in milliseconds, and 0 if none was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct HistogramSummary {
    /// How many durations were recorded.
    pub count: u64,
    /// The shortest.
    pub min: f64,
    /// Their mean.
    pub mean: f64,
    /// The longest.
    pub max: f64,
    /// The median, within 1 %.
    pub p50: f64,
    /// What 90 % do not exceed, within 1 %.
    pub p90: f64,
    /// What 99 % do not exceed, within 1 %.
    pub p99: f64,
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.counts.saturating_record(micros);
        self.total = self.total.saturating_add(duration);
        self.min = self.min.min(duration);
        self.max = self.max.max(duration);
    }

    /// To the nanosecond, so that it is never outside of the extremes.
    fn mean(&self, count: u64) -> Duration {
        let nanos = self.total.as_nanos() / u128::from(count);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// What was recorded so far.
    #[must_use]
    pub fn summary(&self) -> HistogramSummary {
        let count = self.counts.len();
        if count == 0 {
            return HistogramSummary::default();
        }
        let quantile = |quantile| {
            let micros = self.counts.value_at_quantile(quantile);
            // A quantile is the upper end of its bucket, which may exceed what was recorded.
            in_millis(Duration::from_micros(micros).clamp(self.min, self.max))
        };
        HistogramSummary {
            count,
            min: in_millis(self.min),
            mean: in_millis(self.mean(count)),
            max: in_millis(self.max),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
        }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: hdrhistogram::Histogram::new_with_bounds(1, MAX_MICROS, DIGITS)
                .expect("these bounds are valid"),
            total: Duration::ZERO,
            min: Duration::MAX,
            max: Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        for micros in micros {
            histogram.record(Duration::from_micros(micros));
        }
        histogram
    }

    fn is_within_one_percent(value: f64, expected: f64) -> bool {
        (value - expected).abs() <= expected / 100.0
    }

    #[test]
    fn an_empty_histogram_is_all_zeros() {
        assert_eq!(Histogram::default().summary(), HistogramSummary::default());
    }

    #[test]
    fn one_duration_is_all_its_numbers() {
        for micros in [0, 1, 999, 50_300, 3_600_000_000] {
            let millis = in_millis(Duration::from_micros(micros));
            assert_eq!(
                of([micros]).summary(),
                HistogramSummary {
                    count: 1,
                    min: millis,
                    mean: millis,
                    max: millis,
                    p50: millis,
                    p90: millis,
                    p99: millis,
                }
            );
        }
    }

    #[test]
    fn extremes_and_mean_are_exact() {
        let summary = of([1, 20_000, 1_000_002]).summary();
        let numbers = (summary.count, summary.min, summary.mean, summary.max);
        assert_eq!(numbers, (3, 0.001, 340.001, 1000.002));
    }

    #[test]
    fn quantiles_are_within_one_percent() {
        for scale in [1, 17, 1000, 100_000] {
            let summary = of((1..=1000).map(|step| step * scale)).summary();
            let millis = |step: u64| in_millis(Duration::from_micros(step * scale));
            assert!(
                is_within_one_percent(summary.p50, millis(500)),
                "{summary:?}"
            );
            assert!(
                is_within_one_percent(summary.p90, millis(900)),
                "{summary:?}"
            );
            assert!(
                is_within_one_percent(summary.p99, millis(990)),
                "{summary:?}"
            );
        }
    }

    #[test]
    fn quantiles_are_in_order_and_between_the_extremes() {
        let mut random = 1_u64;
        for count in 1..200 {
            let micros = (0..count).map(|_| {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                random >> (30 + random % 30)
            });
            let all = of(micros).summary();
            let HistogramSummary {
                min,
                max,
                p50,
                p90,
                p99,
                ..
            } = all;
            let numbers = [min, p50, p90, p99, max];
            assert!(numbers.is_sorted(), "{all:?}");
            assert!((min..=max).contains(&all.mean), "{all:?}");
        }
    }

    #[test]
    fn a_rare_long_duration_is_not_lost_among_short_ones() {
        let short = std::iter::repeat_n(100, 990);
        let summary = of(short.chain(std::iter::repeat_n(5_000_000, 10))).summary();
        assert!(is_within_one_percent(summary.p50, 0.1), "{summary:?}");
        assert!(is_within_one_percent(summary.p99, 0.1), "{summary:?}");
        assert!(is_within_one_percent(summary.max, 5000.0), "{summary:?}");
    }

    #[test]
    fn durations_beyond_a_day_count_and_are_exact_as_the_longest() {
        let mut histogram = of([1000]);
        histogram.record(Duration::from_secs(1_000_000));
        let summary = histogram.summary();
        assert_eq!((summary.count, summary.max), (2, 1e9));
        histogram.record(Duration::MAX);
        histogram.record(Duration::MAX);
        assert_eq!(histogram.summary().count, 4);
    }

    #[test]
    fn its_size_is_fixed() {
        let mut histogram = Histogram::default();
        let before = histogram.counts.distinct_values();
        for micros in [0, 1, 1 << 20, u64::MAX] {
            histogram.record(Duration::from_micros(micros));
        }
        assert_eq!(histogram.counts.distinct_values(), before);
    }
}
