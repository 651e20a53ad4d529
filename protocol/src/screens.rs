//! What the chat and its second module, which draws what is needed only after a tap, say to each
//! other. Both run in the same page; a number is one word of this list, since every visitor
//! downloads what it takes to read more.

/// From the chat to its forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Screen {
    /// There is nothing to rate any more.
    Nothing,
    /// Sends the files that came along, or asks for some.
    Files,
    Emoji,
    /// The visitor wants a person: asks what is to be asked first.
    Person,
    /// A person was asked for by the bot.
    HandedOff,
    /// How it was; the id of the notice that resolved the conversation comes along.
    Rating,
    /// Asks for leave to store and send, with the words that stand on the page.
    Consent,
    /// Sound, notifications, light or dark, the transcript by mail.
    Menu,
    /// No screen: somebody wrote, and the visitor looks elsewhere.
    Call,
    /// What came of `FromForms::AskToNotify`.
    NotifyAllowed,
    NotifyForbidden,
}

impl Screen {
    pub const ALL: [Self; 11] = [
        Self::Nothing,
        Self::Files,
        Self::Emoji,
        Self::Person,
        Self::HandedOff,
        Self::Rating,
        Self::Consent,
        Self::Menu,
        Self::Call,
        Self::NotifyAllowed,
        Self::NotifyForbidden,
    ];

    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// From the forms to the chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FromForms {
    HumanWanted,
    /// A file arrived; the conversation may have begun with it.
    Uploaded,
    Agreed,
    /// The visitor wants notifications of the desktop.
    AskToNotify,
    /// Shows one, of what was said last.
    Notify,
}

impl FromForms {
    pub const ALL: [Self; 5] =
        [Self::HumanWanted, Self::Uploaded, Self::Agreed, Self::AskToNotify, Self::Notify];

    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_word_it_was_made_of() {
        assert!(Screen::ALL.iter().all(|screen| Screen::of_number(*screen as u8) == Some(*screen)));
        let all = FromForms::ALL.iter();
        assert!(all.clone().all(|word| FromForms::of_number(*word as u8) == Some(*word)));
        assert_eq!(Screen::of_number(11), None);
    }
}
