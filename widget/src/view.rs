//! State → DOM: header, composer and what stands between them. It decides nothing: taps come back
//! as inputs, by the `data-fd` name of what was tapped.
//!
//! The `data-fd` names are stable; tests find elements by them:
//! - `status` line under the site's name; `close` button; `load-model` button
//! - `transcript` the log; `day` separator; `welcome` shown while it is empty
//! - `message` one line, with `data-author` = `visitor` | `bot` | `agent` | `system`, `data-id` =
//!   the message id, `data-state` = `on_device` | `waiting` | `sent` | `refused` | `unsent`
//! - in a message: `text` or `answer` (words), `instant` (badge), `delivery` (state in words),
//!   `flag` ("Wrong answer?"), `flagged`, `person` ("Talk to a person" beside an answer),
//!   `choice` with `data-entry`, `none-of-these`, `retry`
//! - `typing` indicator; `banner` above the composer; `composer` textarea; `send`;
//!   `attach`, `emoji`, `menu`: screens of the second module;
//!   `talk-to-person`, always in sight, with `data-state` = `offered` | `asked` | `with_agent`

use alloc::string::String;

use protocol::conversation::BotMode;
use protocol::forms::Offers;
use protocol::http::LocalAnswers;
use protocol::locale::Locale;
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{Element, HtmlTextAreaElement};

use crate::dom::{append, button, element, focus, icon, set, set_language, set_text, toggle};
use crate::json::number_text;
use crate::lines::Lines;
use crate::locales::{Strings, Word, refusal_word};
use crate::page::{document, now_ms, stands_alone};
use crate::state::{Banner, Link, ModelState, State};
use crate::words::joined;

const CLOSE_ICON: &str = "M6 6l12 12M18 6L6 18";
const SEND_ICON: &str = "M12 19V5M5 12l7-7 7 7";
const ATTACH_ICON: &str =
    "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.5 3.5 0 0 1 5 5l-8.5 8.5a2 2 0 0 1-3-3L14 7";
const PERSON_ICON: &str = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.6-6 8-6s8 2 8 6";

pub(crate) struct View {
    strings: Strings,
    root: Element,
    mark: Element,
    name: Element,
    status: Element,
    load_model: Element,
    lines: Lines,
    typing: Element,
    typing_text: Element,
    banner: Element,
    composer: HtmlTextAreaElement,
    talk: Element,
    talk_text: Element,
    hint: Element,
    attach: Element,
}

impl View {
    /// Builds the page's body anew, in one language.
    pub(crate) fn new(own: Strings, draft: &str) -> Self {
        let strings = &own;
        set_language(strings.locale);
        let body: Element = document().body().expect_throw("the page has a body").into();
        body.set_text_content(None);
        let root = element("div", "chat", "");
        append(&body, &root);

        let mark = element("div", "mark", "");
        set(&mark, "aria-hidden", "true");
        let name = element("h1", "name", "");
        let status = element("p", "status", "status");
        set(&status, "role", "status");
        let load_model = button("pill", "load-model", &strings[Word::LoadInstant]);
        append(&root, &header(&mark, &name, &status, strings));
        append(&root, &load_model);

        let lines = Lines::new(strings.locale);
        append(&root, lines.scroller());

        let typing = element("div", "typing", "typing");
        let typing_text = element("span", "typing-text", "");
        for _ in 0..3 {
            append(&typing, &element("i", "", ""));
        }
        append(&typing, &typing_text);
        append(&root, &typing);

        let banner = element("p", "banner", "banner");
        set(&banner, "role", "alert");
        append(&root, &banner);

        let composer = composer(strings, draft);
        let talk_text = element("span", "", "");
        let talk = talk_button(&talk_text);
        let hint = element("p", "hint", "");
        let attach = tool("attach", "", &strings[Word::Attach]);
        append(&attach, &icon(ATTACH_ICON));
        let footer = footer(&composer, &attach, strings);
        let below = element("div", "below", "");
        for part in [&talk, &hint] {
            append(&below, part);
        }
        append(&footer, &below);
        append(&root, &footer);

        let view = Self {
            strings: own,
            root,
            mark,
            name,
            status,
            load_model,
            lines,
            typing,
            typing_text,
            banner,
            composer,
            talk,
            talk_text,
            hint,
            attach,
        };
        view.fit_composer();
        view
    }

    pub(crate) fn locale(&self) -> Locale {
        self.strings.locale
    }

    pub(crate) fn render(&mut self, state: &State) {
        let strings = &self.strings;
        let now = now_ms();
        set_text(&self.name, name_of(state, strings));
        let initial: String = name_of(state, strings).chars().take(1).collect();
        set_text(&self.mark, &initial);
        set_text(&self.status, &status_of(state, strings));
        let link = if state.asks_consent { "unasked" } else { link_name(state.link) };
        set(&self.root, "data-link", link);
        self.render_model(state.model, strings);
        self.lines.render(state, strings, now);
        self.render_typing(state, strings, now as u64);
        let banner = state.banner.map(|banner| &strings[banner_word(banner)]);
        set_text(&self.banner, banner.unwrap_or_default());
        toggle(&self.banner, "hidden", banner.is_none());
        self.render_talk(state, strings);
        toggle(&self.attach, "hidden", !state.offers.has(Offers::FILES));
        let private = state.local_answers == LocalAnswers::Private && state.pack.is_some();
        set_text(
            &self.hint,
            if private && !state.with_person() { &strings[Word::PrivateHint] } else { "" },
        );
    }

    fn render_model(&self, model: ModelState, strings: &Strings) {
        let loading = model == ModelState::Loading;
        let offered = matches!(model, ModelState::Offered) || loading && !self.is_hidden_pill();
        toggle(&self.load_model, "hidden", !offered);
        toggle(&self.load_model, "disabled", loading);
        let word = if loading { Word::LoadingInstant } else { Word::LoadInstant };
        set_text(&self.load_model, &strings[word]);
    }

    /// Loading is shown only to the visitor who tapped for it.
    fn is_hidden_pill(&self) -> bool {
        self.load_model.has_attribute("hidden")
    }

    fn render_typing(&self, state: &State, strings: &Strings, now_ms: u64) {
        let agent = state.agent.as_deref().unwrap_or(&strings[Word::Agent]);
        let word = if state.agent_typing_until_ms > now_ms {
            Some(Word::Typing)
        } else {
            (state.bot_thinking_until_ms > now_ms).then_some(Word::Thinking)
        };
        let text = word.map(|word| strings.with(word, agent)).unwrap_or_default();
        toggle(&self.typing, "hidden", text.is_empty());
        set_text(&self.typing_text, &text);
        if !text.is_empty() {
            self.lines.follow();
        }
    }

    fn render_talk(&self, state: &State, strings: &Strings) {
        let agent = state.agent.as_deref().filter(|_| state.bot == BotMode::Silent);
        let (name, word) = match agent {
            Some(_) => ("with_agent", Word::WithAgent),
            None if state.with_person() => ("asked", Word::PersonAsked),
            None => ("offered", Word::TalkToPerson),
        };
        set(&self.talk, "data-state", name);
        // Not `disabled`: it stays reachable and readable by keyboard.
        set(&self.talk, "aria-disabled", if name == "offered" { "false" } else { "true" });
        set_text(&self.talk_text, &strings.with(word, agent.unwrap_or_default()));
    }

    pub(crate) fn draft(&self) -> String {
        self.composer.value()
    }

    pub(crate) fn clear_composer(&self) {
        self.composer.set_value("");
        self.fit_composer();
    }

    /// The composer grows with its text; the style sheet caps it.
    pub(crate) fn fit_composer(&self) {
        let style = self.composer.style();
        // Removed first: a grown box never reports that it needs less.
        let _ = style.remove_property("height");
        let height = self.composer.scroll_height().unsigned_abs();
        if height > 0 {
            let _ = style.set_property("height", &joined(&[&number_text(height), "px"]));
        }
    }

    pub(crate) fn focus_composer(&self) {
        focus(&self.composer);
    }
}

fn header(mark: &Element, name: &Element, status: &Element, strings: &Strings) -> Element {
    let header = element("header", "head", "");
    let who = element("div", "who", "");
    append(&who, name);
    append(&who, status);
    append(&header, mark);
    append(&header, &who);
    let menu = button("icon-button", "menu", "⋯");
    set(&menu, "aria-label", &strings[Word::Menu]);
    append(&header, &menu);
    if !stands_alone() {
        let close = button("icon-button", "close", "");
        set(&close, "aria-label", &strings[Word::Close]);
        append(&close, &icon(CLOSE_ICON));
        append(&header, &close);
    }
    header
}

fn composer(strings: &Strings, draft: &str) -> HtmlTextAreaElement {
    let composer = element("textarea", "", "composer");
    set(&composer, "rows", "1");
    set(&composer, "dir", "auto");
    set(&composer, "placeholder", &strings[Word::Composer]);
    set(&composer, "aria-label", &strings[Word::Composer]);
    set(&composer, "enterkeyhint", "send");
    let composer: HtmlTextAreaElement = composer.unchecked_into();
    composer.set_value(draft);
    composer
}

fn footer(composer: &HtmlTextAreaElement, attach: &Element, strings: &Strings) -> Element {
    let footer = element("footer", "foot", "");
    let field = element("div", "field", "");
    let send = button("send", "send", "");
    set(&send, "aria-label", &strings[Word::Send]);
    append(&send, &icon(SEND_ICON));
    // What the server may add comes after what is there: nothing moves under a finger.
    append(&field, &tool("emoji", "☺", &strings[Word::Emoji]));
    append(&field, attach);
    append(&field, composer);
    append(&field, &send);
    append(&footer, &field);
    footer
}

fn talk_button(text: &Element) -> Element {
    let talk = button("talk", "talk-to-person", "");
    append(&talk, &icon(PERSON_ICON));
    append(&talk, text);
    talk
}

/// A button that is one sign.
fn tool(name: &str, sign: &str, label: &str) -> Element {
    let made = button("tool", name, sign);
    set(&made, "aria-label", label);
    made
}

fn name_of<'a>(state: &'a State, strings: &'a Strings) -> &'a str {
    if state.site_name.is_empty() { &strings[Word::Chat] } else { &state.site_name }
}

fn link_name(link: Link) -> &'static str {
    match link {
        Link::Connecting => "connecting",
        Link::Online => "online",
        Link::Reconnecting => "reconnecting",
        Link::Stopped(_) => "stopped",
    }
}

fn status_of(state: &State, strings: &Strings) -> String {
    let number = number_text(state.queue_position);
    let (word, what) = match (state.link, &state.agent) {
        (Link::Stopped(code), _) => (refusal_word(code), ""),
        (Link::Reconnecting, _) => (Word::StatusReconnecting, ""),
        (Link::Connecting, _) if state.asks_consent => (Word::StatusOnline, ""),
        (Link::Connecting, _) => (Word::StatusConnecting, ""),
        (Link::Online, Some(agent)) if state.bot == BotMode::Silent => {
            (Word::WithAgent, agent.as_str())
        }
        (Link::Online, _) if state.with_person() && state.queue_position > 0 => {
            (Word::QueuePosition, number.as_str())
        }
        (Link::Online, _) if state.with_person() => (Word::StatusPersonComing, ""),
        (Link::Online, _) if state.pack.is_some() => (Word::StatusInstant, ""),
        (Link::Online, _) => (Word::StatusOnline, ""),
    };
    strings.with(word, what)
}

fn banner_word(banner: Banner) -> Word {
    match banner {
        Banner::OutboxFull => Word::OutboxFull,
        Banner::TextTooLong => Word::TextTooLong,
        Banner::StorageBlocked => Word::StorageBlocked,
        Banner::SlowedDown => Word::SlowedDown,
    }
}
