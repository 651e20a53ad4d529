//! The durable facts: what the log's bytes mean, and their versions. Other files of the log see
//! bytes only; nobody else turns them into facts. It must never know sockets or tasks.
//!
//! A record is `{"v":1,"record":{…}}`. A field may be added with a default; any other change is a
//! new version here, and the old one stays readable.

mod identity;
mod office;

use protocol::context::VisitorContext;
use protocol::conversation::{Assignee, Author, Body, BotMode, Message, Status};
use protocol::draft::{DraftChange, Editor};
use protocol::faq::{Faq, FaqEntry};
use protocol::forms::{Contact, Score};
use protocol::ids::{
    CannedId, ConversationId, EntryId, MessageId, PackVersion, Seq, SiteKey, VisitorId,
};
use protocol::inbox::Marks;
use protocol::locale::Locale;
use protocol::settings::SiteSettings;
use protocol::team::{Aside, CannedResponse};
use protocol::understanding::Understanding;
use serde::{Deserialize, Serialize};

pub use identity::{EndedSession, Erased, IdentitySecret, SecretsChanged, SessionsEnded};
pub use office::{AgentCreated, Invited, OfficeRecord, SecondFactor, SignedIn};

use super::{Log, Offset, ReadError};

/// Written into every record.
pub const RECORD_VERSION: u32 = 1;

/// One fact. All times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A site was created, or its settings replaced.
    SiteChanged(SiteChanged),
    /// An agent's account was made, or what is known of it replaced.
    SecretsChanged(SecretsChanged),
    SessionsEnded(SessionsEnded),
    AgentCreated(AgentCreated),
    /// The first entries of an FAQ that does not fit one record; `FaqPublished` follows.
    FaqPart(FaqPart),
    /// A site's whole FAQ was replaced. The pack is compiled from it again when its file is lost.
    FaqPublished(FaqPublished),
    /// Somebody edited the draft of a site's FAQ.
    FaqDrafted(FaqDrafted),
    /// Questions that the FAQ did not answer were looked at.
    QuestionsSettled(QuestionsSettled),
    /// A page of a site loaded the snippet for the first time.
    SnippetSeen(SnippetSeen),
    /// Words that agents keep ready: new ones, or others under the same id.
    CannedChanged(CannedResponse),
    CannedRemoved {
        id: CannedId,
    },
    /// Something happened in a conversation.
    Conversation {
        id: ConversationId,
        fact: Fact,
    },
    /// On a private site, an entry was answered in a browser.
    AnswerTallied(AnswerTallied),
    /// About the people who work here.
    Office(OfficeRecord),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteChanged {
    pub key: SiteKey,
    #[serde(flatten)]
    pub settings: SiteSettings,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaqPart {
    pub site: SiteKey,
    /// From 0; part 0 forgets the parts of an earlier attempt.
    pub part: u32,
    pub entries: Vec<FaqEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaqPublished {
    pub site: SiteKey,
    /// Of the pack that was compiled when the FAQ was published.
    pub pack_version: PackVersion,
    /// How many `FaqPart`s before this record belong to it.
    #[serde(default)]
    pub parts: u32,
    /// The entries after those of the parts.
    pub faq: Faq,
    /// `None` when it was done beside a stopped server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Editor>,
    /// 0 in records from before it was written down.
    #[serde(default)]
    pub at_ms: u64,
    /// Entries of all parts; 0 in records from before it was written down.
    #[serde(default)]
    pub entries_count: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaqDrafted {
    pub site: SiteKey,
    pub by: Editor,
    pub at_ms: u64,
    pub change: DraftChange,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionsSettled {
    pub site: SiteKey,
    pub messages: Vec<MessageId>,
    /// The entry that answers them; `None` when they were dismissed.
    pub entry: Option<EntryId>,
    pub by: Editor,
    pub at_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnippetSeen {
    pub site: SiteKey,
    /// One of the site's domains.
    pub origin: String,
    pub at_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerTallied {
    /// Made by the browser; counting twice is prevented by it.
    pub id: MessageId,
    pub site: SiteKey,
    pub entry: EntryId,
    pub pack_version: PackVersion,
    pub at_ms: u64,
}

/// What happened in one conversation; its shard is the only writer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Always the first fact of a conversation.
    Started(Started),
    Posted(Posted),
    /// Status, bot, assignee or waiting time are these from now on.
    Stands(Standing),
    /// Something beside the transcript: a note, or what agents did. No visitor is ever told.
    Aside(Aside),
    /// Labels, priority and whether the visitor is blocked are these from now on.
    Marked(Marks),
    /// The server understood a message that came without an understanding.
    Understood {
        message: MessageId,
        understanding: Understanding,
    },
    /// An anonymous visitor turned out to be a person of the site, whose conversation it is now.
    Claimed {
        from: VisitorId,
        to: VisitorId,
    },
    /// Where the visitor was and who they are, as of what they said last.
    Seen {
        context: Box<VisitorContext>,
    },
    /// The visitor said who they are; unchecked.
    Introduced(Introduced),
    /// The visitor said how it was. The notice of it in the transcript follows.
    Rated(Rated),
    /// All that was said here is gone, and nothing more will be said.
    Erased(Erased),
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduced {
    pub id: MessageId,
    /// All that is known from now on.
    pub contact: Contact,
    pub at_ms: u64,
}

/// Names and addresses stay out of logs, of `inspect` too.
impl std::fmt::Debug for Introduced {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Introduced").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rated {
    pub id: MessageId,
    /// The notice that resolved the conversation.
    pub resolved: MessageId,
    pub score: Score,
    pub comment: String,
    /// Who had answered; `None` when it was the bot alone.
    pub agent: Option<Assignee>,
    pub at_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    pub site: SiteKey,
    pub visitor: VisitorId,
    pub locale: Locale,
    pub at_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Posted {
    pub id: MessageId,
    pub seq: Seq,
    pub at_ms: u64,
    pub author: Author,
    pub body: Body,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub understanding: Option<Understanding>,
    /// Present when the pipeline owes this message a reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
}

/// What the pipeline must know to answer a posted message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub site: SiteKey,
    pub locale: Locale,
}

/// Where a conversation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub status: Status,
    pub bot: BotMode,
    pub assignee: Option<Assignee>,
    /// Since when a human is waited for.
    pub waiting_since_ms: Option<u64>,
    /// When a snoozed one comes back by itself; without it, when the visitor writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until_ms: Option<u64>,
}

impl From<Posted> for Message {
    fn from(posted: Posted) -> Self {
        Self {
            id: posted.id,
            seq: posted.seq,
            at_ms: posted.at_ms,
            author: posted.author,
            body: posted.body,
            understanding: posted.understanding,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("written by a newer program: version {0}, this one reads up to {RECORD_VERSION}")]
    NewerVersion(u32),
    #[error("not a record: {0}")]
    Malformed(#[from] serde_json::Error),
}

#[derive(Serialize)]
struct EnvelopeOut<'a> {
    v: u32,
    record: &'a Record,
}

#[derive(Deserialize)]
struct Envelope {
    record: Record,
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

impl Record {
    /// The bytes to append.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(&EnvelopeOut { v: RECORD_VERSION, record: self })
            .expect("records hold no maps with keys other than texts")
    }

    /// # Errors
    /// The bytes are no record, or one of a version this program does not know.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        match serde_json::from_slice::<Envelope>(payload) {
            Ok(envelope) => Ok(envelope.record),
            Err(malformed) => match serde_json::from_slice::<Version>(payload) {
                Ok(Version { v }) if v > RECORD_VERSION => Err(DecodeError::NewerVersion(v)),
                Ok(_) | Err(_) => Err(DecodeError::Malformed(malformed)),
            },
        }
    }
}

/// Entries read at once by `replay`.
const REPLAY_ENTRIES_MAX: usize = 1_024;

#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("record {offset}: {source}")]
    Decode { offset: Offset, source: DecodeError },
    #[error(transparent)]
    Taker(Box<dyn std::error::Error + Send + Sync>),
}

/// Hands every committed record from `from` on to `take`, oldest first, and returns the offset
/// after the last one. Reads the disk: call it where blocking is allowed.
///
/// # Errors
/// The log cannot be read, a record is not known to this program, or `take` fails.
pub fn replay<E: std::error::Error + Send + Sync + 'static>(
    log: &Log,
    from: Offset,
    mut take: impl FnMut(Offset, Record) -> Result<(), E>,
) -> Result<Offset, ReplayError> {
    let mut next = from;
    loop {
        let entries = log.read(next, REPLAY_ENTRIES_MAX)?;
        let Some(last) = entries.last() else { return Ok(next) };
        next = Offset(last.offset.0 + 1);
        for entry in entries {
            let record = Record::decode(&entry.payload)
                .map_err(|source| ReplayError::Decode { offset: entry.offset, source })?;
            take(entry.offset, record).map_err(|error| ReplayError::Taker(error.into()))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::http::LocalAnswers;
    use protocol::understanding::{Confidence, HandOffReason};
    use uuid::Uuid;

    use protocol::http::Role;
    use protocol::ids::AgentId;

    use super::*;

    fn check(record: &Record, golden: &str) {
        assert_eq!(String::from_utf8(record.encode()).unwrap(), golden);
        assert_eq!(&Record::decode(golden.as_bytes()).unwrap(), record);
    }

    /// Logs written since version 1 must stay readable: these lines may gain siblings, not change.
    #[test]
    fn version_1_reads_and_writes_as_it_always_did() {
        let id = ConversationId(Uuid::from_u128(1));
        check(
            &Record::SiteChanged(SiteChanged {
                key: SiteKey::parse("demo").unwrap(),
                settings: SiteSettings {
                    name: "Shop".to_owned(),
                    domains: vec!["http://127.0.0.1:7071".to_owned()],
                    local_answers: LocalAnswers::Reported,
                    ..SiteSettings::default()
                },
            }),
            concat!(
                r#"{"v":1,"record":{"site_changed":{"key":"demo","name":"Shop","#,
                r#""domains":["http://127.0.0.1:7071"],"local_answers":"reported"}}}"#,
            ),
        );
        check(
            &Record::Conversation {
                id,
                fact: Fact::Posted(Posted {
                    id: MessageId(Uuid::from_u128(2)),
                    seq: Seq(1),
                    at_ms: 5,
                    author: Author::Visitor,
                    body: Body::Text { text: "退款".to_owned() },
                    understanding: None,
                    question: Some(Question {
                        site: SiteKey::parse("demo").unwrap(),
                        locale: Locale::Zh,
                    }),
                }),
            },
            concat!(
                r#"{"v":1,"#,
                r#""record":{"conversation":{"id":"00000000-0000-0000-0000-000000000001","#,
                r#""fact":{"posted":{"id":"00000000-0000-0000-0000-000000000002","seq":1,"#,
                r#""at_ms":5,"author":"visitor","body":{"text":{"text":"退款"}},"#,
                r#""question":{"site":"demo","locale":"zh"}}}}}}"#,
            ),
        );
        check(
            &Record::Conversation {
                id,
                fact: Fact::Posted(Posted {
                    id: MessageId(Uuid::from_u128(3)),
                    seq: Seq(2),
                    at_ms: 6,
                    author: Author::System,
                    body: Body::Notice {
                        notice: protocol::conversation::Notice::HandedOff {
                            reason: HandOffReason::NotAnswered,
                        },
                    },
                    understanding: None,
                    question: None,
                }),
            },
            concat!(
                r#"{"v":1,"#,
                r#""record":{"conversation":{"id":"00000000-0000-0000-0000-000000000001","#,
                r#""fact":{"posted":{"id":"00000000-0000-0000-0000-000000000003","seq":2,"#,
                r#""at_ms":6,"author":"system","#,
                r#""body":{"notice":{"notice":{"handed_off":{"reason":"not_answered"}}}}}"#,
                r#"}}}}"#,
            ),
        );
        check(
            &Record::Conversation {
                id,
                fact: Fact::Stands(Standing {
                    status: Status::Open,
                    bot: BotMode::Silent,
                    assignee: Some(Assignee {
                        id: AgentId(Uuid::from_u128(4)),
                        name: "Mei".to_owned(),
                    }),
                    waiting_since_ms: None,
                    snoozed_until_ms: None,
                }),
            },
            concat!(
                r#"{"v":1,"#,
                r#""record":{"conversation":{"id":"00000000-0000-0000-0000-000000000001","#,
                r#""fact":{"stands":{"status":"open","bot":"silent","#,
                r#""assignee":{"id":"00000000-0000-0000-0000-000000000004","name":"Mei"},"#,
                r#""waiting_since_ms":null}}}}}"#,
            ),
        );
    }

    #[test]
    fn an_answer_survives_the_round_trip() {
        let record = Record::Conversation {
            id: ConversationId(Uuid::from_u128(1)),
            fact: Fact::Posted(Posted {
                id: MessageId(Uuid::from_u128(3)),
                seq: Seq(2),
                at_ms: 6,
                author: Author::Bot { answered_in: protocol::conversation::AnsweredIn::Browser },
                body: Body::Answer {
                    in_reply_to: MessageId(Uuid::from_u128(2)),
                    entry: EntryId::parse("returns").unwrap(),
                    pack_version: PackVersion::parse("ab12").unwrap(),
                    confidence: Confidence(0.875),
                    html: "<p>30 days</p>".to_owned(),
                },
                understanding: None,
                question: None,
            }),
        };
        assert_eq!(Record::decode(&record.encode()).unwrap(), record);
    }

    #[test]
    fn newer_versions_and_garbage_are_told_apart() {
        let newer = br#"{"v":2,"record":{"moved_house":{}}}"#;
        assert!(matches!(Record::decode(newer), Err(DecodeError::NewerVersion(2))));
        for garbage in [&b""[..], b"{}", b"\xff\x00", br#"{"v":1,"record":{"moved_house":{}}}"#] {
            assert!(matches!(Record::decode(garbage), Err(DecodeError::Malformed(_))));
        }
    }

    #[test]
    fn a_password_hash_does_not_reach_the_logs() {
        let agent = AgentCreated {
            id: AgentId(Uuid::from_u128(4)),
            name: "Mei".to_owned(),
            email: "mei@shop.example".to_owned(),
            role: Role::Owner,
            password_hash: "$argon2id$secret".to_owned(),
            languages: Vec::new(),
            skills: Vec::new(),
            deactivated: false,
            second_factor: None,
        };
        let shown = format!("{:?}", Record::AgentCreated(agent));
        assert!(!shown.contains("secret") && !shown.contains("mei@"), "{shown}");
    }
}
