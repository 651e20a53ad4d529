//! The peers as processes: found, started one at a time, ended when dropped. Knows their command
//! lines, not what is measured.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

/// Scripts of the peers that run on Bun or Node.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/gateway/peers");

/// Where npm puts the binary of Bun: by platform, or where its install script moves it.
const BUN: [&str; 3] = [
    "node_modules/@oven/bun-linux-x64/bin/bun",
    "node_modules/@oven/bun-linux-aarch64/bin/bun",
    "node_modules/bun/bin/bun.exe",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    Bun,
    NodeWs,
    AxumDefault,
}

impl Echo {
    pub(crate) const ALL: [Self; 3] = [Self::Bun, Self::NodeWs, Self::AxumDefault];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Bun => "Bun",
            Self::NodeWs => "Node ws",
            Self::AxumDefault => "axum, default buffers",
        }
    }
}

pub(crate) struct Peers {
    folder: Option<PathBuf>,
    bun: Option<PathBuf>,
    node: Option<PathBuf>,
    redis: Option<PathBuf>,
}

/// Killed when dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) host: String,
    /// What it writes lies here, and what it needs runs as long.
    _below: Option<(Box<Running>, TempDir)>,
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already dead is fine.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Peers {
    pub(crate) fn found(folder: Option<&Path>) -> Result<Self> {
        let folder = folder.map(std::path::absolute).transpose()?;
        let bun = folder
            .as_ref()
            .and_then(|folder| BUN.iter().map(|bun| folder.join(bun)).find(|bun| bun.is_file()));
        let (node, redis) = (on_path("node"), on_path("redis-server"));
        Ok(Self { folder, bun, node, redis })
    }

    /// `None` when it is not installed.
    pub(crate) fn echo(&self, peer: Echo) -> Result<Option<Running>> {
        match peer {
            Echo::Bun => {
                let Some(bun) = &self.bun else { return Ok(None) };
                Ok(Some(start(bun, [script("echo-bun.js")], None)?))
            }
            Echo::NodeWs => self.node_script("echo-ws.js", None),
            Echo::AxumDefault => {
                let own = std::env::current_exe()?;
                Ok(Some(start(&own, [super::AXUM_ECHO], None)?))
            }
        }
    }

    /// socket.io in front of a Redis that answers after the disk; `None` without either.
    pub(crate) fn relay(&self) -> Result<Option<Running>> {
        let Some(redis) = &self.redis else { return Ok(None) };
        let data = tempfile::Builder::new().prefix("frontdesk-redis-").tempdir()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let port_word = port.to_string();
        let child = Command::new(redis)
            .args(["--bind", "127.0.0.1", "--port", &port_word, "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--dir"])
            .arg(data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("redis-server")?;
        let redis = Running { child, host: format!("127.0.0.1:{port}"), _below: None };
        wait_for(&redis.host)?;
        let Some(mut relay) = self.node_script("relay.js", Some(&port_word))? else {
            return Ok(None);
        };
        relay._below = Some((Box::new(redis), data));
        Ok(Some(relay))
    }

    fn node_script(&self, name: &str, argument: Option<&str>) -> Result<Option<Running>> {
        let (Some(node), Some(folder)) = (&self.node, &self.folder) else { return Ok(None) };
        let arguments = [script(name)].into_iter().chain(argument.map(PathBuf::from));
        Ok(Some(start(node, arguments, Some(&folder.join("node_modules")))?))
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(SCRIPTS).join(name)
}

fn start<S: AsRef<OsStr>>(
    program: &Path,
    arguments: impl IntoIterator<Item = S>,
    modules: Option<&Path>,
) -> Result<Running> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    if let Some(modules) = modules {
        command.env("NODE_PATH", modules);
    }
    let mut child = command.spawn().with_context(|| program.display().to_string())?;
    let mut line = String::new();
    let stdout = child.stdout.take().context("standard output is piped")?;
    // A peer that says nothing and stays is ended by whoever ends this program.
    BufReader::new(stdout).read_line(&mut line)?;
    let mut running = Running { child, host: String::new(), _below: None };
    let port = line.trim().strip_prefix("listening ");
    let port = port.with_context(|| format!("{} said {line:?}", program.display()))?;
    running.host = format!("127.0.0.1:{port}");
    Ok(running)
}

/// Redis says nothing on standard output that is worth reading.
fn wait_for(host: &str) -> Result<()> {
    for _ in 0..200 {
        if std::net::TcpStream::connect(host).is_ok() {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    bail!("nothing listens at {host}")
}

/// Keeps all threads of a process on one core.
pub(crate) fn pin(pid: u32, core: usize) -> Result<()> {
    let status = Command::new("taskset")
        .args(["-a", "-p", "-c", &core.to_string(), &pid.to_string()])
        .stdout(Stdio::null())
        .status()
        .context("taskset")?;
    ensure!(status.success(), "taskset ended with {status}");
    Ok(())
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
