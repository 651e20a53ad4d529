//! The widget's own JSON and `serde_json` read and write the same values.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what it does not expect"
)]

use std::fmt::Debug;
use std::path::Path;

use protocol::embed::{PageToWidget, WidgetToPage};
use protocol::http::{ErrorBody, SessionGrant, SessionRequest};
use protocol::visitor::{VisitorEvent, VisitorFrame};
use protocol::worker::{PageToWorker, WorkerToPage};
use serde::Serialize;
use serde::de::DeserializeOwned;
use widget::json::{decode, encode};
use widget::wire;

/// Every golden line is read as `serde_json` reads it, and what is written reads back the same.
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(file: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/golden");
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    assert!(!text.is_empty(), "{file} has examples");
    for line in text.lines() {
        let theirs: T = serde_json::from_str(line).unwrap();
        let ours: T = decode(line).unwrap_or_else(|_| panic!("{file}: cannot read {line}"));
        assert_eq!(ours, theirs, "{file}: {line}");
        let written = encode(&ours).unwrap();
        let again: T = serde_json::from_str(&written).unwrap();
        assert_eq!(again, theirs, "{file}: {written}");
    }
}

#[test]
fn every_golden_line_is_read_and_written() {
    check::<VisitorFrame>("visitor_frames.jsonl");
    check::<VisitorEvent>("visitor_events.jsonl");
    check::<PageToWorker>("page_to_worker.jsonl");
    check::<WorkerToPage>("worker_to_page.jsonl");
    check::<PageToWidget>("page_to_widget.jsonl");
    check::<WidgetToPage>("widget_to_page.jsonl");
    check::<SessionRequest>("session_requests.jsonl");
    check::<SessionGrant>("session_grants.jsonl");
    check::<ErrorBody>("error_bodies.jsonl");
}

/// Frames with an understanding leave the page as they would with one that was read.
#[test]
fn what_is_only_passed_on_stays_as_it_came() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/golden");
    let text = std::fs::read_to_string(folder.join("visitor_frames.jsonl")).unwrap();
    for line in text.lines() {
        let passed: wire::VisitorFrame = decode(line).unwrap();
        let written = encode(&passed).unwrap();
        let theirs: VisitorFrame = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::from_str::<VisitorFrame>(&written).unwrap(), theirs, "{written}");
        if let (
            wire::VisitorFrame::Say { understanding: Some(passed), .. },
            VisitorFrame::Say { understanding: Some(read), .. },
        ) = (passed, theirs)
        {
            assert_eq!(passed.locale(), Some(read.locale));
        }
    }
    for file in ["visitor_events.jsonl", "worker_to_page.jsonl", "page_to_widget.jsonl"] {
        for line in std::fs::read_to_string(folder.join(file)).unwrap().lines() {
            let read = match file {
                "visitor_events.jsonl" => decode::<wire::VisitorEvent>(line).is_ok(),
                "page_to_widget.jsonl" => decode::<wire::PageToWidget>(line).is_ok(),
                _ => decode::<wire::WorkerToPage>(line).is_ok(),
            };
            assert!(read, "{file}: {line}");
        }
    }
}

#[test]
fn texts_keep_every_character() {
    let text = "a\"b\\c\n\t\u{1}\u{1f}é中文😀\u{2028}/";
    assert_eq!(decode::<String>(&encode(&text).unwrap()).unwrap(), text);
    assert_eq!(serde_json::from_str::<String>(&encode(&text).unwrap()).unwrap(), text);
    let escaped = r#" "\u4e2d\ud83d\ude00\/\b\f\r" "#;
    assert_eq!(decode::<String>(escaped).unwrap(), "中😀/\u{8}\u{c}\r");
}

#[test]
fn numbers_are_exact_where_they_count() {
    let largest = 9_007_199_254_740_991_u64;
    assert_eq!(decode::<u64>(&encode(&largest).unwrap()).unwrap(), largest);
    assert_eq!(decode::<i64>("-12").unwrap(), -12);
    assert_eq!(decode::<f32>("0.93").unwrap(), 0.93);
    assert_eq!(decode::<f32>("9.3e-1").unwrap(), 0.93);
    assert_eq!(encode(&0.87_f32).unwrap(), "0.870000");
    assert_eq!(encode(&-1.5_f64).unwrap(), "-1.500000");
}

#[test]
fn what_a_newer_server_adds_is_skipped() {
    let line = r#"{"synced":{"new":[{"a":"}","b":[1,-2.5e3,null,true]}],"last_seq":7}}"#;
    let event: VisitorEvent = decode(line).unwrap();
    assert_eq!(event, serde_json::from_str(line).unwrap());
}

#[test]
fn a_field_that_may_be_missing_is_empty_then() {
    let line = r#"{"refused":{"message_id":null,"refusal":{"code":"busy"}}}"#;
    let event: VisitorEvent = decode(line).unwrap();
    assert_eq!(event, serde_json::from_str(line).unwrap());
    assert!(decode::<VisitorEvent>(r#"{"refused":{"message_id":null,"refusal":{}}}"#).is_err());
    assert!(decode::<VisitorEvent>(r#"{"refused":{"message_id":null}}"#).is_err());
}

#[test]
fn numbers_are_no_larger_than_their_kind() {
    assert_eq!(decode::<u8>("255").unwrap(), 255);
    for (text, read) in [
        ("256", decode::<u8>("256").is_ok()),
        ("4294967296", decode::<u32>("4294967296").is_ok()),
        ("-1", decode::<u32>("-1").is_ok()),
        ("[1,", decode::<Vec<u32>>("[1,").is_ok()),
        ("[1 2]", decode::<Vec<u32>>("[1 2]").is_ok()),
    ] {
        assert!(!read, "{text}");
    }
}

#[test]
fn what_is_not_json_is_refused() {
    for wrong in [
        "",
        "{",
        "\"a",
        "\"\\x\"",
        "\"\\ud800\"",
        "[1,2",
        "{\"sync\":{\"last_seq\":1}} x",
        "{\"sync\":{\"last_seq\":1.5}}",
        "{\"sync\":{\"last_seq\":-1}}",
        "{\"nobody\":{}}",
        "\"nobody\"",
        "{\"sync\":{}}",
        "nul",
        "{\"sync\" {\"last_seq\":1}}",
        "{\"sync\":{\"last_seq\":18446744073709551616}}",
        "{\"sync\":[]}",
        "{\"sync\":{\"last_seq\":1}",
        "\"sync\"",
        "{\"typing\":1}",
        "{\"draft\":{}}",
        "{\"draft\":{\"text\":null}}",
        "{\"seen\":{}}",
        "{\"flag\":{\"flag_id\":\"00\",\"answer_id\":\"00\"}}",
    ] {
        assert!(decode::<VisitorFrame>(wrong).is_err(), "{wrong}");
    }
}
