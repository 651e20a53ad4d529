//! What measurements are told of a question is what decides it.

mod files;

use nlu::explain::Ranked;
use nlu::pack::{CompileOptions, compile};
use nlu::{Engine, Pack, Scratch, ask, explain, rank};
use protocol::faq::Faq;
use protocol::locale::Locale;
use protocol::understanding::{AbstainReason, Decision};

fn faq() -> Faq {
    let faq: Faq = serde_json::from_slice(&files::read("www/demo/faq.json")).expect("an FAQ");
    Faq { entries: faq.entries[..20].to_vec(), ..faq }
}

fn pack(engine: &Engine) -> Pack {
    let options = CompileOptions::default();
    let bytes = compile(&faq(), engine, &str::to_owned, &options).expect("it compiles");
    Pack::load(&bytes).expect("it loads")
}

const QUESTIONS: [&str; 5] = [
    "walk me through buying something on this site",
    "can a cracked teapot go back to you",
    "看中一把壶要怎么弄才能买到",
    "is there a shop i can visit on sundays",
    "order 12345678 came broken, do i get my money again",
];

#[test]
fn a_question_is_ranked_as_it_is_decided() {
    let engine = files::engine();
    let pack = pack(&engine);
    let mut scratch = Scratch::new();
    for engine in [None, Some(&engine)] {
        for question in QUESTIONS {
            let decided = explain(question, Locale::En, engine, Some(&pack), &mut scratch);
            let ranking = rank(question, engine, &pack, &mut scratch);
            let entries = |ranked: &[Ranked]| -> Vec<_> {
                ranked.iter().map(|ranked| (ranked.entry.clone(), ranked.evidence)).collect()
            };
            assert_eq!(entries(&decided.ranked), entries(&ranking.ranked), "{question}");
            assert_eq!(decided.probability, Some(ranking.probability), "{question}");
        }
    }
}

#[test]
fn what_an_earlier_stage_decides_is_ranked_on_request_only() {
    let engine = files::engine();
    let pack = pack(&engine);
    let mut scratch = Scratch::new();
    explain(QUESTIONS[0], Locale::En, Some(&engine), Some(&pack), &mut scratch);
    for question in ["let me talk to a human", &faq().entries[0].question] {
        let decided = explain(question, Locale::En, Some(&engine), Some(&pack), &mut scratch);
        assert!(decided.ranked.is_empty() && decided.probability.is_none(), "{question}");
        let ranking = rank(question, Some(&engine), &pack, &mut scratch);
        assert_eq!(ranking.ranked.len(), 3, "{question}");
    }
}

#[test]
fn an_entry_is_known_by_the_words_of_all_its_phrases() {
    let engine = files::engine();
    let pack = pack(&engine);
    let entry = &faq().entries[0];
    let question = format!("{} {}", entry.question, entry.phrasings[0]);
    for engine in [None, Some(&engine)] {
        let found = rank(&question, engine, &pack, &mut Scratch::new()).evidence;
        assert!(found[0].coverage > 0.999 && found[0].contained > 0.999, "{:?}", found[0]);
        assert!(found[0].lexical < 0.99, "one phrase has not all the words: {:?}", found[0]);
        let others = found[1..].iter().filter(|other| other.coverage > 0.9).count();
        assert_eq!(others, 0, "no other entry has these words");
    }
}

#[test]
fn without_thresholds_only_vetoes_are_silent() {
    let engine = files::engine();
    let pack = pack(&engine).without_thresholds();
    let mut scratch = Scratch::new();
    let mut decide = |question: &str| {
        ask(question, Locale::En, Some(&engine), Some(&pack), &mut scratch).decision
    };
    let spoken = QUESTIONS.iter().filter(|question| {
        matches!(decide(question), Decision::Answer { .. } | Decision::AskBack { .. })
    });
    assert!(spoken.count() >= 3, "hardly anything is answered or asked back");
    let vetoed = decide("qzxwv jkkqzz wvvxq");
    let named = matches!(vetoed, Decision::Abstain { reason: AbstainReason::UnknownWords, .. });
    assert!(named, "{vetoed:?}");
}
