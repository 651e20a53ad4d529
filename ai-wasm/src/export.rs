//! The same assistant without a Worker: for tests and programs that call it directly.

use protocol::locale::Locale;
use wasm_bindgen::prelude::*;

use crate::assistant::Assistant;

#[wasm_bindgen(js_name = Assistant)]
#[derive(Default)]
pub struct DirectAssistant(Assistant);

#[wasm_bindgen(js_class = Assistant)]
impl DirectAssistant {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// # Errors
    /// The named error of a model that does not load.
    pub fn load_model(
        &mut self,
        manifest: &[u8],
        weights: &[u8],
        vocab: &[u8],
    ) -> Result<(), JsError> {
        Ok(self.0.load_model(manifest, weights, vocab)?)
    }

    /// The version of the pack.
    ///
    /// # Errors
    /// The named error of a pack that does not load.
    pub fn load_pack(&mut self, bytes: &[u8]) -> Result<String, JsError> {
        Ok(self.0.load_pack(bytes)?.into())
    }

    /// A `protocol::worker::Outcome` as JSON; `micros` is 0.
    ///
    /// # Errors
    /// The outcome cannot be written, which no known text brings about.
    pub fn ask(&mut self, text: &str, locale: &str) -> Result<String, JsError> {
        let locale = Locale::from_tag(locale).unwrap_or_default();
        Ok(serde_json::to_string(&self.0.ask(text, locale))?)
    }
}
