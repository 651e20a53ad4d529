//! `embed.js` is written by hand: its messages must be those of `protocol::embed`, no more and no
//! less.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what it does not expect"
)]

use std::collections::BTreeSet;

use protocol::embed::{PageToWidget, WidgetToPage};
use protocol::locale::Locale;
use serde::Serialize;

const EMBED: &str = include_str!("../embed.js");

/// The name and the fields a value has on the wire.
fn shape(value: &impl Serialize) -> (String, BTreeSet<String>) {
    match serde_json::to_value(value).unwrap() {
        serde_json::Value::String(name) => (name, BTreeSet::new()),
        serde_json::Value::Object(outer) => {
            let (name, inner) = outer.into_iter().next().unwrap();
            (name, inner.as_object().unwrap().keys().cloned().collect())
        }
        other => panic!("not an externally tagged value: {other}"),
    }
}

fn to_widget() -> Vec<PageToWidget> {
    let hello = PageToWidget::Hello { page_url: String::new(), locale: Some(Locale::En) };
    let text = || Some(String::new());
    let identify =
        PageToWidget::Identify { id: String::new(), name: text(), email: text(), hmac: text() };
    let set_locale = PageToWidget::SetLocale { locale: Locale::Zh };
    let all = vec![
        hello,
        PageToWidget::Shown,
        PageToWidget::Hidden,
        set_locale,
        identify,
        PageToWidget::Reset,
    ];
    for message in &all {
        // A new message does not compile until it is in the list above.
        match message {
            PageToWidget::Hello { .. }
            | PageToWidget::Shown
            | PageToWidget::Hidden
            | PageToWidget::SetLocale { .. }
            | PageToWidget::Identify { .. }
            | PageToWidget::Reset => {}
        }
    }
    all
}

fn to_page() -> Vec<WidgetToPage> {
    let all = vec![
        WidgetToPage::Ready,
        WidgetToPage::Close,
        WidgetToPage::Unread { count: 2 },
        WidgetToPage::Message,
        WidgetToPage::Answered,
        WidgetToPage::Handoff,
    ];
    for message in &all {
        match message {
            WidgetToPage::Ready
            | WidgetToPage::Close
            | WidgetToPage::Unread { .. }
            | WidgetToPage::Message
            | WidgetToPage::Answered
            | WidgetToPage::Handoff => {}
        }
    }
    all
}

/// The keys of the first object literal after `{ name: {`.
fn fields_written(name: &str) -> BTreeSet<String> {
    let start =
        EMBED.find(&format!("{{ {name}: {{")).unwrap_or_else(|| panic!("no {name} in embed.js"));
    let inner = &EMBED[start..].split_once(&format!("{name}: {{")).unwrap().1;
    let inner = inner.split_once('}').unwrap().0;
    let mut depth_zero = Vec::new();
    for part in inner.split(',') {
        depth_zero.push(part.split(':').next().unwrap().trim().to_owned());
    }
    depth_zero.into_iter().collect()
}

#[test]
fn every_message_to_the_widget_is_written_as_the_widget_reads_it() {
    for message in to_widget() {
        let (name, fields) = shape(&message);
        if fields.is_empty() {
            assert!(EMBED.contains(&format!("\"{name}\"")), "embed.js never says {name}");
        } else {
            assert_eq!(fields_written(&name), fields, "fields of {name}");
        }
    }
}

#[test]
fn every_message_to_the_page_is_read_as_the_widget_writes_it() {
    for message in to_page() {
        let (name, fields) = shape(&message);
        if fields.is_empty() {
            assert!(EMBED.contains(&format!("message === \"{name}\"")), "embed.js ignores {name}");
        }
        for field in fields {
            assert!(EMBED.contains(&format!("message.{name}.{field}")), "embed.js ignores {field}");
        }
    }
}

#[test]
fn embed_js_reads_nothing_the_widget_never_says() {
    let said: BTreeSet<String> = to_page().iter().map(|message| shape(message).0).collect();
    for read in EMBED.split("message === \"").skip(1) {
        let name = read.split('"').next().unwrap();
        assert!(said.contains(name), "{name} is not in protocol::embed");
    }
}

#[test]
fn embed_js_speaks_and_listens_to_our_origin_only() {
    for call in EMBED.split("postMessage(").skip(1) {
        let arguments = call.split(')').next().unwrap();
        assert!(arguments.ends_with(", origin"), "postMessage({arguments})");
    }
    assert!(EMBED.contains("event.origin !== origin"));
    assert!(EMBED.contains("event.source !== frame.contentWindow"));
}

#[test]
fn embed_js_stores_and_runs_nothing_before_the_click() {
    for banned in [
        "cookie",
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "innerHTML",
        "eval(",
        "fetch(",
        "onmessage =",
        "WebAssembly",
        "setAttribute(\"style\"",
        "document.write",
    ] {
        assert!(!EMBED.contains(banned), "embed.js uses {banned}");
    }
}
