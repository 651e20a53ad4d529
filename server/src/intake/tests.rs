//! What comes out of files and pages, honest and hostile ones.

use protocol::draft::EntryState;

use super::*;

fn read_all(source: ImportSource, standing: &[EntryView]) -> ImportPreview {
    let mut found = Found::new(standing);
    read(&source, &mut found).unwrap();
    found.preview
}

fn csv(text: &str) -> ImportPreview {
    read_all(ImportSource::Csv { text: text.to_owned() }, &[])
}

fn pairs(preview: &ImportPreview) -> Vec<(&str, &str)> {
    let entries = preview.found.iter().map(|found| &found.entry);
    entries.map(|entry| (entry.question.as_str(), entry.answer.as_str())).collect()
}

fn page(html: &str) -> Vec<(String, String)> {
    let preview = read_all(ImportSource::Page { text: html.to_owned() }, &[]);
    pairs(&preview).into_iter().map(|(q, a)| (q.to_owned(), a.to_owned())).collect()
}

fn check_page(html: &str, expected: &[(&str, &str)]) {
    let found = page(html);
    let found: Vec<(&str, &str)> = found.iter().map(|(q, a)| (q.as_str(), a.as_str())).collect();
    assert_eq!(found, expected, "{html}");
}

#[test]
fn a_table_from_a_spreadsheet_is_read() {
    let preview = csv(concat!(
        "\u{feff}id,question,answer,phrasings,tags,covers,question_zh,answer_zh\r\n",
        "returns,\"Can I, please, return it?\",\"Within **30** days.\n\nSay \"\"why\"\".\",",
        "send back|refund,\"orders, money\",order_number,能退货吗？,30 天内。\r\n",
        ",Are you open?,9 to 5,,,,,\r\n",
    ));
    assert!(preview.skipped.is_empty(), "{:?}", preview.skipped);
    let first = &preview.found[0].entry;
    assert_eq!(first.id.as_str(), "returns");
    assert_eq!(first.question, "Can I, please, return it?");
    assert_eq!(first.answer, "Within **30** days.\n\nSay \"why\".");
    assert_eq!(first.phrasings, ["send back", "refund"]);
    assert_eq!(first.tags, ["orders", "money"]);
    assert_eq!(first.covers, [EntityKind::OrderNumber]);
    assert_eq!(first.translations[&Locale::Zh].answer, "30 天内。");
    assert_eq!(preview.found[1].entry.id.as_str(), "are-you-open");
}

#[test]
fn a_faulty_row_is_named_and_the_others_stay() {
    let preview = csv(concat!(
        "question;answer;covers\n",
        ";nothing asked;\n",
        "Asked?;;\n",
        "Good?;yes;\n",
        "good?;again;\n",
        "Kind?;yes;spaceship\n",
    ));
    assert_eq!(pairs(&preview), [("Good?", "yes")]);
    let skipped: Vec<(u32, SkipReason)> =
        preview.skipped.iter().map(|skipped| (skipped.line, skipped.reason)).collect();
    assert_eq!(
        skipped,
        [
            (2, SkipReason::NoQuestion),
            (3, SkipReason::NoAnswer),
            (5, SkipReason::Repeated),
            (6, SkipReason::Unknown),
        ]
    );
}

#[test]
fn hostile_tables_end() {
    let wide = format!("question,answer{}\na,b{}\n", ",x".repeat(300_000), ",y".repeat(300_000));
    assert_eq!(pairs(&csv(&wide)), [("a", "b")]);
    let open_quote = format!("question,answer\na,\"{}", "b\n".repeat(500_000));
    assert_eq!(csv(&open_quote).found.len(), 0);
    let rows = format!("question,answer\n{}", "a,b\n".repeat(400_000));
    let many = csv(&rows);
    assert!(many.skipped.len() <= DRAFT_ENTRIES_MAX);
    let large = ImportSource::Csv { text: "x".repeat(IMPORT_BYTES_MAX + 1) };
    let refused = read(&large, &mut Found::new(&[]));
    assert!(matches!(refused, Err(IntakeError::TooLarge)));
    let headless = ImportSource::Csv { text: "a,b\nc,d\n".to_owned() };
    assert!(matches!(read(&headless, &mut Found::new(&[])), Err(IntakeError::NoHeader)));
}

#[test]
fn json_of_ours_and_of_others_is_read() {
    let json = |text: &str| read_all(ImportSource::Json { text: text.to_owned() }, &[]);
    let whole = json(r#"{"entries":[{"id":"a","question":"When?","answer":"Now."}]}"#);
    assert_eq!(pairs(&whole), [("When?", "Now.")]);
    let list = json(r#"[{"question":"When?","answer":"Now."},{"question":7},{"answer":"x"}]"#);
    assert_eq!(pairs(&list), [("When?", "Now.")]);
    assert_eq!(list.skipped.len(), 2);
    let deep = ImportSource::Json { text: "[".repeat(100_000) };
    assert!(matches!(read(&deep, &mut Found::new(&[])), Err(IntakeError::Json(_))));
}

#[test]
fn headings_of_markdown_are_questions_but_not_in_code() {
    let text = "# Help\n\n## When?\n\nNow.\n\n```\n# no heading\n```\n\n## 怎么退？ ##\n三天内。\n";
    let preview = read_all(ImportSource::Markdown { text: text.to_owned() }, &[]);
    assert_eq!(
        pairs(&preview),
        [("When?", "Now.\n\n```\n# no heading\n```"), ("怎么退？", "三天内。")]
    );
}

#[test]
fn a_page_that_says_it_is_an_faq_is_believed() {
    check_page(
        r#"<html><head><script type="application/ld+json">
        {"@context":"https://schema.org","@graph":[{"@type":"FAQPage","mainEntity":[
          {"@type":"Question","name":"Do you <b>ship</b>?","acceptedAnswer":
            {"@type":"Answer","text":"<p>Yes.</p><ul><li>EU</li><li>US</li></ul>"}}]}]}
        </script></head><body><h2>Something else?</h2><p>No.</p></body></html>"#,
        &[("Do you ship?", "Yes.\n\n- EU\n- US")],
    );
}

#[test]
fn titles_terms_and_summaries_with_what_follows_are_entries() {
    check_page(
        "<nav><h2>Menu?</h2><p>no</p></nav><h1>Our shop</h1><p>Welcome</p>
         <h2>When are you\n open?</h2><p>9 to&nbsp;5.</p><ul><li>Mon</li><li>Tue</li></ul>
         <h2>About</h2><p>not an answer</p>
         <dl><dt>退货要多久？</dt><dd>七天。</dd></dl>
         <details><summary>Gift cards?</summary>Yes, <b>always</b>.</details>
         <footer><h2>Imprint?</h2><p>no</p></footer>",
        &[
            ("When are you open?", "9 to 5.\n\n- Mon\n- Tue"),
            ("退货要多久？", "七天。"),
            ("Gift cards?", "Yes, always."),
        ],
    );
    check_page("<h2>Hours</h2><p>9 to 5</p>", &[("Hours", "9 to 5")]);
    check_page("<p>Do you ship?</p><p>Yes.</p>", &[("Do you ship?", "Yes.")]);
    check_page(
        "Q: When?\nA: Now.\n\n问：多久？\n答：七天。",
        &[("When?", "Now."), ("多久？", "七天。")],
    );
}

#[test]
fn what_runs_in_a_page_is_never_an_answer() {
    let found = page(
        "<h2>Safe?<script>alert(1)</script></h2><p onclick=alert(2)>Yes<style>p{}</style>
         <script>document.write('<p>evil</p>')</script><img src=x onerror=alert(3)>
         <iframe src=//evil>evil</iframe></p><svg><script>alert(4)</script></svg>",
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0.as_str(), found[0].1.trim()), ("Safe?", "Yes"));
}

#[test]
fn hostile_pages_end() {
    page(&"<div>".repeat(300_000));
    page(&"<script>".repeat(100_000));
    page(&"<h2>a?</h2><p>b</p>".repeat(50_000));
    page(&format!("<script type=application/ld+json>{}", "[".repeat(200_000)));
    page(&"<".repeat(500_000));
    page(&format!("<p {}", "a=b ".repeat(400_000)));
}

#[test]
fn what_stands_is_found_again_and_keeps_what_the_import_does_not_name() {
    let entry: FaqEntry = serde_json::from_value(serde_json::json!({
        "id": "hours", "question": "When are you open?", "answer": "9 to 5",
        "tags": ["shop"], "phrasings": ["opening hours"]
    }))
    .unwrap();
    let revision = protocol::ids::Revision::parse("ab").unwrap();
    let state = EntryState::Published;
    let standing = [EntryView { entry, revision, state, edited: None }];
    let read = |text: &str| {
        let source = ImportSource::Csv { text: text.to_owned() };
        read_all(source, &standing).found.remove(0)
    };
    let same = read("question,answer\nwhen are  you open?,9 to 5\n");
    assert_eq!(same.entry.id.as_str(), "hours");
    let changed = read("question,answer\nWhen are you open?,10 to 6\n");
    assert!(matches!(changed.fate, ImportFate::Changed { .. }));
    assert_eq!((changed.entry.tags, changed.entry.answer), (vec!["shop".into()], "10 to 6".into()));
    let unchanged = read("question,answer\nWhen are you open?,9 to 5\n");
    assert_eq!(unchanged.fate, ImportFate::Unchanged);
}
