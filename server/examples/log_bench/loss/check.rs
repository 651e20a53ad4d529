//! Whether a log holds what it acknowledged: all of it, once, in order. Knows no process.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use server::bus::{Entry, Log, Offset};

use super::publish::{Acknowledgement, Note};

const ENTRIES_AT_ONCE: usize = 4_096;

/// How many records break the promise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Broken {
    /// Acknowledged, and not there or not what it was.
    pub(super) lost: usize,
    pub(super) doubled: usize,
    /// Not the next one of its publisher.
    pub(super) disordered: usize,
}

/// Reads a log through, at once or after each life.
#[derive(Default)]
pub(super) struct Check {
    acknowledged: BTreeMap<u64, Note>,
    next: Offset,
    /// What each publisher writes next, by life and publisher.
    publishers: HashMap<(u32, u32), u64>,
    broken: Broken,
}

impl Check {
    pub(super) fn acknowledge(&mut self, acknowledgement: Acknowledgement) {
        let Acknowledgement { note, offset } = acknowledgement;
        if self.acknowledged.insert(offset, note).is_some() {
            // Two records cannot lie in one place.
            self.broken.lost += 1;
        }
    }

    /// Reads what has come since the last time; everything acknowledged must be there by now.
    pub(super) fn read(&mut self, log: &Log) -> Result<Broken> {
        loop {
            let entries = log.read(self.next, ENTRIES_AT_ONCE)?;
            if entries.is_empty() {
                break;
            }
            for entry in &entries {
                self.take(entry)?;
            }
        }
        let missing = self.acknowledged.range(self.next.0..).count();
        Ok(Broken { lost: self.broken.lost + missing, ..self.broken })
    }

    fn take(&mut self, entry: &Entry) -> Result<()> {
        let offset = entry.offset;
        anyhow::ensure!(offset == self.next, "record {offset} where {} belongs", self.next);
        self.next = Offset(offset.0 + 1);
        let note = Note::decode(&entry.payload).context("a record that nobody wrote")?;
        let acknowledged = self.acknowledged.get(&offset.0);
        self.broken.lost += usize::from(acknowledged.is_some_and(|wanted| *wanted != note));
        let next = self.publishers.entry((note.life, note.publisher)).or_default();
        self.broken.doubled += usize::from(note.seq < *next);
        self.broken.disordered += usize::from(note.seq > *next);
        *next = (*next).max(note.seq + 1);
        Ok(())
    }

    pub(super) fn acknowledged_count(&self) -> usize {
        self.acknowledged.len()
    }
}

#[cfg(test)]
mod tests {
    use server::bus::{AppendClass, LogOptions};

    use super::*;

    fn note(seq: u64) -> Note {
        Note { life: 0, publisher: 1, seq }
    }

    /// The log holds these; of it the records at these offsets were acknowledged as these.
    fn check(held: &[u64], acknowledged: &[(u64, u64)], expected: Broken) {
        let folder = tempfile::tempdir().unwrap();
        let (log, _) = Log::open(folder.path(), LogOptions::default()).unwrap();
        let payloads = held.iter().map(|seq| note(*seq).encode()).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(log.append(payloads, AppendClass::Normal)).unwrap();
        let mut check = Check::default();
        for (offset, seq) in acknowledged {
            check.acknowledge(Acknowledgement { note: note(*seq), offset: *offset });
        }
        assert_eq!(check.read(&log).unwrap(), expected);
    }

    #[test]
    fn each_way_to_break_the_promise_is_seen() {
        check(&[0, 1, 2], &[(0, 0), (2, 2)], Broken::default());
        check(&[0, 1], &[(2, 2)], Broken { lost: 1, ..Broken::default() });
        check(&[0, 1], &[(1, 7)], Broken { lost: 1, ..Broken::default() });
        check(&[0, 1, 1], &[], Broken { doubled: 1, ..Broken::default() });
        check(&[0, 2], &[], Broken { disordered: 1, ..Broken::default() });
    }
}
