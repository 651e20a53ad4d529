//! The widget's words, by number: each language is a file of its own in `widget/locales`, of which
//! a browser loads one. The build leaves names out of it; the tests hold every file against them.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::ops::Index;

use js_sys::Function;
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use wasm_bindgen::{JsCast, JsValue};

use crate::cell::OnPage;
use crate::page::{callback, texts};
use crate::words::joined;

/// Stands in a word where a name or a number goes.
const GAP: u8 = b'%';

macro_rules! words {
    ($($word:ident,)*) => {
        /// Each is the line of its place in the files.
        #[derive(Debug, Clone, Copy)]
        pub(crate) enum Word {
            $($word,)*
        }

        const WORDS: &[Word] = &[$(Word::$word,)*];
    };
}

words! {
    Chat, Composer, Send, Attach, Emoji, Menu, Close, TalkToPerson, PersonAsked, WithAgent,
    StatusConnecting, StatusOnline, StatusInstant, StatusReconnecting, StatusPersonComing,
    QueuePosition, Welcome, WelcomeText, PrivateHint, You, Bot, InstantAnswer, OnDevice,
    WrongAnswer, Flagged, Choices, NoneOfThese, Waiting, WaitingOffline, Sent, Delivered, Read,
    Unsent, Retry, OutboxFull, TextTooLong, StorageBlocked, SlowedDown, LoadInstant,
    LoadingInstant, AskingPerson, HandedOff, HandedOffNotAnswered, AgentJoined, GivenBack,
    AnswerFlagged, Resolved, Reopened, Typing, Thinking, Agent, Today, Yesterday,
    RefusedEmptyText, RefusedTooLong, RefusedTooFast, RefusedNotRecognized, RefusedNotSetUp,
    RefusedGone, RefusedClosedForVisitor, RefusedBotSilent, RefusedNoSpace, RefusedBusy,
    RefusedWentWrong,
}

/// One language.
pub(crate) struct Strings {
    pub(crate) locale: Locale,
    words: Vec<String>,
}

impl Index<Word> for Strings {
    type Output = str;

    fn index(&self, word: Word) -> &str {
        self.words.get(word as usize).map_or("", String::as_str)
    }
}

impl Strings {
    /// Takes the words as they came; `None` when they are not those of this version.
    pub(crate) fn of_words(locale: Locale, words: Vec<String>) -> Option<Self> {
        (words.len() == WORDS.len()).then_some(Self { locale, words })
    }

    /// The word, with something in its gap where it has one.
    pub(crate) fn with(&self, word: Word, what: &str) -> String {
        let text = &self[word];
        let gap = text.bytes().position(|byte| byte == GAP);
        match gap.and_then(|gap| Some((text.get(..gap)?, text.get(gap + 1..)?))) {
            Some((before, after)) => joined(&[before, what, after]),
            None => text.to_owned(),
        }
    }
}

/// Why something was refused, and what to do next.
pub(crate) fn refusal_word(code: RefusalCode) -> Word {
    match code {
        RefusalCode::EmptyText => Word::RefusedEmptyText,
        RefusalCode::TextTooLong | RefusalCode::FrameTooLarge => Word::RefusedTooLong,
        RefusalCode::TooFast => Word::RefusedTooFast,
        RefusalCode::TokenMissing
        | RefusalCode::TokenInvalid
        | RefusalCode::TokenExpired
        | RefusalCode::NotSignedIn
        | RefusalCode::WrongCredentials
        | RefusalCode::CodeNeeded
        | RefusalCode::CodeWrong
        | RefusalCode::SecondFactorNeeded
        | RefusalCode::InvitationInvalid
        | RefusalCode::AddressTaken
        | RefusalCode::LastOwner
        | RefusalCode::SetUpLinkInvalid => Word::RefusedNotRecognized,
        RefusalCode::UnknownSite | RefusalCode::UnknownOrigin | RefusalCode::IdentityRefused => {
            Word::RefusedNotSetUp
        }
        RefusalCode::UnknownConversation
        | RefusalCode::UnknownMessage
        | RefusalCode::UnknownEntry
        | RefusalCode::NotFound => Word::RefusedGone,
        RefusalCode::Forbidden | RefusalCode::Blocked => Word::RefusedClosedForVisitor,
        RefusalCode::BotSilent => Word::RefusedBotSilent,
        RefusalCode::NoSpace | RefusalCode::LogPoisoned => Word::RefusedNoSpace,
        RefusalCode::Busy => Word::RefusedBusy,
        RefusalCode::MalformedFrame
        | RefusalCode::IdConflict
        | RefusalCode::AssignedMeanwhile
        | RefusalCode::AnsweredMeanwhile
        | RefusalCode::TooMany
        | RefusalCode::InvalidBody
        | RefusalCode::FileTooLarge
        | RefusalCode::FileKind
        | RefusalCode::ImageTooLarge
        | RefusalCode::FileQuota
        | RefusalCode::NotRatable
        | RefusalCode::MailOff
        | RefusalCode::InvalidEmail
        | RefusalCode::UploadStalled => Word::RefusedWentWrong,
    }
}

/// Given by the page, which knows where the files lie.
static LOAD: OnPage<RefCell<Option<Function>>> = OnPage::new(RefCell::new(None));

pub(crate) fn start(load: Function) {
    LOAD.replace(Some(load));
}

/// Brings a language; `done` gets nothing when it cannot be had.
pub(crate) fn load(locale: Locale, done: fn(Option<Strings>)) {
    let Some(load) = LOAD.with_borrow(Clone::clone) else { return };
    let loaded = callback(Box::new(move |words| {
        done(Strings::of_words(locale, texts(&words.unchecked_into())));
    }));
    // It calls back with an array, be it an empty one.
    let _ = load.call2(&JsValue::NULL, &locale.tag().into(), &loaded);
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: &str = include_str!("../boot.js");

    /// A locale without a file does not compile.
    fn file(locale: Locale) -> &'static str {
        match locale {
            Locale::En => include_str!("../locales/en.words"),
            Locale::Zh => include_str!("../locales/zh.words"),
        }
    }

    /// `WelcomeText` as the files write it: `welcome_text`.
    fn written(word: Word) -> String {
        let mut name = String::new();
        for c in format!("{word:?}").chars() {
            if c.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(c.to_lowercase());
        }
        name
    }

    #[test]
    fn every_language_has_each_word_in_its_place_with_its_gap() {
        let expected: Vec<String> = WORDS.iter().map(|word| written(*word)).collect();
        let has_gap = |word: &Word| {
            matches!(word, Word::WithAgent | Word::QueuePosition | Word::AgentJoined | Word::Typing)
        };
        for locale in Locale::ALL {
            let lines = file(locale).lines().filter(|line| !line.starts_with('#'));
            let (names, words): (Vec<_>, Vec<_>) =
                lines.map(|line| line.split_once(": ").unwrap()).unzip();
            assert_eq!(names, expected, "{locale:?}");
            for (word, text) in WORDS.iter().zip(words) {
                let gaps = text.matches(char::from(GAP)).count();
                assert_eq!(gaps, usize::from(has_gap(word)), "{locale:?} {word:?}: {text}");
                assert!(!text.trim().is_empty(), "{locale:?} {word:?}");
            }
        }
    }

    #[test]
    fn the_page_knows_the_file_of_every_language() {
        for locale in Locale::ALL {
            let language = &locale.tag()[..2];
            let entry = format!("{language}: \"{{{{asset:{language}.txt}}}}\"");
            assert!(BOOT.contains(&entry), "{entry}");
        }
    }

    #[test]
    fn a_name_goes_into_the_gap_and_nowhere_else() {
        let mut words = vec!["a".to_owned(); WORDS.len()];
        words[0] = "so % says".to_owned();
        let strings = Strings::of_words(Locale::En, words).unwrap();
        assert_eq!(strings.with(WORDS[0], "Ada"), "so Ada says");
        assert_eq!(strings.with(WORDS[1], "Ada"), "a");
        assert!(Strings::of_words(Locale::En, vec!["a".to_owned()]).is_none());
    }
}
