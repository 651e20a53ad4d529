//! Power fails, again and again, while visitors and an agent write: what was acknowledged is there,
//! once, in order, and both sides read the same.

mod disk_full;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use protocol::conversation::{Author, Body, Message};
use protocol::ids::{ConversationId, MessageId, Seq};
use tests::agent::Agent;
use tests::demo::OUTSIDE_QUESTION;
use tests::eventually::report_figure;
use tests::process::{Installation, ServerProcess};
use tests::visitor::{Visitor, new_message_id, same_transcript};

const VISITORS_COUNT: usize = 4;
const ROUNDS_DEFAULT: u64 = 20;
/// Each writes this many per round; the kill falls somewhere among them.
const MESSAGES_PER_ROUND: usize = 6;

/// So short that checkpoints are taken and segments go between the kills.
const SHORT_LOG: &str = "[log]\nsegment_bytes = 65536\ncheckpoint_bytes = 8192\nkeep_bytes = 0\n";

/// What somebody wrote: resent until it is acknowledged, checked at the end.
#[derive(Default)]
struct Written {
    texts: BTreeMap<MessageId, String>,
    acknowledged: BTreeMap<MessageId, Option<Seq>>,
}

impl Written {
    fn new_line(&mut self, text: String) -> MessageId {
        let id = new_message_id();
        self.texts.insert(id, text);
        id
    }

    /// In the order of writing: ids grow with time.
    fn unacknowledged(&self) -> Vec<(MessageId, String)> {
        let open = self.texts.iter().filter(|(id, _)| !self.acknowledged.contains_key(id));
        open.map(|(id, text)| (*id, text.clone())).collect()
    }

    fn acknowledge(&mut self, accepted: &BTreeMap<MessageId, Option<Seq>>) -> Result<()> {
        for (id, seq) in accepted.iter().filter(|(id, _)| self.texts.contains_key(id)) {
            if let Some(before) = self.acknowledged.insert(*id, *seq) {
                ensure!(before == *seq, "{id} was accepted as {before:?}, now as {seq:?}");
            }
        }
        Ok(())
    }
}

struct Side {
    visitor: Visitor,
    written: Written,
}

/// Xorshift: the same seed kills at the same places.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn number_from(variable: &str, default: u64) -> Result<u64> {
    match std::env::var(variable) {
        Ok(text) => text.parse().with_context(|| format!("{variable}={text}")),
        Err(_) => Ok(default),
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_or_doubled_by_kill_9() -> Result<()> {
    let seed = number_from("FRONTDESK_CRASH_SEED", getrandom::u64()? | 1)?;
    let rounds = number_from("FRONTDESK_CRASH_ROUNDS", ROUNDS_DEFAULT)?;
    report_figure(&format!("FRONTDESK_CRASH_SEED={seed} FRONTDESK_CRASH_ROUNDS={rounds}"));
    let mut chance = Chance(seed);
    let installation = Installation::demo()?;
    installation.configure(SHORT_LOG)?;
    let mut server = ServerProcess::start(installation).await?;
    let mut agent = Agent::connected(&server).await?;
    let mut sides = arrive(&server).await?;
    let mut replies: BTreeMap<ConversationId, Written> = BTreeMap::new();
    let mut resent_count = 0;
    for round in 0..rounds {
        write_until_killed(round, &mut server, &mut agent, &mut sides, &mut replies, &mut chance)
            .await
            .with_context(|| format!("round {round}"))?;
        server.start_again().await?;
        resent_count += come_back(&mut agent, &mut sides, &mut replies)
            .await
            .with_context(|| format!("after round {round}"))?;
    }
    server.assert_alive()?;
    report_figure(&format!("{rounds} kills, {resent_count} lines sent again"));
    assert!(resent_count > 0, "no kill came in the middle of anything");
    for side in &mut sides {
        check_conversation(&server, side, &replies).await?;
    }
    server.stop().await?;
    check_folder(&server.installation)
}

/// The log has become shorter meanwhile, and all that is left in the folder is sound.
fn check_folder(installation: &Installation) -> Result<()> {
    let data = installation.data();
    let verified = installation.run(&["verify", "--data", data.to_str().context("UTF-8")?])?;
    let said = String::from_utf8_lossy(&verified.stdout);
    ensure!(verified.status.success(), "{said} {}", String::from_utf8_lossy(&verified.stderr));
    report_figure(&said.replace('\n', "; "));
    ensure!(!said.contains("from offset 0,"), "nothing was ever trimmed: {said}");
    ensure!(!said.contains("checkpoint at 0:"), "there is no checkpoint: {said}");
    Ok(())
}

async fn arrive(server: &ServerProcess) -> Result<Vec<Side>> {
    let mut sides = Vec::new();
    for _ in 0..VISITORS_COUNT {
        let mut visitor = Visitor::connected(&server.origin).await?;
        let mut written = Written::default();
        let first = written.new_line(OUTSIDE_QUESTION.to_owned());
        visitor.say_as(first, OUTSIDE_QUESTION).await?;
        visitor.until_accepted(first).await?;
        written.acknowledge(&visitor.accepted)?;
        sides.push(Side { visitor, written });
    }
    Ok(sides)
}

/// Everybody writes without waiting; somewhere in between the process is killed.
async fn write_until_killed(
    round: u64,
    server: &mut ServerProcess,
    agent: &mut Agent,
    sides: &mut [Side],
    replies: &mut BTreeMap<ConversationId, Written>,
    chance: &mut Chance,
) -> Result<()> {
    let kill_after = chance.below((MESSAGES_PER_ROUND * sides.len()) as u64);
    let wait_for_ack = chance.below(2) == 0;
    let mut sent = 0;
    for line in 0..MESSAGES_PER_ROUND {
        for (idx, side) in sides.iter_mut().enumerate() {
            let text = format!("round {round} line {line} of visitor {idx}");
            let id = side.written.new_line(text.clone());
            // A broken connection is what this is about: the line stays unacknowledged.
            let went_out = side.visitor.say_as(id, &text).await.is_ok();
            if went_out && wait_for_ack && sent < kill_after {
                side.visitor.until_accepted(id).await?;
            }
            let conversation = side.visitor.conversation.context("no conversation")?;
            let reply = format!("round {round} reply {line} to visitor {idx}");
            let reply_id = replies.entry(conversation).or_default().new_line(reply.clone());
            drop(agent.reply_as(reply_id, conversation, &reply).await);
            if sent == kill_after {
                // Without this the kill would mostly win against everything in flight.
                tokio::time::sleep(Duration::from_millis(chance.below(12))).await;
                server.kill9()?;
            }
            sent += 1;
        }
    }
    drain(agent, sides).await
}

/// Takes in what had been sent before the kill: an acknowledgement counts as soon as it is out.
async fn drain(agent: &mut Agent, sides: &mut [Side]) -> Result<()> {
    for side in sides {
        if side.visitor.is_connected() {
            side.visitor.until_closed().await?;
        }
    }
    // The condition never holds: the closed connection ends it.
    let closed = agent.until("the end of the connection", |_| false).await;
    ensure!(closed.is_err() && !agent.is_connected(), "the agent is still connected");
    Ok(())
}

/// Reconnects and sends again what nobody acknowledged, in the order of writing. Says how much.
async fn come_back(
    agent: &mut Agent,
    sides: &mut [Side],
    replies: &mut BTreeMap<ConversationId, Written>,
) -> Result<usize> {
    let mut resent_count = 0;
    for side in sides.iter_mut() {
        side.written.acknowledge(&side.visitor.accepted)?;
        side.visitor.connect().await?;
        let open = side.written.unacknowledged();
        resent_count += open.len();
        for (id, text) in &open {
            side.visitor.say_as(*id, text).await?;
        }
        for (id, _) in &open {
            side.visitor.until_accepted(*id).await?;
        }
        side.written.acknowledge(&side.visitor.accepted)?;
    }
    agent.connect().await?;
    for (conversation, written) in replies {
        written.acknowledge(&agent.accepted)?;
        for (id, text) in written.unacknowledged() {
            resent_count += 1;
            agent.reply_as(id, *conversation, &text).await?;
            agent.until_accepted(id).await?;
        }
        written.acknowledge(&agent.accepted)?;
    }
    Ok(resent_count)
}

/// What the server tells both sides from the very beginning, against what was acknowledged.
async fn check_conversation(
    server: &ServerProcess,
    side: &mut Side,
    replies: &BTreeMap<ConversationId, Written>,
) -> Result<()> {
    let conversation = side.visitor.conversation.context("no conversation")?;
    let token = side.visitor.grant.visitor_token.clone();
    let mut fresh = Visitor::arrive_with(&server.origin, Some(token)).await?;
    fresh.connect().await?;
    ensure!(fresh.conversation == Some(conversation), "another conversation");
    let mut colleague = Agent::sign_in(&server.origin).await?;
    colleague.connect().await?;
    colleague.watch(conversation).await?;
    let shown = colleague.transcripts.get(&conversation).context("nothing shown")?;
    ensure!(same_transcript(shown, &fresh.messages), "both sides read the same");
    check_order(&fresh.messages)?;
    let visitors = |message: &&Message| message.author == Author::Visitor;
    check_written(&side.written, fresh.messages.values().filter(visitors))?;
    let agents = |message: &&Message| matches!(message.author, Author::Agent { .. });
    let replied = replies.get(&conversation).context("nobody replied")?;
    check_written(replied, fresh.messages.values().filter(agents))?;
    // What the old connection has gathered through all crashes is part of it, word for word.
    for (seq, message) in &side.visitor.messages {
        let now = fresh.messages.get(seq).context("a message was shown and is gone")?;
        ensure!(now.id == message.id && now.body == message.body, "{message:?} became {now:?}");
    }
    Ok(())
}

fn check_order(messages: &BTreeMap<Seq, Message>) -> Result<()> {
    let seqs: Vec<u64> = messages.keys().map(|seq| seq.0).collect();
    ensure!(seqs == (1..=seqs.len() as u64).collect::<Vec<_>>(), "gaps in {seqs:?}");
    let mut ids = HashSet::new();
    for message in messages.values() {
        ensure!(ids.insert(message.id), "{} is there twice", message.id);
    }
    Ok(())
}

/// Everything written was acknowledged in the end, so the transcript holds exactly that.
fn check_written<'a>(written: &Written, messages: impl Iterator<Item = &'a Message>) -> Result<()> {
    let mut seen = Vec::new();
    for message in messages {
        let text = written.texts.get(&message.id).context("a message nobody wrote")?;
        ensure!(message.body == Body::Text { text: text.clone() }, "{message:?}");
        let acknowledged = written.acknowledged.get(&message.id).copied().flatten();
        ensure!(acknowledged == Some(message.seq), "{acknowledged:?} is not {:?}", message.seq);
        seen.push(message.id);
    }
    ensure!(seen.is_sorted(), "not in the order of writing: {seen:?}");
    let lost: Vec<_> = written.texts.iter().filter(|(id, _)| !seen.contains(id)).collect();
    ensure!(lost.is_empty(), "acknowledged and gone: {lost:?}");
    Ok(())
}
