//! Looking into a log that no server has open.

use std::path::Path;

pub(crate) fn inspect(segment: &Path) -> anyhow::Result<()> {
    Ok(server::bus::inspect(segment, &mut std::io::stdout().lock())?)
}

pub(crate) fn verify(data: &Path) -> anyhow::Result<()> {
    let found = server::bus::verify(&server::log_folder(data))?;
    found.findings.iter().for_each(|finding| println!("{finding}"));
    anyhow::ensure!(found.findings.is_empty(), "the log is damaged");
    let (log, _) = server::open_log(data)?;
    let replayed = server::bus::record::replay(&log, |_| {});
    log.close();
    println!("{} records in {} segments, all sound", replayed?, found.segments_count);
    Ok(())
}
