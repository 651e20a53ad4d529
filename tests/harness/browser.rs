//! A real Chromium with a fresh profile, driven through DevTools. It knows pages and targets,
//! nothing of Frontdesk.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cdp::{Cdp, Event, locked};
use crate::eventually::{DEADLINE, eventually};
use crate::page::Page;
use crate::proxy::Proxy;

const FLAGS: &[&str] = &[
    "--headless",
    // Tests run as root in containers, where Chromium has no sandbox to use.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    // The last: a page that a test puts in an owner's place counts as one from the open network.
    "--disable-features=Translate,OptimizationHints,MediaRouter,LocalNetworkAccessChecks",
    "--force-color-profile=srgb",
    "--remote-debugging-port=0",
];

/// Runs before every document's own scripts: keeps what Workers say, for tests to read.
const RECORD_WORKERS: &str = "(() => { const Native = window.Worker; window.workerMessages = [];
    window.Worker = class extends Native { constructor(...given) { super(...given);
    this.addEventListener('message', (event) => window.workerMessages.push(event.data)); } }; })()";

/// Kills Chromium and removes its profile when dropped.
pub struct Browser {
    chromium: Child,
    profile: TempDir,
    cdp: Cdp,
    targets: Arc<Mutex<Targets>>,
}

/// What the browser runs: pages, frames of other processes, workers.
#[derive(Default)]
pub(crate) struct Targets {
    pub(crate) attached: Vec<Target>,
    replacements: Vec<Replacement>,
}

#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) session: String,
    /// The session that contains this one; empty for pages.
    pub(crate) parent: String,
    /// The domains are on: nothing that it does from here on is missed.
    pub(crate) observed: bool,
    pub(crate) gone: bool,
}

impl Targets {
    /// The session of a page and those of its frames and workers, also of the ones that ended.
    pub(crate) fn tree(&self, page_session: &str) -> Vec<Target> {
        let mut tree: Vec<Target> = Vec::new();
        // A child is attached after its parent, so one pass in order finds all.
        for target in &self.attached {
            let inside = tree.iter().any(|parent| parent.session == target.parent);
            if inside || target.session == page_session {
                tree.push(target.clone());
            }
        }
        tree
    }
}

/// Bytes to give the browser instead of what a server would answer.
#[derive(Debug, Clone)]
pub struct Replacement {
    pub url_contains: String,
    pub body: Vec<u8>,
}

impl Browser {
    /// # Errors
    /// Chromium is not there or does not start.
    pub async fn launch() -> Result<Self> {
        Self::launch_with(Vec::new()).await
    }

    /// Starts a browser in which some responses are replaced.
    ///
    /// # Errors
    /// Chromium is not there or does not start.
    pub async fn launch_with(replacements: Vec<Replacement>) -> Result<Self> {
        Self::start(replacements, &[]).await
    }

    /// Starts a browser whose every connection goes through a proxy.
    ///
    /// # Errors
    /// Chromium is not there or does not start.
    pub async fn launch_behind(proxy: &Proxy) -> Result<Self> {
        Self::start(Vec::new(), &proxy.flags()).await
    }

    /// Starts a browser that finds nobody but this machine.
    ///
    /// # Errors
    /// Chromium is not there or does not start.
    pub async fn launch_on_loopback() -> Result<Self> {
        let alone = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1";
        Self::start(Vec::new(), &[alone.to_owned()]).await
    }

    async fn start(replacements: Vec<Replacement>, flags: &[String]) -> Result<Self> {
        let profile = tempfile::Builder::new().prefix("frontdesk-chromium-").tempdir()?;
        let mut chromium = Command::new(chromium_path()?)
            .args(FLAGS)
            .args(flags)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start chromium")?;
        let targets = Arc::new(Mutex::new(Targets { replacements, ..Targets::default() }));
        let cdp = match connect(&profile, targets.clone()).await {
            Ok(cdp) => cdp,
            Err(error) => {
                chromium.kill()?;
                chromium.wait()?;
                return Err(error);
            }
        };
        Ok(Self { chromium, profile, cdp, targets })
    }

    /// Stops all of its processes where they are, as a machine does that goes to sleep.
    ///
    /// # Errors
    /// The system cannot send signals.
    pub fn suspend(&self) -> Result<()> {
        self.signal("-STOP")
    }

    /// # Errors
    /// The system cannot send signals.
    pub fn resume(&self) -> Result<()> {
        self.signal("-CONT")
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let mut own = vec![self.chromium.id()];
        let mut next = 0;
        while let Some(parent) = own.get(next) {
            let children = children_of(*parent)?;
            own.extend(children);
            next += 1;
        }
        let mut kill = Command::new("kill");
        kill.arg(signal).args(own.iter().map(u32::to_string));
        anyhow::ensure!(kill.status()?.success(), "{kill:?}");
        Ok(())
    }

    /// Opens a page with cookies, storage and cache of its own.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn new_page(&self) -> Result<Page> {
        let context = self.cdp.call("", "Target.createBrowserContext", json!({})).await?;
        self.open(&context["browserContextId"]).await
    }

    /// Cookies of a page's whole browsing context, whatever site they belong to.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn cookies(&self, page: &Page) -> Result<Vec<String>> {
        let context = json!({ "browserContextId": page.browser_context });
        let kept = self.cdp.call("", "Storage.getCookies", context).await?;
        let kept = kept["cookies"].as_array().context("no list of cookies")?;
        Ok(kept.iter().map(Value::to_string).collect())
    }

    /// Opens another tab that shares cookies, storage and cache with `page`.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn new_tab_beside(&self, page: &Page) -> Result<Page> {
        self.open(&Value::from(page.browser_context.clone())).await
    }

    async fn open(&self, context: &Value) -> Result<Page> {
        let params = json!({ "url": "about:blank", "browserContextId": context });
        let created = self.cdp.call("", "Target.createTarget", params).await?;
        let id = created["targetId"].as_str().context("createTarget names no target")?;
        let session = eventually("the new page is attached", DEADLINE, async || {
            let targets = locked(&self.targets);
            let page = targets.attached.iter().find(|target| target.id == id)?;
            page.observed.then(|| page.session.clone())
        })
        .await?;
        let context = context.as_str().unwrap_or_default().to_owned();
        Ok(Page::new(self.cdp.clone(), self.targets.clone(), session, context))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Nothing useful can be done about a browser that is already dead.
        drop(self.chromium.kill());
        drop(self.chromium.wait());
        // Its children may write for a moment more; the folder is removed by `TempDir` after this.
        drop(std::fs::remove_dir_all(self.profile.path()));
    }
}

/// Numbers of the processes that a process has started, on Linux.
fn children_of(parent: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for thread in std::fs::read_dir(format!("/proc/{parent}/task"))? {
        let told = std::fs::read_to_string(thread?.path().join("children"))?;
        children.extend(told.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
    }
    Ok(children)
}

fn chromium_path() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("FRONTDESK_CHROMIUM") {
        return Ok(path.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    for name in ["chromium", "chromium-browser", "google-chrome"] {
        let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|at| at.is_file());
        if let Some(found) = found {
            return Ok(found);
        }
    }
    bail!("no chromium on PATH; install it or set FRONTDESK_CHROMIUM")
}

async fn connect(profile: &TempDir, targets: Arc<Mutex<Targets>>) -> Result<Cdp> {
    let announced = profile.path().join("DevToolsActivePort");
    let (port, path) = eventually("chromium announces its DevTools port", DEADLINE, async || {
        let text = std::fs::read_to_string(&announced).ok()?;
        let (port, path) = text.split_once('\n')?;
        Some((port.parse::<u16>().ok()?, path.trim().to_owned()))
            .filter(|(_, path)| !path.is_empty())
    })
    .await?;
    let observe_all = move |cdp: &Cdp, event: &Event| on_event(&targets, cdp, event);
    let cdp = Cdp::connect(&format!("127.0.0.1:{port}"), &path, observe_all).await?;
    cdp.call("", "Target.setAutoAttach", auto_attach()).await?;
    Ok(cdp)
}

/// New targets wait until they are observed, so that their first request is seen as well.
fn auto_attach() -> Value {
    json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true })
}

fn on_event(targets: &Arc<Mutex<Targets>>, cdp: &Cdp, event: &Event) {
    match event.method.as_str() {
        "Target.attachedToTarget" => {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let target = Target {
                id: text(&event.params["targetInfo"]["targetId"]),
                kind: text(&event.params["targetInfo"]["type"]),
                session: text(&event.params["sessionId"]),
                parent: event.session.clone(),
                observed: false,
                gone: false,
            };
            locked(targets).attached.push(target.clone());
            tokio::spawn(observe(targets.clone(), cdp.clone(), target));
        }
        "Target.detachedFromTarget" => {
            let session = event.params["sessionId"].as_str().unwrap_or_default();
            let mut targets = locked(targets);
            let gone = targets.attached.iter_mut().filter(|target| target.session == session);
            gone.for_each(|target| target.gone = true);
        }
        "Fetch.requestPaused" => {
            tokio::spawn(resume(targets.clone(), cdp.clone(), event.clone()));
        }
        _ => {}
    }
}

/// Turns on every domain this kind of target has, then lets it run.
async fn observe(targets: Arc<Mutex<Targets>>, cdp: Cdp, target: Target) {
    let session = target.session.as_str();
    let mut commands = vec![
        ("Target.setAutoAttach", auto_attach()),
        ("Network.enable", json!({})),
        ("Runtime.enable", json!({})),
        ("Log.enable", json!({})),
        ("Audits.enable", json!({})),
        ("Page.enable", json!({})),
        ("DOM.enable", json!({})),
        ("Page.addScriptToEvaluateOnNewDocument", json!({ "source": RECORD_WORKERS })),
        // Without it only one page of the browser has the focus at a time.
        ("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })),
    ];
    if !locked(&targets).replacements.is_empty() {
        commands.push(("Fetch.enable", json!({})));
    }
    commands.push(("Runtime.runIfWaitingForDebugger", json!({})));
    // In one go: a target that waits answers some of these only once it runs. It may lack a
    // domain (a worker has no Page) or be gone already; both are fine.
    let calls = commands.into_iter().map(|(method, params)| cdp.call(session, method, params));
    drop(join_all(calls).await);
    if let Some(attached) = locked(&targets).attached.iter_mut().find(|at| at.session == session) {
        attached.observed = true;
    }
}

async fn resume(targets: Arc<Mutex<Targets>>, cdp: Cdp, event: Event) {
    let request = event.params["requestId"].clone();
    let url = event.params["request"]["url"].as_str().unwrap_or_default();
    let replacement =
        locked(&targets).replacements.iter().find(|at| url.contains(&at.url_contains)).cloned();
    let (method, params) = match replacement {
        Some(Replacement { body, .. }) => (
            "Fetch.fulfillRequest",
            json!({ "requestId": request, "responseCode": 200, "body": BASE64.encode(body) }),
        ),
        None => ("Fetch.continueRequest", json!({ "requestId": request })),
    };
    // The page may have gone away while its request was held.
    drop(cdp.call(&event.session, method, params).await);
}
