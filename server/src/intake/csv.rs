//! Tables: comma, semicolon or tab between fields, quotes as spreadsheets write them. The first row
//! names the columns; what it names unknown is passed over.

use protocol::draft::{DRAFT_ENTRIES_MAX, SkipReason};
use protocol::faq::FaqText;
use protocol::locale::Locale;
use protocol::understanding::EntityKind;

use super::{Found, IntakeError, Raw};

/// Columns that are looked at.
const COLUMNS_MAX: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    Id,
    Question(Option<Locale>),
    Answer(Option<Locale>),
    Phrasings(Option<Locale>),
    Tags,
    Covers,
    Other,
}

pub(super) fn read(text: &str, found: &mut Found<'_>) -> Result<(), IntakeError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut rows = Rows::new(text);
    let columns: Vec<Column> = rows.next().unwrap_or_default().iter().map(|c| column(c)).collect();
    let has = |wanted: Column| columns.contains(&wanted);
    if !has(Column::Question(None)) || !has(Column::Answer(None)) {
        return Err(IntakeError::NoHeader);
    }
    for (fields, row) in rows.zip(2..) {
        if fields.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        // Past the bound rows are counted no further: a table may have millions.
        if row > DRAFT_ENTRIES_MAX * 2 {
            found.skip(row, SkipReason::TooMany);
            return Ok(());
        }
        match raw(&columns, fields, row) {
            Some(raw) => found.take(raw),
            None => found.skip(row, SkipReason::Unknown),
        }
    }
    Ok(())
}

fn column(name: &str) -> Column {
    let name = name.trim().to_lowercase();
    let (stem, tag) = name.split_once(['_', '-']).unwrap_or((&name, ""));
    let locale = Locale::from_tag(tag).filter(|_| !tag.is_empty());
    let stem = if locale.is_some() { stem } else { &name };
    match stem {
        "id" | "key" => Column::Id,
        "question" | "title" | "问题" => Column::Question(locale),
        "answer" | "content" | "答案" => Column::Answer(locale),
        "phrasings" | "alternatives" | "问法" => Column::Phrasings(locale),
        "tags" | "category" | "标签" => Column::Tags,
        "covers" => Column::Covers,
        _ => Column::Other,
    }
}

/// `None` when a kind of entity is not one of ours.
fn raw(columns: &[Column], fields: Vec<String>, line: usize) -> Option<Raw> {
    let mut raw = Raw { line, ..Raw::default() };
    for (column, field) in columns.iter().zip(fields) {
        if field.trim().is_empty() {
            continue;
        }
        match column {
            Column::Id => raw.id = Some(field),
            Column::Question(None) => raw.question = field,
            Column::Answer(None) => raw.answer = field,
            Column::Phrasings(None) => raw.phrasings = list(&field),
            Column::Question(Some(locale)) => words(&mut raw, *locale).question = field,
            Column::Answer(Some(locale)) => words(&mut raw, *locale).answer = field,
            Column::Phrasings(Some(locale)) => words(&mut raw, *locale).phrasings = list(&field),
            Column::Tags => raw.tags = field.split([',', '|', ';', '，']).map(own).collect(),
            Column::Covers => {
                let kinds = field.split([',', '|', ';']).map(|kind| kind_of(kind.trim()));
                raw.covers = kinds.collect::<Option<Vec<_>>>()?;
            }
            Column::Other => {}
        }
    }
    Some(raw)
}

fn words(raw: &mut Raw, locale: Locale) -> &mut FaqText {
    let empty =
        || FaqText { question: String::new(), phrasings: Vec::new(), answer: String::new() };
    raw.translations.entry(locale).or_insert_with(empty)
}

fn list(field: &str) -> Vec<String> {
    field.split(['|', '\n']).map(own).collect()
}

fn own(text: &str) -> String {
    text.trim().to_owned()
}

fn kind_of(name: &str) -> Option<EntityKind> {
    serde_json::from_value(serde_json::Value::from(name)).ok()
}

/// Rows of a table, without copying it.
struct Rows<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    separator: char,
}

impl<'a> Rows<'a> {
    fn new(text: &'a str) -> Self {
        let head = text.lines().next().unwrap_or_default();
        let most = |c: &char| head.chars().filter(|at| at == c).count();
        let separator = [',', ';', '\t'].into_iter().rev().max_by_key(most).unwrap_or(',');
        Self { rest: text.chars().peekable(), separator }
    }

    /// The next field, and whether the row ends after it.
    fn field(&mut self) -> (String, bool) {
        let mut field = String::new();
        let quoted = self.rest.next_if_eq(&'"').is_some();
        if quoted {
            while let Some(c) = self.rest.next() {
                if c != '"' {
                    field.push(c);
                } else if self.rest.next_if_eq(&'"').is_some() {
                    field.push('"');
                } else {
                    break;
                }
            }
        }
        loop {
            match self.rest.next() {
                None | Some('\n') => return (field, true),
                Some('\r') => {}
                Some(c) if c == self.separator => return (field, false),
                Some(c) => field.push(c),
            }
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        self.rest.peek()?;
        let mut fields = Vec::new();
        loop {
            let (field, last) = self.field();
            if fields.len() < COLUMNS_MAX {
                fields.push(field);
            }
            if last {
                return Some(fields);
            }
        }
    }
}
