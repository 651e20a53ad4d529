//! What a screen reader says by itself on a page: the words that come into live regions. A model of
//! how readers treat `role`, `aria-live`, `aria-relevant` and `aria-atomic`; it knows no page.

use anyhow::Result;
use serde::Deserialize;

use crate::page::{Frame, Page};

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Said {
    /// The region's `data-fd`, or its role.
    pub region: String,
    pub words: String,
}

/// Runs before a document's own scripts. A region that comes with words in it is not read, unless
/// it is an alert; an element that is put elsewhere counts as new.
const LISTEN: &str = r#"(() => {
    const ROLES = { log: 'polite', status: 'polite', alert: 'assertive' };
    const said = window.saidAloud = [];
    const live = (at) => at.getAttribute('aria-live') || ROLES[at.getAttribute('role')];
    const regionOf = (node) => {
        let at = node.nodeType === 1 ? node : node.parentElement;
        while (at && !live(at)) at = at.parentElement;
        return at && live(at) !== 'off' ? at : null;
    };
    const unseen = (at) => at.closest('[hidden], [aria-hidden=true]')
        || getComputedStyle(at).display === 'none' || getComputedStyle(at).visibility === 'hidden';
    const words = (node) => {
        if (node.nodeType === 3) return node.data;
        if (node.nodeType !== 1 || unseen(node)) return '';
        const label = node.getAttribute('aria-label') || node.getAttribute('alt');
        return label && !['log', 'region'].includes(node.getAttribute('role'))
            ? label : [...node.childNodes].map(words).join(' ');
    };
    const say = (region, text) => {
        const plain = text.replace(/\s+/g, ' ').trim();
        const name = region.dataset.fd || region.getAttribute('role') || region.className;
        if (plain) said.push({ region: name, words: plain });
    };
    const heard = (records) => {
        const fresh = new Set(records.flatMap((record) => [...record.addedNodes]));
        const within = (node) => {
            for (let at = node.parentNode; at; at = at.parentNode) if (fresh.has(at)) return true;
            return false;
        };
        const whole = new Set();
        const tell = (node, kind) => {
            const parent = node.nodeType === 1 && kind === 'additions' ? node.parentElement : node;
            const region = parent && regionOf(parent);
            if (!region || fresh.has(region) || within(region)) return;
            const relevant = region.getAttribute('aria-relevant') || 'additions text';
            const atomic = region.getAttribute('aria-atomic')
                || (['status', 'alert'].includes(region.getAttribute('role')) ? 'true' : 'false');
            if (!relevant.includes(kind)) return;
            if (atomic === 'true') whole.add(region);
            else if (!unseen(parent.nodeType === 1 ? parent : parent.parentElement)) {
                say(region, words(node));
            }
        };
        for (const node of fresh) {
            if (!node.isConnected || within(node)) continue;
            tell(node, node.nodeType === 3 ? 'text' : 'additions');
            if (node.nodeType !== 1) continue;
            const alerts = [node, ...node.querySelectorAll('[role=alert]')];
            alerts.filter((at) => at.getAttribute('role') === 'alert')
                .forEach((at) => whole.add(at));
        }
        for (const record of records) {
            if (!record.target.isConnected || within(record.target)) continue;
            if (record.type === 'characterData') tell(record.target, 'text');
            const shown = record.type === 'attributes' && !record.target.hidden;
            if (shown && !fresh.has(record.target)) {
                if (live(record.target)) whole.add(record.target);
                else tell(record.target, 'additions');
            }
        }
        for (const region of whole) if (!unseen(region)) say(region, words(region));
    };
    new MutationObserver(heard).observe(document, { childList: true, subtree: true,
        characterData: true, attributes: true, attributeFilter: ['hidden'] });
})()"#;

/// Listens to every document that the page and its frames open from now on.
///
/// # Errors
/// The page is gone.
pub async fn listen(page: &Page) -> Result<()> {
    page.run_before_scripts(LISTEN).await
}

/// All that was said in a document so far, in order.
///
/// # Errors
/// The document is gone, or nobody listened to it.
pub async fn said(document: &Frame) -> Result<Vec<Said>> {
    Ok(serde_json::from_value(document.evaluate("saidAloud").await?)?)
}
