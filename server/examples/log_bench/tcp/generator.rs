//! Keeps a fixed number of `XADD` in flight on each of many connections, and checks every answer.
//! Knows neither server.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use crate::redis::{STREAM, encode};
use crate::rounds::Waits;

pub(crate) const PAYLOAD_BYTES: usize = 200;
/// Without any answer for so long, the server is taken for dead.
const SILENCE_SECONDS_MAX: i64 = 20;
const EVENTS_AT_ONCE: usize = 256;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) in_flight_each: usize,
}

pub(crate) struct Taken {
    pub(crate) messages_a_second: f64,
    pub(crate) waits: Waits,
}

/// An entry's id, as Redis makes them: grows within a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct EntryId(u64, u64);

struct Connection {
    stream: TcpStream,
    sent_at: VecDeque<Instant>,
    unread: Vec<u8>,
    last: Option<EntryId>,
}

/// Returns when everything that was sent is acknowledged.
pub(crate) fn run(port: u16, load: Load, slice: Duration) -> Result<Taken> {
    let payload = "x".repeat(PAYLOAD_BYTES);
    let request = encode(&["XADD", STREAM, "*", "f", &payload]);
    let requests = request.repeat(load.in_flight_each);
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    let mut connections = Vec::new();
    for idx in 0..load.connections {
        let connection = Connection::open(port)?;
        let data = EventData::new_u64(idx as u64);
        epoll::add(&epoll, &connection.stream, data, EventFlags::IN)?;
        connections.push(connection);
    }
    let started = Instant::now();
    for connection in &mut connections {
        connection.send(&requests, load.in_flight_each)?;
    }
    let mut outstanding = load.connections * load.in_flight_each;
    let (mut waits_us, mut in_time) = (Vec::new(), 0_usize);
    let mut events: Vec<Event> = Vec::with_capacity(EVENTS_AT_ONCE);
    let patience = Timespec { tv_sec: SILENCE_SECONDS_MAX, tv_nsec: 0 };
    while outstanding > 0 {
        events.clear();
        epoll::wait(&epoll, rustix::buffer::spare_capacity(&mut events), Some(&patience))?;
        ensure!(!events.is_empty(), "no answer for {SILENCE_SECONDS_MAX} s");
        for event in &events {
            let connection = &mut connections[event.data.u64() as usize];
            let answered = connection.receive(&mut waits_us)?;
            if started.elapsed() < slice {
                in_time += answered;
                connection.send(&requests[..request.len() * answered], answered)?;
            } else {
                outstanding -= answered;
            }
        }
    }
    let messages_a_second = in_time as f64 / slice.as_secs_f64();
    Ok(Taken { messages_a_second, waits: Waits::of(waits_us) })
}

impl Connection {
    fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, sent_at: VecDeque::new(), unread: Vec::new(), last: None })
    }

    /// So little is in flight that the socket always takes it.
    fn send(&mut self, requests: &[u8], count: usize) -> Result<()> {
        if count > 0 {
            self.stream.write_all(requests).context("a socket is full")?;
            let now = Instant::now();
            self.sent_at.extend(std::iter::repeat_n(now, count));
        }
        Ok(())
    }

    /// Takes what has come, and counts the answers in it.
    fn receive(&mut self, waits_us: &mut Vec<f64>) -> Result<usize> {
        let mut buffer = [0; 4_096];
        match self.stream.read(&mut buffer) {
            Ok(0) => anyhow::bail!("the server hung up"),
            Ok(read) => self.unread.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            Err(error) => return Err(error.into()),
        }
        let now = Instant::now();
        let (mut read, mut answered) = (0, 0);
        while let Some((id, bytes)) = entry_id(&self.unread[read..])? {
            read += bytes;
            answered += 1;
            ensure!(self.last < Some(id), "{id:?} came after {:?}", self.last);
            self.last = Some(id);
            let sent_at = self.sent_at.pop_front().context("an answer to nothing")?;
            waits_us.push((now - sent_at).as_secs_f64() * 1e6);
        }
        self.unread.drain(..read);
        Ok(answered)
    }
}

/// `$15\r\n1526919030474-0\r\n`, and its length, once all of it has come.
fn entry_id(bytes: &[u8]) -> Result<Option<(EntryId, usize)>> {
    let Some(head_end) = bytes.windows(2).position(|pair| pair == b"\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&bytes[..head_end])?;
    let length: usize = head.strip_prefix('$').with_context(|| head.to_owned())?.parse()?;
    let (start, end) = (head_end + 2, head_end + 2 + length);
    if bytes.len() < end + 2 {
        return Ok(None);
    }
    let id = std::str::from_utf8(&bytes[start..end])?;
    let (first, second) = id.split_once('-').with_context(|| id.to_owned())?;
    Ok(Some((EntryId(first.parse()?, second.parse()?), end + 2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_once_it_is_whole() {
        let whole = b"$3\r\n7-2\r\n$3\r\n7-3\r\n";
        assert_eq!(entry_id(whole).unwrap(), Some((EntryId(7, 2), 9)));
        for cut in 0..9 {
            assert_eq!(entry_id(&whole[..cut]).unwrap(), None);
        }
        assert!(entry_id(b"-ERR no\r\n").is_err());
    }
}
