//! Reads a file of questions line by line and refuses faulty lines by number. Asks nothing.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};
use protocol::ids::EntryId;
use protocol::locale::Locale;
use serde::{Deserialize, Deserializer};

/// Bytes of one line; a longer one is not a question.
const LINE_BYTES_MAX: u64 = 64 * 1024;

#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct Question {
    pub(super) text: String,
    #[serde(default)]
    pub(super) locale: Option<Locale>,
    /// Outer `None`: nothing is known; inner `None`: no entry answers it.
    #[serde(default, deserialize_with = "given")]
    pub(super) expect: Option<Option<EntryId>>,
    #[serde(default)]
    pub(super) kind: Option<String>,
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<EntryId>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

pub(super) struct Questions {
    name: String,
    reader: Box<dyn BufRead>,
    /// Those that may be expected.
    entries: HashSet<EntryId>,
    line_number: u64,
    line: Vec<u8>,
}

impl Questions {
    pub(super) fn open(path: &Path, entries: HashSet<EntryId>) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let reader: Box<dyn BufRead> = if name == "-" {
            Box::new(BufReader::new(std::io::stdin()))
        } else {
            let file = File::open(path).with_context(|| format!("reading {name}"))?;
            Box::new(BufReader::new(file))
        };
        Ok(Self { name, reader, entries, line_number: 0, line: Vec::new() })
    }

    /// The next one; empty lines are none. `None` at the end.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Question>> {
        loop {
            self.line.clear();
            self.line_number += 1;
            let mut limited = self.reader.by_ref().take(LINE_BYTES_MAX);
            let read = limited.read_until(b'\n', &mut self.line);
            if read.with_context(|| format!("reading {}", self.name))? == 0 {
                return Ok(None);
            }
            if !self.line.trim_ascii().is_empty() {
                return self
                    .parse()
                    .map(Some)
                    .with_context(|| format!("{}, line {}", self.name, self.line_number));
            }
        }
    }

    fn parse(&self) -> anyhow::Result<Question> {
        if self.line.len() as u64 == LINE_BYTES_MAX && !self.line.ends_with(b"\n") {
            bail!("more than {LINE_BYTES_MAX} bytes");
        }
        let question: Question = match serde_json::from_slice(&self.line) {
            Ok(question) => question,
            Err(error) => {
                // Its own line number is always 1.
                let message = error.to_string();
                bail!("{}", message.split(" at line ").next().unwrap_or(&message));
            }
        };
        if let Some(Some(entry)) = &question.expect
            && !self.entries.contains(entry)
        {
            bail!("the FAQ has no entry `{entry}`");
        }
        Ok(question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Vec<Question>> {
        let mut questions = Questions {
            name: "q.jsonl".to_owned(),
            reader: Box::new(std::io::Cursor::new(text.to_owned())),
            entries: HashSet::from([EntryId::parse("returns").unwrap()]),
            line_number: 0,
            line: Vec::new(),
        };
        std::iter::from_fn(|| questions.next().transpose()).collect()
    }

    #[test]
    fn what_is_expected_may_be_an_entry_none_or_unknown() {
        let text = "{\"text\":\"a\",\"expect\":\"returns\",\"locale\":\"zh\"}\n\n\
            {\"text\":\"b\",\"expect\":null,\"kind\":\"far\"}\n{\"text\":\"c\"}";
        let found = read(text).unwrap();
        let expected: Vec<_> = found.iter().map(|question| question.expect.clone()).collect();
        let returns = EntryId::parse("returns").unwrap();
        assert_eq!(expected, [Some(Some(returns)), Some(None), None]);
        assert_eq!(found[0].locale, Some(Locale::Zh));
        assert_eq!(found[1].kind.as_deref(), Some("far"));
    }

    fn check_refused(text: &str, expected: &str) {
        let error = read(text).unwrap_err();
        assert_eq!(format!("{error:#}"), expected);
    }

    #[test]
    fn a_faulty_line_is_named() {
        check_refused("{\"text\":\"a\"}\n\n{\"txt\":1}", "q.jsonl, line 3: missing field `text`");
        let unknown = "{\"text\":\"a\",\"expect\":\"hours\"}";
        check_refused(unknown, "q.jsonl, line 1: the FAQ has no entry `hours`");
        let long = format!("{{\"text\":\"a\"}}\n{{\"text\":\"{}\"}}", "x".repeat(70_000));
        check_refused(&long, "q.jsonl, line 2: more than 65536 bytes");
    }
}
