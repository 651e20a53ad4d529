//! How the agent of this browser wants to be told of somebody who waits.

use serde::{Deserialize, Serialize};

use crate::browser::{self, Keep};

const KEY: &str = "frontdesk.alerts";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Alerts {
    pub(crate) notify: bool,
    pub(crate) sound: bool,
}

impl Alerts {
    pub(crate) fn kept() -> Self {
        browser::kept(Keep::Browser, KEY).unwrap_or_default()
    }

    pub(crate) fn keep(self) {
        browser::keep(Keep::Browser, KEY, &self);
    }
}
