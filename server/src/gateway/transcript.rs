//! A conversation as plain text, for people to keep. Pure.

use std::fmt::Write;
use std::sync::Arc;

use protocol::conversation::{Author, Body, Message};

use super::csv::timestamp;
use crate::history::text_of;

/// In English: whoever reads it may not be who exports it.
pub(super) fn plain(messages: &[Arc<Message>]) -> String {
    let mut out = String::new();
    for message in messages {
        let author = match &message.author {
            Author::Visitor => "Visitor",
            Author::Bot { .. } => "Bot",
            Author::Agent { name, .. } => name.as_str(),
            Author::System => "Frontdesk",
        };
        let text = match &message.body {
            Body::Text { .. } | Body::Rich { .. } | Body::Answer { .. } | Body::File { .. } => {
                text_of(&message.body).unwrap_or_default()
            }
            Body::Choices { choices, .. } => {
                let questions = choices.iter().map(|choice| choice.question.as_str());
                format!("[asked back: {}]", questions.collect::<Vec<_>>().join(" / "))
            }
            Body::Notice { notice } => {
                let notice = serde_json::to_string(notice).unwrap_or_default();
                format!("[{}]", notice.trim_matches('"'))
            }
        };
        // Continued lines are indented, so that no text passes for another's line.
        let text = text.replace('\r', "").replace('\n', "\n    ");
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{} {author}: {text}", timestamp(message.at_ms));
    }
    out
}
