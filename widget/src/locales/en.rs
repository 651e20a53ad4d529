//! English.

use protocol::refusal::RefusalCode;

use super::Strings;
use crate::words::joined;

pub(super) const STRINGS: Strings = Strings {
    chat: "Chat",
    composer: "Write a message…",
    send: "Send",
    attach: "Send a file",
    emoji: "Emoji",
    mail: "Get this by e-mail",
    close: "Close the chat",
    talk_to_person: "Talk to a person",
    person_asked: "A person has been asked",
    with_agent: |name| joined(&["You are talking with ", name]),
    status_connecting: "Connecting…",
    status_online: "We are here to help",
    status_instant: "Instant answers, real people",
    status_reconnecting: "Reconnecting… nothing gets lost",
    status_person_coming: "A person will answer here",
    queue_position: |number| joined(&["You are number ", number, " in line"]),
    welcome: "Hello! What would you like to know?",
    welcome_text: "Common questions are answered at once. A person is one tap away, any time.",
    private_hint: "Instant answers stay on your device until you ask a person",
    you: "You",
    bot: "Assistant",
    instant_answer: "Instant answer",
    on_device: "Only on your device",
    wrong_answer: "Wrong answer?",
    flagged: "Thank you, we will look at this answer.",
    choices: "Did you mean one of these?",
    none_of_these: "None of these",
    waiting: "Sending…",
    waiting_offline: "Waiting for the connection",
    sent: "Sent",
    delivered: "Delivered",
    read: "Read",
    unsent: "Not sent",
    retry: "Try again",
    outbox_full: "Too many messages are waiting for the connection. Your text stays here; please \
        send it when the others have gone.",
    text_too_long: "This is too long for one message. Please send it in two.",
    storage_blocked: "Your browser keeps nothing for this page: leave it open until your messages \
        are sent.",
    slowed_down: "One moment: we are busy. Your message is sent again by itself.",
    load_instant: "Load instant answers",
    loading_instant: "Loading instant answers…",
    asking_person: "Asking for a person…",
    handed_off: "A person has been asked and will answer here. You can keep writing.",
    handed_off_not_answered: "I do not know this one for sure. A person has been asked and will \
        answer here.",
    agent_joined: |name| joined(&[name, " has joined the chat"]),
    given_back: "The assistant answers again. A person is still one tap away.",
    answer_flagged: "You marked an answer as wrong",
    resolved: "This conversation was closed. Write any time to open it again.",
    reopened: "This conversation is open again",
    typing: |name| joined(&[name, " is typing"]),
    thinking: "The assistant is looking it up",
    agent: "Our team",
    today: "Today",
    yesterday: "Yesterday",
    refusal,
};

fn refusal(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::EmptyText => "There was no text in it. Write it again, please.",
        RefusalCode::TextTooLong | RefusalCode::FrameTooLarge => {
            "It is too long. Please send it in two messages."
        }
        RefusalCode::TooFast => "That was very fast. Wait a moment, then try again.",
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
        | RefusalCode::SetUpLinkInvalid => {
            "We no longer recognize this browser. Reload the page, then try again."
        }
        RefusalCode::UnknownSite | RefusalCode::UnknownOrigin | RefusalCode::IdentityRefused => {
            "This chat is not set up for this website. Please tell its owner."
        }
        RefusalCode::UnknownConversation
        | RefusalCode::UnknownMessage
        | RefusalCode::UnknownEntry
        | RefusalCode::NotFound => "What it belongs to is gone. Please write it as a new message.",
        RefusalCode::Forbidden | RefusalCode::Blocked => {
            "This chat is closed for you. Please use another way to reach us."
        }
        RefusalCode::BotSilent => "A person is with you now. Try again, and it goes to them.",
        RefusalCode::NoSpace | RefusalCode::LogPoisoned => {
            "We cannot take messages right now. Please try again in a few minutes."
        }
        RefusalCode::Busy => "We are very busy. Please try again in a minute.",
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
        | RefusalCode::UploadStalled => "Something went wrong on our side. Please try again.",
    }
}
