//! What visitors' forms ask for and bring: settings of the screens, details, ratings, mails. Texts
//! of strangers are bounded here and never interpreted.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use protocol::forms::{
    Availability, COMMENT_BYTES_MAX, CONTACT_BYTES_MAX, Contact, FormPosted, Offers, VisitorForms,
    is_email,
};
use protocol::ids::{ConversationId, MessageId, Seq, VisitorId};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::visitor::VisitorEvent;
use tokio::sync::oneshot;

use super::access::{Visiting, known_visitor};
use super::error::HttpError;
use super::{Gateway, Shared, letter};
use crate::bus::record::Started;
use crate::catalog::{Site, availability};
use crate::clock;
use crate::conversation::{
    Command, Conversations, Reply, ReplyTo, TranscriptError, Write, refusal,
};
use crate::mail::{Mail, MailError};

/// Messages of a transcript that is mailed; older ones are left out, and the mail says so.
const MAIL_MESSAGES_MAX: usize = 2_000;

/// What the visitor's screens need, as it is at this moment.
pub(super) async fn settings(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<Json<VisitorForms>, HttpError> {
    let Visiting { visitor, site } = known_visitor(&gateway, &headers)?;
    gateway.limit_site(&site.key)?;
    let current = gateway.conversations.current_of(visitor);
    let contact = match current {
        Some(conversation) => contact_of(&gateway.conversations, conversation).await,
        None => Contact::default(),
    };
    let forms = site.settings.forms;
    Ok(Json(VisitorForms {
        availability: availability(forms.hours.as_ref(), clock::now_ms()),
        files: forms.files,
        pre_chat: forms.pre_chat,
        contact,
        mail: gateway.mails.is_on() && current.is_some(),
    }))
}

/// Takes what a visitor filled in; answered when it is on disk.
pub(super) async fn take(
    State(gateway): Shared,
    headers: HeaderMap,
    body: Result<Json<FormPosted>, JsonRejection>,
) -> Result<StatusCode, HttpError> {
    let Visiting { visitor, site } = known_visitor(&gateway, &headers)?;
    gateway.limit_site(&site.key)?;
    if !gateway.limits.site_messages.take(&site.key, Instant::now()) {
        return Err(HttpError::new(RefusalCode::TooFast, "too many messages for this site"));
    }
    let Json(form) =
        body.map_err(|error| HttpError::new(RefusalCode::InvalidBody, error.body_text()))?;
    let refused = |code| HttpError::refused(refusal(code), "the form was not taken");
    let current = gateway.conversations.current_of(visitor);
    match form {
        FormPosted::Introduce { message_id: id, contact, locale } => {
            let contact = checked_contact(contact).map_err(refused)?;
            notify_of_note(&gateway, &site, visitor, id, &contact).await;
            let conversation = gateway.conversations.current_or_new(visitor);
            let opening = Some(Started { site: site.key, visitor, locale, at_ms: 0 });
            let command = Command::Introduce { id, contact };
            write(&gateway, conversation, opening, command).await
        }
        FormPosted::Rate { message_id: id, resolved, score, comment } => {
            let comment = checked_comment(&comment).map_err(refused)?;
            let conversation = current.ok_or_else(|| refused(RefusalCode::NotRatable))?;
            let command = Command::Rate { id, resolved, score, comment };
            write(&gateway, conversation, None, command).await
        }
        FormPosted::MailTranscript { message_id: id, email, locale } => {
            let conversation = current.ok_or_else(|| refused(RefusalCode::UnknownConversation))?;
            let wanted = TranscriptWanted { id, conversation, email, locale: Some(locale) };
            mail_transcript(&gateway, wanted).await.map_err(refused)
        }
    }?;
    Ok(StatusCode::NO_CONTENT)
}

/// Bytes of a form: four lines and a comment, with room for escapes.
pub(super) fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(32 * 1024)
}

async fn write(
    gateway: &Gateway,
    conversation: ConversationId,
    opening: Option<Started>,
    command: Command,
) -> Result<(), HttpError> {
    let (sender, answer) = oneshot::channel();
    let reply = Reply::new(command.id(), ReplyTo::Pipeline(sender));
    gateway.conversations.write(Write { conversation, opening, command, reply });
    // A shard that fell over answers nothing; asking again is harmless.
    let answer = answer.await.unwrap_or_else(|_| Err(refusal(RefusalCode::Busy)));
    answer.map_err(|refusal| HttpError::refused(refusal, "the form was not taken"))
}

async fn contact_of(conversations: &Conversations, conversation: ConversationId) -> Contact {
    // A conversation that cannot be read now is asked for its contact again.
    let read = conversations.transcript(conversation, Seq(u64::MAX), 0).await;
    read.ok().and_then(|read| read.summary.contact).map(|contact| *contact).unwrap_or_default()
}

/// Which screens there are for a site's visitors.
pub(super) fn offers(site: &Site) -> Offers {
    let forms = &site.settings.forms;
    let asks = forms.pre_chat.asks_anything() || forms.hours.is_some();
    Offers::of([
        (Offers::FILES, !forms.files.kinds.is_empty()),
        (Offers::PRE_CHAT, asks),
        (Offers::RATING, forms.rating),
    ])
}

/// # Errors
/// A part is too long or no address.
fn checked_contact(contact: Contact) -> Result<Contact, RefusalCode> {
    let part = |text: Option<String>, bytes_max: usize| match text {
        Some(text) if text.len() > bytes_max => Err(RefusalCode::TextTooLong),
        Some(text) => {
            let line: String = text.chars().filter(|c| !c.is_control() || *c == '\n').collect();
            Ok(Some(line.trim().to_owned()).filter(|line| !line.is_empty()))
        }
        None => Ok(None),
    };
    let checked = Contact {
        name: part(contact.name, CONTACT_BYTES_MAX)?,
        email: part(contact.email, CONTACT_BYTES_MAX)?,
        phone: part(contact.phone, CONTACT_BYTES_MAX)?,
        answer: part(contact.answer, COMMENT_BYTES_MAX)?,
    };
    match &checked.email {
        Some(email) if !is_email(email) => Err(RefusalCode::InvalidEmail),
        Some(_) | None => Ok(checked),
    }
}

/// # Errors
/// It is too long.
fn checked_comment(comment: &str) -> Result<String, RefusalCode> {
    if comment.len() > COMMENT_BYTES_MAX {
        return Err(RefusalCode::TextTooLong);
    }
    Ok(comment.trim().to_owned())
}

/// Whose transcript is to be mailed where.
pub(super) struct TranscriptWanted {
    pub(super) id: MessageId,
    pub(super) conversation: ConversationId,
    pub(super) email: String,
    pub(super) locale: Option<Locale>,
}

/// Queues a transcript; returns when it is on disk.
///
/// # Errors
/// There is no mail, no such conversation, or too much of either.
pub(super) async fn mail_transcript(
    gateway: &Gateway,
    wanted: TranscriptWanted,
) -> Result<(), RefusalCode> {
    if !gateway.mails.is_on() {
        return Err(RefusalCode::MailOff);
    }
    if !is_email(&wanted.email) {
        return Err(RefusalCode::InvalidEmail);
    }
    if !gateway.limits.mails.take(&wanted.conversation, Instant::now()) {
        return Err(RefusalCode::TooFast);
    }
    let mut messages: Vec<Arc<protocol::conversation::Message>> = Vec::new();
    let mut after = Seq(0);
    let summary = loop {
        let page = gateway.conversations.transcript(wanted.conversation, after, MAIL_PAGE).await;
        let page = page.map_err(|error| match error {
            TranscriptError::Unknown => RefusalCode::UnknownConversation,
            TranscriptError::Busy => RefusalCode::Busy,
        })?;
        let Some(last) = page.messages.last() else { break page.summary };
        after = last.seq;
        messages.extend(page.messages);
        let surplus = messages.len().saturating_sub(MAIL_MESSAGES_MAX);
        messages.drain(..surplus);
    };
    let site = gateway.catalog.site(&summary.site).map(|site| site.settings.name);
    let site = site.unwrap_or_else(|| summary.site.to_string());
    let locale = wanted.locale.unwrap_or(summary.locale);
    let (subject, text) = letter::transcript(&site, &messages, locale);
    let mail = Mail { id: wanted.id, to: wanted.email, reply_to: None, subject, text };
    queue(gateway, mail).await
}

const MAIL_PAGE: usize = 200;

/// A visitor left their details while nobody is there: the site's own address hears of it, once
/// for each visitor and day.
async fn notify_of_note(
    gateway: &Gateway,
    site: &Site,
    visitor: VisitorId,
    id: MessageId,
    contact: &Contact,
) {
    let forms = &site.settings.forms;
    let now = availability(forms.hours.as_ref(), clock::now_ms());
    let Availability { open: false, .. } = now else { return };
    let Some(to) = forms.notify_email.clone().filter(|_| gateway.mails.is_on()) else { return };
    if !gateway.limits.notes.take(&visitor, Instant::now()) {
        return;
    }
    let (subject, text) = letter::note(&site.settings.name, contact);
    let mail = Mail { id, to, reply_to: contact.email.clone(), subject, text };
    if let Err(code) = queue(gateway, mail).await {
        // The conversation itself waits in the inbox all the same.
        tracing::warn!(?code, "the site's address was not told of a note");
    }
}

async fn queue(gateway: &Gateway, mail: Mail) -> Result<(), RefusalCode> {
    gateway.mails.send(mail).await.map_err(|error| match error {
        MailError::Off => RefusalCode::MailOff,
        MailError::Full => RefusalCode::Busy,
        MailError::TooLong => RefusalCode::TextTooLong,
        MailError::Io(error) => {
            tracing::error!(%error, "a mail was not queued");
            RefusalCode::NoSpace
        }
    })
}

/// Where a visitor stands in the line, for who has just come back.
pub(super) fn position(
    conversations: &Conversations,
    conversation: Option<ConversationId>,
) -> Option<VisitorEvent> {
    let position = conversations.queue_position(conversation?)?;
    Some(VisitorEvent::QueuePosition { position })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(name: &str, email: &str) -> Contact {
        let (name, email) = (Some(name.to_owned()), Some(email.to_owned()));
        Contact { name, email, ..Contact::default() }
    }

    #[test]
    fn details_are_trimmed_bounded_and_cannot_begin_a_header() {
        let good = checked_contact(contact(" Ada\u{0} ", "ada@shop.example ")).unwrap();
        assert_eq!(good, contact("Ada", "ada@shop.example"));
        assert_eq!(checked_contact(contact(" ", " ")), Ok(Contact::default()));
        for email in ["ada", "a@b.example\nBcc: x@y.example", "<script>@b.example"] {
            assert_eq!(checked_contact(contact("", email)), Err(RefusalCode::InvalidEmail));
        }
        let long = "x".repeat(CONTACT_BYTES_MAX + 1);
        assert_eq!(checked_contact(contact(&long, "")), Err(RefusalCode::TextTooLong));
        assert!(checked_comment(&"x".repeat(COMMENT_BYTES_MAX + 1)).is_err());
    }
}
