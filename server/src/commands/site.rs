//! What an operator sets up beside a stopped server: sites and their FAQs.

use std::path::PathBuf;

use anyhow::Context;
use protocol::http::LocalAnswers;
use protocol::ids::SiteKey;
use server::bus::record::SiteChanged;
use server::catalog::SecretsChange;

use super::read_faq;

#[derive(clap::Args)]
pub(crate) struct SiteFlags {
    #[arg(long, value_name = "DIR", default_value = "./data")]
    data: PathBuf,
    /// The key in the snippet's `data-site`.
    #[arg(long)]
    key: String,
    /// The name visitors see.
    #[arg(long)]
    name: Option<String>,
    /// Origin whose pages may embed the widget, as `https://shop.example`; may be repeated.
    #[arg(long = "domain", value_name = "URL")]
    domains: Vec<String>,
    /// What the server is told of questions that browsers answered.
    #[arg(long, value_enum)]
    local_answers: Option<LocalAnswersFlag>,
    /// What becomes of the secret that the site's server signs ids with; it is printed.
    #[arg(long, value_enum, value_name = "WHAT")]
    identity_secret: Option<IdentitySecretFlag>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum IdentitySecretFlag {
    /// Prints it.
    Show,
    /// Makes a new one; the one before stays valid beside it.
    Rotate,
    /// Only the newest stays valid.
    Retire,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum LocalAnswersFlag {
    Private,
    Reported,
}

#[derive(clap::Args)]
pub(crate) struct ImportFlags {
    #[arg(long, value_name = "DIR", default_value = "./data")]
    data: PathBuf,
    #[arg(long, value_name = "KEY")]
    site: String,
    #[arg(value_name = "FAQ.json")]
    file: PathBuf,
}

pub(crate) async fn change_site(flags: SiteFlags) -> anyhow::Result<()> {
    let key = SiteKey::parse(&flags.key).context("--key")?;
    let (log, catalog) = server::open_catalog(&flags.data, None)?;
    let known = catalog.site(&key);
    anyhow::ensure!(known.is_some() || flags.name.is_some(), "a new site needs a --name");
    let mut settings = known.map(|site| site.settings).unwrap_or_default();
    if let Some(name) = flags.name {
        settings.name = name;
    }
    if !flags.domains.is_empty() {
        settings.domains = flags.domains;
    }
    match flags.local_answers {
        Some(LocalAnswersFlag::Private) => settings.local_answers = LocalAnswers::Private,
        Some(LocalAnswersFlag::Reported) => settings.local_answers = LocalAnswers::Reported,
        None => {}
    }
    let told = format!("site {key} \"{}\" {}", settings.name, settings.domains.join(" "));
    let outcome = catalog.change_site(SiteChanged { key: key.clone(), settings }).await;
    let change = flags.identity_secret.map(|flag| match flag {
        IdentitySecretFlag::Show => SecretsChange::Ensure,
        IdentitySecretFlag::Rotate => SecretsChange::Rotate,
        IdentitySecretFlag::Retire => SecretsChange::Retire,
    });
    let secrets = match (&outcome, change) {
        (Ok(()), Some(change)) => Some(catalog.identity_secrets(&key, change).await),
        (Ok(()) | Err(_), _) => None,
    };
    log.close();
    outcome?;
    println!("{told}");
    if let Some(secrets) = secrets.transpose()? {
        println!("identity secret {}", secrets.current);
        if let Some(previous) = secrets.previous {
            println!("previous secret {previous}");
        }
    }
    Ok(())
}

pub(crate) async fn import(flags: &ImportFlags) -> anyhow::Result<()> {
    let faq = read_faq(&flags.file)?;
    let site = SiteKey::parse(&flags.site).context("--site")?;
    let (log, catalog) = server::open_catalog(&flags.data, None)?;
    let outcome = catalog.publish_faq(&site, faq, None).await;
    log.close();
    let imported = outcome?;
    println!("imported {} entries, pack {}", imported.entries, imported.pack.version);
    Ok(())
}
