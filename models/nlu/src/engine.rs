//! The loaded model: text to vector, intent and tagged words. Knows no FAQ and decides nothing.

use protocol::ids::IntentName;
use protocol::understanding::{Confidence, Intent};
use sha2::{Digest, Sha256};

use crate::encoder::{Encoder, softmax};
use crate::manifest::{Manifest, ModelError, Tag};
use crate::scratch::Scratch;
use crate::wordpiece::{Token, UNKNOWN, WordPiece};

pub struct Engine {
    manifest: Manifest,
    tags: Vec<Tag>,
    wordpiece: WordPiece,
    encoder: Encoder,
    fingerprint: [u8; 32],
}

impl Engine {
    /// # Errors
    /// The three files are not one whole model of a format and shape this code runs.
    pub fn load(manifest: &[u8], weights: &[u8], vocab: &[u8]) -> Result<Self, ModelError> {
        let manifest = Manifest::parse(manifest)?;
        let tags = manifest.tags()?;
        manifest.files.vocab.check("vocabulary", vocab)?;
        manifest.files.weights.check("weights", weights)?;
        let wordpiece = WordPiece::load(vocab, manifest.dims.vocab)?;
        let encoder = Encoder::read(weights, manifest.dims, manifest.intents.len(), tags.len())?;
        let fingerprint = Sha256::new().chain_update(weights).chain_update(vocab).finalize().into();
        Ok(Self { manifest, tags, wordpiece, encoder, fingerprint })
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The hash of weights and vocabulary: vectors of engines with different ones do not compare.
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
        let logits = &mut scratch.encoder.intent_logits;
        softmax(logits);
        let mut best = 0;
        for (at, probability) in logits.iter().enumerate() {
            if *probability > logits[best] {
                best = at;
            }
        }
        Intent { name: self.intent_name(best), confidence: Confidence(logits[best]) }
    }

    fn intent_name(&self, at: usize) -> IntentName {
        self.manifest.intents[at].clone()
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
