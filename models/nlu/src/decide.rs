//! From a question to a decision: hand off, exact, ranking, calibration, vetoes. A wrong answer
//! costs more than silence, so every stage may only make the bot more careful.

use protocol::locale::Locale;
use protocol::understanding::{
    AbstainReason, Candidate, Choice, Confidence, Decision, EntityKind, HandOffReason, Intent,
    Tier, Understanding,
};

use crate::courtesy::without_courtesy;
use crate::engine::Engine;
use crate::entity;
use crate::hand_off;
use crate::locale::detect_locale;
use crate::pack::Pack;
use crate::pack::score::Hints;
use crate::scratch::Scratch;

/// What a question was understood as, and what to do about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub understanding: Understanding,
    pub decision: Decision,
}

/// The manifest's intent of those who ask for a person.
const WANTS_PERSON: &str = "talk_to_person";

/// Least probability of that intent. Of held-out lines that ask for a person in uncommon words a
/// third reach it, of held-out ordinary questions 0.2 %.
const HAND_OFF_INTENT_MIN: f32 = 0.9;

/// Kinds that make a question about one case: an entry answers it only if it says that it does.
const PERSONAL: [EntityKind; 4] = [
    EntityKind::OrderNumber,
    EntityKind::TrackingNumber,
    EntityKind::Amount,
    EntityKind::CardNumber,
];

/// Without an encoder, longer texts are stories. With one, its positions are the limit.
const TEXT_CHARS_MAX: usize = 300;

/// Share of words that neither pack nor vocabulary knows.
const UNKNOWN_WORDS_MAX: f32 = 0.5;

/// Two entries whose fused scores are nearer than this cannot be told apart.
const CLOSE: f32 = 0.03;

/// Understands `question` and decides. `locale` is the visitor's; the text may say otherwise.
pub fn ask(
    question: &str,
    locale: Locale,
    engine: Option<&Engine>,
    pack: Option<&Pack>,
    scratch: &mut Scratch,
) -> Asked {
    let locale = detect_locale(question, locale);
    scratch.words.read(question);
    let mut intent = None;
    let mut small_talk = 0.0;
    let entities = match engine {
        Some(engine) => {
            engine.encode(question, scratch);
            intent = Some(engine.intent(scratch));
            small_talk = engine.small_talk(scratch);
            entity::find_with_tags(question, engine, scratch)
        }
        None => entity::find_by_rules(question),
    };
    let fitting = engine.filter(|engine| pack.is_none_or(|pack| pack.fits(engine)));
    let mut understanding = Understanding {
        locale,
        tier: if fitting.is_some() { Tier::Encoder } else { Tier::Lexical },
        intent,
        entities,
    };
    let stage = Stage { engine: fitting, pack, small_talk, understanding: &understanding };
    let decision = stage.decide(scratch);
    if matches!(decision, Decision::Answer { tier: Tier::Exact, .. }) {
        understanding.tier = Tier::Exact;
    }
    Asked { understanding, decision }
}

struct Stage<'a> {
    /// Only when the pack's vectors are its own.
    engine: Option<&'a Engine>,
    pack: Option<&'a Pack>,
    small_talk: f32,
    understanding: &'a Understanding,
}

impl Stage<'_> {
    fn decide(&self, scratch: &mut Scratch) -> Decision {
        if scratch.words.normalized.is_empty() {
            return abstain(AbstainReason::Empty);
        }
        // A person is one message away, whatever the FAQ says about it.
        if hand_off::wants_person(&scratch.words.normalized) {
            return Decision::HandOff { reason: HandOffReason::WantsPerson };
        }
        let exact =
            self.pack.and_then(|pack| Some((pack, exact(pack, &scratch.words.normalized)?)));
        if let Some((pack, entry)) = exact {
            let (entry, confidence) = (pack.id(entry).clone(), Confidence(1.0));
            return Decision::Answer { entry, confidence, tier: Tier::Exact };
        }
        if let Some(reason) = hand_off::reason(&scratch.words.normalized) {
            return Decision::HandOff { reason };
        }
        let Some(pack) = self.pack else {
            return self.handed_off().unwrap_or(abstain(AbstainReason::NoPack));
        };
        if self.too_long(scratch) {
            return self.handed_off().unwrap_or(abstain(AbstainReason::TooLong));
        }
        rank_read(pack, self.engine.map(|_| self.small_talk), scratch);
        self.weigh(pack, scratch)
    }

    /// Decides on the ranking in `scratch`.
    fn weigh(&self, pack: &Pack, scratch: &Scratch) -> Decision {
        let calibration = pack.calibration(self.engine.is_some());
        let probability = calibration.probability(&scratch.rank.features);
        let candidates = candidates(pack, scratch, probability);
        let abstain = |reason| Decision::Abstain { reason, candidates: candidates.clone() };
        let Some(&(best, evidence)) = scratch.rank.ranked.first() else {
            return self.handed_off().unwrap_or(abstain(self.unsure()));
        };
        if self.unknown_words(pack, scratch) {
            return abstain(AbstainReason::UnknownWords);
        }
        if probability < calibration.ask_min
            && let Some(handed_off) = self.handed_off()
        {
            return handed_off;
        }
        if probability >= calibration.ask_min && !self.covered(pack, best) {
            return abstain(AbstainReason::NotCovered);
        }
        if probability >= calibration.answer_min && !shared(pack, &scratch.words.normalized) {
            let (entry, confidence) = (pack.id(best).clone(), Confidence(probability));
            return Decision::Answer { entry, confidence, tier: self.understanding.tier };
        }
        if probability >= calibration.ask_min
            && let Some(choices) = self.choices(pack, scratch)
        {
            return Decision::AskBack { choices };
        }
        let rival = scratch.rank.ranked.get(1).map_or(0.0, |(_, rival)| rival.fused);
        let close = probability >= calibration.ask_min && evidence.fused - rival < CLOSE;
        abstain(if close { AbstainReason::TooClose } else { self.unsure() })
    }

    /// Why nothing can be answered: for want of a model, or because nothing fits.
    fn unsure(&self) -> AbstainReason {
        if self.understanding.intent.is_none() {
            AbstainReason::NoModel
        } else {
            AbstainReason::BelowThreshold
        }
    }

    /// The model is sure that a person is asked for, in whatever words.
    fn handed_off(&self) -> Option<Decision> {
        let Intent { name, confidence } = self.understanding.intent.as_ref()?;
        let wanted = name.as_str() == WANTS_PERSON && confidence.0 >= HAND_OFF_INTENT_MIN;
        wanted.then_some(Decision::HandOff { reason: HandOffReason::WantsPerson })
    }

    fn too_long(&self, scratch: &Scratch) -> bool {
        match self.engine {
            Some(_) => scratch.tokens.truncated,
            None => scratch.words.normalized.chars().nth(TEXT_CHARS_MAX).is_some(),
        }
    }

    fn covered(&self, pack: &Pack, entry: u16) -> bool {
        let mut personal =
            self.understanding.entities.iter().filter(|e| PERSONAL.contains(&e.kind));
        personal.all(|entity| pack.covers(entry, entity.kind))
    }

    /// Two or three entries to choose from; `None` when fewer could be meant.
    fn choices(&self, pack: &Pack, scratch: &Scratch) -> Option<Vec<Choice>> {
        let best = scratch.rank.ranked.first().map_or(0.0, |(_, evidence)| evidence.fused);
        let near =
            scratch.rank.ranked.iter().filter(|(_, evidence)| evidence.fused >= CHOICE_MIN * best);
        let choices: Vec<Choice> = near
            .filter(|(entry, _)| self.covered(pack, *entry))
            .map(|(entry, _)| Choice {
                entry: pack.id(*entry).clone(),
                question: pack.question(*entry, self.understanding.locale).to_owned(),
            })
            .collect();
        (choices.len() >= 2).then_some(choices)
    }

    /// Whether most words are in neither the pack nor, as whole words, the vocabulary.
    fn unknown_words(&self, pack: &Pack, scratch: &Scratch) -> bool {
        if self.engine.is_none() {
            return false;
        }
        let (mut words, mut unknown) = (0.0_f32, 0.0_f32);
        for word in scratch.tokens.tokens.chunk_by(|_, next| !next.opens_word) {
            words += 1.0;
            unknown += f32::from(u8::from(strange(word, pack, scratch)));
        }
        unknown > UNKNOWN_WORDS_MAX * words
    }
}

/// The entry of this very phrase, politeness aside.
fn exact(pack: &Pack, normalized: &str) -> Option<u16> {
    pack.exact(normalized).or_else(|| pack.exact(without_courtesy(normalized)))
}

/// Ranks the entries for the question in `scratch`. `small_talk` is `None` without an encoder that
/// fits the pack.
pub(crate) fn rank_read(pack: &Pack, small_talk: Option<f32>, scratch: &mut Scratch) {
    let Scratch { words, rank, encoder, .. } = scratch;
    pack.score_words(words, &(0..0));
    let vector = small_talk.map(|_| encoder.vector.as_slice());
    let hints = Hints { small_talk: small_talk.unwrap_or(0.0), without: 0..0 };
    pack.rank(vector, words, &hints, rank);
}

/// Whether two entries have this very phrase, politeness aside.
fn shared(pack: &Pack, normalized: &str) -> bool {
    pack.is_shared(normalized) || pack.is_shared(without_courtesy(normalized))
}

/// Choices score at least this share of the best.
const CHOICE_MIN: f32 = 0.6;

/// A word of so many pieces is spelled out rather than known.
const PIECES_KNOWN_MAX: usize = 3;

fn strange(word: &[crate::wordpiece::Token], pack: &Pack, scratch: &Scratch) -> bool {
    let unknown = word.iter().any(|token| token.id == crate::wordpiece::UNKNOWN);
    if !unknown && word.len() <= PIECES_KNOWN_MAX {
        return false;
    }
    // Normalization drops what folding and punctuation drop, so the words cannot be matched by
    // place: strange when no word of the question that long is a word of the pack.
    let length = (word[word.len() - 1].end - word[0].start) as usize;
    let mut known = scratch.words.normalized.split(' ').filter(|w| pack.lexicon().has_word(w));
    !known.any(|w| w.chars().count() == length)
}

/// The ranked entries; those behind the best share its probability by score.
fn candidates(pack: &Pack, scratch: &Scratch, probability: f32) -> Vec<Candidate> {
    let best = scratch.rank.ranked.first().map_or(1.0, |(_, evidence)| evidence.fused);
    let candidate = |&(entry, evidence): &(u16, crate::pack::Evidence)| Candidate {
        entry: pack.id(entry).clone(),
        confidence: Confidence(probability * (evidence.fused / best)),
    };
    scratch.rank.ranked.iter().map(candidate).collect()
}

fn abstain(reason: AbstainReason) -> Decision {
    Decision::Abstain { reason, candidates: Vec::new() }
}
