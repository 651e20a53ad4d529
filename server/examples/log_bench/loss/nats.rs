//! A power cut of NATS JetStream as it comes: files, flushed every two minutes. Speaks as much of
//! its wire as that needs.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Cut;
use super::power::cut_off;
use crate::Bench;
use crate::redis::{Running, broken, find, free_port};

const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
const INBOX: &str = "_INBOX.bench";
const CREATE: &str = "$JS.API.STREAM.CREATE.bench";
const INSPECT: &str = "$JS.API.STREAM.INFO.bench";
const SETTINGS: &str = r#"{"name":"bench","subjects":["bench"],"storage":"file"}"#;

pub(super) fn power_cut(bench: &Bench) -> Result<Option<Cut>> {
    let Some(program) = find("nats-server") else { return Ok(None) };
    let folder = bench.folder("cut-nats")?;
    let port = free_port()?;
    let mut command = Command::new(program);
    command.args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--jetstream"]);
    command.arg("--store_dir").arg(&folder);
    let acknowledged = cut_off(&command, port, &folder, ".blk", || {
        let mut client = Client::connect(port)?;
        let created = client.request(CREATE, SETTINGS)?.context("it hung up at once")?;
        ensure!(created.get("error").is_none(), "{created}");
        publish(&mut client)
    })?;
    let _again = Running::start(command, port)?;
    let kept = kept(port)?;
    let lost = acknowledged.iter().filter(|seq| **seq > kept).count();
    Ok(Some(Cut { acknowledged: acknowledged.len(), lost }))
}

/// Until the connection breaks.
fn publish(client: &mut Client) -> Result<Vec<u64>> {
    let mut acknowledged = Vec::new();
    while let Some(answer) = client.request("bench", &format!("value {}", acknowledged.len()))? {
        acknowledged.push(answer["seq"].as_u64().with_context(|| answer.to_string())?);
    }
    Ok(acknowledged)
}

/// The last of the messages that are still there; none when the stream itself is gone.
fn kept(port: u16) -> Result<u64> {
    let deadline = Instant::now() + ANSWERS_WITHIN;
    loop {
        let answer = Client::connect(port)?.request(INSPECT, "")?.context("it hung up")?;
        let state = &answer["state"];
        if let (Some(messages), Some(last)) =
            (state["messages"].as_u64(), state["last_seq"].as_u64())
        {
            // Without any message the number of the last one says nothing.
            return Ok(if messages == 0 { 0 } else { last });
        }
        let gone = answer["error"]["code"].as_u64() == Some(404);
        ensure!(gone, "{answer}");
        if Instant::now() > deadline {
            return Ok(0);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

struct Client {
    reading: BufReader<TcpStream>,
}

impl Client {
    fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWERS_WITHIN))?;
        let mut client = Self { reading: BufReader::new(stream) };
        let hello = format!("CONNECT {{\"verbose\":false}}\r\nSUB {INBOX} 1\r\n");
        client.reading.get_mut().write_all(hello.as_bytes())?;
        Ok(client)
    }

    /// `None` once the connection is broken.
    fn request(&mut self, subject: &str, body: &str) -> Result<Option<Value>> {
        let line = format!("PUB {subject} {INBOX} {}\r\n{body}\r\n", body.len());
        let answer = self.reading.get_mut().write_all(line.as_bytes());
        match answer.and_then(|()| self.message()) {
            Ok(answer) => Ok(Some(serde_json::from_slice(&answer)?)),
            Err(error) if broken(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn message(&mut self) -> std::io::Result<Vec<u8>> {
        loop {
            let mut line = String::new();
            if self.reading.read_line(&mut line)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let mut words = line.split_whitespace();
            match words.next() {
                Some("MSG") => {
                    let bytes = words.next_back().and_then(|word| word.parse::<usize>().ok());
                    let mut body = vec![0; bytes.ok_or(ErrorKind::InvalidData)? + 2];
                    self.reading.read_exact(&mut body)?;
                    body.truncate(body.len() - 2);
                    return Ok(body);
                }
                Some("PING") => self.reading.get_mut().write_all(b"PONG\r\n")?,
                Some("-ERR") => return Err(std::io::Error::other(line)),
                _ => {}
            }
        }
    }
}
