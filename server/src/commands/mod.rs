//! The subcommands, one file a group: flags, and what is done with them.

mod eval;
mod log;
mod serve;
mod site;
mod understand;

use std::path::Path;

use anyhow::Context;
use protocol::faq::Faq;

pub(crate) use eval::{EvalFlags, eval};
pub(crate) use log::{inspect, verify};
pub(crate) use serve::serve;
pub(crate) use site::{ImportFlags, SiteFlags, change_site, import};
pub(crate) use understand::{UnderstandFlags, understand};

fn read_faq(file: &Path) -> anyhow::Result<Faq> {
    let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not an FAQ", file.display()))
}
