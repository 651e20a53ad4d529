//! Contestants in turns, so that what else the machine does hits all of them alike, and figures
//! that bear it: medians of ratios within a round.

use anyhow::Result;
use serde::Serialize;

/// One slice of one contestant.
pub(crate) type Slice<'a, T> = Box<dyn FnMut() -> Result<T> + 'a>;

/// Runs one slice of each contestant a round, in random order. One list for each contestant.
pub(crate) fn interleave<T>(
    rounds: usize,
    mut contestants: Vec<Slice<'_, T>>,
) -> Result<Vec<Vec<T>>> {
    let mut taken: Vec<Vec<T>> = contestants.iter().map(|_| Vec::new()).collect();
    let mut order: Vec<usize> = (0..contestants.len()).collect();
    for _ in 0..rounds {
        shuffle(&mut order)?;
        for at in &order {
            taken[*at].push(contestants[*at]()?);
        }
    }
    Ok(taken)
}

fn shuffle(order: &mut [usize]) -> Result<()> {
    for last in (1..order.len()).rev() {
        let other = below(last as u64 + 1)?;
        order.swap(last, other as usize);
    }
    Ok(())
}

/// A random number below the bound, which is small.
pub(crate) fn below(bound: u64) -> Result<u64> {
    Ok(getrandom::u64()? % bound)
}

/// Quartiles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) q1: f64,
    pub(crate) median: f64,
    pub(crate) q3: f64,
}

impl Spread {
    /// Of at least one value.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let sorted = Sorted::of(values);
        Self { q1: sorted.at(25.0), median: sorted.at(50.0), q3: sorted.at(75.0) }
    }

    /// Of what was taken in the same rounds.
    pub(crate) fn of_ratios<T>(ours: &[T], theirs: &[T], figure: impl Fn(&T) -> f64) -> Self {
        Self::of(ours.iter().zip(theirs).map(|(ours, theirs)| figure(ours) / figure(theirs)))
    }
}

pub(crate) struct Sorted(Vec<f64>);

impl Sorted {
    /// Of at least one value.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        assert!(!values.is_empty(), "a slice takes at least one sample");
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// Nearest rank.
    pub(crate) fn at(&self, percent: f64) -> f64 {
        let rank = (self.0.len() as f64 * percent / 100.0).ceil() as usize;
        self.0[rank.max(1) - 1]
    }
}

/// Waiting times of one slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waits {
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
}

impl Waits {
    pub(crate) fn of(waits_us: Vec<f64>) -> Self {
        let sorted = Sorted::of(waits_us);
        Self { p50_us: sorted.at(50.0), p99_us: sorted.at(99.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_of_the_nearest_rank() {
        let spread = Spread::of((1..=100).rev().map(f64::from));
        assert_eq!(spread, Spread { q1: 25.0, median: 50.0, q3: 75.0 });
        assert_eq!(Sorted::of([7.0]).at(99.0), 7.0);
    }

    #[test]
    fn everybody_gets_every_round() {
        let contestants: Vec<Slice<'_, usize>> = vec![Box::new(|| Ok(1)), Box::new(|| Ok(2))];
        assert_eq!(interleave(3, contestants).unwrap(), [[1; 3], [2; 3]]);
    }
}
