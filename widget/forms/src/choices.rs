//! What a visitor chose for this browser: sound, notifications, light or dark. Kept under the
//! site's name, where a log-out erases it; the page that loads the chat reads `look` itself.

use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Storage, UrlSearchParams};

use crate::dom::{document, window};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Choices {
    pub sound: bool,
    pub notify: bool,
    pub look: Look,
}

impl Default for Choices {
    fn default() -> Self {
        Self { sound: true, notify: false, look: Look::System }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Look {
    /// As the system has it.
    #[serde(rename = "light dark")]
    System,
    #[serde(rename = "light")]
    Light,
    #[serde(rename = "dark")]
    Dark,
}

impl Look {
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The value of `color-scheme`.
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::System => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What cannot be read is as it comes.
pub(crate) fn chosen() -> Choices {
    let text = place().and_then(|(store, key)| store.get_item(&key).ok()?);
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Holds from now on; a browser without storage forgets it with the page.
pub(crate) fn choose(change: impl FnOnce(&mut Choices)) {
    let mut choices = chosen();
    change(&mut choices);
    let root = document().document_element().and_then(|root| root.dyn_into::<HtmlElement>().ok());
    if let Some(root) = root {
        // A property and a value that every browser knows.
        let _ = root.style().set_property("color-scheme", choices.look.scheme());
    }
    if let (Some((store, key)), Ok(text)) = (place(), serde_json::to_string(&choices)) {
        let _ = store.set_item(&key, &text);
    }
}

/// `None` without storage, and where the visitor has not agreed to being remembered.
fn place() -> Option<(Storage, String)> {
    let query = window().location().search().ok()?;
    let site = UrlSearchParams::new_with_str(&query).ok()?.get("site")?;
    let store = window().local_storage().ok()??;
    let asks = document().document_element()?.has_attribute("data-consent");
    let agreed = || store.get_item(&format!("fd:{site}:agreed")).ok()?;
    if asks && agreed().is_none() {
        return None;
    }
    Some((store, format!("fd:{site}:choices")))
}
