//! Work spread over threads, with results in order: they do not depend on how many there were.

use std::sync::{Mutex, PoisonError};

use crate::scratch::Scratch;

/// Items a thread takes at once.
const CHUNK: usize = 8;

/// As many as there are processors; one where nobody can tell.
pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Does `work` to each item and its number.
pub(super) fn map<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(usize, &T, &mut Scratch) -> R + Sync,
) -> Vec<R> {
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    let chunks = Mutex::new(items.chunks(CHUNK).zip(results.chunks_mut(CHUNK)).enumerate());
    let run = || {
        let mut scratch = Scratch::new();
        let next = || chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some((chunk, (items, results))) = next() {
            for (at, (item, result)) in items.iter().zip(results).enumerate() {
                *result = Some(work(chunk * CHUNK + at, item, &mut scratch));
            }
        }
    };
    let others = threads.min(items.len().div_ceil(CHUNK)).saturating_sub(1);
    std::thread::scope(|scope| {
        for _ in 0..others {
            scope.spawn(run);
        }
        run();
    });
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        for count in [0, 1, CHUNK, 1_000] {
            let items: Vec<usize> = (0..count).map(|number| number * 3).collect();
            for threads in [0, 1, 2, 7, 5_000] {
                let found = map(threads, &items, |number, item, _| (number, *item));
                let expected: Vec<_> = items.iter().copied().enumerate().collect();
                assert_eq!(found, expected, "{threads} threads");
            }
        }
    }
}
