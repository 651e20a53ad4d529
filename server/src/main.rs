//! The command line: `frontdesk serve` and what an operator does beside it.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use protocol::faq::Faq;
use protocol::http::LocalAnswers;
use protocol::ids::SiteKey;
use protocol::locale::Locale;
use server::Server;
use server::bus::record::SiteChanged;
use server::config::{Config, ServeFlags, is_origin};
use tracing_subscriber::EnvFilter;

#[derive(Parser)]
#[command(name = "frontdesk", version, about = "Self-hosted customer-service chat")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves visitors and agents until it is told to stop.
    Serve(ServeFlags),
    /// Creates or changes a site; the server must not be running.
    Site(SiteFlags),
    /// Publishes a site's FAQ from a file; the server must not be running.
    Import {
        #[arg(long, value_name = "DIR", default_value = "./data")]
        data: PathBuf,
        #[arg(long, value_name = "KEY")]
        site: String,
        #[arg(value_name = "FAQ.json")]
        file: PathBuf,
    },
    /// Prints the records of one segment of the log.
    Inspect { segment: PathBuf },
    /// Reads a whole log and says whether every record is sound.
    Verify {
        #[arg(long, value_name = "DIR", default_value = "./data")]
        data: PathBuf,
    },
    /// Says what is wrong with a configuration file, or prints it with all defaults.
    CheckConfig { file: PathBuf },
    /// Shows what the model makes of a text, and what it would do.
    Understand {
        text: String,
        /// With a site's answers; the server must not be running.
        #[arg(long, value_name = "DIR", requires = "site")]
        data: Option<PathBuf>,
        #[arg(long, value_name = "KEY", requires = "data")]
        site: Option<String>,
        /// Folder with a model to use instead of the built-in one.
        #[arg(long, value_name = "DIR")]
        model: Option<PathBuf>,
    },
}

#[derive(clap::Args)]
struct SiteFlags {
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
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum LocalAnswersFlag {
    Private,
    Reported,
}

fn main() -> ExitCode {
    let filter =
        EnvFilter::try_from_env("FRONTDESK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("frontdesk: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(flags) => runtime()?.block_on(serve(flags)),
        Command::Site(flags) => runtime()?.block_on(change_site(flags)),
        Command::Import { data, site, file } => runtime()?.block_on(import(&data, &site, &file)),
        Command::Inspect { segment } => inspect(&segment),
        Command::Verify { data } => verify(&data),
        Command::CheckConfig { file } => {
            print!("{}", toml::to_string_pretty(&Config::load(&file)?)?);
            Ok(())
        }
        Command::Understand { text, data, site, model } => {
            let from = data.as_deref().zip(site.as_deref());
            runtime()?.block_on(understand(&text, from, model.as_deref()))
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")
}

async fn serve(flags: ServeFlags) -> anyhow::Result<()> {
    let config = Config::from_flags(flags)?;
    server::gateway::check_web_files()?;
    let server = Server::start(config).await?;
    announce(&server).context("writing to stdout")?;
    until_told_to_stop().await?;
    tracing::info!("stopping");
    server.stop().await;
    Ok(())
}

/// Other programs wait for these lines.
fn announce(server: &Server) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening http://{}", server.address)?;
    if let Some(demo) = server.demo_address {
        writeln!(out, "demo http://{demo}")?;
    }
    if let Some(token) = &server.set_up_token {
        writeln!(out, "set-up http://{}/console/#setup={token}", server.address)?;
    }
    writeln!(out, "ready")?;
    out.flush()
}

async fn until_told_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

async fn change_site(flags: SiteFlags) -> anyhow::Result<()> {
    if let Some(domain) = flags.domains.iter().find(|domain| !is_origin(domain)) {
        anyhow::bail!("`{domain}` is no origin: write it as https://shop.example");
    }
    let key = SiteKey::parse(&flags.key).context("--key")?;
    let (log, catalog) = server::open_catalog(&flags.data, None)?;
    let known = catalog.site(&key);
    let name = flags.name.or_else(|| known.as_ref().map(|site| site.name.clone()));
    let known_domains = known.as_ref().map(|site| site.domains.clone()).unwrap_or_default();
    let local_answers = match flags.local_answers {
        Some(LocalAnswersFlag::Private) => LocalAnswers::Private,
        Some(LocalAnswersFlag::Reported) => LocalAnswers::Reported,
        None => known.map(|site| site.local_answers).unwrap_or_default(),
    };
    let changed = SiteChanged {
        name: name.context("a new site needs a --name")?,
        domains: if flags.domains.is_empty() { known_domains } else { flags.domains },
        key,
        local_answers,
    };
    println!("site {} \"{}\" {}", changed.key, changed.name, changed.domains.join(" "));
    let outcome = catalog.change_site(changed).await;
    log.close();
    Ok(outcome?)
}

async fn import(data: &Path, site: &str, file: &Path) -> anyhow::Result<()> {
    let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let faq: Faq = serde_json::from_slice(&text)
        .with_context(|| format!("{} is not an FAQ", file.display()))?;
    let (log, catalog) = server::open_catalog(data, None)?;
    let outcome = catalog.publish_faq(&SiteKey::parse(site).context("--site")?, faq).await;
    log.close();
    let imported = outcome?;
    println!("imported {} entries, pack {}", imported.entries, imported.pack.version);
    Ok(())
}

fn inspect(segment: &Path) -> anyhow::Result<()> {
    Ok(server::bus::inspect(segment, &mut std::io::stdout().lock())?)
}

fn verify(data: &Path) -> anyhow::Result<()> {
    let found = server::bus::verify(&server::log_folder(data))?;
    found.findings.iter().for_each(|finding| println!("{finding}"));
    anyhow::ensure!(found.findings.is_empty(), "the log is damaged");
    let (log, _) = server::open_log(data)?;
    let replayed = server::bus::record::replay(&log, |_| {});
    log.close();
    println!("{} records in {} segments, all sound", replayed?, found.segments_count);
    Ok(())
}

async fn understand(
    text: &str,
    from: Option<(&Path, &str)>,
    model: Option<&Path>,
) -> anyhow::Result<()> {
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
