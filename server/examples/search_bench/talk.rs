//! Messages of a year, out of a seed: English and Chinese, common words and rare ones. It must
//! never know how they are looked for.

use protocol::conversation::{Assignee, Author, Body};
use protocol::ids::{AgentId, ConversationId, MessageId, Seq, SiteKey, VisitorId};
use protocol::locale::Locale;
use server::bus::record::{Fact, Posted, Record, Started};

const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1_000;

/// 2025-11-22; the year begins here.
const BEGIN_MS: u64 = 1_763_800_000_000;

/// Messages of a conversation.
const TURNS: u64 = 10;

/// In one message of the first day.
pub(crate) const OLD_WORD: &str = "heliograph";

/// In one message of a hundred thousand.
pub(crate) const RARE_WORD: &str = "theodolite";

const ENGLISH: [&str; 40] = [
    "order",
    "parcel",
    "delivery",
    "refund",
    "invoice",
    "broken",
    "teapot",
    "cup",
    "lid",
    "glaze",
    "when",
    "where",
    "please",
    "thank",
    "you",
    "the",
    "a",
    "my",
    "is",
    "it",
    "not",
    "arrived",
    "yesterday",
    "today",
    "week",
    "address",
    "change",
    "return",
    "exchange",
    "card",
    "payment",
    "colour",
    "blue",
    "green",
    "large",
    "small",
    "gift",
    "wrapped",
    "customs",
    "tracking",
];

const CHINESE: [&str; 30] = [
    "订单",
    "快递",
    "退款",
    "发票",
    "破损",
    "茶壶",
    "杯子",
    "盖子",
    "什么时候",
    "哪里",
    "请问",
    "谢谢",
    "您好",
    "我的",
    "没有",
    "收到",
    "昨天",
    "今天",
    "地址",
    "修改",
    "退货",
    "付款",
    "颜色",
    "蓝色",
    "大号",
    "礼物",
    "包装",
    "海关",
    "查询",
    "的",
];

/// Small deterministic generator (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }

    fn bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes
    }
}

/// The records of so many messages, in order of time.
pub(crate) struct Talk {
    chance: Chance,
    messages: u64,
    said: u64,
    conversation: ConversationId,
}

impl Talk {
    pub(crate) fn new(messages: u64) -> Self {
        let conversation = ConversationId::from_parts(BEGIN_MS, [0; 10]);
        Self { chance: Chance(7), messages, said: 0, conversation }
    }

    /// The next message, and the beginning of its conversation where it is the first.
    pub(crate) fn next(&mut self) -> Option<Vec<Record>> {
        if self.said == self.messages {
            return None;
        }
        let at_ms = BEGIN_MS + YEAR_MS / self.messages * self.said;
        let turn = self.said % TURNS;
        let mut records = Vec::new();
        if turn == 0 {
            self.conversation = ConversationId::from_parts(at_ms, self.chance.bytes());
            let started = Started {
                site: SiteKey::parse("demo").expect("a key"),
                visitor: VisitorId::from_parts(at_ms, self.chance.bytes()),
                locale: Locale::En,
                at_ms,
            };
            records
                .push(Record::Conversation { id: self.conversation, fact: Fact::Started(started) });
        }
        let posted = Posted {
            id: MessageId::from_parts(at_ms, self.chance.bytes()),
            seq: Seq(turn + 1),
            at_ms,
            author: author(turn),
            body: Body::Text { text: self.words() },
            understanding: None,
            question: None,
        };
        records.push(Record::Conversation { id: self.conversation, fact: Fact::Posted(posted) });
        self.said += 1;
        Some(records)
    }

    fn words(&mut self) -> String {
        let (words, joint): (&[&str], &str) =
            if self.said.is_multiple_of(2) { (&ENGLISH, " ") } else { (&CHINESE, "") };
        let count = 6 + self.chance.below(14);
        let mut text: Vec<&str> =
            (0..count).map(|_| words[self.chance.below(words.len())]).collect();
        if self.said == 24 {
            text.push(OLD_WORD);
        }
        if self.said % 100_000 == 50_000 {
            text.push(RARE_WORD);
        }
        // A third of all messages has no second one like it.
        let number = format!("{}", self.said);
        if self.said.is_multiple_of(3) {
            text.push(&number);
        }
        text.join(joint)
    }
}

fn author(turn: u64) -> Author {
    if turn.is_multiple_of(2) {
        return Author::Visitor;
    }
    let agent = Assignee { id: AgentId::from_parts(1, [1; 10]), name: "Mei".to_owned() };
    Author::Agent { id: agent.id, name: agent.name }
}
