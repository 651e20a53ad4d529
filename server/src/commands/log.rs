//! Looking into a log that no server has open.

use std::convert::Infallible;
use std::path::Path;

use server::bus::record::replay;
use server::config::LogSettings;

pub(crate) fn inspect(segment: &Path) -> anyhow::Result<()> {
    Ok(server::bus::inspect(segment, &mut std::io::stdout().lock())?)
}

/// Everything a data folder holds for which a start could be refused or an answer be wrong.
pub(crate) fn verify(data: &Path) -> anyhow::Result<()> {
    let found = server::bus::verify(&server::log_folder(data))?;
    found.findings.iter().for_each(|finding| println!("{finding}"));
    anyhow::ensure!(found.findings.is_empty(), "the log is damaged");
    let stored = server::open_log(data, &LogSettings::default())?;
    let (log, checkpoint) = (stored.log, stored.checkpoint);
    let mut records_count = 0_u64;
    let decoded = replay(&log, log.start(), |_, _| {
        records_count += 1;
        Ok::<_, Infallible>(())
    });
    log.close();
    decoded?;
    let flaws = checkpoint.flaws()?;
    flaws.iter().for_each(|flaw| println!("checkpoint: {flaw}"));
    anyhow::ensure!(flaws.is_empty(), "the checkpoint is damaged");
    let conversations_count = server::conversation::check(&checkpoint)?;
    println!(
        "{records_count} records in {} segments from offset {}, all sound",
        found.segments_count, found.start
    );
    println!("checkpoint at {}: {conversations_count} conversations, all sound", stored.from);
    Ok(())
}
