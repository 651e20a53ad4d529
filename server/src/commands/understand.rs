//! `frontdesk understand`: what the model makes of one text.

use std::path::PathBuf;

use anyhow::Context;
use protocol::ids::SiteKey;
use protocol::locale::Locale;

#[derive(clap::Args)]
pub(crate) struct UnderstandFlags {
    text: String,
    /// With a site's answers; the server must not be running.
    #[arg(long, value_name = "DIR", requires = "site")]
    data: Option<PathBuf>,
    #[arg(long, value_name = "KEY", requires = "data")]
    site: Option<String>,
    /// Folder with a model to use instead of the built-in one.
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
}

pub(crate) async fn understand(flags: &UnderstandFlags) -> anyhow::Result<()> {
    let (text, model) = (flags.text.as_str(), flags.model.as_deref());
    let from = flags.data.as_deref().zip(flags.site.as_deref());
    let engine = server::catalog::model::load(model)?;
    let locale = nlu::detect_locale(text, Locale::default());
    let pack = match from {
        Some((data, site)) => {
            let (log, catalog) = server::open_catalog(data, model)?;
            let site = catalog.site(&SiteKey::parse(site).context("--site")?);
            log.close();
            site.context("there is no such site")?.pack
        }
        None => None,
    };
    let mut scratch = nlu::Scratch::new();
    let asked = nlu::ask(text, locale, Some(&engine), pack.as_deref(), &mut scratch);
    println!("{}", serde_json::to_string_pretty(&asked.understanding)?);
    println!("{}", serde_json::to_string_pretty(&asked.decision)?);
    Ok(())
}
