//! What a visitor's forms bring over the socket: details, ratings, the wish for a transcript.

use protocol::forms::{Contact, Score};
use protocol::ids::MessageId;
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::visitor::VisitorEvent;

use super::VisitorParty;
use crate::conversation::{Command, refusal};
use crate::gateway::connection::Party;
use crate::gateway::forms::{self, TranscriptWanted};

impl VisitorParty {
    pub(super) async fn introduce(
        &mut self,
        id: MessageId,
        contact: Contact,
        locale: Locale,
    ) -> Vec<VisitorEvent> {
        let contact = match forms::checked_contact(contact) {
            Ok(contact) => contact,
            Err(code) => return vec![Self::refused(Some(id), refusal(code))],
        };
        let (gateway, site, visitor) = (&self.gateway, &self.site, self.visitor);
        forms::notify_of_note(gateway, site, visitor, id, &contact).await;
        self.open_with(id, Ok((locale, Command::Introduce { id, contact })))
    }

    pub(super) fn rate(
        &self,
        id: MessageId,
        resolved: MessageId,
        score: Score,
        comment: &str,
    ) -> Vec<VisitorEvent> {
        match forms::checked_comment(comment) {
            Ok(comment) => self.write_for(Command::Rate { id, resolved, score, comment }, None),
            Err(code) => vec![Self::refused(Some(id), refusal(code))],
        }
    }

    pub(super) async fn mail_transcript(
        &self,
        id: MessageId,
        email: String,
        locale: Locale,
    ) -> VisitorEvent {
        let Some(conversation) = self.current() else {
            return Self::refused(Some(id), refusal(RefusalCode::UnknownConversation));
        };
        let wanted = TranscriptWanted { id, conversation, email, locale: Some(locale) };
        match forms::mail_transcript(&self.gateway, wanted).await {
            Ok(()) => {
                let conversation = Some(conversation);
                VisitorEvent::Accepted { message_id: id, conversation, seq: None }
            }
            Err(code) => Self::refused(Some(id), refusal(code)),
        }
    }
}
