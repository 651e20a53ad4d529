//! How a screen looks: pictures at two widths in light and dark, kept beside the build for people,
//! and what axe-core finds in each. It must never know what the screen is for.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;

use crate::eventually::report_figure;
use crate::page::{Frame, Page};
use crate::process::target_folder;

const SIZES: [(u32, u32); 2] = [(360, 740), (1440, 900)];
const SCHEMES: [&str; 2] = ["light", "dark"];

/// A picture with less in it is empty.
const PICTURE_BYTES_MIN: u64 = 4_000;

/// Transitions have ended; what moves for ever (a pulsing dot) does not count. Asked again and
/// again: the promise of one that another replaces is never kept.
const AT_REST: &str = "document.getAnimations().every((moving) => moving.playState === 'finished'
    || moving.effect.getComputedTiming().endTime === Infinity)";

/// What keeps somebody from using the screen.
const FINDINGS: &str = "axe.run(document, { resultTypes: ['violations'], iframes: false })
    .then(({ violations }) => violations
        .filter((found) => found.impact === 'serious' || found.impact === 'critical')
        .flatMap((found) => found.nodes.map((node) => ({
            rule: found.id, place: node.target.join(' '), why: node.failureSummary }))))";

#[derive(Debug, Deserialize)]
pub struct Finding {
    pub rule: String,
    /// A selector.
    pub place: String,
    pub why: String,
}

/// Keeps a picture of the page for each width and scheme as `NAME-WIDTH-SCHEME-LANGUAGE.png` and
/// looks `document`, one of its frames, over in each.
///
/// # Errors
/// A picture is empty, or axe finds something serious in the document.
pub async fn look_at(page: &Page, document: &Frame, name: &str, language: &str) -> Result<()> {
    let mut findings = Vec::new();
    for (width, height) in SIZES {
        page.set_size(width, height).await?;
        for scheme in SCHEMES {
            page.set_media("prefers-color-scheme", scheme).await?;
            document.wait_for(AT_REST).await?;
            page.main().await?.wait_for(AT_REST).await?;
            let file = picture(name, width, scheme, language)?;
            page.screenshot(&file).await?;
            let bytes = std::fs::metadata(&file)?.len();
            ensure!(bytes > PICTURE_BYTES_MIN, "{} has {bytes} bytes", file.display());
            for found in barriers(document).await? {
                findings.push(format!("{width} px, {scheme}: {found:?}"));
            }
        }
    }
    ensure!(findings.is_empty(), "{name}, {language}: {findings:#?}");
    Ok(())
}

/// What axe-core finds serious or critical in a document; nothing when `FRONTDESK_AXE` does not
/// name its file, which is then said.
///
/// # Errors
/// axe-core does not load or does not end.
pub async fn barriers(document: &Frame) -> Result<Vec<Finding>> {
    let Some(file) = std::env::var_os("FRONTDESK_AXE") else {
        report_figure("not looked over: FRONTDESK_AXE names no axe.min.js");
        return Ok(Vec::new());
    };
    let source = std::fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
    // The error would show the whole source.
    let loaded = document.evaluate(&format!("{source}; typeof axe.run")).await;
    let loaded = loaded.map_err(|_| anyhow!("axe-core does not load"))?;
    ensure!(loaded == "function", "axe-core does not load: {loaded}");
    Ok(serde_json::from_value(document.evaluate(FINDINGS).await?)?)
}

fn picture(name: &str, width: u32, scheme: &str, language: &str) -> Result<PathBuf> {
    let folder = target_folder()?.join("screenshots");
    Ok(folder.join(format!("{name}-{width}-{scheme}-{language}.png")))
}
