//! The words of mails, in plain text: transcripts for visitors, notes for the site. Pure; what
//! strangers wrote stays text, whatever it looks like.

use std::sync::Arc;

use protocol::conversation::{Author, Body, Message, Notice};
use protocol::forms::Contact;
use protocol::locale::Locale;

/// Subject and text of a transcript.
pub(super) fn transcript(
    site: &str,
    messages: &[Arc<Message>],
    locale: Locale,
) -> (String, String) {
    let words = words(locale);
    let mut text = format!("{}\n\n", (words.lead)(site));
    for message in messages {
        let Some(said) = said(&message.body, words) else { continue };
        let author = match &message.author {
            Author::Visitor => words.you,
            Author::Bot { .. } => words.bot,
            Author::Agent { name, .. } => name,
            Author::System => site,
        };
        let at = moment(message.at_ms);
        let room = crate::mail::TEXT_BYTES_MAX.saturating_sub(text.len());
        let line = format!("[{at}] {author}:\n{said}\n\n");
        if line.len() + words.cut.len() > room {
            text.push_str(words.cut);
            break;
        }
        text.push_str(&line);
    }
    ((words.subject)(site), text)
}

/// Subject and text of what a visitor left while nobody was there. Owners read English and Chinese
/// alike; the site's name is theirs.
pub(super) fn note(site: &str, contact: &Contact) -> (String, String) {
    let none = String::new();
    let part = |part: &Option<String>| part.as_ref().unwrap_or(&none).clone();
    let subject = format!("{site}: a visitor left a note / 访客留言");
    let text = format!(
        "Name / 姓名: {}\nE-mail / 邮箱: {}\nPhone / 电话: {}\nAnswer / 回答: {}\n\n\
         The conversation waits in the inbox.\n对话已在收件箱中等候处理。\n",
        part(&contact.name),
        part(&contact.email),
        part(&contact.phone),
        part(&contact.answer),
    );
    (subject, text)
}

struct Words {
    subject: fn(&str) -> String,
    lead: fn(&str) -> String,
    you: &'static str,
    bot: &'static str,
    file: fn(&str) -> String,
    resolved: &'static str,
    handed_off: &'static str,
    choices: &'static str,
    cut: &'static str,
}

fn words(locale: Locale) -> &'static Words {
    match locale {
        Locale::En => &Words {
            subject: |site| format!("Your conversation with {site}"),
            lead: |site| format!("This is your conversation with {site}. Times are in UTC."),
            you: "You",
            bot: "Assistant",
            file: |name| format!("(file: {name})"),
            resolved: "The conversation was closed.",
            handed_off: "A person was asked to answer.",
            choices: "Did you mean one of these?",
            cut: "(The rest is left out.)\n",
        },
        Locale::Zh => &Words {
            subject: |site| format!("您与{site}的对话记录"),
            lead: |site| format!("以下是您与{site}的对话记录，时间为协调世界时（UTC）。"),
            you: "我",
            bot: "智能助手",
            file: |name| format!("（文件：{name}）"),
            resolved: "本次对话已结束。",
            handed_off: "已转接人工客服。",
            choices: "您想问的是不是：",
            cut: "（后续内容已省略。）\n",
        },
    }
}

fn said(body: &Body, words: &Words) -> Option<String> {
    match body {
        Body::Text { text } | Body::Rich { text, .. } => Some(text.clone()),
        Body::Answer { html, .. } => Some(plain(html)),
        Body::Choices { choices, .. } => {
            let questions = choices.iter().map(|choice| format!("\n- {}", choice.question));
            Some(questions.fold(words.choices.to_owned(), |text, question| text + &question))
        }
        Body::File { file } => Some((words.file)(&file.name)),
        Body::Notice { notice } => match notice {
            Notice::Resolved => Some(words.resolved.to_owned()),
            Notice::HandedOff { .. } => Some(words.handed_off.to_owned()),
            Notice::AgentJoined { .. }
            | Notice::GivenBack
            | Notice::AnswerFlagged { .. }
            | Notice::Reopened
            | Notice::Rated { .. } => None,
        },
    }
}

/// The words of an answer without its markup, which the server wrote and so is well formed.
fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        if matches!(tag, "/p" | "/li" | "br" | "br /" | "/h1" | "/h2" | "/h3" | "/tr") {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    let read = entities.iter().fold(text, |text, (name, sign)| text.replace(name, sign));
    read.trim().to_owned()
}

fn moment(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use protocol::ids::{MessageId, Seq};
    use uuid::Uuid;

    use super::*;

    fn message(author: Author, body: Body) -> Arc<Message> {
        Arc::new(Message {
            id: MessageId(Uuid::from_u128(1)),
            seq: Seq(1),
            at_ms: 1_790_000_000_000,
            author,
            body,
            understanding: None,
        })
    }

    #[test]
    fn a_transcript_is_plain_text_in_the_readers_language() {
        let messages = [
            message(Author::Visitor, Body::Text { text: "<b>hi</b>".to_owned() }),
            message(Author::System, Body::Notice { notice: Notice::Resolved }),
            message(Author::System, Body::Notice { notice: Notice::Reopened }),
        ];
        let (subject, text) = transcript("Shop", &messages, Locale::En);
        assert_eq!(subject, "Your conversation with Shop");
        assert!(text.contains("[2026-09-21 14:13] You:\n<b>hi</b>\n"), "{text}");
        assert!(text.contains("closed") && !text.contains("Reopened"), "{text}");
        assert!(transcript("茶铺", &messages, Locale::Zh).1.contains("我:"));
    }

    #[test]
    fn an_answer_loses_its_markup_and_keeps_its_words() {
        assert_eq!(plain("<p>1 &lt; 2 &amp;amp;</p><ul><li>a</li></ul>"), "1 < 2 &amp;\na");
        assert_eq!(plain("<p>Tea<br>pot"), "Tea\npot");
    }

    #[test]
    fn the_longest_transcript_still_fits_a_mail() {
        let long = message(Author::Visitor, Body::Text { text: "x".repeat(8_000) });
        let (_, text) = transcript("Shop", &vec![long; 500], Locale::En);
        assert!(text.len() <= crate::mail::TEXT_BYTES_MAX && text.ends_with("left out.)\n"));
    }
}
