//! What the Worker has loaded, and what it answers with that. Knows no browser.

use nlu::action::Collecting;
use nlu::{Engine, ModelError, Pack, PackError, Scratch, ask};
use protocol::ids::{EntryId, PackVersion};
use protocol::locale::Locale;
use protocol::understanding::{Confidence, Decision, Entity, Tier};
use protocol::worker::{ActionStep, Outcome};

#[derive(Default)]
pub struct Assistant {
    engine: Option<Engine>,
    pack: Option<Pack>,
    /// The visitor was asked for what an action needs.
    collecting: Option<Open>,
    scratch: Scratch,
}

/// An action that waits for the visitor's answer.
struct Open {
    entry: EntryId,
    collecting: Collecting,
    /// What they said was no answer once before.
    asked_again: bool,
}

impl Assistant {
    /// # Errors
    /// The files are not a whole model; what was loaded before stays.
    pub fn load_model(
        &mut self,
        manifest: &[u8],
        weights: &[u8],
        vocab: &[u8],
    ) -> Result<(), ModelError> {
        self.engine = Some(Engine::load(manifest, weights, vocab)?);
        Ok(())
    }

    /// # Errors
    /// The bytes are not a whole pack; what was loaded before stays.
    pub fn load_pack(&mut self, bytes: &[u8]) -> Result<PackVersion, PackError> {
        let pack = Pack::load(bytes)?;
        let version = pack.version().clone();
        self.pack = Some(pack);
        Ok(version)
    }

    /// Decides on a question; `micros` is left for the caller, who has a clock.
    pub fn ask(&mut self, text: &str, locale: Locale) -> Outcome {
        let (engine, scratch) = (self.engine.as_ref(), &mut self.scratch);
        let asked = ask(text, locale, engine, self.pack.as_ref(), scratch);
        let locale = asked.understanding.locale;
        let mut decision = asked.decision;
        let open = self.open(text, &mut decision, &asked.understanding.entities);
        let pack = self.pack.as_ref();
        let answer = match &decision {
            Decision::Answer { entry, .. } => pack.and_then(|pack| pack.answer(entry, locale)),
            Decision::AskBack { .. } | Decision::HandOff { .. } | Decision::Abstain { .. } => None,
        };
        let action = open.as_ref().map(|open| open.collecting.step(locale));
        let needs = matches!(action, Some(ActionStep::Need { .. }));
        self.collecting = open.filter(|_| needs);
        Outcome {
            understanding: asked.understanding,
            decision,
            pack_version: self.pack.as_ref().map(|pack| pack.version().clone()),
            answer,
            action,
            tier_ready: if self.engine.is_some() { Tier::Encoder } else { Tier::Lexical },
            micros: 0,
        }
    }

    /// The action that this text begins or goes on with; then the decision is for its entry. An
    /// answer to what was asked comes before what else the words may mean, and who says something
    /// else is asked once more, so that a number with a slip of the finger stays in the browser.
    fn open(&mut self, text: &str, decision: &mut Decision, entities: &[Entity]) -> Option<Open> {
        let pack = self.pack.as_ref()?;
        if let Some(mut open) = self.collecting.take() {
            let taken = open.collecting.take(text);
            let unclear = matches!(decision, Decision::Abstain { .. } | Decision::AskBack { .. });
            if taken || (unclear && !open.asked_again) {
                open.asked_again = !taken;
                *decision = Decision::Answer {
                    entry: open.entry.clone(),
                    confidence: Confidence(1.0),
                    tier: Tier::Exact,
                };
                return Some(open);
            }
        }
        let Decision::Answer { entry, .. } = decision else { return None };
        let collecting = Collecting::of(pack.action(entry)?.clone(), entities);
        Some(Open { entry: entry.clone(), collecting, asked_again: false })
    }
}
