//! Loads every contestant in turns, each time as a new visitor: once on a slow processor, once on a
//! mobile network with a click. The browser's own counters are read; nothing is summed up here.

use anyhow::{Context, Result};
use serde::Serialize;
use tests::browser::Browser;
use tests::conditions::Network;
use tests::eventually::{DEADLINE, eventually};
use tests::page::{Frame, Page};
use tests::process::{DEMO_SITE, Installation, ServerProcess};
use tests::traffic::Request;

use crate::Options;
use crate::contestants::{CONTESTANTS, Contestant, MOVED, OURS, Opens};
use crate::machine::{Machine, Pressure, PressureTaken};
use crate::serve::{Site, listen, serve};

/// A mid phone beside this machine, as Lighthouse has it.
const SLOWER_TIMES: u32 = 4;

/// What a site's owner counts as the chat's brain: it comes after the panel.
const AI_PARTS: [&str; 6] =
    ["/worker.", "/ai_wasm", "/manifest.", "/encoder.", "/vocab.", "/v1/packs/"];

/// Looks without a new byte: a second and a half.
const LOOKS_MAX: u32 = 75;

/// Before any script: what kept the page busy for long.
const LONG_TASKS: &str = "window.longMs = 0; try { new PerformanceObserver((list) => {
    for (const task of list.getEntries()) longMs += task.duration;
    }).observe({ type: 'longtask', buffered: true }); } catch {}";

/// Before any script: the memory of modules counts as memory.
const MEMORIES: &str = "window.memories = [];
    for (const name of ['instantiate', 'instantiateStreaming']) {
        const own = WebAssembly[name];
        WebAssembly[name] = async (...given) => {
            const made = await own.apply(WebAssembly, given);
            for (const part of Object.values((made.instance || made).exports))
                if (part instanceof WebAssembly.Memory) memories.push(part);
            return made; }; }";

/// Before any script, in every document: when somebody can type, by the wall clock.
const USABLE: &str = "(() => {
    const fields = 'textarea, input:not([type=hidden]):not([type=file]), [contenteditable=true]';
    const find = (root) => [...root.querySelectorAll('*')].find((at) => at.matches(fields)
        ? !at.disabled && at.checkVisibility({ visibilityProperty: true })
            && at.getBoundingClientRect().width > 40
        : at.shadowRoot && find(at.shadowRoot));
    const now = () => performance.timeOrigin + performance.now();
    addEventListener('click', () => { window.clickedAt ??= now(); }, true);
    const look = () => document.body && find(document)
        ? window.usableAt = now() : requestAnimationFrame(look);
    requestAnimationFrame(look); })()";

/// Loaded, and no request for a while.
const QUIET: &str = "new Promise((done) => {
    let count = -1, since = performance.now();
    const look = () => {
        const now = performance.getEntriesByType('resource').length;
        if (now !== count || document.readyState !== 'complete') {
            count = now; since = performance.now(); }
        performance.now() - since > 1500 ? done(true) : setTimeout(look, 100); };
    look(); })";

const KEPT: &str = "(async () => localStorage.length + sessionStorage.length
    + (await indexedDB.databases()).length)()";

/// One load, on a slow processor.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Load {
    pub(crate) bytes: u64,
    pub(crate) requests: usize,
    /// Addresses outside of this machine, all refused.
    pub(crate) strangers: usize,
    pub(crate) kept: u64,
    pub(crate) sockets: usize,
    pub(crate) script_ms: f64,
    pub(crate) long_ms: f64,
    pub(crate) heap_bytes: f64,
}

/// One click, on a mobile network.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Opened {
    pub(crate) usable_ms: f64,
    /// All that came since the page was asked for.
    pub(crate) bytes: u64,
    /// What is left of it without the model and what belongs to it.
    pub(crate) chat_bytes: u64,
    pub(crate) heap_bytes: f64,
}

#[derive(Serialize)]
pub(crate) struct Samples {
    pub(crate) name: String,
    pub(crate) loads: Vec<Load>,
    pub(crate) opened: Vec<Opened>,
}

pub(crate) struct Taken {
    pub(crate) machine: Machine,
    pub(crate) browser: String,
    pub(crate) pressure: Option<PressureTaken>,
    pub(crate) contestants: Vec<Samples>,
}

struct Bench {
    browser: Browser,
    origin: String,
    /// Lives as long as its pages are asked for.
    _server: ServerProcess,
}

/// # Errors
/// The browser fails, or a contestant does not load.
pub(crate) async fn run(options: &Options) -> Result<Taken> {
    let (listener, origin) = listen().await?;
    let server = our_server(&origin).await?;
    let mut site = Site { moved: MOVED, ..Site::default() };
    let mut running: Vec<(&Contestant, Samples)> = Vec::new();
    for contestant in &CONTESTANTS {
        let peer = options.peers.iter().find(|(name, _)| name == contestant.name);
        let (title, base) = match (peer, contestant.name == OURS) {
            (Some((name, folder)), _) => {
                let spec = folder.file_name().and_then(|name| name.to_str()).unwrap_or(name);
                let version = spec.rsplit('@').next().unwrap_or_default();
                site.folders.insert(name.clone(), folder.clone());
                (format!("{name} {version}"), format!("{origin}/{name}"))
            }
            (None, true) => (OURS.to_owned(), server.origin.clone()),
            (None, false) if contestant.tag.is_empty() => {
                (contestant.name.to_owned(), origin.clone())
            }
            // Not fetched: not measured.
            (None, false) => continue,
        };
        let tag = contestant.tag.replace("{base}", &base);
        let page = format!(
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport \
             content=\"width=device-width\"><title>Shop</title><link rel=icon href=data:,>\
             <body><h1>Shop</h1>{tag}</body></html>"
        );
        site.pages.insert(path_of(contestant), page);
        let samples = Samples { name: title, loads: Vec::new(), opened: Vec::new() };
        running.push((contestant, samples));
    }
    serve(listener, site);
    let browser = Browser::launch_on_loopback().await?;
    let bench = Bench { browser, origin, _server: server };
    let pressure = Pressure::now();
    for round in 0..options.rounds {
        for (contestant, samples) in &mut running {
            samples.loads.push(bench.load(contestant).await.context(contestant.name)?);
            if contestant.opens != Opens::Never {
                samples.opened.push(bench.open(contestant).await.context(contestant.name)?);
            }
        }
        eprintln!("round {} of {}", round + 1, options.rounds);
        // Whoever went last goes first.
        running.reverse();
    }
    let place = |name: &str| CONTESTANTS.iter().position(|at| at.name == name);
    running.sort_by_key(|(contestant, _)| place(contestant.name));
    Ok(Taken {
        machine: Machine::here(),
        browser: bench.name().await?,
        pressure: pressure.and_then(|pressure| pressure.taken()),
        contestants: running.into_iter().map(|(_, samples)| samples).collect(),
    })
}

fn path_of(contestant: &Contestant) -> String {
    format!("/{}.html", contestant.name.replace(' ', "-"))
}

/// The real server with the demo's FAQ, for a site at `origin`.
async fn our_server(origin: &str) -> Result<ServerProcess> {
    let installation = Installation::demo()?;
    let data = installation.data();
    let data = data.to_str().context("the data folder is not UTF-8")?;
    let site = ["site", "--key", DEMO_SITE, "--name", "Shop", "--domain", origin, "--data", data];
    let made = installation.run(&site)?;
    anyhow::ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    ServerProcess::start(installation).await
}

impl Bench {
    async fn name(&self) -> Result<String> {
        let page = self.browser.new_page().await?;
        let agent = page.main().await?.evaluate("navigator.userAgent").await?;
        let agent = agent.as_str().unwrap_or_default();
        let name = agent.split(' ').find(|part| part.contains("Chrome")).unwrap_or(agent);
        Ok(name.to_owned())
    }

    /// A visitor who was never here before.
    async fn arrive(&self, scripts: &[&str]) -> Result<Page> {
        let page = self.browser.new_page().await?;
        page.set_size(1280, 900).await?;
        for script in scripts {
            page.run_before_scripts(script).await?;
        }
        Ok(page)
    }

    fn address(&self, contestant: &Contestant) -> String {
        format!("{}{}", self.origin, path_of(contestant))
    }

    async fn load(&self, contestant: &Contestant) -> Result<Load> {
        let page = self.arrive(&[LONG_TASKS, MEMORIES]).await?;
        let mark = page.mark();
        page.slow_down(SLOWER_TIMES).await?;
        // From the first reading on it is counted.
        page.figure("ScriptDuration").await?;
        page.open(&self.address(contestant)).await?;
        let document = page.main().await?;
        document.evaluate(QUIET).await?;
        let seconds = page.figure("ScriptDuration").await?;
        let long_ms = document.evaluate("longMs").await?.as_f64().context("no long tasks")?;
        let requests = page.requests_since(mark);
        let ours = |at: &&Request| at.url.starts_with("http://127.0.0.1");
        let strangers = |at: &&Request| at.url.starts_with("http") && !ours(at);
        let cookies = self.browser.cookies(&page).await?.len() as u64;
        let kept = document.evaluate(KEPT).await?.as_u64().context("no count")?;
        let taken = Load {
            bytes: requests.iter().filter(ours).map(|at| at.bytes).sum(),
            requests: requests.iter().filter(ours).count(),
            strangers: requests.iter().filter(strangers).count(),
            kept: kept + cookies,
            sockets: page.sockets_since(mark).len(),
            script_ms: seconds * 1_000.0,
            long_ms,
            heap_bytes: self.heap_bytes(&page, &document).await?,
        };
        page.close().await?;
        Ok(taken)
    }

    async fn open(&self, contestant: &Contestant) -> Result<Opened> {
        let page = self.arrive(&[MEMORIES, USABLE]).await?;
        let mark = page.mark();
        page.set_network(Network::Fast4g).await?;
        page.open(&self.address(contestant)).await?;
        let document = page.main().await?;
        document.evaluate(QUIET).await?;
        let begun = match contestant.opens {
            Opens::Click(launcher) => {
                let centre = format!(
                    "(() => {{ const at = {launcher}, box = at && at.getBoundingClientRect();
                        return box && box.width ? [box.x + box.width / 2, box.y + box.height / 2]
                            : null; }})()"
                );
                let centre = document.wait_for(&centre).await?;
                let at = |idx: usize| centre[idx].as_f64().context("no position");
                page.click_at(at(0)?, at(1)?).await?;
                document.wait_for("window.clickedAt").await?
            }
            Opens::AtLoad | Opens::Never => document.evaluate("performance.timeOrigin").await?,
        };
        let within = match contestant.frame {
            "" => document.clone(),
            part => page.frame(part).await?,
        };
        let usable = within.wait_for("window.usableAt").await?;
        let usable_ms = usable.as_f64().context("no time")? - begun.as_f64().context("no time")?;
        within.evaluate(QUIET).await?;
        let requests = self.loaded(&page, mark).await?;
        let is_ai = |at: &&Request| AI_PARTS.iter().any(|part| at.url.contains(part));
        let taken = Opened {
            usable_ms,
            bytes: requests.iter().map(|at| at.bytes).sum(),
            chat_bytes: requests.iter().filter(|at| !is_ai(at)).map(|at| at.bytes).sum(),
            heap_bytes: self.heap_bytes(&page, &within).await?,
        };
        page.close().await?;
        Ok(taken)
    }

    /// All requests, once as many bytes have come as will: a Worker's are not seen by the page.
    async fn loaded(&self, page: &Page, mark: usize) -> Result<Vec<Request>> {
        let mut before = 0;
        let mut looks = 0;
        eventually("no more bytes come", DEADLINE, async || {
            let requests = page.requests_since(mark);
            let bytes: u64 = requests.iter().map(|at| at.bytes).sum();
            looks = if bytes == before { looks + 1 } else { 0 };
            before = bytes;
            (looks > LOOKS_MAX).then_some(requests)
        })
        .await
    }

    /// Of scripts, and of modules in the page; what a Worker has is its own.
    async fn heap_bytes(&self, page: &Page, document: &Frame) -> Result<f64> {
        page.collect_garbage().await?;
        let modules = "memories.reduce((sum, at) => sum + at.buffer.byteLength, 0)";
        let modules = document.evaluate(modules).await?.as_f64().context("no memories")?;
        Ok(page.figure("JSHeapUsedSize").await? + modules)
    }
}
