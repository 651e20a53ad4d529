//! How long a search over a year of messages takes, beside SQLite reading all of them with `LIKE`.
//! The log and the history are the server's own. `cargo xtask bench search` runs it.

mod talk;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use protocol::search::SearchRequest;
use rusqlite::Connection;
use server::bus::{AppendClass, Log, LogOptions};
use server::history::History;
use talk::{OLD_WORD, RARE_WORD, Talk};

/// Records of one append.
const BATCH_RECORDS: usize = 1_500;

/// What somebody who waits for a list still calls at once.
const P95_MS_MAX: f64 = 300.0;

/// What is asked, and what SQLite is asked in its place.
const QUESTIONS: [(&str, &str); 7] = [
    ("two characters", "退货"),
    ("a common character", "的"),
    ("an English word", "refund"),
    ("the start of a word", "tra"),
    ("two words", "customs 海关"),
    ("a rare word", RARE_WORD),
    ("a year ago", OLD_WORD),
];

/// `LIKE` takes its time: so often.
const LIKE_ROUNDS: usize = 3;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |fallback: u64| {
        arguments.next().map_or(Ok(fallback), |text| text.parse::<u64>().context("a number"))
    };
    let (messages, rounds) = (number(1_000_000)?, number(100)?);
    let folder = tempfile::tempdir()?;
    let history = written(folder.path(), messages).await?;
    let file = folder.path().join("history.sqlite");
    let megabytes = std::fs::metadata(&file)?.len() >> 20;
    say(&format!("{messages} messages, history of {megabytes} MiB, {rounds} rounds a question"));
    say("question              hits   p50 ms   p95 ms   LIKE, best ms");
    let like = Connection::open(&file)?;
    let mut slowest: f64 = 0.0;
    for (name, text) in QUESTIONS {
        let mut times = Vec::new();
        let mut hits = 0;
        for _ in 0..rounds {
            let request = SearchRequest { text: text.to_owned(), ..SearchRequest::default() };
            let begun = Instant::now();
            let page = history.search(request).await?.context("words")?;
            times.push(begun.elapsed());
            hits = page.hits.len();
        }
        times.sort_unstable();
        let (p50, p95) = (ms(times[times.len() / 2]), ms(times[times.len() * 95 / 100]));
        slowest = slowest.max(p95);
        let scan = by_like(&like, text)?;
        say(&format!("{name:<20} {hits:>5} {p50:>8.2} {p95:>8.2} {scan:>15.0}"));
    }
    ensure!(slowest <= P95_MS_MAX, "{slowest:.0} ms are more than {P95_MS_MAX}");
    Ok(())
}

/// The figures are what this program is for.
#[expect(clippy::print_stdout, reason = "a report")]
fn say(line: &str) {
    println!("{line}");
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Writes them to a log, and waits until the history has them.
async fn written(folder: &Path, messages: u64) -> anyhow::Result<History> {
    let (log, _) = Log::open(&folder.join("log"), LogOptions::default())?;
    let (history, writer) = History::open(folder)?;
    let begun = Instant::now();
    tokio::spawn(writer.run(log.clone()));
    let mut talk = Talk::new(messages);
    let mut batch = Vec::with_capacity(BATCH_RECORDS + 1);
    loop {
        let next = talk.next();
        let done = next.is_none();
        batch.extend(next.into_iter().flatten().map(|record| record.encode()));
        if batch.len() >= BATCH_RECORDS || (done && !batch.is_empty()) {
            log.append(std::mem::take(&mut batch), AppendClass::Normal).await?;
        }
        if done {
            break;
        }
    }
    let wanted = *log.committed().borrow();
    while history.position().await? < wanted {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    say(&format!("written and indexed in {:.0} s", begun.elapsed().as_secs_f64()));
    Ok(history)
}

/// The newest messages that hold all words, as SQLite finds them without an index of words.
fn by_like(connection: &Connection, text: &str) -> anyhow::Result<f64> {
    let words: Vec<String> = text.split(' ').map(|word| format!("%{word}%")).collect();
    let wheres = vec!["body LIKE ?"; words.len()].join(" AND ");
    let select = format!("SELECT id FROM messages WHERE {wheres} ORDER BY at_ms DESC LIMIT 20");
    let mut best = f64::INFINITY;
    for _ in 0..LIKE_ROUNDS {
        let begun = Instant::now();
        let mut statement = connection.prepare(&select)?;
        let mut rows = statement.query(rusqlite::params_from_iter(&words))?;
        while rows.next()?.is_some() {}
        best = best.min(ms(begun.elapsed()));
    }
    Ok(best)
}
