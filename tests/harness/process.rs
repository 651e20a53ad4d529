//! The real binary `frontdesk`: prepared, started, killed, started again on the same port and
//! folder. It knows the command line and the lines printed at start, nothing of the insides.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::{Mutex, mpsc};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::cdp::locked;
use crate::eventually::{DEADLINE, eventually};
use crate::http;

pub const DEMO_SITE: &str = "demo";

/// Lines the server prints before it is ready; there are four.
const STARTUP_LINES_MAX: usize = 64;

/// Below the range the system takes ports from by itself, so that nobody grabs the port of a
/// server that is down for a moment.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A data folder with the demo site in it.
pub struct Installation {
    folder: TempDir,
    /// Size of a disk that holds the data folder alone.
    disk_bytes: Option<u64>,
}

/// How the demo site is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalAnswers {
    Private,
    Reported,
}

impl Installation {
    /// The demo site with the shop's FAQ, as `cargo xtask run` prepares it.
    ///
    /// # Errors
    /// The server is not built or refuses.
    pub fn demo() -> Result<Self> {
        let template = demo_template()?;
        let folder = new_folder()?;
        copy_folder(&template.join("data"), &folder.path().join("data"))?;
        Ok(Self { folder, disk_bytes: None })
    }

    /// No site at all: as on the first day.
    ///
    /// # Errors
    /// There is no room for a folder.
    pub fn empty() -> Result<Self> {
        let folder = new_folder()?;
        fs::create_dir_all(folder.path().join("data"))?;
        Ok(Self { folder, disk_bytes: None })
    }

    /// The demo site with another FAQ file.
    ///
    /// # Errors
    /// The server is not built or refuses.
    pub fn with_faq(faq: &Path) -> Result<Self> {
        let folder = new_folder()?;
        prepare(&folder.path().join("data"), faq)?;
        Ok(Self { folder, disk_bytes: None })
    }

    /// From its next start on, the server sees its data folder on a disk of this size, which ends
    /// with it; see `ServerProcess::disk`.
    #[must_use]
    pub fn on_disk_of(mut self, bytes: u64) -> Self {
        self.disk_bytes = Some(bytes);
        self
    }

    /// Changes what the server is told about questions that browsers answer.
    ///
    /// # Errors
    /// The server refuses.
    pub fn set_local_answers(&self, local_answers: LocalAnswers) -> Result<()> {
        let word = match local_answers {
            LocalAnswers::Private => "private",
            LocalAnswers::Reported => "reported",
        };
        make_site(&self.data(), &["--local-answers", word])
    }

    /// Settings for the next start, as lines of TOML.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn configure(&self, toml: &str) -> Result<()> {
        // What is tested must not depend on what else the machine has to do.
        Ok(fs::write(self.config(), format!("shed_load = false\n{toml}\n"))?)
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("frontdesk.toml")
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the server wrote to standard error, all starts together.
    pub fn server_log(&self) -> String {
        let bytes = fs::read(self.folder.path().join("server.log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Runs a subcommand to its end.
    ///
    /// # Errors
    /// The server is not built.
    pub fn run(&self, arguments: &[&str]) -> Result<Output> {
        frontdesk()?.args(arguments).output().context("cannot run the server")
    }
}

/// Whether this system lets us mount a disk that one process alone sees.
pub fn can_mount() -> bool {
    let mut mounting = Command::new("unshare");
    mounting.args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]);
    mounting.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Killed when dropped.
pub struct ServerProcess {
    pub installation: Installation,
    /// `http://127.0.0.1:PORT` of widget, console and API.
    pub origin: String,
    /// `http://127.0.0.1:PORT` of the demo shop.
    pub demo: String,
    /// Where the first agent is made; only while there is none.
    pub set_up_link: Option<String>,
    arguments: Vec<String>,
    child: Child,
}

impl ServerProcess {
    /// The demo shop, ready to be visited.
    ///
    /// # Errors
    /// The server is not built or does not start.
    pub async fn demo() -> Result<Self> {
        Self::start(Installation::demo()?).await
    }

    /// # Errors
    /// The server does not get ready; the error shows what it wrote.
    pub async fn start(installation: Installation) -> Result<Self> {
        Self::start_with(installation, &[]).await
    }

    /// Starts with further flags.
    ///
    /// # Errors
    /// The server does not get ready; the error shows what it wrote.
    pub async fn start_with(installation: Installation, flags: &[&str]) -> Result<Self> {
        let listen = format!("127.0.0.1:{}", free_port()?);
        let demo = format!("127.0.0.1:{}", free_port()?);
        if !installation.config().exists() {
            installation.configure("")?;
        }
        let [data, config] = [installation.data(), installation.config()]
            .map(|path| path.to_str().map(str::to_owned));
        let data = data.context("the data folder is not UTF-8")?;
        let config = config.context("the folder is not UTF-8")?;
        let mut arguments: Vec<String> =
            ["serve", "--config", &config, "--data", &data, "--listen", &listen, "--demo", &demo]
                .map(str::to_owned)
                .into();
        arguments.extend(flags.iter().map(|flag| (*flag).to_owned()));
        let started = spawn(&installation, &arguments).await?;
        Ok(Self {
            installation,
            origin: started.origin,
            demo: started.demo,
            set_up_link: started.set_up_link,
            arguments,
            child: started.child,
        })
    }

    /// The demo shop with limits of its own: the lines of `[limits]`.
    ///
    /// # Errors
    /// The server is not built or does not start.
    pub async fn demo_with_limits(limits: &str) -> Result<Self> {
        Self::start_with_limits(Installation::demo()?, limits).await
    }

    /// # Errors
    /// The server does not get ready; the error shows what it wrote.
    pub async fn start_with_limits(installation: Installation, limits: &str) -> Result<Self> {
        installation.configure(&format!("[limits]\n{limits}"))?;
        Self::start(installation).await
    }

    /// One of the figures the server shows about itself.
    ///
    /// # Errors
    /// There is no such figure, or no server.
    pub async fn metric(&self, name: &str) -> Result<u64> {
        let page = http::get(&self.origin, "/metrics", &[]).await?.text();
        let value = page.lines().find_map(|line| line.strip_prefix(&format!("frontdesk_{name} ")));
        Ok(value.with_context(|| format!("no {name} in {page}"))?.parse()?)
    }

    /// Number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills the process on the spot: nothing it holds is written any more.
    ///
    /// # Errors
    /// The process is gone already.
    pub fn kill9(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the server ended by itself with {status}: {}", self.installation.server_log());
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// The data folder as the server sees it, on its own disk if it has one.
    pub fn disk(&self) -> PathBuf {
        let data = self.installation.data();
        let inside = data.strip_prefix("/").unwrap_or(&data);
        Path::new("/proc").join(self.id().to_string()).join("root").join(inside)
    }

    /// Stops the process where it is: its sockets stay open and nobody reads them.
    ///
    /// # Errors
    /// The process is gone, or the system cannot send signals.
    pub fn suspend(&self) -> Result<()> {
        self.signal("-STOP")
    }

    /// Lets a stopped process go on.
    ///
    /// # Errors
    /// The process is gone, or the system cannot send signals.
    pub fn resume(&self) -> Result<()> {
        self.signal("-CONT")
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let mut kill = Command::new("kill");
        kill.args([signal, &self.id().to_string()]);
        succeed(kill)
    }

    /// Asks the process to end and waits for it.
    ///
    /// # Errors
    /// It does not end in time.
    pub async fn stop(&mut self) -> Result<()> {
        self.tell_to_stop()?;
        self.until_stopped().await
    }

    /// Asks the process to end and does not wait.
    ///
    /// # Errors
    /// The system cannot send signals.
    pub fn tell_to_stop(&self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.id().to_string()]).status()?;
        Ok(())
    }

    /// # Errors
    /// It does not end in time.
    pub async fn until_stopped(&mut self) -> Result<()> {
        let status = eventually("the server ends when asked to", DEADLINE, async || {
            self.child.try_wait().ok().flatten()
        })
        .await?;
        if !status.success() {
            bail!("asked to end, the server ended with {status}");
        }
        Ok(())
    }

    /// Starts again with the same folder and the same ports.
    ///
    /// # Errors
    /// The server does not get ready; the error shows what it wrote.
    pub async fn start_again(&mut self) -> Result<()> {
        let started = spawn(&self.installation, &self.arguments).await?;
        self.child = started.child;
        self.set_up_link = started.set_up_link;
        Ok(())
    }

    /// Tries to start again although the folder may be unusable; the error output when it ends.
    ///
    /// # Errors
    /// It does start.
    pub async fn refuses_to_start(&self) -> Result<String> {
        let before = self.installation.server_log().len();
        match spawn(&self.installation, &self.arguments).await {
            Ok(mut started) => {
                started.child.kill()?;
                started.child.wait()?;
                bail!("the server started")
            }
            Err(_) => Ok(self.installation.server_log()[before..].to_owned()),
        }
    }

    /// # Errors
    /// The process has ended; the error shows what it wrote.
    pub fn assert_alive(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("ended with {status}: {}", self.installation.server_log()),
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // Already dead is fine.
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() || std::env::var_os("FRONTDESK_SHOW_LOG").is_some() {
            eprintln!("server: {}", self.installation.server_log());
        }
    }
}

struct Started {
    child: Child,
    origin: String,
    demo: String,
    set_up_link: Option<String>,
}

async fn spawn(installation: &Installation, arguments: &[String]) -> Result<Started> {
    let log = installation.folder.path().join("server.log");
    let log = OpenOptions::new().create(true).append(true).open(log)?;
    let binary = frontdesk()?;
    let mut command = match installation.disk_bytes {
        Some(bytes) => on_disk(&binary, &installation.data(), bytes),
        None => binary,
    };
    let mut child = command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .context("cannot start the server")?;
    let lines = stdout_lines(child.stdout.take().context("standard output is piped")?);
    let mut printed = Vec::new();
    let ready = eventually("the server is ready", DEADLINE, async || {
        printed.extend(lines.try_iter());
        let ended = child.try_wait().ok().flatten();
        if printed.iter().any(|line| line == "ready") {
            Some(Ok(()))
        } else {
            ended.map(|status| Err(anyhow::anyhow!("the server ended with {status}")))
        }
    })
    .await;
    if let Err(error) = ready.and_then(|outcome| outcome) {
        drop(child.kill());
        child.wait()?;
        return Err(error.context(installation.server_log()));
    }
    let value = |key: &str| {
        printed.iter().find_map(|line| line.strip_prefix(key)).map(|value| value.trim().to_owned())
    };
    Ok(Started {
        origin: value("listening ").context("no line `listening`")?,
        demo: value("demo ").context("no line `demo`")?,
        set_up_link: value("set-up "),
        child,
    })
}

/// The binary, with a disk of its own over the data folder and what was in there on it. The
/// process keeps its id: nothing here forks.
fn on_disk(binary: &Command, data: &Path, bytes: u64) -> Command {
    let script = r#"rm -rf "$1.kept" && cp -a "$1" "$1.kept" &&
        mount -t tmpfs -o "size=$2" none "$1" &&
        cp -a --sparse=never "$1.kept/." "$1" && shift 2 && exec "$@""#;
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", script, "sh"]).arg(data).arg(bytes.to_string());
    command.arg(binary.get_program());
    command
}

/// Reads on to the end, so that the server never waits for us.
fn stdout_lines(stdout: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::sync_channel(STARTUP_LINES_MAX);
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Nobody listens once the server is ready; the pipe is drained all the same.
            drop(sender.try_send(line));
        }
    });
    lines
}

/// `cargo xtask test` builds the binary beside the tests; `FRONTDESK_BINARY` names another.
fn frontdesk() -> Result<Command> {
    let beside = || Ok::<_, anyhow::Error>(target_folder()?.join("debug/frontdesk"));
    let binary = match std::env::var_os("FRONTDESK_BINARY") {
        Some(path) => PathBuf::from(path),
        None => beside()?,
    };
    if !binary.is_file() {
        bail!("{} is missing: `cargo build --package server` first", binary.display());
    }
    Ok(Command::new(binary))
}

/// Cargo's target folder, found from the running test or program.
///
/// # Errors
/// It does not run out of a target folder.
pub fn target_folder() -> Result<PathBuf> {
    // target/debug/deps/chat-0123456789abcdef or target/release/load
    let own = std::env::current_exe()?;
    let folder = own.parent().context("a program lies in a folder")?;
    let above = if folder.ends_with("deps") { 2 } else { 1 };
    folder.ancestors().nth(above).map(Path::to_owned).context("not in a target folder")
}

/// Root of the repository, for the demo's files.
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Compiling the FAQ takes seconds, so it is done once in a run of tests. Nothing tells a process
/// that its last test is over: what it leaves behind is removed by the next one.
fn demo_template() -> Result<PathBuf> {
    static SHARED: Mutex<Option<PathBuf>> = Mutex::new(None);
    let mut shared = locked(&SHARED);
    if let Some(template) = &*shared {
        return Ok(template.clone());
    }
    let templates = target_folder()?.join("tests-demo");
    remove_abandoned(&templates)?;
    let template = templates.join(std::process::id().to_string());
    prepare(&template.join("data"), &repository().join("www/demo/faq.json"))?;
    *shared = Some(template.clone());
    Ok(template)
}

/// Removes what processes that are gone have left, one under our own number included.
fn remove_abandoned(templates: &Path) -> Result<()> {
    fs::create_dir_all(templates)?;
    for entry in fs::read_dir(templates)? {
        let entry = entry?;
        let own = entry.file_name() == std::process::id().to_string().as_str();
        if own || !Path::new("/proc").join(entry.file_name()).exists() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn prepare(data: &Path, faq: &Path) -> Result<()> {
    fs::create_dir_all(data)?;
    make_site(data, &[])?;
    let mut import = frontdesk()?;
    import.args(["import", "--site", DEMO_SITE]).arg("--data").arg(data).arg(faq);
    succeed(import)
}

fn make_site(data: &Path, flags: &[&str]) -> Result<()> {
    let mut site = frontdesk()?;
    site.args(["site", "--key", DEMO_SITE, "--name", "Shop", "--domain", "http://127.0.0.1:7071"]);
    site.arg("--data").arg(data).args(flags);
    succeed(site)
}

fn succeed(mut command: Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn new_folder() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("frontdesk-test-").tempdir()?)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            copy_sparse(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// A segment is mostly zeros: only what is used is written.
fn copy_sparse(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from)?;
    let used_bytes = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |idx| idx + 1);
    fs::write(to, &bytes[..used_bytes])?;
    File::options().write(true).open(to)?.set_len(bytes.len() as u64)?;
    Ok(())
}

fn free_port() -> Result<u16> {
    static TAKEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    let mut taken = locked(&TAKEN);
    let taken = taken.get_or_insert_default();
    for _ in 0..PORTS.len() {
        let at = getrandom::u32().context("no randomness")? % u32::from(PORTS.end - PORTS.start);
        let port = PORTS.start + u16::try_from(at).context("below the range's length")?;
        if !taken.contains(&port) && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            taken.insert(port);
            return Ok(port);
        }
    }
    bail!("no free port in {PORTS:?}")
}
