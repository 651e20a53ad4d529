//! Asked before anything is stored or sent: the owner's words, and two answers of equal weight.

use protocol::forms::Consent;
use protocol::screens::FromForms;
use web_sys::Event;

use crate::dom::{append, button, document, element, focus_composer, on, set, text};
use crate::sheet::{self, Exit};
use crate::{tell, words};

pub(crate) fn show() {
    let page = document().document_element();
    let asked = page.and_then(|page| page.get_attribute("data-consent"));
    let asked = asked.and_then(|asked| serde_json::from_str::<Consent>(&asked).ok());
    let Some(consent) = asked else { return };
    let words = words();
    let sheet = sheet::open("consent", words.consent, Exit::None);
    let said = text("p", "consent-text", &consent.text);
    set(&said, "dir", "auto");
    append(&sheet, &[&said]);
    // The server took no address but of these two kinds.
    let web = |url: &&String| url.starts_with("https://") || url.starts_with("http://");
    if let Some(url) = consent.url.as_ref().filter(web) {
        let link = text("a", "", words.privacy);
        set(&link, "href", url);
        set(&link, "target", "_blank");
        set(&link, "rel", "noopener noreferrer");
        append(&sheet, &[&link]);
    }
    let row = element("div", "row", "");
    let agree = button("primary", "agree", words.agree);
    on(&agree, "click", |_: Event| {
        sheet::close();
        tell(FromForms::Agreed);
        focus_composer();
    });
    let decline = button("secondary", "decline", words.decline);
    on(&decline, "click", |_: Event| {
        sheet::done("declined", crate::words().declined);
        focus_composer();
    });
    append(&row, &[&agree, &decline]);
    append(&sheet, &[&row]);
}
