//! Who is on which page of a site right now: memory only, gone with the socket, bounded. It must
//! never know sockets or conversations.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::context::{
    ATTRIBUTES_MAX, Attribute, AttributeValue, PATH_PAGES_MAX, PageVisit, URL_BYTES_MAX, Visit,
    VisitorContext, WORDS_BYTES_MAX,
};
use protocol::ids::{SiteKey, VisitorId};

/// Bytes of all that is remembered of visitors who are there: at half a kilobyte each, 60,000 of
/// them. Whoever comes then is served as well, and is not in the list.
const PRESENT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Clones share the memory.
#[derive(Debug, Clone, Default)]
pub struct Presence(Arc<Mutex<Present>>);

#[derive(Debug, Default)]
struct Present {
    sites: HashMap<SiteKey, HashMap<VisitorId, Here>>,
    bytes: usize,
}

#[derive(Debug)]
struct Here {
    tabs: u32,
    since_ms: u64,
    bytes: usize,
    context: VisitorContext,
}

/// A visitor who is there, as a list shows them.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub visitor: VisitorId,
    pub since_ms: u64,
    pub context: VisitorContext,
}

/// A tab that is on the site; it has left when this is dropped.
#[derive(Debug)]
pub struct Stay {
    presence: Presence,
    site: SiteKey,
    visitor: VisitorId,
}

impl Presence {
    /// A tab tells its first page. `known` is what its browser says of itself.
    pub fn arrive(
        &self,
        site: &SiteKey,
        visitor: VisitorId,
        known: VisitorContext,
        now_ms: u64,
    ) -> Stay {
        let mut present = self.lock();
        let here = present.sites.entry(site.clone()).or_default().entry(visitor);
        let here = here.or_insert_with(|| {
            let context = VisitorContext { online: true, ..known };
            Here { tabs: 0, since_ms: now_ms, bytes: 0, context }
        });
        here.tabs += 1;
        Stay { presence: self.clone(), site: site.clone(), visitor }
    }

    /// What is known of a visitor who is there.
    pub fn context(&self, site: &SiteKey, visitor: VisitorId) -> Option<VisitorContext> {
        let present = self.lock();
        Some(present.sites.get(site)?.get(&visitor)?.context.clone())
    }

    /// How many are on a site, and the newest of them.
    pub fn list(&self, site: &SiteKey, most: usize) -> (usize, Vec<Seen>) {
        let present = self.lock();
        let Some(visitors) = present.sites.get(site) else { return (0, Vec::new()) };
        let mut newest: Vec<(&VisitorId, &Here)> = visitors.iter().collect();
        newest.sort_by_key(|(visitor, here)| (std::cmp::Reverse(here.since_ms), **visitor));
        let seen = newest.into_iter().take(most).map(|(visitor, here)| Seen {
            visitor: *visitor,
            since_ms: here.since_ms,
            context: here.context.clone(),
        });
        (visitors.len(), seen.collect())
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        // Whole after every call, also when the thread that made it panicked later.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stay {
    /// The visitor is on this page now. Returns what is known of them from here on.
    pub fn visit(&self, visit: Visit, now_ms: u64) -> VisitorContext {
        let mut present = self.presence.lock();
        let present = &mut *present;
        let here = present.sites.get_mut(&self.site).and_then(|site| site.get_mut(&self.visitor));
        let Some(here) = here else { return VisitorContext::default() };
        let mut context = here.context.clone();
        take_in(&mut context, visit, now_ms);
        let bytes = bytes_of(&context);
        let others = present.bytes - here.bytes;
        if others + bytes <= PRESENT_BYTES_MAX {
            present.bytes = others + bytes;
            here.bytes = bytes;
            here.context.clone_from(&context);
        }
        context
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut present = self.presence.lock();
        let present = &mut *present;
        let Some(visitors) = present.sites.get_mut(&self.site) else { return };
        let Some(here) = visitors.get_mut(&self.visitor) else { return };
        here.tabs -= 1;
        if here.tabs == 0 {
            present.bytes -= here.bytes;
            visitors.remove(&self.visitor);
            if visitors.is_empty() {
                present.sites.remove(&self.site);
            }
        }
    }
}

/// What a page tells is not trusted: only the web's addresses, and all of it cut to its bounds.
fn take_in(context: &mut VisitorContext, visit: Visit, now_ms: u64) {
    if context.referrer.is_empty() {
        context.referrer = address(&visit.referrer).to_owned();
    }
    let url = address(&visit.url).to_owned();
    let title = cut(visit.title, WORDS_BYTES_MAX);
    let page = PageVisit { url, title, at_ms: now_ms };
    match context.path.last_mut() {
        Some(last) if last.url == page.url => last.title = page.title,
        Some(_) | None => context.path.push(page),
    }
    let excess = context.path.len().saturating_sub(PATH_PAGES_MAX);
    context.path.drain(..excess);
    context.attributes = visit.attributes.into_iter().take(ATTRIBUTES_MAX).map(bounded).collect();
}

/// Without query and fragment, which may hold secrets; empty when it is no page of the web.
fn address(url: &str) -> &str {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let is_web = plain.starts_with("https://") || plain.starts_with("http://");
    if is_web && plain.len() <= URL_BYTES_MAX && !plain.contains(char::is_control) {
        plain
    } else {
        ""
    }
}

fn bounded(attribute: Attribute) -> Attribute {
    let value = match attribute.value {
        AttributeValue::String(text) => AttributeValue::String(cut(text, WORDS_BYTES_MAX)),
        value @ (AttributeValue::Number(_) | AttributeValue::Boolean(_)) => value,
    };
    Attribute { name: cut(attribute.name, WORDS_BYTES_MAX), value }
}

fn cut(mut text: String, bytes_max: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes_max));
    text.shrink_to_fit();
    text
}

fn bytes_of(context: &VisitorContext) -> usize {
    let pages =
        context.path.iter().map(|page| size_of::<PageVisit>() + page.url.len() + page.title.len());
    let attributes = context.attributes.iter().map(|attribute| {
        let value = match &attribute.value {
            AttributeValue::String(text) => text.len(),
            AttributeValue::Number(_) | AttributeValue::Boolean(_) => 0,
        };
        size_of::<Attribute>() + attribute.name.len() + value
    });
    size_of::<Here>() + context.referrer.len() + pages.sum::<usize>() + attributes.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn site() -> SiteKey {
        SiteKey::parse("demo").unwrap()
    }

    fn visit(url: &str) -> Visit {
        Visit {
            url: url.to_owned(),
            title: "Tea".to_owned(),
            referrer: "https://search.example/?q=tea".to_owned(),
            attributes: Vec::new(),
        }
    }

    #[test]
    fn a_visitor_is_there_until_the_last_tab_is_gone() {
        let presence = Presence::default();
        let visitor = VisitorId(Uuid::from_u128(1));
        let first = presence.arrive(&site(), visitor, VisitorContext::default(), 5);
        let second = presence.arrive(&site(), visitor, VisitorContext::default(), 9);
        first.visit(visit("https://shop.example/a?token=x#y"), 5);
        let context = second.visit(visit("https://shop.example/b"), 9);
        let path: Vec<&str> = context.path.iter().map(|page| page.url.as_str()).collect();
        assert_eq!(path, ["https://shop.example/a", "https://shop.example/b"]);
        assert_eq!(context.referrer, "https://search.example/");
        assert!(context.online);
        drop(first);
        let (total, seen) = presence.list(&site(), 10);
        assert_eq!((total, seen[0].visitor, seen[0].since_ms), (1, visitor, 5));
        drop(second);
        assert_eq!(presence.list(&site(), 10), (0, Vec::new()));
        assert_eq!(presence.lock().bytes, 0);
    }

    #[test]
    fn what_a_hostile_page_tells_is_cut_to_its_bounds() {
        let presence = Presence::default();
        let stay =
            presence.arrive(&site(), VisitorId(Uuid::from_u128(1)), VisitorContext::default(), 5);
        let long = "é".repeat(10_000);
        let attribute =
            Attribute { name: long.clone(), value: AttributeValue::String(long.clone()) };
        let mut last = VisitorContext::default();
        for page in 0..50 {
            last = stay.visit(
                Visit {
                    url: format!("https://shop.example/{page}"),
                    title: long.clone(),
                    referrer: "javascript:alert(1)".to_owned(),
                    attributes: vec![attribute.clone(); 200],
                },
                page,
            );
        }
        assert_eq!(last.path.len(), PATH_PAGES_MAX);
        assert_eq!(last.path[0].url, "https://shop.example/40");
        assert_eq!(last.attributes.len(), ATTRIBUTES_MAX);
        assert!(bytes_of(&last) < 32 * 1024);
        assert_eq!(last.referrer, "");
        let odd = stay.visit(visit("data:text/html,<script>"), 60);
        assert_eq!(odd.path.last().unwrap().url, "");
    }
}
