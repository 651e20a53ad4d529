//! English.

use protocol::conversation::{Notice, Status};
use protocol::http::Role;
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::understanding::{EntityKind, HandOffReason};

use super::Strings;
use crate::text::Span;

pub(super) static STRINGS: Strings = Strings {
    office: &super::office::en::OFFICE,
    language: "English",
    switch_language: "Language",

    starting: "Starting…",
    sign_in_title: "Sign in to your inbox",
    sign_in: "Sign in",
    signing_in: "Signing in…",
    sign_out: "Sign out",
    email: "E-mail",
    password: "Password",
    name: "Name",
    set_up_title: "Welcome to Frontdesk",
    set_up_lead: "Create the first agent. This link works once.",
    set_up: "Create agent and open the inbox",
    setting_up: "Creating…",
    name_hint: "Visitors see this name.",
    password_hint: "At least 8 characters.",
    unreachable: "The server cannot be reached. Check your network and try again.",
    unreadable: "The server gave an answer that this page cannot read. Reload the page.",

    places: "Panels",
    canned_place: "Canned",
    agent_menu: "Your menu",
    faq: "FAQ",
    settings: "Settings",
    inbox: "Inbox",
    filters: "Conversations",
    empty_open: "Nobody is waiting",
    empty_open_hint: "Conversations that need a person appear here at once.",
    empty_bot: "The bot has nothing to do",
    empty_bot_hint: "Conversations that the bot is answering appear here.",
    empty_resolved: "Nothing resolved yet",
    show_more: "Show more",
    unread: "Unread",
    loading: "Loading…",
    newly_waiting: "A visitor is waiting",
    no_words: "No messages yet",

    choose: "Choose a conversation",
    choose_hint: "j and k move, Enter opens, ? lists all keys.",
    back: "Back to the inbox",
    close: "Close",
    take_over: "Take over",
    give_back: "Give back to bot",
    resolve: "Resolve",
    reopen: "Reopen",
    details: "Details",
    transcript: "Messages",
    reply_label: "Your reply",
    reply_takes_over: "The bot is answering. Your reply takes the conversation over.",
    reply_too_long: "This reply is too long. Please send it in parts.",
    outbox_full: "Too many unsent replies. Wait until the connection is back.",
    send: "Send",
    resolved_bar: "This conversation is resolved.",
    visitor_typing: "The visitor is typing…",
    sending: "Sending…",
    sent: "Sent",
    delivered: "Delivered",
    read: "Read",
    not_sent: "Not sent.",
    try_again: "Try again",
    discard: "Discard",
    today: "Today",
    yesterday: "Yesterday",
    bot: "Bot",
    answered_in_browser: "Answered in the browser",
    answered_on_server: "Answered by the server",
    asked_back: "Asked back",
    entry: "Entry",
    file: "File",
    attach: "Attach files",
    uploads: "Files on their way",
    upload_failed: "Not sent. Check your network and try again.",
    emoji: "Emoji",
    contact: "Contact",
    no_contact: "No details given",
    phone: "Phone",
    answered: "Answer",
    score: "Rating",

    intent: "Intent",
    no_intent: "Not recognized",
    entities: "Entities",
    no_entities: "None found",
    locale: "Language",
    status: "Status",
    waiting_since: "Waiting",
    nobody_waits: "Nobody waits",
    assignee: "Assignee",
    nobody: "Nobody",
    bot_mode: "Bot",
    bot_answering: "Answering",
    bot_silent: "Silent",
    site: "Site",
    confidence: "Confidence",

    live: "Connected",
    connecting: "Connecting…",
    reconnecting: "Connection lost. Reconnecting… What you write is kept and will be sent.",
    stopped: "The server closed the connection.",
    shedding: "The service is under heavy load. Messages are delivered; typing signs are off.",

    keys: "Keyboard",

    visitor,
    waiting,
    ago,
    unsent,
    waiting_count,
    locale_name,
    status_name,
    role_name,
    entity_name,
    // An intent's own name is English.
    intent_name: |_| None,
    notice,
    refusal,
};

fn visitor(id: &str) -> String {
    format!("Visitor {id}")
}

fn length(span: Span) -> String {
    match span {
        Span::UnderAMinute => "<1 min".to_owned(),
        Span::Minutes(count) => format!("{count} min"),
        Span::Hours(count) => format!("{count} h"),
        Span::Days(count) => format!("{count} d"),
    }
}

fn waiting(span: Span) -> String {
    format!("waits {}", length(span))
}

fn ago(span: Span) -> String {
    match span {
        Span::UnderAMinute => "now".to_owned(),
        Span::Minutes(_) | Span::Hours(_) | Span::Days(_) => length(span),
    }
}

fn unsent(count: usize) -> String {
    match count {
        1 => "1 reply waits to be sent.".to_owned(),
        _ => format!("{count} replies wait to be sent."),
    }
}

fn waiting_count(count: usize) -> String {
    match count {
        0 => "Nobody waiting".to_owned(),
        1 => "1 waiting".to_owned(),
        _ => format!("{count} waiting"),
    }
}

fn locale_name(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "English",
        Locale::Zh => "Chinese",
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Pending => "With the bot",
        Status::Open => "Open",
        Status::Snoozed => "Snoozed",
        Status::Resolved => "Resolved",
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::Agent => "Agent",
        Role::Viewer => "Viewer",
    }
}

fn entity_name(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::OrderNumber => "Order number",
        EntityKind::TrackingNumber => "Tracking number",
        EntityKind::Phone => "Phone",
        EntityKind::Email => "E-mail",
        EntityKind::Url => "Link",
        EntityKind::Date => "Date",
        EntityKind::Time => "Time",
        EntityKind::Amount => "Amount",
        EntityKind::Quantity => "Quantity",
        EntityKind::CardNumber => "Card number",
        EntityKind::Person => "Person",
        EntityKind::Address => "Address",
        EntityKind::Product => "Product",
        EntityKind::Issue => "Issue",
        EntityKind::Place => "Place",
        EntityKind::Company => "Company",
    }
}

fn notice(notice: &Notice) -> String {
    match notice {
        Notice::HandedOff { reason: HandOffReason::WantsPerson } => {
            "Handed off: the visitor asked for a person".to_owned()
        }
        Notice::HandedOff { reason: HandOffReason::Complaint } => {
            "Handed off: the visitor complained".to_owned()
        }
        Notice::HandedOff { reason: HandOffReason::NotAnswered } => {
            "Handed off: the bot had no answer".to_owned()
        }
        Notice::AgentJoined { name } => format!("{name} joined"),
        Notice::GivenBack => "Given back to the bot".to_owned(),
        Notice::AnswerFlagged { .. } => "The visitor marked an answer as wrong".to_owned(),
        Notice::Resolved => "Resolved".to_owned(),
        Notice::Reopened => "Reopened".to_owned(),
        Notice::Rated { score, comment } => {
            let score = u8::from(*score);
            let said =
                if comment.is_empty() { String::new() } else { format!(": “{comment}”") };
            format!("The visitor rated this {score} of 5{said}")
        }
    }
}

fn refusal(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::MalformedFrame => "The server could not read this. Reload the page.",
        RefusalCode::FrameTooLarge | RefusalCode::TextTooLong => "The text is too long.",
        RefusalCode::EmptyText => "There is nothing to send.",
        RefusalCode::TooFast => "Too many at once. Wait a moment.",
        RefusalCode::TokenMissing | RefusalCode::TokenInvalid | RefusalCode::NotSignedIn => {
            "Please sign in again."
        }
        RefusalCode::TokenExpired => "You were signed out after a while. Please sign in again.",
        RefusalCode::IdentityRefused => "The site did not prove who this visitor is.",
        RefusalCode::UnknownSite => "This site does not exist.",
        RefusalCode::UnknownOrigin => "The console was opened from an address that is not allowed.",
        RefusalCode::UnknownConversation => "This conversation does not exist.",
        RefusalCode::UnknownEntry => "This FAQ entry does not exist.",
        RefusalCode::UnknownMessage => "This message does not exist.",
        RefusalCode::IdConflict => "This was already written differently. Write it anew.",
        RefusalCode::Forbidden => "Your role does not allow this.",
        RefusalCode::WrongCredentials => "E-mail or password is wrong.",
        RefusalCode::CodeNeeded => "Enter the code of your authenticator app.",
        RefusalCode::CodeWrong => {
            "The code is wrong or was used already. Wait for the next one and try again."
        }
        RefusalCode::SecondFactorNeeded => {
            "Your owner requires a second factor. Set it up in your profile first."
        }
        RefusalCode::InvitationInvalid => {
            "This invitation was used, taken back or has expired. Ask for a new one."
        }
        RefusalCode::AddressTaken => "Somebody has an account with this e-mail address already.",
        RefusalCode::LastOwner => "The last owner must stay. Make somebody else an owner first.",
        RefusalCode::SetUpLinkInvalid => {
            "This set-up link was used or has expired. Restart the server for a new one."
        }
        RefusalCode::AssignedMeanwhile => "A colleague has this conversation by now.",
        RefusalCode::AnsweredMeanwhile => {
            "A colleague has answered meanwhile. Read that first; try again sends yours all the same."
        }
        RefusalCode::Blocked => "This visitor is blocked.",
        RefusalCode::TooMany => "There are as many as there may be. Remove one first.",
        RefusalCode::BotSilent => "The bot is silent because a person is answering.",
        RefusalCode::InvalidBody => "Something in the form is not valid. Check your entries.",
        RefusalCode::NoSpace => "The server's disk is full. Tell the operator.",
        RefusalCode::LogPoisoned => "The server cannot write to its disk. Tell the operator.",
        RefusalCode::Busy => "The server is busy. Try again in a moment.",
        RefusalCode::NotFound => "This does not exist.",
        RefusalCode::FileTooLarge => "The file is too large. Send a smaller one.",
        RefusalCode::FileKind => {
            "This kind of file cannot be sent, or its content is not what its name says."
        }
        RefusalCode::ImageTooLarge => "The image has too many pixels. Make it smaller first.",
        RefusalCode::FileQuota => "There is no room for more files here. Tell the owner.",
        RefusalCode::NotRatable => "This was rated before.",
        RefusalCode::MailOff => "Mail is not set up. Ask the operator to add `[mail]`.",
        RefusalCode::InvalidEmail => "This is not an e-mail address.",
        RefusalCode::UploadStalled => "The upload stopped. Check your network and try again.",
    }
}
