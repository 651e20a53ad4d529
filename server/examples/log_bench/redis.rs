//! A Redis of our own on loopback, with the log's promise or a weaker one, and as much of its wire
//! as the rows speak.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

const READY_WITHIN: Duration = Duration::from_secs(20);
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);
pub(crate) const STREAM: &str = "s";

/// When the append-only file is flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flush {
    Always,
    EverySecond,
}

impl Flush {
    fn setting(self) -> &'static str {
        match self {
            Flush::Always => "always",
            Flush::EverySecond => "everysec",
        }
    }
}

/// A program of this machine's, by name. `None` when it is not installed.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    // Where Debian puts daemons, which is not on everybody's path.
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// A port that nobody listens on at the moment.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A program that ends with this value.
pub(crate) struct Running {
    child: Child,
    pub(crate) port: u16,
}

impl Running {
    /// Returns once somebody listens on the port.
    pub(crate) fn start(mut command: Command, port: u16) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().with_context(|| format!("{command:?}"))?;
        let mut running = Self { child, port };
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = running.child.try_wait()? {
                bail!("{command:?} ended with {status}");
            }
            ensure!(Instant::now() < deadline, "{command:?} does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(running)
    }

    /// After somebody has killed it.
    pub(crate) fn ended(mut self) -> Result<()> {
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command line of a Redis that keeps its append-only file in this folder.
pub(crate) fn arguments(folder: &Path, port: u16, flush: Flush) -> Vec<String> {
    let settings = [
        ("--port", port.to_string()),
        ("--bind", "127.0.0.1".to_owned()),
        ("--dir", folder.display().to_string()),
        ("--appendonly", "yes".to_owned()),
        ("--appendfsync", flush.setting().to_owned()),
        // Neither snapshots nor rewriting of the file in the middle of a measurement.
        ("--save", String::new()),
        ("--auto-aof-rewrite-percentage", "0".to_owned()),
    ];
    settings.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
}

/// `None` when Redis is not installed.
pub(crate) fn start(folder: &Path, flush: Flush) -> Result<Option<Running>> {
    let Some(program) = find("redis-server") else { return Ok(None) };
    let port = free_port()?;
    let mut command = Command::new(program);
    command.args(arguments(folder, port, flush));
    let running = Running::start(command, port)?;
    // It listens before it has loaded what it kept.
    let mut client = Client::connect(port)?;
    let deadline = Instant::now() + READY_WITHIN;
    while !matches!(client.ask(&["PING"])?, Answer::Text(text) if text == "PONG") {
        ensure!(Instant::now() < deadline, "redis-server does not become ready");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(Some(running))
}

/// What Redis says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Text(String),
    Number(i64),
    Refused(String),
    Nothing,
    List(Vec<Answer>),
}

pub(crate) fn encode(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    bytes
}

/// One connection that waits for each answer.
pub(crate) struct Client {
    reading: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWERS_WITHIN))?;
        Ok(Self { reading: BufReader::new(stream) })
    }

    pub(crate) fn ask(&mut self, words: &[&str]) -> Result<Answer> {
        self.reading.get_mut().write_all(&encode(words))?;
        self.answer()
    }

    /// Appends one entry and returns its id; `None` once the connection is broken.
    pub(crate) fn add(&mut self, value: &str) -> Result<Option<String>> {
        match self.ask(&["XADD", STREAM, "*", "f", value]) {
            Ok(Answer::Text(id)) => Ok(Some(id)),
            Ok(answer) => bail!("not an id: {answer:?}"),
            Err(error) if error.downcast_ref::<std::io::Error>().is_some_and(broken) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        if self.reading.read_line(&mut line)? == 0 {
            return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into());
        }
        let line = line.trim_end();
        let (kind, rest) = line.split_at_checked(1).context("an empty answer")?;
        match kind {
            "+" => Ok(Answer::Text(rest.to_owned())),
            "-" => Ok(Answer::Refused(rest.to_owned())),
            ":" => Ok(Answer::Number(rest.parse()?)),
            "$" | "*" if rest == "-1" => Ok(Answer::Nothing),
            "$" => {
                let mut text = vec![0; rest.parse::<usize>()? + 2];
                self.reading.read_exact(&mut text)?;
                text.truncate(text.len() - 2);
                Ok(Answer::Text(String::from_utf8(text)?))
            }
            "*" => {
                let items = (0..rest.parse::<usize>()?).map(|_| self.answer());
                Ok(Answer::List(items.collect::<Result<_>>()?))
            }
            _ => bail!("not an answer: {line}"),
        }
    }
}

/// What a connection to a killed process reports.
pub(crate) fn broken(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
    )
}
