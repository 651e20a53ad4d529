//! What the browser keeps for a site besides the outbox, one `localStorage` key per thing, and the
//! names of the outbox's entries. The partition belongs to the iframe: the customer's page cannot
//! read it. Only this file knows the keys.

use alloc::string::String;
use alloc::vec::Vec;

use protocol::http::SessionGrant;
use protocol::ids::MessageId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::elsewhere::TabNews;
use crate::json::{decode, encode, id_of_text, id_text};
use crate::page::window;
use crate::shelf::NotKept;
use crate::state::{History, State};
use crate::words::joined;

/// A history longer than this is cut to its newer half before it is stored.
const HISTORY_CHARS_MAX: usize = 256 * 1024;

/// The store of one site. A browser that refuses storage leaves it empty and silent.
pub(crate) struct Store {
    prefix: String,
    inner: Option<web_sys::Storage>,
    /// The visitor has not agreed yet: nothing is kept, and nothing is wrong with that.
    sealed: bool,
}

impl Store {
    pub(crate) fn open(site: &str) -> Self {
        let inner = window().local_storage().ok().flatten();
        Self { prefix: joined(&["fd:", site, ":"]), inner, sealed: false }
    }

    /// Keeps nothing until the visitor agrees.
    pub(crate) fn seal(&mut self) {
        self.sealed = true;
    }

    pub(crate) fn unseal(&mut self) {
        self.sealed = false;
        // Not kept: the visitor is asked again on the next visit.
        let _ = self.keep("agreed", &true);
    }

    pub(crate) fn sealed(&self) -> bool {
        self.sealed
    }

    pub(crate) fn agreed(&self) -> bool {
        self.read(&self.key("agreed")).unwrap_or(false)
    }

    fn key(&self, name: &str) -> String {
        joined(&[&self.prefix, name])
    }

    fn read<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let text = self.inner.as_ref()?.get_item(key).ok()??;
        decode(&text).ok()
    }

    fn keep<T: Serialize>(&self, name: &str, value: &T) -> Result<(), NotKept> {
        if self.sealed {
            return Ok(());
        }
        let text = encode(value).map_err(|_| NotKept)?;
        self.keep_text(name, &text)
    }

    fn keep_text(&self, name: &str, text: &str) -> Result<(), NotKept> {
        let inner = self.inner.as_ref().ok_or(NotKept)?;
        inner.set_item(&self.key(name), text).map_err(|_| NotKept)
    }

    fn forget(&self, name: &str) {
        if let Some(inner) = &self.inner {
            // Removing a missing key is not an error; a refused store has nothing to remove.
            let _ = inner.remove_item(&self.key(name));
        }
    }

    pub(crate) fn grant(&self) -> Option<SessionGrant> {
        self.read(&self.key("grant"))
    }

    /// As it came from the server.
    pub(crate) fn keep_grant(&self, text: &str) -> Result<(), NotKept> {
        self.keep_text("grant", text)
    }

    pub(crate) fn forget_grant(&self) {
        self.forget("grant");
    }

    pub(crate) fn identity(&self) -> Option<String> {
        self.read(&self.key("identity"))
    }

    pub(crate) fn keep_identity(&self, identity: &str) -> Result<(), NotKept> {
        self.keep("identity", &identity)
    }

    pub(crate) fn history(&self) -> Option<History> {
        self.read(&self.key("history"))
    }

    pub(crate) fn keep_history(&self, state: &State) -> Result<(), NotKept> {
        if self.sealed {
            return Ok(());
        }
        let mut remembered = state.remembered();
        let mut text = encode(&remembered).map_err(|_| NotKept)?;
        while text.len() > HISTORY_CHARS_MAX && remembered.lines.len() > 1 {
            let (_, newer) = remembered.lines.split_at(remembered.lines.len() / 2);
            remembered.lines = newer;
            text = encode(&remembered).map_err(|_| NotKept)?;
        }
        self.keep_text("history", &text)
    }

    /// Entries of the outbox as an older version kept them. They go once they are settled.
    pub(crate) fn old_entries(&self) -> Vec<String> {
        let entry = |key: &String| {
            let name = key.strip_prefix(&self.prefix).filter(|name| name.contains(':'))?;
            let text = self.inner.as_ref()?.get_item(key).ok()??;
            Some(joined(&[name, " ", &text]))
        };
        self.keys().iter().filter_map(entry).collect()
    }

    pub(crate) fn forget_old_entry(&self, name: &str) {
        self.forget(name);
    }

    fn keys(&self) -> Vec<String> {
        let Some(inner) = &self.inner else { return Vec::new() };
        let count = inner.length().unwrap_or(0);
        (0..count).filter_map(|index| inner.key(index).ok().flatten()).collect()
    }

    pub(crate) fn erase_all(&self) {
        let Some(inner) = &self.inner else { return };
        for key in self.keys() {
            if key.starts_with(&self.prefix) {
                let _ = inner.remove_item(&key);
            }
        }
    }
}

/// The name of an entry of the outbox: a waiting frame's, or a held answer's.
pub(crate) fn pending_name(id: MessageId) -> String {
    joined(&["out:", &id_text(id)])
}

pub(crate) fn held_name(id: MessageId) -> String {
    joined(&["held:", &id_text(id)])
}

/// What an entry means: its name and its text, or the name alone when it is settled.
#[inline(never)]
pub(crate) fn news(entry: &str) -> Option<TabNews> {
    let (name, text) = match entry.split_once(' ') {
        Some((name, text)) => (name, Some(text)),
        None => (entry, None),
    };
    if let Some(id) = name.strip_prefix("out:") {
        return match text {
            Some(text) => decode(text).ok().map(TabNews::Pended),
            None => id_of_text(id).map(TabNews::Settled),
        };
    }
    let id = name.strip_prefix("held:")?;
    match text {
        Some(text) => decode(text).ok().map(TabNews::Held),
        None => id_of_text(id).map(TabNews::Released),
    }
}
