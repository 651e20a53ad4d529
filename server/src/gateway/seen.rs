//! When each signed-in browser was last heard of. Kept in memory: after a restart everybody
//! counts as just seen.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use protocol::ids::SignInId;

use crate::clock;

/// Browsers that are remembered; past them all are forgotten, which only gives them more time.
const SIGN_INS_MAX: usize = 50_000;

pub struct Seen {
    started_ms: u64,
    /// Held for one look-up.
    last_ms: Mutex<HashMap<SignInId, u64>>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { started_ms: clock::now_ms(), last_ms: Mutex::default() }
    }
}

impl Seen {
    pub(super) fn touch(&self, sign_in: SignInId, now_ms: u64) {
        let mut last_ms = self.last_ms.lock().unwrap_or_else(PoisonError::into_inner);
        if last_ms.len() >= SIGN_INS_MAX && !last_ms.contains_key(&sign_in) {
            last_ms.clear();
        }
        last_ms.insert(sign_in, now_ms);
    }

    pub(super) fn last_ms(&self, sign_in: SignInId) -> u64 {
        let last_ms = self.last_ms.lock().unwrap_or_else(PoisonError::into_inner);
        last_ms.get(&sign_in).copied().unwrap_or(self.started_ms)
    }
}
