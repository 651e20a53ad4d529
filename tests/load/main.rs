//! The soak: visitors and agents talk for a long time, some do not read, now and then the server is
//! killed. Loss, doubles and disorder end it with an error; how memory and latency drift is
//! printed. Run by `cargo xtask soak`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tests::http;
use tests::load::arguments::Arguments;
use tests::load::stage::{Memory, Run, Stage};
use tests::load::{Percentiles, talk};

const MINUTES_MAX: f64 = 24.0 * 60.0;

struct Options {
    minutes: f64,
    sockets: usize,
    rate_per_s: f64,
    agents: usize,
    stallers: usize,
    kill_every_s: f64,
    json: Option<PathBuf>,
}

impl Options {
    fn read() -> Result<Self> {
        let mut given = Arguments::read(std::env::args().skip(1))?;
        let options = Self {
            minutes: given.take("--minutes", 2.0)?,
            sockets: given.take("--sockets", 2_000)?,
            rate_per_s: given.take("--rate", 500.0)?,
            agents: given.take("--agents", 2)?,
            stallers: given.take("--stallers", 20)?,
            kill_every_s: given.take("--kill-every-s", 0.0)?,
            json: given.take_if_given("--json")?,
        };
        given.end()?;
        ensure!(options.minutes > 0.0 && options.minutes <= MINUTES_MAX, "at most a day");
        Ok(options)
    }

    /// The last one early enough for everybody to be back before the end.
    fn kills(&self) -> Vec<Duration> {
        let all_s = self.minutes * 60.0;
        let times = (1..).map(|number| f64::from(number) * self.kill_every_s);
        let kills = times.take_while(|at_s| self.kill_every_s > 0.0 && at_s + 5.0 < all_s);
        kills.map(Duration::from_secs_f64).collect()
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::read()?;
    let mut stage = Stage::set().await?;
    let duration = Duration::from_secs_f64(options.minutes * 60.0);
    let plan = stage.plan(options.sockets, options.agents, options.rate_per_s, duration);
    let window = duration.max(Duration::from_secs(10)) / 10;
    let plan = talk::Plan { stallers: options.stallers.min(options.sockets), window, ..plan };
    let run = stage.run(plan, &options.kills()).await?;
    print(&options, &run);
    println!("readers sent away as too slow: {}", slow_readers(&stage).await?);
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(&run)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    let verdict = &run.outcome.verdict;
    ensure!(verdict.is_clean(), "loss, doubles or disorder: {verdict:#?}");
    println!("verdict: nothing lost, doubled or out of order");
    Ok(())
}

fn print(options: &Options, run: &Run) {
    let Run { outcome, come_backs, memory } = run;
    let verdict = &outcome.verdict;
    println!(
        "{} visitors, {} agents, {} messages in {} minutes; {} sent again, {} refused, {} \
         connections lost",
        options.sockets,
        options.agents,
        verdict.sent,
        options.minutes,
        verdict.resent,
        verdict.refused,
        outcome.losses
    );
    for (idx, back) in come_backs.iter().enumerate() {
        println!(
            "kill {}: down {:.2} s, all back {:.2} s later",
            idx + 1,
            back.down_s,
            back.back_s
        );
    }
    print_latency("due → on disk", &outcome.latencies.accepted_ms);
    print_latency("due → shown to the visitor", &outcome.latencies.to_visitor_ms);
    print_latency("due → shown to the agent", &outcome.latencies.to_agent_ms);
    println!("the generator itself was late by at most {:.1} ms", outcome.behind_ms_max);
    let windows = &outcome.latencies.to_visitor_windows_ms;
    let p99s: Vec<String> = windows.iter().map(|window| format!("{:.1}", window.p99)).collect();
    println!("p99 of shown to the visitor by tenths of the run, ms: {}", p99s.join(" "));
    match slope_percent_per_h(memory) {
        Some(slope) => println!("RSS slope over the last half: {slope:+.2} % per hour"),
        None => println!("RSS slope: too short a run since the last start"),
    }
}

fn print_latency(title: &str, at: &Percentiles) {
    println!(
        "{title:<28} p50 {:>8.2} p99 {:>8.2} p99.9 {:>8.2} worst {:>8.2} ms ({} messages)",
        at.p50, at.p99, at.p999, at.worst, at.count
    );
}

async fn slow_readers(stage: &Stage) -> Result<String> {
    let metrics = http::get(&stage.server.origin, "/metrics", &[]).await?.text();
    let line = metrics.lines().find_map(|line| line.strip_prefix("frontdesk_slow_readers_total "));
    Ok(line.unwrap_or("not counted").to_owned())
}

/// Seconds below which a slope says nothing.
const SLOPE_SAMPLES_MIN: usize = 30;

/// Least squares over the last half: in the first, conversations still fill.
fn slope_percent_per_h(memory: &[Memory]) -> Option<f64> {
    let half = &memory[memory.len() / 2..];
    if half.len() < SLOPE_SAMPLES_MIN {
        return None;
    }
    let count = half.len() as f64;
    let mean = |value: fn(&Memory) -> f64| half.iter().map(value).sum::<f64>() / count;
    let (mid_s, mid_bytes) = (mean(|at| at.at_s), mean(|at| at.rss_bytes as f64));
    let spread: f64 = half.iter().map(|at| (at.at_s - mid_s).powi(2)).sum();
    let along: f64 =
        half.iter().map(|at| (at.at_s - mid_s) * (at.rss_bytes as f64 - mid_bytes)).sum();
    Some(100.0 * 3_600.0 * along / spread / mid_bytes)
}

// Not `tests`: that is the crate.
#[cfg(test)]
mod slopes {
    use super::*;

    #[test]
    fn a_slope_is_percent_of_the_mean_per_hour() {
        let memory: Vec<Memory> = (0..200_u32)
            .map(|second| Memory {
                at_s: f64::from(second),
                rss_bytes: 3_600_000 + 10 * u64::from(second),
            })
            .collect();
        let slope = slope_percent_per_h(&memory).unwrap();
        assert!((slope - 1.0).abs() < 0.01, "{slope}");
        assert_eq!(slope_percent_per_h(&memory[..50]), None);
    }
}
