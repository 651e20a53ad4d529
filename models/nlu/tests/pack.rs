//! Packs through the crate's interface: what compiles, what is refused, what is answered.

mod files;

use nlu::pack::{Bank, CompileError, CompileOptions, OutOfScope, compile};
use nlu::{Engine, Pack, PackError, Scratch, ask};
use protocol::faq::Faq;
use protocol::ids::EntryId;
use protocol::locale::Locale;
use protocol::understanding::{AbstainReason, Confidence, Decision, HandOffReason, Tier};
use sha2::{Digest, Sha256};

fn faq() -> Faq {
    let text = r#"{"entries": [
        {"id": "track", "question": "Where is my order?", "phrasings": ["track my parcel", "has it shipped"],
         "answer": "See **Orders**.", "covers": ["order_number"],
         "translations": {"zh": {"question": "我的订单到哪了？", "phrasings": ["查物流"], "answer": "见订单页。"}}},
        {"id": "cost", "question": "What does delivery cost?", "phrasings": ["shipping fee", "is 50 euro enough for free delivery"],
         "answer": "4 euro."},
        {"id": "wash", "question": "可以放洗碗机吗？", "phrasings": ["能不能机洗"], "answer": "可以。"}
    ]}"#;
    serde_json::from_str(text).expect("the FAQ is well-formed")
}

fn id(text: &str) -> EntryId {
    EntryId::parse(text).expect("a valid id")
}

fn small(engine: &Engine) -> Vec<u8> {
    let render = |markdown: &str| format!("<p>{markdown}</p>");
    compile(&faq(), engine, &render, &CompileOptions::default()).expect("it compiles")
}

#[test]
fn a_pack_holds_every_language_of_its_entries() {
    let engine = files::engine();
    let pack = Pack::load(&small(&engine)).expect("it loads");
    assert!(pack.fits(&engine));
    let html = |entry: &str, locale| pack.answer(&id(entry), locale).map(|answer| answer.html);
    assert_eq!(html("track", Locale::En).as_deref(), Some("<p>See **Orders**.</p>"));
    assert_eq!(html("track", Locale::Zh).as_deref(), Some("<p>见订单页。</p>"));
    assert_eq!(
        html("cost", Locale::Zh).as_deref(),
        Some("<p>4 euro.</p>"),
        "the only words there are"
    );
    assert_eq!(html("wash", Locale::En).as_deref(), Some("<p>可以。</p>"));
    assert_eq!(html("nothing", Locale::En), None);
}

#[test]
fn the_same_faq_makes_the_same_bytes() {
    let engine = files::engine();
    let (first, second) = (small(&engine), small(&engine));
    assert_eq!(first, second);
    let version = |bytes: &[u8]| Pack::load(bytes).expect("it loads").version().clone();
    let mut changed = faq();
    changed.entries[0].answer.push('!');
    let options = CompileOptions::default();
    let other = compile(&changed, &engine, &str::to_owned, &options).expect("it compiles");
    assert_ne!(version(&first), version(&other));
}

#[test]
fn a_pack_is_called_by_the_checksum_it_carries() {
    let bytes = small(&files::engine());
    let carried: String = bytes[6..38].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(Pack::load(&bytes).expect("it loads").version().as_str(), carried);
    let hash = Sha256::digest([&bytes[4..6], &bytes[38..]].concat());
    assert_eq!(bytes[6..38], hash[..], "of the format and the body");
}

#[test]
fn the_number_of_threads_leaves_no_trace() {
    let engine = files::engine();
    let faq: Faq = serde_json::from_slice(&files::read("www/demo/faq.json")).expect("an FAQ");
    let faq = Faq { entries: faq.entries[..12].to_vec(), ..faq };
    let questions: Vec<OutOfScope> = files::lines("models/corpus/out_of_scope.jsonl");
    let bank = Bank::read(&engine, &questions[..60]);
    let make = |threads| {
        let options = CompileOptions { bank: Some(&bank), threads };
        compile(&faq, &engine, &str::to_owned, &options).expect("it compiles")
    };
    let alone = make(1);
    for threads in [0, 2, 3, 16] {
        assert!(make(threads) == alone, "{threads} threads make another pack");
    }
}

#[test]
fn a_bank_of_another_model_is_refused() {
    let [manifest, weights, mut vocab] = files::model_files();
    // The same words in another order: another model.
    let text = String::from_utf8(vocab).expect("the vocabulary is UTF-8");
    let mut words: Vec<&str> = text.lines().collect();
    let last = words.len() - 1;
    words.swap(last, last - 1);
    vocab = (words.join("\n") + "\n").into_bytes();
    let manifest = String::from_utf8(manifest).expect("a manifest is UTF-8");
    let hash = |bytes: &[u8]| -> String {
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let manifest = manifest.replace(&hash(text.as_bytes()), &hash(&vocab));
    let other = Engine::load(manifest.as_bytes(), &weights, &vocab).expect("it loads");
    let bank = Bank::read(&other, &[]);
    let options = CompileOptions { bank: Some(&bank), ..CompileOptions::default() };
    let found = compile(&faq(), &files::engine(), &str::to_owned, &options);
    assert!(matches!(found, Err(CompileError::ForeignBank)));
}

#[test]
fn every_flipped_byte_is_refused_by_name() {
    let bytes = small(&files::engine());
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let found = Pack::load(&flipped).err();
        let named = match at {
            0..4 => matches!(found, Some(PackError::NotAPack)),
            4..6 => matches!(found, Some(PackError::WrongFormat { .. })),
            _ => matches!(found, Some(PackError::WrongChecksum)),
        };
        assert!(named, "byte {at}: {found:?}");
    }
}

#[test]
fn every_truncation_is_refused() {
    let bytes = small(&files::engine());
    for length in (0..bytes.len()).step_by(7) {
        assert!(Pack::load(&bytes[..length]).is_err(), "{length} bytes");
    }
    assert_eq!(Pack::load(b"FDPK\x01").err(), Some(PackError::Truncated));
}

fn check_refused(change: impl Fn(&mut Faq), refused: impl Fn(&CompileError) -> bool) {
    let mut faq = faq();
    change(&mut faq);
    let found = compile(&faq, &files::engine(), &str::to_owned, &CompileOptions::default());
    assert!(found.as_ref().is_err_and(refused), "{:?}", found.map(|bytes| bytes.len()));
}

#[test]
fn faqs_that_cannot_be_packs_are_refused_by_name() {
    check_refused(|faq| faq.entries.clear(), |error| matches!(error, CompileError::Empty));
    check_refused(
        |faq| faq.entries[1].id = id("track"),
        |error| matches!(error, CompileError::RepeatedEntry { id } if id.as_str() == "track"),
    );
    check_refused(
        |faq| faq.entries[1].question = "?!".to_owned(),
        |error| matches!(error, CompileError::EmptyQuestion { id } if id.as_str() == "cost"),
    );
}

fn decide(question: &str, engine: Option<&Engine>, pack: Option<&Pack>) -> Decision {
    ask(question, Locale::En, engine, pack, &mut Scratch::new()).decision
}

fn check_exact(question: &str, entry: &str) {
    let engine = files::engine();
    let pack = Pack::load(&small(&engine)).expect("it loads");
    for engine in [None, Some(&engine)] {
        let (entry, confidence) = (id(entry), Confidence(1.0));
        let expected = Decision::Answer { entry, confidence, tier: Tier::Exact };
        assert_eq!(decide(question, engine, Some(&pack)), expected, "{question}");
    }
}

#[test]
fn phrases_are_answered_word_for_word() {
    check_exact("Where is my order?", "track");
    check_exact("  WHERE is my order", "track");
    check_exact("查物流！", "track");
    check_exact("is 50 euro enough for free delivery", "cost");
    check_exact("可以放洗碗机吗", "wash");
}

#[test]
fn a_phrase_of_two_entries_is_no_exact_answer() {
    let engine = files::engine();
    let mut faq = faq();
    faq.entries[1].phrasings.push("track my parcel".to_owned());
    let options = CompileOptions::default();
    let bytes = compile(&faq, &engine, &str::to_owned, &options).expect("it compiles");
    let pack = Pack::load(&bytes).expect("it loads");
    let decision = decide("track my parcel", Some(&engine), Some(&pack));
    assert!(!matches!(decision, Decision::Answer { .. }), "{decision:?}");
}

fn check_reason(question: &str, with_pack: bool, expected: AbstainReason) {
    let engine = files::engine();
    let pack = Pack::load(&small(&engine)).expect("it loads");
    let decision = decide(question, Some(&engine), with_pack.then_some(&pack));
    let named = matches!(&decision, Decision::Abstain { reason, .. } if *reason == expected);
    assert!(named, "{question}: {decision:?}");
}

#[test]
fn the_bot_says_why_it_is_silent() {
    check_reason("", true, AbstainReason::Empty);
    check_reason("?! 😀", true, AbstainReason::Empty);
    check_reason("where is my order", false, AbstainReason::NoPack);
    check_reason(&"where is my order and why ".repeat(100), true, AbstainReason::TooLong);
    check_reason("qzxwv jkkqzz wvvxq", true, AbstainReason::UnknownWords);
}

#[test]
fn without_a_model_it_asks_for_one() {
    let pack = Pack::load(&small(&files::engine())).expect("it loads");
    let decision = decide("my order has been on its way for ages", None, Some(&pack));
    assert!(
        matches!(decision, Decision::Abstain { reason: AbstainReason::NoModel, .. }),
        "{decision:?}"
    );
}

#[test]
fn a_person_is_one_message_away() {
    for engine in [None, Some(&files::engine())] {
        for question in ["转人工", "let me talk to a human"] {
            let expected = Decision::HandOff { reason: HandOffReason::WantsPerson };
            assert_eq!(decide(question, engine, None), expected, "{question}");
        }
    }
}
