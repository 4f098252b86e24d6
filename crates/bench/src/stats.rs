//! Medians with their spread, and percentiles.

use std::fmt;

/// The median of some rounds, with the smallest and the largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// Latencies of one run, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Latencies {
    pub(crate) p50: u32,
    pub(crate) p99: u32,
    pub(crate) p999: u32,
}

impl Spread {
    /// The spread of `figures`, or `None` when there are none.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            (sorted[middle - 1] + sorted[middle]) / 2.0
        } else {
            sorted[middle]
        };
        Some(Self { median, min, max })
    }

    /// `median [min-max]`, each figure times `scale` and with so many decimals.
    pub(crate) fn show(self, scale: f64, decimals: usize) -> impl fmt::Display {
        let (median, min, max) = (self.median * scale, self.min * scale, self.max * scale);
        format!("{median:.decimals$} [{min:.decimals$}-{max:.decimals$}]")
    }
}

impl Latencies {
    /// The percentiles of `nanoseconds`, which is sorted on the way; `None` when it is empty.
    pub(crate) fn of(nanoseconds: &mut [u32]) -> Option<Self> {
        nanoseconds.sort_unstable();
        Some(Self {
            p50: percentile(nanoseconds, 500)?,
            p99: percentile(nanoseconds, 990)?,
            p999: percentile(nanoseconds, 999)?,
        })
    }
}

/// The smallest figure that at least `per_mille` thousandths of all do not exceed (nearest rank).
fn percentile(sorted: &[u32], per_mille: usize) -> Option<u32> {
    let rank = (sorted.len() * per_mille).div_ceil(1000).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_counts() {
        assert_eq!(Spread::of([]), None);
        let rows: [(&[f64], [f64; 3]); 3] = [
            (&[3.0], [3.0, 3.0, 3.0]),
            (&[9.0, 1.0, 5.0], [5.0, 1.0, 9.0]),
            (&[4.0, 1.0, 2.0, 8.0], [3.0, 1.0, 8.0]),
        ];
        for (figures, [median, min, max]) in rows {
            let expected = Spread { median, min, max };
            assert_eq!(Spread::of(figures.iter().copied()), Some(expected), "{figures:?}");
        }
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut thousand: Vec<u32> = (1..=1000).rev().collect();
        let expected = Latencies {
            p50: 500,
            p99: 990,
            p999: 999,
        };
        assert_eq!(Latencies::of(&mut thousand), Some(expected));
        let alone = Latencies {
            p50: 7,
            p99: 7,
            p999: 7,
        };
        assert_eq!(Latencies::of(&mut [7]), Some(alone));
        assert_eq!(Latencies::of(&mut []), None);
        // Of ten figures the highest is the smallest that 99 % do not exceed.
        let mut ten: Vec<u32> = (1..=10).collect();
        assert_eq!(Latencies::of(&mut ten).map(|l| (l.p50, l.p99)), Some((5, 10)));
    }
}
