//! Web pages: what a page says of itself as an FAQ, else headings, terms and summaries with what
//! follows them. Nothing of a page is ever run or shown as markup.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{RawKind, State};
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use serde_json::Value;

use super::Raw;

/// Longest heading that is taken for a question, in characters.
const QUESTION_CHARS_MAX: usize = 200;

/// Blocks of a page that are looked at.
const BLOCKS_MAX: usize = 20_000;

pub(super) fn read(text: &str) -> Vec<Raw> {
    if !text.contains('<') {
        return plain(text);
    }
    let page = tokens(text);
    let stated: Vec<Raw> = page.statements.iter().flat_map(|json| stated(json)).collect();
    if stated.is_empty() { sections(&page.blocks) } else { stated }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A heading, a term of a list of definitions, the summary of details.
    Title,
    Paragraph,
    Item,
}

#[derive(Debug)]
struct Block {
    kind: Kind,
    text: String,
    line: usize,
}

#[derive(Debug, Default)]
struct Page {
    blocks: Vec<Block>,
    /// JSON-LD.
    statements: Vec<String>,
    text: String,
    kind: Option<Kind>,
    /// The element whose content is left out, and how deep in others of its name.
    skipping: Option<(String, usize)>,
    stating: bool,
}

impl Page {
    fn open(&mut self, name: &str, json: bool, line: usize) {
        if let Some((skipped, depth)) = &mut self.skipping {
            *depth += usize::from(skipped == name);
            return;
        }
        match name {
            "script" if json => self.stating = true,
            "script" | "style" | "noscript" | "template" | "svg" | "nav" | "footer" | "form"
            | "select" | "iframe" | "title" | "textarea" => {
                self.flush(line);
                self.skipping = Some((name.to_owned(), 0));
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dt" | "summary" => {
                self.flush(line);
                self.kind = Some(Kind::Title);
            }
            "li" => {
                self.flush(line);
                self.kind = Some(Kind::Item);
            }
            "br" => self.text.push('\n'),
            name if is_block(name) => self.flush(line),
            _ => {}
        }
    }

    fn close(&mut self, name: &str, line: usize) {
        if let Some((skipped, depth)) = &mut self.skipping {
            if skipped == name {
                if *depth == 0 {
                    self.skipping = None;
                } else {
                    *depth -= 1;
                }
            }
            return;
        }
        if name == "script" {
            self.stating = false;
        } else if is_block(name) {
            self.flush(line);
        }
    }

    fn characters(&mut self, text: &str) {
        if self.stating {
            match self.statements.last_mut() {
                Some(last) => last.push_str(text),
                None => self.statements.push(text.to_owned()),
            }
        } else if self.skipping.is_none() {
            self.text.push_str(text);
        }
    }

    fn flush(&mut self, line: usize) {
        let text = std::mem::take(&mut self.text);
        let kind = self.kind.take().unwrap_or(Kind::Paragraph);
        let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        if !text.is_empty() && self.blocks.len() < BLOCKS_MAX {
            self.blocks.push(Block { kind, text, line });
        }
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "main"
            | "header"
            | "aside"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "details"
            | "summary"
            | "table"
            | "tr"
            | "td"
            | "th"
            | "blockquote"
            | "pre"
            | "figure"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "body"
    )
}

struct Sink(RefCell<Page>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        let mut page = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => page.characters(&text),
            Token::TagToken(tag) => {
                let name = tag.name.as_ref();
                if tag.kind == TagKind::EndTag {
                    page.close(name, line);
                    return TokenSinkResult::Continue;
                }
                let json = tag.attrs.iter().any(|attribute| {
                    &*attribute.name.local == "type" && &*attribute.value == "application/ld+json"
                });
                if json && name == "script" {
                    page.statements.push(String::new());
                }
                if !tag.self_closing || name == "br" {
                    page.open(name, json, line);
                }
                return match name {
                    "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" | "iframe" | "noscript" => TokenSinkResult::RawData(RawKind::Rawtext),
                    "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => TokenSinkResult::Continue,
                };
            }
            Token::EOFToken => page.flush(line),
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

fn tokens(html: &str) -> Page {
    let options = TokenizerOpts { initial_state: Some(State::Data), ..TokenizerOpts::default() };
    let tokenizer = Tokenizer::new(Sink(RefCell::default()), options);
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(html));
    while !queue.is_empty() {
        let _ = tokenizer.feed(&queue);
    }
    tokenizer.end();
    tokenizer.sink.0.take()
}

/// What the page states as an `FAQPage`.
fn stated(json: &str) -> Vec<Raw> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_str(json) {
        questions_in(&value, &mut found);
    }
    found
}

fn questions_in(value: &Value, found: &mut Vec<Raw>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| questions_in(value, found)),
        Value::Object(fields) => {
            if is_of_type(value, "Question") {
                let text = |value: &Value| value.as_str().map(as_text).unwrap_or_default();
                let answer = ["acceptedAnswer", "suggestedAnswer"].iter().find_map(|name| {
                    let answer = fields.get(*name)?;
                    answer.get("text").or_else(|| answer.get(0)?.get("text"))
                });
                let line = found.len() + 1;
                let question = fields.get("name").map(text).unwrap_or_default();
                let answer = answer.map(text).unwrap_or_default();
                found.push(Raw { line, question, answer, ..Raw::default() });
            } else {
                fields.values().for_each(|value| questions_in(value, found));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match value.get("@type") {
        Some(Value::String(of)) => of == name,
        Some(Value::Array(of)) => of.iter().any(|of| of == name),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => false,
    }
}

/// An answer in a statement may be HTML.
fn as_text(html: &str) -> String {
    let mut answer = String::new();
    tokens(html).blocks.iter().for_each(|block| append(&mut answer, block));
    answer
}

/// Titles with what follows them. Where some titles are questions, the others are chapters.
fn sections(blocks: &[Block]) -> Vec<Raw> {
    let asks = |block: &Block| {
        looks_asked(&block.text) && block.text.chars().count() <= QUESTION_CHARS_MAX
    };
    let titles = blocks.iter().filter(|block| block.kind == Kind::Title);
    let asked = titles.filter(|block| asks(block)).count();
    let mut sections: Vec<Raw> = Vec::new();
    let mut inside = false;
    for block in blocks {
        let opens = match block.kind {
            Kind::Title => asked == 0 || asks(block),
            Kind::Paragraph | Kind::Item => asked == 0 && asks(block),
        };
        if opens {
            let (line, question) = (block.line, block.text.replace('\n', " "));
            sections.push(Raw { line, question, ..Raw::default() });
            inside = true;
        } else if block.kind == Kind::Title {
            inside = false;
        } else if let Some(section) = sections.last_mut().filter(|_| inside) {
            append(&mut section.answer, block);
        }
    }
    sections.retain(|section| !section.answer.is_empty());
    sections
}

fn append(answer: &mut String, block: &Block) {
    if !answer.is_empty() {
        let listed = block.kind == Kind::Item && answer.lines().last().is_some_and(is_item);
        answer.push_str(if listed { "\n" } else { "\n\n" });
    }
    if block.kind == Kind::Item {
        answer.push_str("- ");
    }
    answer.push_str(&block.text);
}

fn is_item(line: &str) -> bool {
    line.starts_with("- ")
}

fn looks_asked(text: &str) -> bool {
    text.trim_end().ends_with(['?', '？'])
}

/// Text without markup: lines that ask, and what follows them.
fn plain(text: &str) -> Vec<Raw> {
    let mut sections: Vec<Raw> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        let asked = ["Q:", "Q：", "问：", "问:"].iter().find_map(|mark| line.strip_prefix(mark));
        let short = line.chars().count() <= QUESTION_CHARS_MAX;
        let question = asked.or_else(|| Some(line).filter(|line| short && looks_asked(line)));
        if let Some(question) = question {
            let question = question.trim().to_owned();
            sections.push(Raw { line: number, question, ..Raw::default() });
        } else if let Some(section) = sections.last_mut() {
            let marks = ["A:", "A：", "答：", "答:"];
            let said = marks.iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
            section.answer.push_str(said.trim());
            section.answer.push('\n');
        }
    }
    sections.retain(|section| !section.answer.trim().is_empty());
    sections
}
