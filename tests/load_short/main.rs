//! A few seconds of the soak in every run of the tests: hundreds of visitors, agents who reply,
//! readers that stall, and a kill in the middle. Nothing is lost, doubled or out of order; how fast
//! it went is nobody's business here.

use std::time::Duration;

use anyhow::Result;
use tests::load::stage::Stage;
use tests::load::talk::Plan;

const VISITORS: usize = 300;
const AGENTS: usize = 2;
const RATE_PER_S: f64 = 200.0;
const DURATION: Duration = Duration::from_secs(5);
const KILL_AT: Duration = Duration::from_secs(2);

#[tokio::test]
async fn what_is_sent_under_load_and_a_kill_is_there_once_in_order_on_both_sides() -> Result<()> {
    let mut stage = Stage::set().await?;
    let plan = Plan { stallers: 8, ..stage.plan(VISITORS, AGENTS, RATE_PER_S, DURATION) };
    let run = stage.run(plan, &[KILL_AT]).await?;
    let verdict = &run.outcome.verdict;
    assert!(verdict.is_clean(), "{verdict:#?}");
    let sent = (RATE_PER_S * DURATION.as_secs_f64()) as u64;
    assert_eq!((verdict.sent, verdict.accepted), (sent, sent));
    // Beside the messages each conversation has two notices: a person was asked for, and came.
    let lines = sent + 2 * VISITORS as u64;
    assert_eq!((verdict.shown, verdict.audited), (lines, lines));
    assert_eq!(run.come_backs.len(), 1);
    let everybody = (VISITORS + AGENTS) as u64;
    assert!(run.outcome.losses >= everybody, "the kill was felt by {} only", run.outcome.losses);
    Ok(())
}
