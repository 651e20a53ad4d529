//! What the Worker has loaded, and what it answers with that. Knows no browser.

use nlu::{Engine, ModelError, Pack, PackError, Scratch, ask};
use protocol::ids::PackVersion;
use protocol::locale::Locale;
use protocol::understanding::{Decision, Tier};
use protocol::worker::Outcome;

#[derive(Default)]
pub struct Assistant {
    engine: Option<Engine>,
    pack: Option<Pack>,
    scratch: Scratch,
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
        let (engine, pack) = (self.engine.as_ref(), self.pack.as_ref());
        let asked = ask(text, locale, engine, pack, &mut self.scratch);
        let answer = match &asked.decision {
            Decision::Answer { entry, .. } => {
                pack.and_then(|pack| pack.answer(entry, asked.understanding.locale))
            }
            Decision::AskBack { .. } | Decision::HandOff { .. } | Decision::Abstain { .. } => None,
        };
        Outcome {
            understanding: asked.understanding,
            decision: asked.decision,
            pack_version: pack.map(|pack| pack.version().clone()),
            answer,
            action: None,
            tier_ready: if engine.is_some() { Tier::Encoder } else { Tier::Lexical },
            micros: 0,
        }
    }
}
