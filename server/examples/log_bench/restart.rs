//! How long a server takes from its start to its first visitor when a gigabyte of log lies in its
//! folder: once from the log alone, and once from a checkpoint with as much log behind it as there
//! ever is. Knows the server's library, not its binary.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use protocol::conversation::{AnsweredIn, Author, Body};
use protocol::http::LocalAnswers;
use protocol::ids::{ConversationId, EntryId, MessageId, PackVersion, Seq, SiteKey, VisitorId};
use protocol::locale::Locale;
use protocol::settings::SiteSettings;
use protocol::understanding::Confidence;
use server::Server;
use server::bus::record::{Fact, Posted, Record, SiteChanged, Started};
use server::bus::{AppendClass, Log, LogOptions};
use server::checkpoint::Checkpoint;
use server::config::Config;
use uuid::Uuid;

use crate::Bench;
use crate::table::{Line, Row, Target};

const LOG_BYTES: u64 = 1 << 30;

/// Questions and answers of one conversation.
const TURNS: u64 = 5;

/// Conversations of one append.
const AT_ONCE: u64 = 32;

/// The log was written over so long; the last half hour of it is still going on.
const DAY_MS: u64 = 12 * 60 * 60 * 1_000;

/// How long the first checkpoint may take.
const CHECKPOINT_WAIT: Duration = Duration::from_secs(240);

pub(crate) fn row(bench: &Bench) -> Result<Row> {
    let data = bench.folder("restart")?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(measure(&data))
}

async fn measure(data: &Path) -> Result<Row> {
    let conversations = fill(data, 0, LOG_BYTES).await?;
    let first_s = start(data, true).await?;
    let config = Config::default();
    let added = fill(data, conversations, config.log.checkpoint_bytes).await?;
    let second_s = start(data, false).await?;
    let mut row = Row::new("restart");
    row.lines.push(line("1 GiB of log, no checkpoint: s to ready", first_s, None));
    let target = Some(Target::AtMost(2.0));
    row.lines.push(line("1 GiB of log behind a checkpoint: s to ready", second_s, target));
    row.notes.push(format!(
        "{conversations} conversations of {TURNS} turns over 12 h, {added} more behind the checkpoint"
    ));
    Ok(row)
}

fn line(figure: &str, value: f64, target: Option<Target>) -> Line {
    Line { figure: figure.to_owned(), value, beside: None, target }
}

/// Appends conversations until the log has grown by `bytes`, and says how many there are then.
async fn fill(data: &Path, first: u64, bytes: u64) -> Result<u64> {
    let folder = server::log_folder(data);
    std::fs::create_dir_all(&folder)?;
    let settled = Checkpoint::open(data)?.offset()?;
    let (log, _) = Log::open(&folder, LogOptions { settled, ..LogOptions::default() })?;
    if first == 0 {
        let site = Record::SiteChanged(SiteChanged {
            key: site()?,
            settings: SiteSettings {
                name: "Shop".to_owned(),
                local_answers: LocalAnswers::Reported,
                ..SiteSettings::default()
            },
        });
        log.append(vec![site.encode()], AppendClass::Normal).await?;
    }
    let now_ms = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let mut next = first;
    while log.metrics().committed_bytes < bytes {
        let done = log.metrics().committed_bytes as f64 / bytes as f64;
        // What comes behind the checkpoint is news.
        let ago_ms = if first == 0 { (DAY_MS as f64 * (1.0 - done)) as u64 } else { 0 };
        let records: Result<Vec<_>> =
            (next..next + AT_ONCE).map(|number| conversation(number, now_ms - ago_ms)).collect();
        let payloads = records?.iter().flatten().map(Record::encode).collect();
        log.append(payloads, AppendClass::Normal).await?;
        next += AT_ONCE;
    }
    log.close();
    Ok(next)
}

fn site() -> Result<SiteKey> {
    SiteKey::parse("demo").context("a site's key")
}

/// A visitor asks, the bot answers, and so on.
fn conversation(number: u64, at_ms: u64) -> Result<Vec<Record>> {
    let mut noise = [0; 10];
    noise[2..].copy_from_slice(&number.to_be_bytes());
    let id = ConversationId::from_parts(at_ms, noise);
    let visitor = VisitorId::from_parts(at_ms, noise);
    let started = Started { site: site()?, visitor, locale: Locale::En, at_ms };
    let mut facts = vec![Fact::Started(started)];
    for turn in 0..TURNS {
        let question = MessageId(Uuid::from_u64_pair(number, turn));
        facts.push(Fact::Posted(Posted {
            id: question,
            seq: Seq(2 * turn + 1),
            at_ms,
            author: Author::Visitor,
            body: Body::Text { text: format!("Where is my parcel, asked for the {turn}. time?") },
            understanding: None,
            // Answered below, so the pipeline owes nothing.
            question: None,
        }));
        facts.push(Fact::Posted(Posted {
            id: MessageId::of_reply_to(question),
            seq: Seq(2 * turn + 2),
            at_ms,
            author: Author::Bot { answered_in: AnsweredIn::Server },
            body: Body::Answer {
                in_reply_to: question,
                entry: EntryId::parse("delivery-track").context("an entry's id")?,
                pack_version: PackVersion::parse("ab12").context("a pack's version")?,
                confidence: Confidence(0.93),
                html: "<p>Open the link in our e-mail: it shows where the parcel is.</p>"
                    .to_owned(),
            },
            understanding: None,
            question: None,
        }));
    }
    Ok(facts.into_iter().map(|fact| Record::Conversation { id, fact }).collect())
}

/// Seconds from the start to the moment the first visitor may come.
async fn start(data: &Path, until_checkpoint: bool) -> Result<f64> {
    let mut config = Config { data: data.to_owned(), ..Config::default() };
    config.listen.set_port(0);
    let begun = Instant::now();
    let server = Server::start(config).await?;
    let taken_s = begun.elapsed().as_secs_f64();
    let checkpoint = Checkpoint::open(data)?;
    while until_checkpoint && checkpoint.offset()?.0 == 0 {
        ensure!(begun.elapsed() < CHECKPOINT_WAIT, "no checkpoint was taken");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    server.stop().await;
    Ok(taken_s)
}
