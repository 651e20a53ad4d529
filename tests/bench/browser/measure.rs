//! Drives the bench page: loads in fresh processes, then warm rounds in turns. Every figure is
//! taken by the page's clock; nothing is summed up here.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nlu::Scratch;
use protocol::understanding::Tier;
use protocol::worker::WorkerToPage;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tests::browser::Browser;
use tests::page::{Frame, Page};

use crate::Options;
use crate::files::serve;
use crate::machine::{Machine, Pressure, PressureTaken};
use crate::material::{Material, Question};

pub(crate) const QUESTIONS_A_ROUND: usize = 5;

/// Enough for the browser to have compiled the inner loops a second time, at its best.
const WARM_UP_ROUNDS: usize = 20;

/// A process that has just started, and the end of the one before it, take processors too.
const SETTLES_WITHIN: Duration = Duration::from_millis(700);

/// Both compute in about 16 bits or more, from the same weights.
const COSINE_MIN: f32 = 0.999;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contestant {
    Ours,
    Onnx,
}

impl Contestant {
    /// As the page knows it.
    fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Onnx => "onnx",
        }
    }
}

/// One question, from the page and inside the Worker.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Time {
    pub(crate) outside_ms: f64,
    pub(crate) inside_ms: f64,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Samples {
    /// From all bytes in hand until everything is loaded; a fresh process each.
    pub(crate) ready_ms: Vec<f64>,
    /// The first question after that.
    pub(crate) first_ms: Vec<f64>,
    pub(crate) rounds: Vec<Vec<Time>>,
    pub(crate) memory_bytes_max: u64,
}

pub(crate) struct Taken {
    pub(crate) machine: Machine,
    pub(crate) browser: String,
    pub(crate) pressure: Option<PressureTaken>,
    pub(crate) entries: usize,
    pub(crate) ours: Samples,
    /// `None` when ONNX Runtime Web is not there.
    pub(crate) onnx: Option<Samples>,
}

/// # Errors
/// The browser fails, or a contestant does not do what it is measured for.
pub(crate) async fn run(options: &Options, material: &Material) -> Result<Taken> {
    let origin = serve(material.files.clone()).await?;
    let browser = Browser::launch().await?;
    let mut bench = Bench { material, browser, url: format!("{origin}/bench/page.html") };
    let mut contestants = vec![(Contestant::Ours, Samples::default())];
    if material.onnx.is_some() {
        contestants.push((Contestant::Onnx, Samples::default()));
    }
    let pressure = Pressure::now();
    for load in 0..options.loads {
        let question = &material.questions[load % material.questions.len()];
        for (contestant, samples) in &mut contestants {
            bench.load(*contestant, question, samples).await?;
        }
        // Whoever went second goes first.
        contestants.reverse();
    }
    let browser = bench.warm(options.rounds, &mut contestants).await?;
    let pressure = pressure.and_then(|pressure| pressure.taken());
    let mut taken = |wanted| {
        let at = contestants.iter().position(|(contestant, _)| *contestant == wanted)?;
        Some(contestants.swap_remove(at).1)
    };
    let ours = taken(Contestant::Ours).context("we are always measured")?;
    let onnx = taken(Contestant::Onnx);
    let (machine, entries) = (Machine::here(), material.entries);
    Ok(Taken { machine, browser, pressure, entries, ours, onnx })
}

struct Bench<'material> {
    material: &'material Material,
    browser: Browser,
    url: String,
}

impl Bench<'_> {
    /// A page of its own, and so a process that has compiled nothing yet.
    async fn load(
        &mut self,
        contestant: Contestant,
        question: &Question,
        samples: &mut Samples,
    ) -> Result<()> {
        let (page, document) = self.open().await?;
        samples.ready_ms.push(self.make_ready(&document, contestant).await?);
        let first = ask(&document, contestant, question).await?;
        samples.first_ms.push(first.time.outside_ms);
        self.check(contestant, question, &first.said)?;
        read_memory(&document, contestant, samples).await?;
        page.open("about:blank").await
    }

    /// All contestants in one page; returns what the browser calls itself.
    async fn warm(
        &mut self,
        rounds: usize,
        contestants: &mut [(Contestant, Samples)],
    ) -> Result<String> {
        let (_page, document) = self.open().await?;
        for (contestant, _) in contestants.iter() {
            self.make_ready(&document, *contestant).await?;
        }
        let mut questions = self.material.questions.iter().cycle();
        for round in 0..WARM_UP_ROUNDS + rounds {
            let asked: Vec<&Question> = questions.by_ref().take(QUESTIONS_A_ROUND).collect();
            let order: Vec<&str> = contestants.iter().map(|(at, _)| at.name()).collect();
            let script = format!("bench.round({}, {})", json!(order), json!(asked));
            let mut times = document.evaluate(&script).await?;
            for (contestant, samples) in contestants.iter_mut() {
                let times = serde_json::from_value(times[contestant.name()].take())?;
                if round >= WARM_UP_ROUNDS {
                    samples.rounds.push(times);
                }
            }
            contestants.reverse();
        }
        for (contestant, samples) in contestants.iter_mut() {
            ask(&document, *contestant, &self.material.longest).await?;
            read_memory(&document, *contestant, samples).await?;
        }
        let agent = document.evaluate("navigator.userAgent").await?;
        let agent = agent.as_str().unwrap_or_default();
        let browser = agent.split(' ').find(|part| part.contains("Chrome")).unwrap_or(agent);
        Ok(browser.to_owned())
    }

    async fn open(&self) -> Result<(Page, Frame)> {
        let page = self.browser.new_page().await?;
        page.open(&self.url).await?;
        let document = page.main().await?;
        ensure!(document.evaluate("crossOriginIsolated").await? == true, "the clock is coarse");
        Ok((page, document))
    }

    /// Milliseconds from bytes in hand.
    async fn make_ready(&self, document: &Frame, contestant: Contestant) -> Result<f64> {
        let name = Value::from(contestant.name());
        let files = match contestant {
            Contestant::Ours => &self.material.ours,
            Contestant::Onnx => self.material.onnx.as_ref().context("it is not there")?,
        };
        document.evaluate(&format!("bench.prepare({name}, {files})")).await?;
        tokio::time::sleep(SETTLES_WITHIN).await;
        let ready = document.evaluate(&format!("bench.load({name})")).await?;
        ready.as_f64().context("no time")
    }

    /// That the whole work was done, and the same by both.
    fn check(&self, contestant: Contestant, question: &Question, said: &Value) -> Result<()> {
        match contestant {
            Contestant::Ours => {
                let said = said.as_str().context("no message")?;
                let WorkerToPage::Outcome { outcome, .. } = serde_json::from_str(said)? else {
                    anyhow::bail!("no outcome: {said}");
                };
                let whole = outcome.tier_ready == Tier::Encoder
                    && outcome.understanding.tier == Tier::Encoder;
                ensure!(whole, "the encoder did not take part: {said}");
            }
            Contestant::Onnx => {
                let said: Vec<f32> = serde_json::from_value(said["vector"].clone())?;
                let mut scratch = Scratch::new();
                let ours = self.material.engine.encode(&question.text, &mut scratch).vector;
                ensure!(ours.len() == said.len(), "{} numbers", said.len());
                let cosine: f32 = ours.iter().zip(&said).map(|(a, b)| a * b).sum();
                ensure!(cosine >= COSINE_MIN, "other weights: cosine {cosine}");
            }
        }
        Ok(())
    }
}

struct Reply {
    time: Time,
    /// The Worker's message.
    said: Value,
}

async fn ask(document: &Frame, contestant: Contestant, question: &Question) -> Result<Reply> {
    let script = format!("bench.ask({}, {})", json!(contestant.name()), json!(question));
    let mut reply = document.evaluate(&script).await?;
    let said = reply["said"].take();
    Ok(Reply { time: serde_json::from_value(reply)?, said })
}

async fn read_memory(
    document: &Frame,
    contestant: Contestant,
    samples: &mut Samples,
) -> Result<()> {
    let script = format!("bench.memoryBytes({})", json!(contestant.name()));
    let bytes = document.evaluate(&script).await?.as_u64();
    let bytes = bytes.filter(|bytes| *bytes > 0).context("no memory was seen")?;
    samples.memory_bytes_max = samples.memory_bytes_max.max(bytes);
    Ok(())
}
