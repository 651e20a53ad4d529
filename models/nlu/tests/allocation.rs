//! After warm-up a question allocates nothing in encoding and ranking. What is left are the values
//! handed out: the ranked entries, the understanding, the decision.

#![allow(unsafe_code)] // An allocator is unsafe by its trait; this one counts and passes on.

mod files;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use nlu::{Engine, Pack, Scratch, ask, rank};
use protocol::faq::Faq;
use protocol::locale::Locale;

/// Passes everything on to the system and counts what this thread asks for.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is the system allocator's own, with the arguments as they came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above; the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `work` allocates.
fn allocations<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = COUNT.get();
    let made = work();
    (COUNT.get() - before, made)
}

const QUESTIONS: usize = 200;

/// Most that a whole `ask` allocates: the rules' copy of the line and the numbers they look at,
/// entities, intent, candidates and choices. Measured: 56, half of the questions below 25.
const ASK_MAX: usize = 64;

/// Questions of visitors in both languages, and texts of odd lengths and scripts.
fn questions() -> Vec<String> {
    let asked: Vec<serde_json::Value> = files::lines("www/demo/questions.jsonl");
    let odd = [
        String::new(),
        "?".to_owned(),
        "請問訂單什麼時候發貨".to_owned(),
        "😀 \u{202e}ab１２".to_owned(),
        "我要退货 and a refund ".repeat(40),
        "x".repeat(2_000),
    ];
    let texts = asked.iter().map(|line| line["text"].as_str().expect("a text").to_owned());
    let texts: Vec<String> = odd.into_iter().chain(texts).take(QUESTIONS).collect();
    assert_eq!(texts.len(), QUESTIONS);
    texts
}

fn demo() -> (Engine, Pack) {
    let engine = files::engine();
    let faq: Faq = serde_json::from_slice(&files::read("www/demo/faq.json")).expect("an FAQ");
    let pack = files::pack(&faq, &engine);
    (engine, pack)
}

#[test]
fn a_question_allocates_only_what_it_hands_out() {
    let (engine, pack) = demo();
    let questions = questions();
    let mut scratch = Scratch::new();
    for text in &questions {
        engine.encode(text, &mut scratch);
        rank(text, Some(&engine), &pack, &mut scratch);
        ask(text, Locale::En, Some(&engine), Some(&pack), &mut scratch);
    }
    for text in &questions {
        let (encoding, _) = allocations(|| engine.encode(text, &mut scratch).truncated);
        assert_eq!(encoding, 0, "{text:?}");
        // The list with the name of each entry on it, and the list of all entries' evidence.
        let (ranking, ranking_made) =
            allocations(|| rank(text, Some(&engine), &pack, &mut scratch));
        let listed = ranking_made.ranked.len();
        assert!(ranking <= listed + 2, "{ranking} of {listed}: {text:?}");
    }
    for text in &questions {
        let (asking, _) =
            allocations(|| ask(text, Locale::En, Some(&engine), Some(&pack), &mut scratch));
        assert!(asking <= ASK_MAX, "{asking} for {text:?}");
    }
}
