//! The loaded model: text to vector, intent and tagged words. Knows no FAQ and decides nothing.

use protocol::ids::IntentName;
use protocol::understanding::{Confidence, Intent};

use kernel::attention::softmax;

use crate::encoder::{Encoder, EncoderScratch};
use crate::manifest::{Manifest, ModelError, Tag, sha256};
use crate::pack::{CalibrationError, Calibrations};
use crate::scratch::Scratch;
use crate::wordpiece::{Token, UNKNOWN, WordPiece};

/// Intents of the manifest that are small talk.
const SMALL_TALK: [&str; 6] = ["greeting", "goodbye", "thanks", "affirm", "deny", "chitchat"];

pub struct Engine {
    manifest: Manifest,
    /// As given: what only a compiler of packs reads stays unread in a browser.
    manifest_json: Box<[u8]>,
    tags: Vec<Tag>,
    /// Which intents no FAQ entry is about.
    small_talk: Vec<usize>,
    wordpiece: WordPiece,
    encoder: Encoder,
    fingerprint: [u8; 32],
}

impl Engine {
    /// # Errors
    /// The three files are not one whole model of a format and shape this code runs.
    pub fn load(manifest: &[u8], weights: &[u8], vocab: &[u8]) -> Result<Self, ModelError> {
        let manifest_json = manifest.into();
        let manifest = Manifest::parse(manifest)?;
        let tags = manifest.tags()?;
        let hashes = [
            manifest.files.weights.check("weights", weights)?,
            manifest.files.vocab.check("vocabulary", vocab)?,
        ];
        let wordpiece = WordPiece::load(vocab, manifest.dims.vocab)?;
        let encoder = Encoder::read(weights, manifest.dims, manifest.intents.len(), tags.len())?;
        let fingerprint = sha256(&hashes.concat());
        let named = |name: &IntentName| SMALL_TALK.contains(&name.as_str());
        let small_talk =
            (0..manifest.intents.len()).filter(|&at| named(&manifest.intents[at])).collect();
        Ok(Self { manifest, manifest_json, tags, small_talk, wordpiece, encoder, fingerprint })
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What packs of this model are calibrated with.
    ///
    /// # Errors
    /// The manifest has none, or an unsound one.
    pub fn calibrations(&self) -> Result<Calibrations, CalibrationError> {
        Calibrations::of_manifest(&self.manifest_json)
    }

    /// The hash of the hashes of weights and vocabulary: vectors of engines with different ones do
    /// not compare.
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// Width of the vectors.
    pub fn width(&self) -> usize {
        self.manifest.dims.d
    }

    /// Reads `text` (its first [`positions`](crate::manifest::Dims::positions) tokens). The results
    /// stay in `scratch` until the next call.
    pub fn encode<'scratch>(
        &self,
        text: &str,
        scratch: &'scratch mut Scratch,
    ) -> Encoded<'scratch> {
        self.wordpiece.tokenize(text, self.encoder.positions(), &mut scratch.tokens);
        if scratch.tokens.tokens.is_empty() {
            // As in training: an empty text is one unknown token.
            let token = Token { id: UNKNOWN, start: 0, end: 0, opens_word: true };
            scratch.tokens.tokens.push(token);
        }
        self.encoder.run(&scratch.tokens.tokens, &mut scratch.encoder);
        Encoded {
            vector: &scratch.encoder.vector,
            intent_logits: &scratch.encoder.intent_logits,
            tag_logits: &scratch.encoder.tag_logits,
            tokens: &scratch.tokens.tokens,
            truncated: scratch.tokens.truncated,
        }
    }

    /// The likeliest intent of what `scratch` holds from the last [`encode`](Self::encode).
    pub(crate) fn intent(&self, scratch: &mut Scratch) -> Intent {
        let probabilities = self.probabilities(scratch);
        let mut best = 0;
        for (at, probability) in probabilities.iter().enumerate() {
            if *probability > probabilities[best] {
                best = at;
            }
        }
        let confidence = Confidence(probabilities[best]);
        Intent { name: self.manifest.intents[best].clone(), confidence }
    }

    /// How likely the last encoded text is a greeting, thanks or the like.
    pub(crate) fn small_talk(&self, scratch: &mut Scratch) -> f32 {
        let small_talk = &self.small_talk;
        let probabilities = self.probabilities(scratch);
        small_talk.iter().fold(0.0_f32, |sum, &at| sum + probabilities[at])
    }

    fn probabilities<'scratch>(&self, scratch: &'scratch mut Scratch) -> &'scratch [f32] {
        let EncoderScratch { intent_logits, intents, .. } = &mut scratch.encoder;
        intents.clone_from(intent_logits);
        softmax(intents);
        intents
    }

    pub(crate) fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

/// What the encoder made of a text.
pub struct Encoded<'scratch> {
    /// Unit length.
    pub vector: &'scratch [f32],
    pub intent_logits: &'scratch [f32],
    /// One row for each token.
    pub tag_logits: &'scratch [f32],
    pub tokens: &'scratch [Token],
    /// The text has more tokens than the encoder reads.
    pub truncated: bool,
}
