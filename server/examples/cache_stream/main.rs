//! How many questions the pipeline decides without a model call, on streams that are drawn from
//! the questions in `models/packs` and `www/demo`. Runs the pipeline's own decider; makes no claim
//! about any site's real visitors. `cargo xtask bench cache` runs it.

mod stream;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::Context;
use nlu::{Engine, Pack, Scratch, explain};
use protocol::ids::{EntryId, SiteKey};
use protocol::understanding::{AbstainReason, Decision, HandOffReason};
use server::pipeline::{Asking, Decider, Levels};

use stream::{Draw, Pool, Shape, Stream};

/// FAQs with their questions.
const SITES: [(&str, &str, &str); 2] = [
    ("kitchen", "models/packs/kitchenware.faq.json", "models/packs/kitchenware.questions.jsonl"),
    ("tea", "www/demo/faq.json", "www/demo/questions.jsonl"),
];

/// Each stream starts with an empty cache; the figures after so many draws show it filling.
const MARKS: [usize; 3] = [1_000, 10_000, 100_000];

/// Silences are counted up to these shares of the threshold of asking back.
const CLEARNESS: [f32; 8] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0];

/// Other dresses of each question.
const DRESSES: usize = 6;

const SHAPES: [Shape; 8] = [
    Shape { exponent: 1.0, dressed: false, fresh_out_of_scope: false },
    Shape { exponent: 1.0, dressed: false, fresh_out_of_scope: true },
    Shape { exponent: 1.0, dressed: true, fresh_out_of_scope: false },
    Shape { exponent: 1.0, dressed: true, fresh_out_of_scope: true },
    Shape { exponent: 0.8, dressed: false, fresh_out_of_scope: false },
    Shape { exponent: 0.8, dressed: true, fresh_out_of_scope: true },
    Shape { exponent: 1.2, dressed: false, fresh_out_of_scope: false },
    Shape { exponent: 1.2, dressed: true, fresh_out_of_scope: true },
];

struct Bench {
    engine: Arc<Engine>,
    packs: HashMap<&'static str, Arc<Pack>>,
    pool: Pool,
    draws: usize,
    scratch: Scratch,
    /// What the model says to a text by itself.
    fresh: HashMap<(&'static str, String), Decided>,
}

/// What a visitor sees of a decision.
#[derive(Debug, Clone, PartialEq)]
enum Decided {
    Answer(EntryId),
    AskBack(Vec<EntryId>),
    HandOff(HandOffReason),
    Silence,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let draws = std::env::args().nth(1).map_or(Ok(MARKS[2]), |count| count.parse());
    let mut bench = Bench::load(draws.context("the number of draws")?)?;
    println!(
        "{} in scope, {} out of scope, {} draws, one of five out of scope",
        bench.pool.in_scope.len(),
        bench.pool.out_of_scope.len(),
        bench.draws
    );
    bench.print_stability();
    println!("without a model call after draws, then by level, of all draws");
    for shape in SHAPES {
        bench.run(shape).await?;
    }
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Bench {
    fn load(draws: usize) -> anyhow::Result<Self> {
        let engine = server::catalog::model::load(None)?;
        let mut packs = HashMap::new();
        let mut pool = Pool::default();
        for (site, faq, questions) in SITES {
            let faq = serde_json::from_slice(&std::fs::read(root().join(faq))?)?;
            packs.insert(site, Arc::new(server::catalog::compile_faq(&faq, &engine)?));
            pool.read(site, &root().join(questions))?;
        }
        let (scratch, fresh) = (Scratch::new(), HashMap::new());
        Ok(Self { engine: Arc::new(engine), packs, pool, draws, scratch, fresh })
    }

    /// How often a silence stays one in another dress, by how far it lies below the threshold: what
    /// `CLEAR_SILENCE` in `pipeline/cache` is chosen by.
    fn print_stability(&mut self) {
        let mut counts = [(0_usize, 0_usize); CLEARNESS.len()];
        let mut random = stream::Random::fixed();
        let questions: Vec<Draw> =
            self.pool.in_scope.iter().chain(&self.pool.out_of_scope).cloned().collect();
        for draw in questions {
            let Some(clearness) = self.clearness(&draw) else { continue };
            let Some(at) = CLEARNESS.iter().position(|most| clearness <= *most) else { continue };
            for _ in 0..DRESSES {
                let text = stream::dressed(&draw, &mut random);
                let silent = self.fresh(&Draw { text, ..draw.clone() }) == Decided::Silence;
                counts[at].0 += usize::from(silent);
                counts[at].1 += 1;
            }
        }
        for (most, (silent, all)) in CLEARNESS.iter().zip(counts) {
            let share = 100.0 * silent as f64 / all.max(1) as f64;
            println!("silences up to {most} of the threshold stay silent: {share:.2}% of {all}");
        }
    }

    /// A silence's probability, as a share of what asking back needs.
    fn clearness(&mut self, draw: &Draw) -> Option<f32> {
        let (engine, pack) = (Some(&*self.engine), Some(&*self.packs[draw.site]));
        let said = explain(&draw.text, draw.locale, engine, pack, &mut self.scratch);
        let reason = AbstainReason::BelowThreshold;
        match said.asked.decision {
            Decision::Abstain { reason: found, .. } if found == reason => {
                Some(said.probability? / said.ask_min?)
            }
            Decision::Answer { .. }
            | Decision::AskBack { .. }
            | Decision::HandOff { .. }
            | Decision::Abstain { .. } => None,
        }
    }

    async fn run(&mut self, shape: Shape) -> anyhow::Result<()> {
        let levels = Levels::default();
        let decider = Decider::new(levels.clone(), None);
        let mut tally = Tally::default();
        let draws: Vec<Draw> = Stream::new(&self.pool, shape).take(self.draws).collect();
        for (at, draw) in draws.into_iter().enumerate() {
            let asking = self.asking(&draw);
            let before = [&levels.exact, &levels.neighbour].map(count);
            let started = Instant::now();
            let asked = decider.decide(&asking).await.context("the model panicked")?;
            let micros = started.elapsed().as_secs_f64() * 1e6;
            let after = [&levels.exact, &levels.neighbour].map(count);
            let level = (0..2).find(|level| before[*level] != after[*level]).unwrap_or(2);
            tally.micros[level].push(micros);
            if level < 2 {
                let alike = self.fresh(&draw) == decided(&asked.decision);
                tally.agreed[level] += usize::from(alike);
            }
            if MARKS.contains(&(at + 1)) || at + 1 == self.draws {
                tally.marks.push(tally.without_model());
            }
        }
        println!("{shape}: {tally}");
        Ok(())
    }

    fn asking(&self, draw: &Draw) -> Asking {
        Asking {
            site: SiteKey::parse(draw.site).expect("a key"),
            text: draw.text.clone(),
            locale: draw.locale,
            engine: Some(self.engine.clone()),
            pack: Some(self.packs[draw.site].clone()),
            faq: None,
            tier_shed: false,
            shed: false,
        }
    }

    /// What the model says to this very text.
    fn fresh(&mut self, draw: &Draw) -> Decided {
        let key = (draw.site, draw.text.clone());
        if let Some(known) = self.fresh.get(&key) {
            return known.clone();
        }
        let (engine, pack) = (Some(&*self.engine), Some(&*self.packs[draw.site]));
        let said = explain(&draw.text, draw.locale, engine, pack, &mut self.scratch);
        let decided = decided(&said.asked.decision);
        self.fresh.insert(key, decided.clone());
        decided
    }
}

fn count(level: &Arc<AtomicU64>) -> u64 {
    level.load(Ordering::Relaxed)
}

fn decided(decision: &Decision) -> Decided {
    match decision {
        Decision::Answer { entry, .. } => Decided::Answer(entry.clone()),
        Decision::AskBack { choices } => {
            Decided::AskBack(choices.iter().map(|choice| choice.entry.clone()).collect())
        }
        Decision::HandOff { reason } => Decided::HandOff(*reason),
        Decision::Abstain { .. } => Decided::Silence,
    }
}

/// Exact, neighbour, model.
#[derive(Default)]
struct Tally {
    micros: [Vec<f64>; 3],
    /// Draws whose kept decision is what the model says to that very text.
    agreed: [usize; 2],
    marks: Vec<f64>,
}

impl Tally {
    fn without_model(&self) -> f64 {
        let all: usize = self.micros.iter().map(Vec::len).sum();
        100.0 * (1.0 - self.micros[2].len() as f64 / all as f64)
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all: usize = self.micros.iter().map(Vec::len).sum();
        for mark in &self.marks {
            write!(f, "{mark:5.1}% ")?;
        }
        let [exact, lent, model] = [0, 1, 2].map(|level| self.micros[level].len());
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        write!(f, "| exact {:.1}% lent {:.1}%", share(exact, all), share(lent, all))?;
        write!(f, " model {:.1}%", share(model, all))?;
        write!(f, " | as the model: exact {:.2}%", share(self.agreed[0], exact))?;
        write!(f, " lent {:.2}% of {lent}", share(self.agreed[1], lent))?;
        write!(f, " | median µs")?;
        self.micros.iter().try_for_each(|micros| {
            let mut sorted = micros.clone();
            sorted.sort_by(f64::total_cmp);
            write!(f, " {:.0}", sorted.get(sorted.len() / 2).copied().unwrap_or_default())
        })
    }
}
