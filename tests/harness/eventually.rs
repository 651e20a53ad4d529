//! Waiting for something to become true, with a deadline and a name for what did not; and saying a
//! figure that a run is read for.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Long enough for a loaded two-core machine; a passing test never waits for it.
pub const DEADLINE: Duration = Duration::from_secs(30);

const POLL_EVERY: Duration = Duration::from_millis(20);

/// Probes until there is a value.
///
/// # Errors
/// The deadline passed; `what` names what was waited for.
pub async fn eventually<T>(
    what: &str,
    deadline: Duration,
    mut probe: impl AsyncFnMut() -> Option<T>,
) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(value) = probe().await {
            return Ok(value);
        }
        if begun.elapsed() > deadline {
            bail!("not within {deadline:?}: {what}");
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
}

/// Says a measured figure past the capture of passing tests' output.
pub fn report_figure(figure: &str) {
    // A closed standard error is no reason to fail.
    drop(writeln!(std::io::stderr(), "figure: {figure}"));
}
