//! What the browser keeps for a site, one `localStorage` key per thing. The partition belongs to
//! the iframe: the customer's page cannot read it. Only this file knows the keys.

use protocol::http::SessionGrant;
use protocol::ids::MessageId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::json::{decode, encode, id_of_text, id_text};
use crate::outbox::{Held, Pending, id_of};
use crate::page::window;
use crate::state::{History, State, TabNews};
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

/// The browser did not keep it: no storage, or no room.
#[derive(Debug)]
pub(crate) struct NotKept;

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
        let inner = self.inner.as_ref().ok_or(NotKept)?;
        inner.set_item(&self.key(name), &text).map_err(|_| NotKept)
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

    pub(crate) fn keep_grant(&self, grant: &SessionGrant) -> Result<(), NotKept> {
        self.keep("grant", grant)
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
        let inner = self.inner.as_ref().ok_or(NotKept)?;
        inner.set_item(&self.key("history"), &text).map_err(|_| NotKept)
    }

    pub(crate) fn keep_pending(&self, pending: &Pending) -> Result<(), NotKept> {
        let Some(id) = id_of(&pending.frame) else { return Ok(()) };
        self.keep(&joined(&["out:", &id_text(id)]), pending)
    }

    pub(crate) fn forget_pending(&self, id: MessageId) {
        self.forget(&joined(&["out:", &id_text(id)]));
    }

    pub(crate) fn keep_held(&self, held: &Held) -> Result<(), NotKept> {
        let Some(id) = held.id() else { return Ok(()) };
        self.keep(&joined(&["held:", &id_text(id)]), held)
    }

    pub(crate) fn forget_held(&self, id: MessageId) {
        self.forget(&joined(&["held:", &id_text(id)]));
    }

    pub(crate) fn pending(&self) -> Vec<Pending> {
        self.all_under("out:")
    }

    pub(crate) fn held(&self) -> Vec<Held> {
        self.all_under("held:")
    }

    fn all_under<T: DeserializeOwned>(&self, folder: &str) -> Vec<T> {
        let prefix = self.key(folder);
        let keys = self.keys();
        keys.iter().filter(|key| key.starts_with(&prefix)).filter_map(|k| self.read(k)).collect()
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

    /// What a change made by another tab means; `None` when it is nothing to this one.
    pub(crate) fn news(&self, key: &str, new_value: Option<&str>) -> Option<TabNews> {
        let name = key.strip_prefix(&self.prefix)?;
        if let Some(id) = name.strip_prefix("out:") {
            return match new_value {
                Some(text) => decode(text).ok().map(TabNews::Pended),
                None => id_of_text(id).map(TabNews::Settled),
            };
        }
        let id = name.strip_prefix("held:")?;
        match new_value {
            Some(text) => decode(text).ok().map(TabNews::Held),
            None => id_of_text(id).map(TabNews::Released),
        }
    }
}
