//! The native twin of the visitor's assistant: the same code on the very bytes the server serves.

use ai_wasm::assistant::Assistant;
use anyhow::{Context, Result};
use protocol::ids::EntryId;
use protocol::locale::Locale;
use protocol::understanding::{Decision, Tier};
use protocol::worker::Outcome;

use crate::demo::{Question, paraphrases, questions};
use crate::http;
use crate::visitor::Visitor;

pub struct Twin {
    assistant: Assistant,
    /// Where the bytes came from, for whoever loads the same.
    pub urls: Urls,
}

#[derive(Debug, Clone)]
pub struct Urls {
    pub worker: String,
    pub manifest: String,
    pub weights: String,
    pub vocab: String,
    pub pack: String,
}

impl Twin {
    /// Loads what a visitor's browser would load from this server.
    ///
    /// # Errors
    /// Something is missing or cannot be loaded.
    pub async fn of_server(origin: &str) -> Result<Self> {
        let page = http::get(origin, "/widget?site=demo", &[]).await?.text();
        let pack = Visitor::arrive(origin).await?.grant.pack.context("no pack")?;
        let urls = Urls {
            worker: attribute(&page, "data-worker")?,
            manifest: attribute(&page, "data-manifest")?,
            weights: attribute(&page, "data-weights")?,
            vocab: attribute(&page, "data-vocab")?,
            pack: pack.url,
        };
        let manifest = bytes(origin, &urls.manifest).await?;
        let weights = bytes(origin, &urls.weights).await?;
        let vocab = bytes(origin, &urls.vocab).await?;
        let mut assistant = Assistant::default();
        assistant.load_model(&manifest, &weights, &vocab)?;
        assistant.load_pack(&bytes(origin, &urls.pack).await?)?;
        Ok(Self { assistant, urls })
    }

    /// What the browser's assistant must make of a question, to the last bit.
    pub fn ask(&mut self, text: &str, locale: Locale) -> Outcome {
        self.assistant.ask(text, locale)
    }

    /// The first `count` questions in a language that are answered rightly, each by another entry
    /// and none in the words of its entry; the demo's own questions first. The choice is the same
    /// in every run.
    ///
    /// # Errors
    /// There are fewer.
    pub fn paraphrases(&mut self, locale: Locale, count: usize) -> Result<Vec<Paraphrase>> {
        let mut found: Vec<Paraphrase> = Vec::new();
        let all = questions()?.into_iter().chain(paraphrases()?);
        for question in all.filter(|question| question.locale == locale) {
            let Some(paraphrase) = self.answered(question) else { continue };
            if found.iter().all(|other| other.entry != paraphrase.entry) {
                found.push(paraphrase);
            }
        }
        anyhow::ensure!(found.len() >= count, "only {} answered in {locale:?}", found.len());
        found.truncate(count);
        Ok(found)
    }

    fn answered(&mut self, question: Question) -> Option<Paraphrase> {
        let outcome = self.ask(&question.text, question.locale);
        let Decision::Answer { entry, tier, .. } = outcome.decision else { return None };
        // What the page does instead of showing an answer is not an answer.
        let shown = outcome.action.is_none();
        let right = question.expect.as_ref() == Some(&entry) && tier != Tier::Exact && shown;
        let html = outcome.answer?.html;
        right.then_some(Paraphrase { text: question.text, entry, html })
    }
}

/// A question in a visitor's own words and the entry that answers it.
#[derive(Debug, Clone)]
pub struct Paraphrase {
    pub text: String,
    pub entry: EntryId,
    pub html: String,
}

fn attribute(page: &str, name: &str) -> Result<String> {
    let (_, rest) = page.split_once(&format!("{name}=\"")).with_context(|| name.to_owned())?;
    let (value, _) = rest.split_once('"').context("no closing quote")?;
    Ok(value.to_owned())
}

async fn bytes(origin: &str, url: &str) -> Result<Vec<u8>> {
    let answer = http::get(origin, url, &[]).await?;
    anyhow::ensure!(answer.status == 200, "{url}: {}", answer.status);
    Ok(answer.body)
}
