//! `frontdesk eval`: compiles an FAQ as publishing does, asks it a file of questions, and says of
//! each what was decided. Knows no sites and writes no data.

mod curve;
mod questions;
mod summary;
mod table;

use std::collections::HashSet;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use nlu::{Engine, Explanation, Pack, Scratch};
use protocol::faq::Faq;
use protocol::ids::EntryId;
use protocol::locale::Locale;
use protocol::understanding::{AbstainReason, Confidence, Decision, Entity, HandOffReason};
use serde::Serialize;
use server::pipeline::{About, Tier};

use self::questions::{Question, Questions};
use self::summary::Summary;
use super::read_faq;

#[derive(clap::Args)]
pub(crate) struct EvalFlags {
    #[arg(long, value_name = "FAQ.json")]
    faq: PathBuf,
    /// A line each: `{"text", "locale"?, "expect"?: id or null, "kind"?}`; `-` is stdin.
    #[arg(long, value_name = "QUESTIONS.jsonl")]
    questions: PathBuf,
    /// Folder with a model to use instead of the built-in one.
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Folder of a larger encoder that is asked about what the model left open.
    #[arg(long, value_name = "DIR")]
    server_tier: Option<PathBuf>,
    /// The visitor's language where a line names none.
    #[arg(long, value_name = "en|zh", default_value = "en", value_parser = parse_locale)]
    locale: Locale,
    /// Prints the summary as one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

fn parse_locale(tag: &str) -> Result<Locale, String> {
    Locale::from_tag(tag).ok_or_else(|| "neither en nor zh".to_owned())
}

/// Questions read and answered before anything of them is printed.
const BATCH_QUESTIONS: usize = 1_024;

/// Questions a thread takes at once.
const CHUNK_QUESTIONS: usize = 16;

/// A question and, once it was asked, what came of it.
struct Row {
    question: Question,
    answered: Option<Answered>,
    /// The line that says so.
    line: Vec<u8>,
}

/// What became of a question.
#[derive(Serialize)]
struct Answered {
    decision: Decided,
    entry: Option<EntryId>,
    /// Of the best entry to be right, whatever was decided; `None` where none was compared.
    confidence: Option<Confidence>,
    reason: Option<Reason>,
    choices: Vec<EntryId>,
    /// The best entries, also where the decision did not ask for them.
    top: Vec<EntryId>,
    entities: Vec<Entity>,
    micros: u64,
    #[serde(skip)]
    locale: Locale,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Decided {
    Answer,
    AskBack,
    HandOff,
    Abstain,
}

#[derive(Clone, Copy, Serialize)]
#[serde(untagged)]
enum Reason {
    HandOff(HandOffReason),
    Abstain(AbstainReason),
}

#[derive(Serialize)]
struct Line<'row> {
    text: &'row str,
    #[serde(flatten)]
    answered: &'row Answered,
    #[serde(skip_serializing_if = "Option::is_none")]
    expect: Option<&'row Option<EntryId>>,
}

struct Asker {
    engine: Engine,
    faq: Arc<Faq>,
    pack: Arc<Pack>,
    tier: Option<Tier>,
    locale: Locale,
}

pub(crate) fn eval(flags: &EvalFlags) -> anyhow::Result<()> {
    let faq = read_faq(&flags.faq)?;
    let engine = server::catalog::model::load(flags.model.as_deref())?;
    let pack = server::catalog::compile_faq(&faq, &engine)?;
    let entries: HashSet<EntryId> = pack.entry_ids().cloned().collect();
    let mut questions = Questions::open(&flags.questions, entries)?;
    let tier = flags.server_tier.as_deref().map(Tier::load).transpose()?;
    let (faq, pack) = (Arc::new(faq), Arc::new(pack));
    let asker = Asker { engine, faq, pack, tier, locale: flags.locale };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut scratches: Vec<Scratch> = (0..threads).map(|_| Scratch::new()).collect();
    let mut summary = Summary::default();
    let mut out = BufWriter::new(std::io::stdout().lock());
    loop {
        let mut batch = asker.next_batch(&mut questions)?;
        if batch.is_empty() {
            break;
        }
        asker.ask_all(&mut batch, &mut scratches);
        if let Err(error) = print(&batch, &mut out) {
            // Whoever reads has seen enough, and a summary of a part would mislead.
            return if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error.into()) };
        }
        batch.iter().for_each(|row| summary.count(row));
    }
    if summary.has_expectations() {
        let reports = summary.reports();
        let shown =
            if flags.json { serde_json::to_string(&reports)? } else { table::format(&reports) };
        eprintln!("{shown}");
    }
    Ok(())
}

fn print(batch: &[Row], out: &mut impl Write) -> std::io::Result<()> {
    batch.iter().try_for_each(|row| out.write_all(&row.line))?;
    out.flush()
}

impl Asker {
    fn next_batch(&self, questions: &mut Questions) -> anyhow::Result<Vec<Row>> {
        let mut batch = Vec::with_capacity(BATCH_QUESTIONS);
        while batch.len() < BATCH_QUESTIONS
            && let Some(question) = questions.next()?
        {
            batch.push(Row { question, answered: None, line: Vec::new() });
        }
        Ok(batch)
    }

    /// On as many threads as there are scratches.
    fn ask_all(&self, batch: &mut [Row], scratches: &mut [Scratch]) {
        let chunks = Mutex::new(batch.chunks_mut(CHUNK_QUESTIONS));
        let next = || chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
        std::thread::scope(|scope| {
            for scratch in scratches {
                scope.spawn(|| {
                    while let Some(rows) = next() {
                        rows.iter_mut().for_each(|row| self.answer(row, scratch));
                    }
                });
            }
        });
    }

    fn answer(&self, row: &mut Row, scratch: &mut Scratch) {
        let answered = self.ask(&row.question, scratch);
        let line = Line {
            text: &row.question.text,
            answered: &answered,
            expect: row.question.expect.as_ref(),
        };
        // Strings, numbers and lists of them: there is nothing that JSON could refuse.
        row.line = serde_json::to_vec(&line).expect("a line of plain values");
        row.line.push(b'\n');
        row.answered = Some(answered);
    }

    fn ask(&self, question: &Question, scratch: &mut Scratch) -> Answered {
        let (engine, pack) = (Some(&self.engine), self.pack.as_ref());
        let locale = question.locale.unwrap_or(self.locale);
        let started = Instant::now();
        let mut found = nlu::explain(&question.text, locale, engine, Some(pack), scratch);
        self.second_opinion(&question.text, &mut found);
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let ranked = if found.ranked.is_empty() {
            nlu::rank(&question.text, engine, pack, scratch).ranked
        } else {
            found.ranked
        };
        let mut answered = Answered {
            decision: Decided::Abstain,
            entry: None,
            confidence: found.probability.map(Confidence),
            reason: None,
            choices: Vec::new(),
            top: ranked.into_iter().map(|ranked| ranked.entry).collect(),
            entities: found.asked.understanding.entities,
            micros,
            locale: question.locale.unwrap_or(found.asked.understanding.locale),
        };
        answered.decide(found.asked.decision);
        answered
    }
}

impl Asker {
    /// As the server's pipeline does it. A tier that fails has no opinion.
    fn second_opinion(&self, text: &str, found: &mut Explanation) {
        let Some(tier) = self.tier.as_ref().filter(|tier| tier.concerns(found)) else { return };
        let about = About { text, pack: &self.pack, faq: &self.faq };
        if let Ok(Some(decision)) = tier.opinion_now(about, found) {
            found.asked.decision = decision;
        }
    }
}

impl Answered {
    fn decide(&mut self, decision: Decision) {
        match decision {
            Decision::Answer { entry, confidence, .. } => {
                self.decision = Decided::Answer;
                self.entry = Some(entry);
                self.confidence = Some(confidence);
            }
            Decision::AskBack { choices } => {
                self.decision = Decided::AskBack;
                self.choices = choices.into_iter().map(|choice| choice.entry).collect();
            }
            Decision::HandOff { reason } => {
                self.decision = Decided::HandOff;
                self.reason = Some(Reason::HandOff(reason));
            }
            Decision::Abstain { reason, .. } => {
                self.decision = Decided::Abstain;
                self.reason = Some(Reason::Abstain(reason));
            }
        }
    }

    /// Whether a lower threshold could have made it an answer; by which confidence.
    fn answerable(&self) -> Option<Confidence> {
        let vetoed = match self.reason {
            None => false,
            Some(Reason::HandOff(_)) => true,
            Some(Reason::Abstain(reason)) => reason.is_veto(),
        };
        self.confidence.filter(|_| !vetoed)
    }
}
