//! `frontdesk eval` as an operator runs it: lines out in order, a summary, and faults by line.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        let faq = json!({ "entries": [
            { "id": "returns", "question": "Can I return it?", "answer": "30 days",
              "phrasings": ["I want to send it back", "How do returns work?"],
              "translations": { "zh": { "question": "可以退货吗？", "answer": "30天" } } },
            { "id": "hours", "question": "When are you open?", "answer": "9 to 5",
              "phrasings": ["What are your opening hours?", "Are you open on Sunday?"] },
        ] });
        std::fs::write(bench.path("faq.json"), faq.to_string()).unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn questions(&self, lines: &[Value]) -> PathBuf {
        let path = self.path("questions.jsonl");
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, lines).unwrap();
        path
    }

    fn command(&self, questions: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
        command.arg("eval").arg("--faq").arg(self.path("faq.json"));
        command.arg("--questions").arg(questions);
        command
    }

    fn eval(&self, lines: &[Value], flags: &[&str]) -> Output {
        self.command(&self.questions(lines)).args(flags).output().unwrap()
    }
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn every_question_has_its_line_and_the_summary_counts_them() {
    let output = Bench::new().eval(
        &[
            json!({ "text": "When are you open?", "expect": "hours", "locale": "en" }),
            json!({ "text": "可以退货吗", "expect": "hours", "locale": "zh" }),
            json!({ "text": "let me talk to a human", "expect": null, "kind": "far" }),
            json!({ "text": "can i return it", "expect": null, "kind": "near" }),
            json!({ "text": "order 12345678, mail a@b.example" }),
        ],
        &["--json"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = lines(&output);
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0]["decision"], "answer");
    assert_eq!(lines[0]["entry"], "hours");
    assert_eq!(lines[0]["confidence"], 1.0);
    // Answered by its words alone, and ranked all the same.
    assert_eq!(lines[0]["top"][0], "hours");
    assert_eq!(lines[1]["entry"], "returns");
    assert_eq!(lines[2]["decision"], "hand_off");
    assert_eq!(lines[2]["reason"], "wants_person");
    assert_eq!(lines[2]["expect"], Value::Null);
    assert!(lines[2].get("expect").is_some() && lines[4].get("expect").is_none());
    let kinds: Vec<&Value> =
        lines[4]["entities"].as_array().unwrap().iter().map(|entity| &entity["kind"]).collect();
    assert_eq!(kinds, ["order_number", "email"]);
    let told = stderr(&output);
    let summary: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    let all = &summary["all"];
    assert_eq!((&all["in_scope"]["count"], &all["in_scope"]["right"]), (&json!(2), &json!(1)));
    assert_eq!(summary["zh"]["in_scope"]["wrong"], 1);
    assert_eq!(all["out_of_scope"]["kinds"]["near"], json!({ "count": 1, "false_answers": 1 }));
    assert_eq!(all["out_of_scope"]["kinds"]["far"], json!({ "count": 1, "false_answers": 0 }));
    assert_eq!(all["curve"].as_array().unwrap().len(), 4);
}

#[test]
fn a_table_is_shown_only_where_something_was_expected() {
    let bench = Bench::new();
    let output =
        bench.eval(&[json!({ "text": "Are you open on Sunday?", "expect": "hours" })], &[]);
    assert!(stderr(&output).contains("answered right                  1          1"));
    assert!(stderr(&bench.eval(&[json!({ "text": "a" })], &[])).is_empty());
}

#[test]
fn lines_come_in_the_order_they_were_asked() {
    let asked: Vec<Value> =
        (0..1_100).map(|number| json!({ "text": format!("order {number}") })).collect();
    let found = lines(&Bench::new().eval(&asked, &["--locale", "zh"]));
    assert_eq!(found.len(), asked.len());
    assert!(found.iter().zip(&asked).all(|(line, question)| line["text"] == question["text"]));
}

#[test]
fn a_faulty_line_ends_it_by_name() {
    let bench = Bench::new();
    let good = json!({ "text": "a" });
    let output = bench.eval(&[good.clone(), json!({ "text": "b", "expect": "parking" })], &[]);
    assert!(!output.status.success());
    assert!(stderr(&output).contains("line 2: the FAQ has no entry `parking`"));
    let output = bench.eval(&[good, json!({ "question": "b" })], &[]);
    assert!(stderr(&output).contains("line 2: missing field `text`"));
}

#[test]
fn it_stops_when_nobody_reads() {
    let bench = Bench::new();
    let mut command = bench.command(Path::new("-"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let mut questions = running.stdin.take().unwrap();
    // Endless: only the reader's leaving ends it.
    let writing = std::thread::spawn(move || {
        while questions.write_all(b"{\"text\": \"order\", \"expect\": null}\n").is_ok() {}
    });
    let mut first = String::new();
    BufReader::new(running.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"text\":\"order\""));
    assert!(running.wait().unwrap().success());
    writing.join().unwrap();
    let mut told = String::new();
    running.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(told, "");
}
