//! Who is given a kept decision, who waits, and who must ask.

use protocol::locale::Locale;

use super::*;
use crate::pipeline::fixture::{ABOUT, PHRASE, SILENT, explained, pack, shop, silence};

const EN: Locale = Locale::En;

fn basis() -> Basis {
    Basis { pack: pack().version().clone(), model: [1; 32] }
}

fn question(text: &str) -> Question {
    Question::of(&shop(), basis(), text, EN, &pack()).expect("it may be kept")
}

fn ticket(cache: &Cache, question: Question) -> Ticket {
    match cache.find(question) {
        Found::Missing(ticket) => ticket,
        Found::Exact(_) | Found::Neighbour(_) | Found::UnderWay(_) => panic!("nobody asked it"),
    }
}

fn keep(cache: &Cache, text: &str) {
    ticket(cache, question(text)).keep(&explained(text));
}

fn found(cache: &Cache, question: Question) -> &'static str {
    match cache.find(question) {
        Found::Exact(_) => "exact",
        Found::Neighbour(_) => "neighbour",
        Found::UnderWay(_) => "under way",
        Found::Missing(_) => "missing",
    }
}

#[test]
fn the_text_as_the_model_reads_it_is_found_again() {
    let cache = Cache::default();
    keep(&cache, ABOUT);
    assert_eq!(found(&cache, question(ABOUT)), "exact");
    assert_eq!(found(&cache, question(&ABOUT.to_uppercase())), "exact");
    assert_eq!(found(&cache, question(&format!("{ABOUT}?"))), "missing", "the model sees the mark");
    let zh = Question::of(&shop(), basis(), ABOUT, Locale::Zh, &pack()).unwrap();
    assert_eq!(found(&cache, zh), "missing", "answers have languages");
}

#[test]
fn a_silence_is_lent_to_wordings_near_it_and_to_no_phrase_or_wish() {
    let cache = Cache::default();
    ticket(&cache, question(SILENT)).keep(&silence(SILENT, 0.0));
    assert_eq!(found(&cache, question(&format!("Hello, {SILENT}!! thanks"))), "neighbour");
    assert_eq!(found(&cache, question("an altogether different matter")), "missing");
    let wish = format!("{SILENT} human agent");
    assert!(nlu::wording::words_decide(&wish, &pack()));
    assert_eq!(found(&cache, question(&wish)), "missing", "a person is one message away");
}

#[test]
fn a_silence_near_its_threshold_is_not_lent() {
    // Of the half from which the fixture asks back.
    let most = CLEAR_SILENCE / 2.0;
    for (probability, expected) in
        [(0.0, Lending::Alike), (most, Lending::Alike), (1.1 * most, Lending::Nobody)]
    {
        assert_eq!(lending(&silence(SILENT, probability)), expected, "{probability}");
    }
    let mut vetoed = silence(SILENT, 0.0);
    let reason = AbstainReason::NotCovered;
    vetoed.asked.decision = Decision::Abstain { reason, candidates: Vec::new() };
    assert_eq!(lending(&vetoed), Lending::Nobody, "this one had an answer");
    assert_eq!(lending(&explained(PHRASE)), Lending::SameWords);
}

#[test]
fn a_neighbour_lends_its_decision_and_not_its_entities() {
    let cache = Cache::default();
    let mut said = silence(SILENT, 0.0);
    let place = Entity { kind: EntityKind::Place, start: 0, end: 99, value: "x".to_owned() };
    said.asked.understanding.entities.push(place);
    ticket(&cache, question(SILENT)).keep(&said);
    match cache.find(question(&format!("{SILENT}!"))) {
        Found::Neighbour(asked) => {
            assert_eq!(asked.decision, said.asked.decision);
            assert_eq!(asked.understanding.entities, []);
        }
        Found::Exact(_) | Found::UnderWay(_) | Found::Missing(_) => panic!("nothing was lent"),
    }
}

#[test]
fn a_phrase_of_the_faq_is_lent_to_the_same_words() {
    let cache = Cache::default();
    keep(&cache, PHRASE);
    assert_eq!(found(&cache, question(&format!("hi, {PHRASE} please"))), "neighbour");
    assert_eq!(found(&cache, question(&format!("{PHRASE} tomorrow"))), "missing");
}

#[test]
fn a_new_pack_or_model_empties_the_site_and_no_other() {
    let cache = Cache::default();
    keep(&cache, ABOUT);
    let other = SiteKey::parse("other").unwrap();
    let of = |site: &SiteKey, model| {
        let basis = Basis { model: [model; 32], ..basis() };
        Question::of(site, basis, ABOUT, EN, &pack()).unwrap()
    };
    assert_eq!(found(&cache, of(&other, 1)), "missing");
    let late = ticket(&cache, question("asked before the change"));
    assert_eq!(found(&cache, of(&shop(), 2)), "missing");
    late.keep(&explained(ABOUT));
    assert_eq!(found(&cache, question("asked before the change")), "missing", "kept too late");
}

#[test]
fn a_persons_own_affair_is_never_kept() {
    for text in ["where is order #4471-2093", "you took $20 twice", "call me at 0171 2345678"] {
        assert!(Question::of(&shop(), basis(), text, EN, &pack()).is_none(), "{text}");
    }
    let cache = Cache::default();
    let mut said = explained(ABOUT);
    let person = Entity { kind: EntityKind::Person, start: 0, end: 1, value: "x".to_owned() };
    said.asked.understanding.entities.push(person);
    ticket(&cache, question(ABOUT)).keep(&said);
    assert_eq!(found(&cache, question(ABOUT)), "missing", "the tagger saw a name");
    assert!(Question::of(&shop(), basis(), &"x ".repeat(200), EN, &pack()).is_none(), "a story");
}

#[tokio::test]
async fn one_asks_and_the_others_wait() {
    let cache = Cache::default();
    let first = ticket(&cache, question(ABOUT));
    let Found::UnderWay(mut waiting) = cache.find(question(ABOUT)) else { panic!("not waiting") };
    drop(first);
    assert!(waiting.wait_for(Option::is_some).await.is_err(), "nothing came of it");
    let second = ticket(&cache, question(ABOUT));
    let Found::UnderWay(mut waiting) = cache.find(question(ABOUT)) else { panic!("not waiting") };
    second.keep(&explained(ABOUT));
    let told = waiting.wait_for(Option::is_some).await.unwrap().clone();
    assert_eq!(told.unwrap().decision, explained(ABOUT).asked.decision);
    assert_eq!(found(&cache, question(ABOUT)), "exact");
}

#[test]
fn the_number_of_sites_is_bounded() {
    let cache = Cache::default();
    for number in 0..=SITES_MAX {
        let site = SiteKey::parse(&format!("site{number}")).unwrap();
        ticket(&cache, Question::of(&site, basis(), ABOUT, EN, &pack()).unwrap())
            .keep(&explained(ABOUT));
    }
    assert_eq!(cache.lock().by_key.len(), SITES_MAX);
    let first = SiteKey::parse("site0").unwrap();
    assert!(!cache.lock().by_key.contains_key(&first), "the longest idle one went");
}
