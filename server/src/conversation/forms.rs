//! Which facts a visitor's forms and files lead to. Pure; the bytes of a file are no business of a
//! conversation, only what they are called and how many there are.

use protocol::conversation::{Assignee, Author, Body, BotMode, Notice};
use protocol::file::File;
use protocol::forms::{Contact, Score};
use protocol::ids::MessageId;
use protocol::refusal::RefusalCode;
use protocol::understanding::HandOffReason;

use super::decide::{Draft, Line, Posting};
use crate::bus::record::{Fact, Introduced, Rated};

/// Files of one conversation: a claim with all its photographs.
pub(super) const CONVERSATION_FILES_MAX: u32 = 200;

/// Bytes of these files.
pub(super) const CONVERSATION_FILES_BYTES_MAX: u64 = 512 * 1024 * 1024;

impl Draft<'_> {
    pub(super) fn send_file(&mut self, id: MessageId, file: File) -> Result<(), RefusalCode> {
        if self.post_file(Line::plain(id, Author::Visitor, Body::File { file }))? == Posting::New {
            self.visitor_spoke();
            // The bot reads no files: a person does, unless one is asked or at work already.
            let nobody = self.standing.waiting_since_ms.is_none()
                && self.standing.assignee.is_none()
                && self.standing.bot == BotMode::Answering;
            if nobody {
                self.hand_off(MessageId::of_reply_to(id), HandOffReason::NotAnswered)?;
            }
        }
        Ok(())
    }

    pub(super) fn reply_file(
        &mut self,
        id: MessageId,
        agent: Assignee,
        file: File,
    ) -> Result<(), RefusalCode> {
        let author = Author::Agent { id: agent.id, name: agent.name.clone() };
        if self.post_file(Line::plain(id, author, Body::File { file }))? == Posting::New {
            self.human_took_over(agent);
        }
        Ok(())
    }

    /// A file that is there already may be sent again, whatever the bounds say by now.
    fn post_file(&mut self, line: Line) -> Result<Posting, RefusalCode> {
        let files = self.on.head.files;
        let full =
            files.count >= CONVERSATION_FILES_MAX || files.bytes >= CONVERSATION_FILES_BYTES_MAX;
        if full && self.on.known(line.id).is_none() {
            return Err(RefusalCode::FileQuota);
        }
        self.post(line)
    }

    /// What is left out of a later form stays as it was given before.
    pub(super) fn introduce(&mut self, id: MessageId, contact: Contact) {
        let known = &self.on.head.contact;
        let contact = Contact {
            name: contact.name.or_else(|| known.name.clone()),
            email: contact.email.or_else(|| known.email.clone()),
            phone: contact.phone.or_else(|| known.phone.clone()),
            answer: contact.answer.or_else(|| known.answer.clone()),
        };
        if contact != *known {
            let at_ms = self.now_ms;
            self.outcome.facts.push(Fact::Introduced(Introduced { id, contact, at_ms }));
        }
        self.accept_without_effect(id);
    }

    pub(super) fn rate(
        &mut self,
        id: MessageId,
        resolved: MessageId,
        score: Score,
        comment: String,
    ) -> Result<(), RefusalCode> {
        let notice = Notice::Rated { score, comment: comment.clone() };
        if self.on.known(id).is_none() && self.on.head.ratable != Some(resolved) {
            return Err(RefusalCode::NotRatable);
        }
        if self.post(Line::plain(id, Author::Visitor, Body::Notice { notice }))? == Posting::New {
            let (agent, at_ms) = (self.standing.assignee.clone(), self.now_ms);
            let rated = Rated { id, resolved, score, comment, agent, at_ms };
            self.outcome.facts.insert(0, Fact::Rated(rated));
        }
        Ok(())
    }
}
