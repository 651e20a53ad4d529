//! Messages between the customer's page (`embed.js`) and the widget's iframe. `embed.js` is the one
//! file written by hand in another language; a test holds its literals against these types.

use serde::{Deserialize, Serialize};

use crate::locale::Locale;

/// Page to widget, posted to our origin only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageToWidget {
    /// First message: from here on the widget knows its page's origin.
    Hello {
        page_url: String,
        locale: Option<Locale>,
    },
    Shown,
    Hidden,
    SetLocale {
        locale: Locale,
    },
    /// Name and address as the site knows them; proven by an HMAC made on the site's server.
    Identify {
        id: String,
        name: Option<String>,
        email: Option<String>,
        hmac: Option<String>,
    },
    /// Log-out: forget the visitor.
    Reset,
}

/// Widget to page, posted to the page's origin only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WidgetToPage {
    Ready,
    /// The visitor pressed the widget's own close button.
    Close,
    Unread {
        count: u32,
    },
    Message,
    Answered,
    Handoff,
}
