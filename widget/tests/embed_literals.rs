//! `embed.js` is written by hand: its messages must be those of `protocol::embed`, no more and no
//! less.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what it does not expect"
)]

use std::collections::BTreeSet;

use protocol::context::{Identity, Visit};
use protocol::embed::{PageToWidget, WidgetToPage};
use protocol::ids::ActionName;
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::understanding::EntityKind;
use serde::Serialize;

const EMBED: &str = include_str!("../embed.js");

/// All that runs in the customer's page.
const PAGE: &str = concat!(include_str!("../embed.js"), include_str!("../attention.js"));

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
    let text = String::new;
    let visit = || Visit { url: text(), title: text(), referrer: text(), attributes: Vec::new() };
    let identity = Identity { id: text(), hash: text(), name: None, email: None };
    let all = vec![
        PageToWidget::Hello { visit: visit(), locale: Some(Locale::En) },
        PageToWidget::Visit(visit()),
        PageToWidget::Shown,
        PageToWidget::Hidden,
        PageToWidget::SetLocale { locale: Locale::Zh },
        PageToWidget::Identify(identity),
        PageToWidget::Ask { text: text() },
        PageToWidget::ActionDone { call: 1, text: text(), choices: Vec::new() },
        PageToWidget::ActionFailed { call: 1 },
        PageToWidget::MayNotify { allowed: true },
        PageToWidget::Reset,
    ];
    for message in &all {
        // A new message does not compile until it is in the list above.
        match message {
            PageToWidget::Hello { .. }
            | PageToWidget::Visit(_)
            | PageToWidget::Shown
            | PageToWidget::Hidden
            | PageToWidget::SetLocale { .. }
            | PageToWidget::Identify(_)
            | PageToWidget::Ask { .. }
            | PageToWidget::ActionDone { .. }
            | PageToWidget::ActionFailed { .. }
            | PageToWidget::MayNotify { .. }
            | PageToWidget::Reset => {}
        }
    }
    all
}

fn to_page() -> Vec<WidgetToPage> {
    let name = ActionName::parse("track_order").unwrap();
    let all = vec![
        WidgetToPage::Ready,
        WidgetToPage::Close,
        WidgetToPage::Unread { count: 2 },
        WidgetToPage::Message,
        WidgetToPage::Answered,
        WidgetToPage::Handoff,
        WidgetToPage::RunAction { call: 1, name, entities: Vec::new() },
        WidgetToPage::AskToNotify,
        WidgetToPage::Notify { title: String::new(), body: String::new() },
        WidgetToPage::Refused { code: RefusalCode::IdentityRefused },
        WidgetToPage::Forgotten,
    ];
    for message in &all {
        match message {
            WidgetToPage::Ready
            | WidgetToPage::Close
            | WidgetToPage::Unread { .. }
            | WidgetToPage::Message
            | WidgetToPage::Answered
            | WidgetToPage::Handoff
            | WidgetToPage::RunAction { .. }
            | WidgetToPage::AskToNotify
            | WidgetToPage::Notify { .. }
            | WidgetToPage::Refused { .. }
            | WidgetToPage::Forgotten => {}
        }
    }
    all
}

/// The keys of the first object literal after `{ name: {`. A visit is made in one place.
fn fields_written(name: &str) -> BTreeSet<String> {
    let opening = match name {
        "visit" => "const visit = () => ({".to_owned(),
        name => format!("{{ {name}: {{"),
    };
    let start = PAGE.find(&opening).unwrap_or_else(|| panic!("no {name} in embed.js"));
    let inner = PAGE[start + opening.len()..].split_once('}').unwrap().0;
    // Arguments of calls are no keys.
    let inner: String = inner.split('(').map(|piece| piece.rsplit(')').next().unwrap()).collect();
    let mut depth_zero = Vec::new();
    for part in inner.split(',') {
        let key = part.split(':').next().unwrap().trim();
        // The values of an array inside are no keys either.
        if key.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !key.is_empty() {
            depth_zero.push(key.to_owned());
        }
    }
    depth_zero.into_iter().collect()
}

#[test]
fn every_message_to_the_widget_is_written_as_the_widget_reads_it() {
    for message in to_widget() {
        let (name, fields) = shape(&message);
        if fields.is_empty() {
            assert!(PAGE.contains(&format!("\"{name}\"")), "embed.js never says {name}");
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
            assert!(PAGE.contains(&format!("message === \"{name}\"")), "embed.js ignores {name}");
        }
        for field in fields {
            let read = PAGE.contains(&format!("message.{name}.{field}"));
            let whole = PAGE.contains(&format!("run(message.{name})"))
                && PAGE.contains("run = async ({ call, name, entities })");
            assert!(read || whole, "embed.js ignores {field}");
        }
    }
}

#[test]
fn embed_js_reads_nothing_the_widget_never_says() {
    let said: BTreeSet<String> = to_page().iter().map(|message| shape(message).0).collect();
    for read in PAGE.split("message === \"").skip(1) {
        let name = read.split('"').next().unwrap();
        assert!(said.contains(name), "{name} is not in protocol::embed");
    }
}

/// One greeting to our origin brings the port; the window's own messages are never listened to.
#[test]
fn embed_js_speaks_to_our_origin_only_and_listens_to_its_port_only() {
    let calls: Vec<&str> = EMBED.split("postMessage(").skip(1).collect();
    assert_eq!(calls.len(), 2, "the greeting and the port");
    assert!(EMBED.contains("port.postMessage(message)"));
    assert!(EMBED.contains("contentWindow.postMessage(greeting, origin, [channel.port2])"));
    assert!(EMBED.contains("port.onmessage = heard"));
    let listened = EMBED.matches("onmessage").count() + EMBED.matches("(\"message\", ").count();
    assert_eq!(listened, 1, "nobody else is heard");
}

/// The types in `embed.d.ts` name every command and event there is, and no others.
#[test]
fn the_types_name_every_command_and_event() {
    let types = include_str!("../embed.d.ts");
    let commands: BTreeSet<&str> =
        types.split("command: \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let table = EMBED.split_once("const commands = {").unwrap().1;
    let table = table.split_once("\n  };").unwrap().0;
    let written: BTreeSet<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split(['(', ':']).next())
        .collect();
    assert_eq!(written, commands);
    let events = EMBED.split_once("const EVENTS = [").unwrap().1.split_once(']').unwrap().0;
    for event in events.split(", ").map(|event| event.trim_matches('"')) {
        assert!(types.contains(&format!("    {event}: ")), "no event {event}");
    }
    let kinds = serde_json::to_string(&EntityKind::OrderNumber).unwrap();
    assert!(types.contains(&kinds), "{kinds}");
}

#[test]
fn embed_js_stores_and_runs_nothing_before_the_click() {
    for banned in [
        "cookie",
        "sessionStorage",
        "indexedDB",
        "innerHTML",
        "eval(",
        "fetch(",
        "WebAssembly",
        "setAttribute(\"style\"",
        "document.write",
    ] {
        assert!(!EMBED.contains(banned), "embed.js uses {banned}");
    }
}
