//! The transcript's lines in the DOM. Each line is built once, so that a screen reader says it
//! once; later only its place, its delivery and its buttons change.

use alloc::string::String;
use alloc::vec::Vec;

use protocol::conversation::{AnsweredIn, Author, Body, Notice, Receipt};
use protocol::ids::MessageId;
use protocol::locale::Locale;
use protocol::understanding::HandOffReason;
use web_sys::Element;

use crate::dom::{append, button, element, focus, place, set, set_text, toggle};
use crate::file_line;
use crate::json::id_text;
use crate::locales::{Strings, Word, refusal_word};
use crate::page;
use crate::state::{Link, State};
use crate::times::{Times, day_key};
use crate::transcript::{Delivery, Line, Pick};
use crate::words::joined;

/// Closer to the end than this counts as reading the newest line.
const FOLLOW_WITHIN_PX: i32 = 80;

struct Drawn {
    id: MessageId,
    element: Element,
    meta: Element,
    delivery: Element,
    actions: Element,
    /// What the buttons were built for.
    actions_key: String,
    /// Its links lead where they should.
    led: bool,
}

pub(crate) struct Lines {
    scroller: Element,
    log: Element,
    welcome: Element,
    times: Times,
    drawn: Vec<Drawn>,
    days: Vec<(u32, Element)>,
    /// Nothing was rendered yet: what comes first is history, not news.
    fresh: bool,
}

/// Where a line stands among the others.
struct Place {
    is_last: bool,
    /// The visitor's newest: it says in words how far it has come.
    last_own: bool,
    /// The author differs from the line before.
    opens_group: bool,
}

impl Lines {
    pub(crate) fn new(locale: Locale) -> Self {
        let scroller = element("main", "scroll", "");
        let welcome = element("div", "welcome", "welcome");
        append(&welcome, &element("h2", "", ""));
        append(&welcome, &element("p", "", ""));
        let log = element("div", "log", "transcript");
        set(&log, "role", "log");
        set(&log, "aria-relevant", "additions");
        set(&log, "aria-live", "off");
        // What scrolls must be reached by keyboard, with or without lines in it.
        set(&scroller, "tabindex", "0");
        append(&scroller, &welcome);
        append(&scroller, &log);
        let times = Times::new(locale);
        let (drawn, days) = (Vec::new(), Vec::new());
        Self { scroller, log, welcome, times, drawn, days, fresh: true }
    }

    pub(crate) fn scroller(&self) -> &Element {
        &self.scroller
    }

    /// Keeps the newest line in sight for who is reading there.
    pub(crate) fn follow(&self) {
        if self.at_end() {
            self.scroll_to_end();
        }
    }

    fn at_end(&self) -> bool {
        let view = &self.scroller;
        view.scroll_height() - view.scroll_top() - view.client_height() < FOLLOW_WITHIN_PX
    }

    fn scroll_to_end(&self) {
        self.scroller.set_scroll_top(self.scroller.scroll_height());
    }

    pub(crate) fn render(&mut self, state: &State, strings: &Strings, now_ms: f64) {
        let lines = state.transcript.lines();
        let own_news = lines.last().is_some_and(|line| {
            line.author == Author::Visitor && !self.drawn.iter().any(|drawn| drawn.id == line.id)
        });
        let follow = self.fresh || own_news || self.at_end();
        self.render_welcome(lines.is_empty(), strings);
        set(&self.log, "aria-label", &strings[Word::Chat]);
        self.drop_missing(lines);

        let is_own = |line: &&Line| line.author == Author::Visitor;
        let last_own = lines.iter().rfind(is_own).map(|line| line.id);
        let mut next: Option<Element> = None;
        for (idx, line) in lines.iter().enumerate().rev() {
            let before = idx.checked_sub(1).and_then(|before| lines.get(before));
            let day = day_key(line.at_ms as f64);
            let opens_day = before.is_none_or(|before| day_key(before.at_ms as f64) != day);
            let place_of = Place {
                is_last: idx + 1 == lines.len(),
                last_own: last_own == Some(line.id),
                opens_group: opens_day || before.is_none_or(|b| b.author != line.author),
            };
            let drawn = self.render_line(line, &place_of, state, strings);
            place(&self.log, &drawn, next.as_ref());
            next = Some(drawn);
            if opens_day {
                let separator = self.render_day(day, line.at_ms, now_ms, strings);
                place(&self.log, &separator, next.as_ref());
                next = Some(separator);
            }
        }
        if follow {
            self.scroll_to_end();
        }
        if self.fresh {
            self.fresh = false;
            set(&self.log, "aria-live", "polite");
        }
    }

    fn render_welcome(&self, empty: bool, strings: &Strings) {
        toggle(&self.welcome, "hidden", !empty);
        let texts = [&strings[Word::Welcome], &strings[Word::WelcomeText]];
        let mut child = self.welcome.first_element_child();
        for text in texts {
            let Some(element) = child else { return };
            set_text(&element, text);
            child = element.next_element_sibling();
        }
    }

    fn drop_missing(&mut self, lines: &[Line]) {
        self.drawn.retain(|drawn| {
            let kept = lines.iter().any(|line| line.id == drawn.id);
            if !kept {
                drawn.element.remove();
            }
            kept
        });
        self.days.retain(|(day, separator)| {
            let kept = lines.iter().any(|line| day_key(line.at_ms as f64) == *day);
            if !kept {
                separator.remove();
            }
            kept
        });
    }

    fn render_day(&mut self, day: u32, at_ms: u64, now_ms: f64, strings: &Strings) -> Element {
        let known = self.days.iter().find(|(known, _)| *known == day);
        let separator = match known {
            Some((_, separator)) => separator.clone(),
            None => {
                let separator = element("div", "day", "day");
                self.days.push((day, separator.clone()));
                separator
            }
        };
        set_text(&separator, &self.times.day(at_ms, now_ms, strings));
        separator
    }

    fn render_line(
        &mut self,
        line: &Line,
        place: &Place,
        state: &State,
        strings: &Strings,
    ) -> Element {
        let idx = self.drawn.iter().position(|drawn| drawn.id == line.id).unwrap_or_else(|| {
            self.drawn.push(draw(line, strings, &self.times.time(line.at_ms)));
            self.drawn.len() - 1
        });
        let drawn = &mut self.drawn[idx];
        // Lines of an earlier visit are drawn before the page has said where it comes from.
        if let (Body::Answer { .. }, false, Some(origin)) =
            (&line.body, drawn.led, page::host_origin())
        {
            lead_home(&drawn.element, &origin);
            drawn.led = true;
        }
        set(&drawn.element, "data-state", state_name(&line.delivery));
        let progress = progress(line, state.seen);
        if line.author == Author::Visitor && line.delivery == Delivery::Sent {
            set(&drawn.element, "data-receipt", progress.name());
        }
        toggle(&drawn.element, "data-continues", !place.opens_group);
        toggle(&drawn.meta, "hidden", !shows_author(line, place));
        if matches!(line.body, Body::Notice { .. })
            && let Some(text) = drawn.element.first_element_child()
        {
            set_text(&text, &notice_text(line, strings));
        }
        if let (Body::File { file }, Some(files)) = (&line.body, state.files_address()) {
            file_line::lead_to(&drawn.element, file, &files);
        }
        let word = delivery_word(line, place, progress, state);
        let words = word.map(|word| &strings[word]).unwrap_or_default();
        set_text(&drawn.delivery, words);
        toggle(&drawn.delivery, "hidden", words.is_empty());
        let key = actions_key(line, place, state);
        if key != drawn.actions_key {
            let focused = matches!(drawn.actions.query_selector(":focus"), Ok(Some(_)));
            drawn.actions.set_text_content(None);
            draw_actions(&drawn.actions, line, place, state, strings);
            drawn.actions_key = key;
            if focused && let Some(first) = drawn.actions.first_element_child() {
                focus(&first);
            }
        }
        drawn.element.clone()
    }
}

fn author_name(author: &Author) -> &'static str {
    match author {
        Author::Visitor => "visitor",
        Author::Bot { .. } => "bot",
        Author::Agent { .. } => "agent",
        Author::System => "system",
    }
}

fn state_name(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::OnDevice => "on_device",
        Delivery::Waiting => "waiting",
        Delivery::Sent => "sent",
        Delivery::Refused(_) => "refused",
        Delivery::Unsent => "unsent",
    }
}

/// The badge of an instant answer belongs to every one; a name only opens a group.
fn shows_author(line: &Line, place: &Place) -> bool {
    let instant = matches!(
        (&line.author, &line.body),
        (Author::Bot { answered_in: AnsweredIn::Browser }, Body::Answer { .. })
    );
    instant || place.opens_group
}

fn draw(line: &Line, strings: &Strings, time: &str) -> Drawn {
    let name = author_name(&line.author);
    let outer = element("div", &joined(&["line ", name]), "message");
    set(&outer, "data-author", name);
    set(&outer, "data-id", &id_text(line.id));
    let meta = element("div", "meta", "");
    let delivery = element("span", "delivery", "delivery");
    let actions = element("div", "actions", "");
    // Read with their line; that they change is no news.
    set(&actions, "aria-live", "off");
    if let Body::Notice { .. } = line.body {
        let words = element("p", "notice", "text");
        set_text(&words, &notice_text(line, strings));
        append(&outer, &words);
    } else {
        draw_author(&meta, line, strings);
        append(&outer, &meta);
        append(&outer, &bubble(line, strings));
    }
    let foot = element("div", "line-foot", "");
    let clock = element("time", "", "");
    set_text(&clock, time);
    append(&foot, &clock);
    append(&foot, &delivery);
    append(&outer, &foot);
    append(&outer, &actions);
    Drawn {
        id: line.id,
        element: outer,
        meta,
        delivery,
        actions,
        actions_key: String::new(),
        led: false,
    }
}

fn draw_author(meta: &Element, line: &Line, strings: &Strings) {
    let name = match &line.author {
        // Seen by its side and colour; said for who cannot see them.
        Author::Visitor => &strings[Word::You],
        Author::Bot { .. } => &strings[Word::Bot],
        Author::Agent { name, .. } => name,
        Author::System => "",
    };
    let class = if line.author == Author::Visitor { "unseen" } else { "author" };
    let author = element("span", class, "");
    set_text(&author, name);
    append(meta, &author);
    let in_browser = line.author == Author::Bot { answered_in: AnsweredIn::Browser };
    if in_browser && matches!(line.body, Body::Answer { .. }) {
        let badge = element("span", "badge", "instant");
        set_text(&badge, &strings[Word::InstantAnswer]);
        append(meta, &badge);
    }
}

fn bubble(line: &Line, strings: &Strings) -> Element {
    match &line.body {
        Body::Text { text } => {
            let bubble = element("div", "bubble", "text");
            set(&bubble, "dir", "auto");
            set_text(&bubble, text);
            bubble
        }
        Body::Answer { html, .. } | Body::Rich { html, .. } => {
            let bubble = element("div", "bubble rich", "answer");
            set(&bubble, "dir", "auto");
            // The one place where markup is parsed: the server sanitized it when the owner saved
            // the entry, and the page's policy runs no script it does not know.
            bubble.set_inner_html(html);
            bubble
        }
        Body::Choices { in_reply_to, .. } => {
            let bubble = element("div", "bubble", "text");
            set_text(&bubble, &strings[Word::Choices]);
            // Choices that answer nothing belong to the line before.
            toggle(&bubble, "hidden", *in_reply_to == line.id);
            bubble
        }
        Body::File { file } => file_line::bubble(file),
        Body::Notice { .. } => element("div", "bubble", ""),
    }
}

/// A path in an answer means the customer's site, not ours. That links open in a tab of their own
/// is the server's work.
fn lead_home(answer: &Element, origin: &str) {
    let links = answer.get_elements_by_tag_name("a");
    for idx in 0..links.length() {
        if let Some(link) = links.item(idx) {
            let path = link.get_attribute("href").filter(|href| href.starts_with('/'));
            if let Some(path) = path {
                set(&link, "href", &joined(&[origin, &path]));
            }
        }
    }
}

fn notice_text(line: &Line, strings: &Strings) -> String {
    let Body::Notice { notice } = &line.body else { return String::new() };
    let (word, name) = match notice {
        Notice::HandedOff { .. } if line.delivery == Delivery::Waiting => (Word::AskingPerson, ""),
        Notice::HandedOff { reason: HandOffReason::NotAnswered } => {
            (Word::HandedOffNotAnswered, "")
        }
        Notice::HandedOff { reason: HandOffReason::WantsPerson | HandOffReason::Complaint } => {
            (Word::HandedOff, "")
        }
        Notice::AgentJoined { name } => (Word::AgentJoined, name.as_str()),
        Notice::GivenBack => (Word::GivenBack, ""),
        Notice::AnswerFlagged { .. } => (Word::AnswerFlagged, ""),
        Notice::Resolved => (Word::Resolved, ""),
        Notice::Reopened => (Word::Reopened, ""),
        Notice::Rated { score, comment } => {
            let stars = "★★★★★".get(..usize::from(u8::from(*score)) * 3).unwrap_or_default();
            return joined(&[stars, " ", comment]);
        }
    };
    strings.with(word, name)
}

/// How far a message on the server's disk has come.
#[derive(Clone, Copy, PartialEq)]
enum Progress {
    Sent,
    Delivered,
    Read,
}

impl Progress {
    fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }
}

fn progress(line: &Line, seen: Receipt) -> Progress {
    if line.seq <= Some(seen.read) {
        Progress::Read
    } else if line.seq <= Some(seen.delivered) {
        Progress::Delivered
    } else {
        Progress::Sent
    }
}

fn delivery_word(line: &Line, place: &Place, progress: Progress, state: &State) -> Option<Word> {
    let own = matches!(line.author, Author::Visitor | Author::System);
    match &line.delivery {
        Delivery::Refused(refusal) => Some(refusal_word(refusal.code)),
        Delivery::Unsent => Some(Word::Unsent),
        Delivery::Waiting if !own => None,
        Delivery::Waiting if state.link == Link::Online => Some(Word::Waiting),
        Delivery::Waiting => Some(Word::WaitingOffline),
        Delivery::OnDevice if line.author == Author::Visitor => Some(Word::OnDevice),
        Delivery::Sent if !place.last_own => None,
        Delivery::Sent if progress == Progress::Read => Some(Word::Read),
        Delivery::Sent if progress == Progress::Delivered => Some(Word::Delivered),
        Delivery::Sent if place.is_last => Some(Word::Sent),
        Delivery::OnDevice | Delivery::Sent => None,
    }
}

fn actions_key(line: &Line, place: &Place, state: &State) -> String {
    let person = place.is_last && !state.with_person();
    let pick = match &line.pick {
        Pick::Open => "open",
        Pick::Entry(entry) => entry.as_str(),
        Pick::NoneOfThem => "none",
    };
    let flagged = if line.flagged { " flagged " } else { " " };
    let person = if person { " person" } else { "" };
    joined(&[state_name(&line.delivery), flagged, pick, person])
}

fn draw_actions(into: &Element, line: &Line, place: &Place, state: &State, strings: &Strings) {
    if matches!(line.delivery, Delivery::Refused(_) | Delivery::Unsent) {
        append(into, &button("action", "retry", &strings[Word::Retry]));
    }
    match &line.body {
        Body::Answer { .. } if line.flagged => {
            let thanks = element("span", "thanks", "flagged");
            set_text(&thanks, &strings[Word::Flagged]);
            append(into, &thanks);
        }
        Body::Answer { .. } => append(into, &button("action", "flag", &strings[Word::WrongAnswer])),
        Body::Choices { in_reply_to, choices } => {
            for choice in choices {
                let made = button("choice", "choice", &choice.question);
                set(&made, "data-entry", choice.entry.as_str());
                let picked = line.pick == Pick::Entry(choice.entry.clone());
                toggle(&made, "disabled", line.pick != Pick::Open);
                toggle(&made, "data-picked", picked);
                append(into, &made);
            }
            if line.pick == Pick::Open && *in_reply_to != line.id {
                append(into, &button("choice none", "none-of-these", &strings[Word::NoneOfThese]));
            }
        }
        Body::Text { .. } | Body::Rich { .. } | Body::Notice { .. } | Body::File { .. } => {}
    }
    let answers = matches!(line.body, Body::Answer { .. });
    if answers && place.is_last && !state.with_person() {
        append(into, &button("action", "person", &strings[Word::TalkToPerson]));
    }
}
