//! What a calibration sees of questions whose answer is known, one JSON line each, to fit one with:
//! `features [--signals] [--lexical] FAQ.json QUESTIONS.jsonl [MODEL_DIR]`. Decides nothing that
//! `nlu` does not.

#[path = "../tests/files/mod.rs"]
mod files;

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use nlu::pack::Evidence;
use nlu::{Engine, Pack, Ranking, Scratch, ask, rank};
use protocol::faq::Faq;
use protocol::ids::EntryId;
use protocol::locale::Locale;
use protocol::understanding::{AbstainReason, Decision, Tier};
use serde::{Deserialize, Serialize};

/// Of an entry; the first two need the encoder.
const SIGNALS: usize = 6;

type Failure = Box<dyn std::error::Error>;

#[derive(Deserialize)]
struct Question {
    text: String,
    #[serde(default)]
    locale: Locale,
    /// `None`: no entry answers it.
    expect: Option<EntryId>,
    kind: Option<String>,
}

#[derive(Serialize)]
struct Line {
    features: Vec<f32>,
    /// With `--signals`: of every entry, its signals in the order of `signals`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signals: Vec<[f32; SIGNALS]>,
    /// Place of the expected entry among the signals.
    truth: Option<usize>,
    /// What the pack's own phrases add.
    offset: f32,
    /// The best entry is the expected one.
    right: bool,
    /// The expected one is among the ranked.
    among: bool,
    in_scope: bool,
    locale: Locale,
    kind: Option<String>,
    /// No probability would get it an answer or choices.
    vetoed: bool,
    stage: Stage,
    top: Vec<EntryId>,
    probability: f32,
    /// What a visitor would be told, by default precision.
    answered: Option<EntryId>,
    answered_right: bool,
}

/// What decided. Only `Ranked` ones ask the calibration.
#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// Word for word a phrase.
    Exact,
    HandedOff,
    /// Empty or too long.
    Unread,
    Ranked,
}

impl Stage {
    fn of(decision: &Decision) -> Self {
        match decision {
            Decision::Answer { tier: Tier::Exact, .. } => Self::Exact,
            Decision::HandOff { .. } => Self::HandedOff,
            Decision::Abstain { reason: AbstainReason::Empty | AbstainReason::TooLong, .. } => {
                Self::Unread
            }
            Decision::Answer { .. } | Decision::AskBack { .. } | Decision::Abstain { .. } => {
                Self::Ranked
            }
        }
    }
}

fn answered(decision: &Decision) -> Option<EntryId> {
    match decision {
        Decision::Answer { entry, .. } => Some(entry.clone()),
        Decision::AskBack { .. } | Decision::HandOff { .. } | Decision::Abstain { .. } => None,
    }
}

fn vetoed(decision: &Decision) -> bool {
    match decision {
        Decision::Answer { .. } | Decision::AskBack { .. } => false,
        Decision::HandOff { .. } => true,
        Decision::Abstain { reason, .. } => reason.is_veto(),
    }
}

fn line(question: Question, by: &Judge, scratch: &mut Scratch) -> Line {
    let (packs, engine) = (&by.packs, by.used_engine());
    let ranking = rank(&question.text, engine, &packs.calibrated, scratch);
    let mut decide = |pack| ask(&question.text, question.locale, engine, Some(pack), scratch);
    let calibrated = decide(&packs.calibrated).decision;
    let answered = answered(&calibrated);
    let daring = decide(&packs.without_thresholds).decision;
    let top: Vec<EntryId> = ranking.ranked.iter().map(|ranked| ranked.entry.clone()).collect();
    let mut entries = packs.calibrated.entry_ids();
    Line {
        features: ranking.features.to_vec(),
        signals: if by.signals { signals(&ranking) } else { Vec::new() },
        truth: entries.position(|entry| Some(entry) == question.expect.as_ref()),
        offset: packs.calibrated.calibration(engine.is_some()).offset,
        right: question.expect.is_some() && top.first() == question.expect.as_ref(),
        among: question.expect.as_ref().is_some_and(|expected| top.contains(expected)),
        in_scope: question.expect.is_some(),
        locale: question.locale,
        kind: question.kind,
        vetoed: vetoed(&daring),
        stage: Stage::of(&calibrated),
        top,
        probability: ranking.probability,
        answered_right: answered.is_some() && answered == question.expect,
        answered,
    }
}

fn signals(ranking: &Ranking) -> Vec<[f32; SIGNALS]> {
    let of = |e: &Evidence| [e.nearest, e.centre, e.lexical, e.coverage, e.contained, e.answer];
    ranking.evidence.iter().map(of).collect()
}

struct Judge {
    engine: Engine,
    packs: Packs,
    signals: bool,
    /// Without the encoder.
    lexical: bool,
}

impl Judge {
    fn used_engine(&self) -> Option<&Engine> {
        (!self.lexical).then_some(&self.engine)
    }
}

struct Packs {
    calibrated: Pack,
    without_thresholds: Pack,
}

fn main() -> Result<(), Failure> {
    let (flags, arguments): (Vec<PathBuf>, Vec<PathBuf>) = std::env::args_os()
        .skip(1)
        .map(PathBuf::from)
        .partition(|argument| argument.to_string_lossy().starts_with("--"));
    let ([faq, questions] | [faq, questions, _]) = arguments.as_slice() else {
        return Err("usage: features [--signals] [--lexical] FAQ.json QUESTIONS.jsonl [DIR]".into());
    };
    let given = |flag: &str| flags.iter().any(|known| known.as_os_str() == flag);
    let engine = match arguments.get(2) {
        Some(folder) => files::engine_of(folder),
        None => files::engine(),
    };
    let faq: Faq = serde_json::from_slice(&std::fs::read(faq)?)?;
    let bytes = files::compiled(&faq, &engine);
    let calibrated = Pack::load(&bytes)?;
    let without_thresholds = Pack::load(&bytes)?.without_thresholds();
    let packs = Packs { calibrated, without_thresholds };
    let (signals, lexical) = (given("--signals"), given("--lexical"));
    print_all(questions, &Judge { engine, packs, signals, lexical })
}

fn print_all(questions: &Path, by: &Judge) -> Result<(), Failure> {
    let mut scratch = Scratch::new();
    let mut out = BufWriter::new(std::io::stdout().lock());
    let reader = BufReader::new(std::fs::File::open(questions)?);
    for (at, text) in reader.lines().enumerate() {
        let question: Question = serde_json::from_str(&text?)
            .map_err(|error| format!("{}:{}: {error}", questions.display(), at + 1))?;
        serde_json::to_writer(&mut out, &line(question, by, &mut scratch))?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}
