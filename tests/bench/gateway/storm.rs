//! The server is killed under load and started again; everybody comes back with full jitter and
//! gets what they missed.

use std::time::Duration;

use anyhow::{Context, Result};
use tests::load::stage::Stage;

use super::Options;
use super::report::{Cell, Row};

const TARGET: &str = "≤ 10 s, 0 lost, doubled or reordered";

const KILL_AT: Duration = Duration::from_secs(3);

const DURATION: Duration = Duration::from_secs(10);

pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let mut stage = Stage::set().await?;
    let plan = stage.plan(options.sockets, options.agents, options.storm_rate_per_s, DURATION);
    let run = stage.run(plan, &[KILL_AT]).await?;
    let back = run.come_backs.first().context("the run ended before the kill")?;
    let title = format!("s until all of {} are back after kill -9", options.sockets);
    let mut row = Row::new(title, TARGET, Cell::seconds(back.back_s));
    row.note(format!(
        "counted from when the server was ready, {:.2} s after the kill; {} messages, {} sent \
         again, {} upgrades refused",
        back.down_s,
        run.outcome.verdict.sent,
        run.outcome.verdict.resent,
        run.outcome.refused_upgrades
    ));
    row.verdict(&run.outcome.verdict);
    Ok(vec![row])
}
