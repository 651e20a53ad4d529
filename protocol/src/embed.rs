//! Messages between the customer's page (`embed.js`) and the widget's iframe. `embed.js` is the one
//! file written by hand in another language; a test holds its literals against these types.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::context::{Identity, Visit};
use crate::ids::ActionName;
use crate::locale::Locale;
use crate::refusal::RefusalCode;
use crate::worker::ActionEntity;

/// Longest text an action of the page may show, in bytes.
pub const ACTION_TEXT_BYTES_MAX: usize = 4 * 1024;

/// Most choices an action may offer.
pub const ACTION_CHOICES_MAX: usize = 6;

/// A message as the page says it.
pub type PageToWidget = PageToWidgetOf<Visit>;

/// Page to widget; `V` as in `VisitorFrameOf`. The first one is posted to our origin and brings the
/// port all others use, which no other window can reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageToWidgetOf<V> {
    /// First message: from here on the widget knows its page's origin.
    Hello {
        visit: V,
        locale: Option<Locale>,
    },
    /// Another page of the same document, or other attributes.
    Visit(V),
    Shown,
    Hidden,
    SetLocale {
        locale: Locale,
    },
    /// Who the visitor is, proven by an HMAC made on the site's server.
    Identify(Identity),
    /// As if the visitor had typed it.
    Ask {
        text: String,
    },
    /// What `RunAction` led to.
    ActionDone {
        call: u32,
        text: String,
        choices: Vec<String>,
    },
    /// The page has no such action, or it threw or took too long.
    ActionFailed {
        call: u32,
    },
    /// What the browser or its user said to `AskToNotify`.
    MayNotify {
        allowed: bool,
    },
    /// Log-out: forget the visitor.
    Reset,
}

/// A message as the page reads it.
pub type WidgetToPage = WidgetToPageOf<Vec<ActionEntity>>;

/// Widget to page, by the port; `E` as in `OutcomeOf`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WidgetToPageOf<E> {
    Ready,
    /// The visitor pressed the widget's own close button.
    Close,
    Unread {
        count: u32,
    },
    Message,
    Answered,
    Handoff,
    /// Runs a function of the page's; answered by `ActionDone` or `ActionFailed` with this `call`.
    RunAction {
        call: u32,
        name: ActionName,
        entities: E,
    },
    /// The visitor wants notifications of the desktop; only the page may ask for them.
    AskToNotify,
    /// Shows one, in place of the one before.
    Notify {
        title: String,
        body: String,
    },
    /// What the page asked for was refused; for its developer.
    Refused {
        code: RefusalCode,
    },
    /// Nothing of the visitor is left in this browser.
    Forgotten,
}
