//! The process that dies: several publishers append to a log, and every acknowledgement is a line
//! on standard output before the next append.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use server::bus::{AppendClass, Log, LogOptions};
use tokio::task::JoinSet;

/// Small, so that many kills fall into a change of segments.
const SEGMENT_BYTES: u64 = 1 << 20;
const PUBLISHERS: u32 = 8;
/// Payloads differ in length, so that frames end anywhere.
const FILLING_BYTES_MAX: u64 = 400;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[arg(long)]
    folder: PathBuf,
    /// Which life of the process this is.
    #[arg(long)]
    life: u32,
}

/// One record: who wrote it in which life, and as which of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    pub(crate) life: u32,
    pub(crate) publisher: u32,
    pub(crate) seq: u64,
}

impl Note {
    pub(super) fn encode(self) -> Vec<u8> {
        let Note { life, publisher, seq } = self;
        let filling = "·".repeat((seq * 37 % FILLING_BYTES_MAX) as usize);
        format!("{life} {publisher} {seq} {filling}").into_bytes()
    }

    /// `None` unless it is whole, to the last byte.
    pub(crate) fn decode(payload: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(payload).ok()?;
        let mut words = text.split(' ');
        let life = words.next()?.parse().ok()?;
        let publisher = words.next()?.parse().ok()?;
        let seq = words.next()?.parse().ok()?;
        let note = Note { life, publisher, seq };
        (note.encode() == payload).then_some(note)
    }
}

/// What the parent reads: which record lies at which offset, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acknowledgement {
    pub(crate) note: Note,
    pub(crate) offset: u64,
}

impl Acknowledgement {
    fn encode(self) -> String {
        let Acknowledgement { note: Note { life, publisher, seq }, offset } = self;
        format!("{life} {publisher} {seq} {offset}\n")
    }

    pub(crate) fn decode(line: &str) -> Result<Self> {
        let numbers = line.split(' ').map(|word| word.parse().context("no number"));
        let numbers = numbers.collect::<Result<Vec<u64>>>()?;
        let [life, publisher, seq, offset] = numbers[..] else {
            anyhow::bail!("not an acknowledgement: {line}");
        };
        let (life, publisher) = (life.try_into()?, publisher.try_into()?);
        Ok(Self { note: Note { life, publisher, seq }, offset })
    }
}

pub(crate) fn log_options() -> LogOptions {
    LogOptions { segment_bytes: SEGMENT_BYTES, ..LogOptions::default() }
}

/// Returns only when the log fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let (log, _) = Log::open(&options.folder, log_options())?;
    runtime.block_on(async {
        let mut publishers = JoinSet::new();
        for publisher in 0..PUBLISHERS {
            publishers.spawn(publish(log.clone(), options.life, publisher));
        }
        let ended = publishers.join_next().await.context("no publishers")?;
        ended?
    })
}

async fn publish(log: Log, life: u32, publisher: u32) -> Result<()> {
    for seq in 0.. {
        let note = Note { life, publisher, seq };
        let appended = log.append(vec![note.encode()], AppendClass::ExistingChat).await?;
        let line = Acknowledgement { note, offset: appended.first.0 }.encode();
        // One write a line: lines of a pipe are not torn, and nothing is kept back.
        let written = std::io::stdout().lock().write_all(line.as_bytes());
        ensure!(written.is_ok(), "nobody reads any more");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_whole_or_none() {
        let note = Note { life: 1, publisher: 2, seq: 3 };
        let bytes = note.encode();
        assert_eq!(Note::decode(&bytes), Some(note));
        assert_eq!(Note::decode(&bytes[..bytes.len() - 1]), None);
        let mut other = bytes.clone();
        other[2] = b'9';
        assert_eq!(Note::decode(&other).map(|note| note.publisher), Some(9));
    }
}
