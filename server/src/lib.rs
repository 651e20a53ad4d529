//! The server: its layers from top to bottom, and the only place that puts them together.

pub mod bus;
pub mod catalog;
pub mod checkpoint;
pub mod clock;
pub mod config;
pub mod conversation;
pub mod degradation;
pub mod files;
pub mod gateway;
pub mod history;
pub mod intake;
pub mod mail;
pub mod pipeline;
pub mod rehearsal;
pub mod routing;
pub mod session;
pub mod upkeep;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use bus::record::{Record, replay};
use bus::{Log, LogOptions, Offset, Recovery};
use catalog::{Catalog, CatalogState, PackStore};
use checkpoint::{Checkpoint, CheckpointError};
use config::{Config, LogSettings};
use conversation::{Assigner, Conversations, Delivery, Inbox, Rebuilt, Running, Shared};
use degradation::{CommitWait, Degradation, Sources};
use files::Files;
use gateway::{CallerLimits, Counters, Draining, Gateway, Keys, Listening, Seats, SetUpLink};
use history::History;
use mail::Mails;
use pipeline::{Pipeline, Tier};
use rehearsal::Rehearsal;
use session::{Presence, Sessions};
use upkeep::Upkeep;

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    pub demo_address: Option<SocketAddr>,
    /// Only while no agent exists.
    pub set_up_token: Option<String>,
    log: Log,
    drain: watch::Sender<bool>,
    seats: Seats,
    drain_wait: Duration,
    accepting: Vec<JoinHandle<()>>,
    pipeline: JoinHandle<()>,
    assigner: JoinHandle<()>,
    history: JoinHandle<()>,
    upkeep: JoinHandle<()>,
    stop_upkeep: oneshot::Sender<()>,
    shards: Running,
    mail: Option<JoinHandle<()>>,
}

/// The log's folder within the data folder.
pub fn log_folder(data: &Path) -> std::path::PathBuf {
    data.join("log")
}

/// The log of a data folder and the checkpoint it is read from; both are made when there are none.
///
/// # Errors
/// The folder is in use, damaged or not writable, or its parts do not belong together.
pub fn open_log(data: &Path, settings: &LogSettings) -> anyhow::Result<Stored> {
    let folder = log_folder(data);
    std::fs::create_dir_all(&folder)?;
    let checkpoint = Checkpoint::open(data).context(
        "opening checkpoint.sqlite; as long as the log was never trimmed (there is no file \
         log/start) it may be removed and is made again",
    )?;
    let from = checkpoint.offset()?;
    let options = LogOptions {
        segment_bytes: settings.segment_bytes,
        settled: from,
        ..LogOptions::default()
    };
    let (log, recovery) = Log::open(&folder, options)?;
    let (start, end) = (log.start(), recovery.end);
    anyhow::ensure!(from <= end, "the checkpoint stands at {from}, but the log ends at {end}");
    anyhow::ensure!(from >= start, "the log starts at {start}, but the checkpoint ends at {from}");
    Ok(Stored { log, checkpoint, from, recovery })
}

/// An open data folder.
pub struct Stored {
    pub log: Log,
    pub checkpoint: Checkpoint,
    /// The offset to read the log from.
    pub from: Offset,
    pub recovery: Recovery,
}

/// The catalogue alone, for commands that change it while no server runs.
///
/// # Errors
/// The log cannot be opened or read.
pub fn open_catalog(data: &Path, model: Option<&Path>) -> anyhow::Result<(Log, Catalog)> {
    let stored = open_log(data, &LogSettings::default()).context("opening the log")?;
    let log = stored.log;
    let mut state = CatalogState::restore(&stored.checkpoint.catalog()?)?;
    let taken = replay(&log, stored.from, |offset, record| {
        state.apply(offset, &record);
        Ok::<_, Infallible>(())
    });
    taken.context("replaying the log")?;
    let catalog = Catalog::start(log.clone(), state, pack_store(data, model));
    Ok((log, catalog))
}

/// Everything that is read before the first connection.
struct Opened {
    log: Log,
    checkpoint: Checkpoint,
    sessions: Sessions,
    catalog: CatalogState,
    packs: PackStore,
    rebuilt: Rebuilt,
    history: History,
    history_writer: history::Writer,
    keys: Keys,
    files: Files,
    mails: Mails,
    mail_sender: Option<mail::Sender>,
    tier: Option<Arc<Tier>>,
}

fn open(config: &Config) -> anyhow::Result<Opened> {
    let started = Instant::now();
    let stored = open_log(&config.data, &config.log).context("opening the log")?;
    let Stored { log, checkpoint, from, recovery } = stored;
    let keys = Keys::open(&config.data).context("opening the signing key")?;
    let mut catalog = CatalogState::restore(&checkpoint.catalog()?)?;
    let sessions = Sessions::default();
    let now_ms = clock::now_ms();
    let mut rebuilt = Rebuilt::read(&checkpoint, sessions.clone(), config.shards, now_ms)
        .context("reading the checkpoint")?;
    let end = replay(&log, from, |offset, record| {
        match &record {
            Record::Conversation { id, fact } => rebuilt.apply(offset, *id, fact)?,
            Record::SiteChanged(_)
            | Record::SecretsChanged(_)
            | Record::SessionsEnded(_)
            | Record::AgentCreated(_)
            | Record::CannedChanged(_)
            | Record::CannedRemoved { .. }
            | Record::FaqPart(_)
            | Record::FaqPublished(_)
            | Record::FaqDrafted(_)
            | Record::SnippetSeen(_)
            | Record::Office(_) => catalog.apply(offset, &record),
            Record::AnswerTallied(_) | Record::QuestionsSettled(_) => {}
        }
        Ok::<_, CheckpointError>(())
    })
    .context("replaying the log")?;
    let (history, history_writer) = History::open(&config.data).context("opening the history")?;
    let packs = pack_store(&config.data, config.model.as_deref());
    let files = Files::open(&config.data, config.limits.files_per_site_bytes)
        .context("opening the files of conversations")?;
    let (mails, mail_sender) =
        Mails::open(&config.data, config.mail.as_ref()).context("setting up mail")?;
    // Who asks for it is told when it cannot be had: without it nothing would look wrong.
    let tier = config.tier.as_deref().map(Tier::load).transpose();
    let tier = tier.context("loading the server tier")?.map(Arc::new);
    tracing::info!(
        records = end.0 - from.0,
        conversations = rebuilt.len(),
        torn_bytes = recovery.torn_bytes,
        duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "log replayed"
    );
    Ok(Opened {
        log,
        checkpoint,
        sessions,
        catalog,
        packs,
        rebuilt,
        history,
        history_writer,
        keys,
        files,
        mails,
        mail_sender,
        tier,
    })
}

/// A model that cannot be used costs answers, never the chat: it is said loudly, and people are
/// served without it.
fn pack_store(data: &Path, model: Option<&Path>) -> PackStore {
    let engine = match catalog::model::load(model) {
        Ok(engine) => Some(Arc::new(engine)),
        Err(error) => {
            tracing::error!(%error, "NO MODEL: only exact and lexical answers for now");
            None
        }
    };
    PackStore::new(data.join("packs"), engine)
}

impl Server {
    /// Returns when the first visitor may come.
    ///
    /// # Errors
    /// The data folder or an address cannot be used.
    pub async fn start(mut config: Config) -> anyhow::Result<Self> {
        let reading = config.clone();
        let mut opened = tokio::task::spawn_blocking(move || open(&reading)).await??;
        let main = listen(config.listen).await?;
        let demo = match config.demo {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        // Port 0 became a real one.
        config.listen = main.address;
        config.demo = demo.as_ref().map(|demo| demo.address);
        let mail = opened.mail_sender.take().map(|sender| tokio::spawn(sender.run()));
        let (gateway, drain, parts) = Self::wire(config, opened).await?;
        let gateway = Arc::new(gateway);
        let seats = Seats::new(&gateway.config.limits);
        let draining = gateway.draining.clone();
        let mut server = Self {
            address: main.address,
            demo_address: gateway.config.demo,
            set_up_token: gateway
                .catalog
                .now()
                .agents
                .is_empty()
                .then(|| gateway.set_up_link.token())
                .flatten(),
            log: gateway.log.clone(),
            drain,
            seats: seats.clone(),
            drain_wait: Duration::from_millis(gateway.config.limits.drain_ms),
            accepting: Vec::new(),
            pipeline: parts.pipeline,
            assigner: parts.assigner,
            history: parts.history,
            upkeep: parts.upkeep,
            stop_upkeep: parts.stop_upkeep,
            shards: parts.shards,
            mail,
        };
        let router = gateway::router(gateway.clone());
        let serving = main.serve(router, seats.clone(), draining.clone());
        server.accepting.push(tokio::spawn(serving));
        if let Some(demo) = demo {
            let serving = demo.serve(gateway::demo_router(gateway), seats, draining);
            server.accepting.push(tokio::spawn(serving));
        }
        Ok(server)
    }

    /// Builds the layers from the bottom up.
    async fn wire(
        config: Config,
        opened: Opened,
    ) -> anyhow::Result<(Gateway, watch::Sender<bool>, Parts)> {
        let log = opened.log;
        let commit_wait = CommitWait::default();
        let answered = pipeline::Counters::default();
        let degradation = degradation(&config, &commit_wait, &answered, &log);
        let catalog = start_catalog(log.clone(), opened.catalog, opened.packs).await?;
        let history = tokio::spawn(opened.history_writer.run(log.clone()));
        let shared = Shared {
            log: log.clone(),
            checkpoint: opened.checkpoint.clone(),
            sessions: opened.sessions,
            delivery: Delivery::default(),
            commit_wait,
            inbox: Inbox::default(),
        };
        let (conversations, shards) =
            Conversations::start(shared, opened.history.clone(), opened.rebuilt);
        let pipeline = Pipeline::new(
            log.clone(),
            conversations.clone(),
            catalog.clone(),
            degradation.clone(),
            answered.clone(),
            opened.tier,
        );
        let pipeline = tokio::spawn(pipeline.run());
        let assigner = tokio::spawn(Assigner::new(conversations.clone(), catalog.clone()).run());
        let upkeep = Upkeep::new(
            log.clone(),
            opened.checkpoint,
            conversations.clone(),
            catalog.clone(),
            opened.history.clone(),
            config.log.clone(),
        );
        let (checkpointed, broom) = (upkeep.checkpointed(), upkeep.broom());
        let (stop_upkeep, stopped) = oneshot::channel();
        let upkeep = tokio::spawn(upkeep.run(stopped));
        let (drain, draining) = watch::channel(false);
        let suggester = pipeline::Suggester::new(catalog.clone(), degradation.clone());
        let gateway = Gateway {
            rehearsal: Rehearsal::new(catalog.clone(), opened.history.clone()),
            broom,
            history: opened.history,
            suggester,
            limits: CallerLimits::of(&config),
            demo_origin: config.demo.map(|address| format!("http://{address}")),
            config,
            catalog,
            conversations,
            presence: Presence::default(),
            degradation,
            log,
            keys: opened.keys,
            files: opened.files,
            mails: opened.mails,
            set_up_link: SetUpLink::new(),
            answered,
            counters: Counters::default(),
            checkpointed,
            draining: Draining::new(draining),
            seen: gateway::Seen::default(),
            second_factor_offers: gateway::SecondFactorOffers::default(),
        };
        Ok((gateway, drain, Parts { pipeline, assigner, history, upkeep, stop_upkeep, shards }))
    }

    /// Sends everybody away, writes what is pending and returns when all is on disk.
    pub async fn stop(self) {
        let _ = self.drain.send(true);
        for accepting in self.accepting {
            // Ends by itself; a panic in it must not keep the log from closing.
            let _ = accepting.await;
        }
        if tokio::time::timeout(self.drain_wait, self.seats.empty()).await.is_err() {
            tracing::warn!("some connections did not leave in time");
        }
        if let Some(mail) = self.mail {
            // What waits is on disk and goes out after the next start.
            mail.abort();
        }
        self.pipeline.abort();
        let _ = self.pipeline.await;
        self.assigner.abort();
        let _ = self.assigner.await;
        // The last checkpoint makes the next start a short one; without it nothing is lost.
        let _ = self.stop_upkeep.send(());
        if tokio::time::timeout(self.drain_wait, self.upkeep).await.is_err() {
            tracing::warn!("no checkpoint in time");
        }
        if tokio::time::timeout(self.drain_wait, self.shards.stopped()).await.is_err() {
            tracing::warn!("some shards still had work when the log was closed");
        }
        let log = self.log;
        let closed = tokio::task::spawn_blocking(move || log.close()).await;
        if let Err(error) = closed {
            tracing::error!(%error, "the log was not closed in order");
        }
        self.history.abort();
        let _ = self.history.await;
    }
}

/// Loads packs, which may take a while.
async fn start_catalog(log: Log, state: CatalogState, packs: PackStore) -> anyhow::Result<Catalog> {
    Ok(tokio::task::spawn_blocking(move || Catalog::start(log, state, packs)).await?)
}

fn degradation(
    config: &Config,
    commit_wait: &CommitWait,
    answered: &pipeline::Counters,
    log: &Log,
) -> Degradation {
    let sources = Sources {
        commit_wait: commit_wait.clone(),
        model_wait: answered.levels.wait.clone(),
        pipeline_position: answered.position.clone(),
        committed: log.committed(),
    };
    if config.shed_load { Degradation::start(sources) } else { Degradation::never() }
}

/// Tasks below the gateway.
struct Parts {
    pipeline: JoinHandle<()>,
    assigner: JoinHandle<()>,
    history: JoinHandle<()>,
    upkeep: JoinHandle<()>,
    stop_upkeep: oneshot::Sender<()>,
    shards: Running,
}

async fn listen(address: SocketAddr) -> anyhow::Result<Listening> {
    gateway::listen(address).await.with_context(|| format!("listening on {address}"))
}
