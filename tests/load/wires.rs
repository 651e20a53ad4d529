//! Thousands of sockets in one thread: connect, HTTP, upgrade, frames, over one poll. An idle
//! socket owns no buffer. It knows no frame's meaning; that is the `Part`'s.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Protocol, Socket, Type};

use super::answer::{self, Answer};
use super::frame::{self, Frame};

/// Bytes taken from the system in one call, for all sockets.
const SCRATCH_BYTES: usize = 64 * 1024;

const EVENTS_MAX: usize = 1024;

/// The receive buffer of a socket that shall overflow soon.
const NARROW_BYTES: usize = 4 * 1024;

/// Longest sleep: what other threads want is seen this soon.
const SLEEP_MAX: Duration = Duration::from_millis(20);

/// What the sockets are for.
pub trait Part {
    /// The next HTTP request of a wire: the first one, or the one after an answer.
    ///
    /// # Errors
    /// The answer makes no sense.
    fn request(&mut self, wire: usize, answered: Option<&[u8]>) -> Result<Request>;

    /// The upgrade is done.
    ///
    /// # Errors
    /// The run cannot go on.
    fn opened(&mut self, wires: &mut Wires, wire: usize) -> Result<()>;

    /// # Errors
    /// The run cannot go on.
    fn heard(&mut self, wires: &mut Wires, wire: usize, text: &[u8]) -> Result<()>;

    /// The connection is gone; the part did not end it.
    ///
    /// # Errors
    /// The run cannot go on.
    fn lost(&mut self, wires: &mut Wires, wire: usize, loss: Loss) -> Result<()>;

    /// Does what is due by now.
    ///
    /// # Errors
    /// The run cannot go on.
    fn turn(&mut self, wires: &mut Wires) -> Result<Turn>;
}

pub struct Request {
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The server said goodbye, with a code perhaps.
    Closed(Option<u16>),
    /// The upgrade or a call before it was refused with this status.
    Refused(u16),
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Something is due at this time of `Wires::now_us`.
    Until(u64),
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Down,
    Connecting,
    /// Waits for an HTTP answer.
    Calling,
    Open,
}

#[derive(Default)]
struct Wire {
    stream: Option<TcpStream>,
    stage: Stage,
    /// The beginning of something that is not all there.
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    /// Waits in `Wires::dirty` for its outbox to be written.
    dirty: bool,
    stalled: bool,
    /// Counts connections: what was read from an earlier one is nothing to the next.
    connection: u32,
}

pub struct Wires {
    poll: Poll,
    wires: Vec<Wire>,
    dirty: Vec<usize>,
    /// Refused before the poll could say so.
    refused: Vec<usize>,
    begun: Instant,
    server: SocketAddr,
    sources_count: u8,
    open_count: usize,
}

impl Wires {
    /// Sockets to `server` from `sources_count` loopback addresses, none of them connected.
    ///
    /// # Errors
    /// The system has no poll to give.
    pub fn new(server: SocketAddr, wires_count: usize, sources_count: u8) -> Result<Self> {
        Ok(Self {
            poll: Poll::new().context("no poll")?,
            wires: (0..wires_count).map(|_| Wire::default()).collect(),
            dirty: Vec::new(),
            refused: Vec::new(),
            begun: Instant::now(),
            server,
            sources_count: sources_count.max(1),
            open_count: 0,
        })
    }

    pub fn now_us(&self) -> u64 {
        self.begun.elapsed().as_micros() as u64
    }

    /// Upgraded and not lost.
    pub fn open_count(&self) -> usize {
        self.open_count
    }

    pub fn is_open(&self, wire: usize) -> bool {
        self.wires[wire].stage == Stage::Open
    }

    /// Begins to connect; what comes of it is the part's `opened` or `lost`.
    ///
    /// # Errors
    /// The system has no descriptor or port left.
    pub fn connect(&mut self, wire: usize) -> Result<()> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))
            .context("no descriptor left for a socket")?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if self.wires[wire].stalled {
            socket.set_recv_buffer_size(NARROW_BYTES)?;
        }
        let last = 1 + (wire % usize::from(self.sources_count)) as u8;
        let source = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0));
        socket.bind(&source.into()).with_context(|| format!("no port left at {source}"))?;
        match socket.connect(&self.server.into()) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(EINPROGRESS) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                self.hang_up(wire);
                self.refused.push(wire);
                return Ok(());
            }
            Err(error) => return Err(error).context("connect"),
        }
        let mut stream = TcpStream::from_std(socket.into());
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, Token(wire), interest)?;
        self.hang_up(wire);
        let at = &mut self.wires[wire];
        at.stream = Some(stream);
        at.stage = Stage::Connecting;
        at.connection += 1;
        Ok(())
    }

    /// Ends the connection without a word.
    pub fn hang_up(&mut self, wire: usize) {
        let at = &mut self.wires[wire];
        if at.stage == Stage::Open {
            self.open_count -= 1;
        }
        let Wire { dirty, stalled, connection, .. } = *at;
        *at = Wire { dirty, stalled, connection, ..Wire::default() };
    }

    /// A wire that is never read and has little room for what it does not read.
    pub fn stall(&mut self, wire: usize) {
        self.wires[wire].stalled = true;
    }

    /// Sends a text; it is written when the present turn ends.
    pub fn send(&mut self, wire: usize, text: &[u8]) {
        let at = &mut self.wires[wire];
        if at.stage == Stage::Open {
            frame::put_text(&mut at.outbox, text);
            self.mark(wire);
        }
    }

    fn mark(&mut self, wire: usize) {
        if !self.wires[wire].dirty {
            self.wires[wire].dirty = true;
            self.dirty.push(wire);
        }
    }

    fn ask(&mut self, part: &mut impl Part, wire: usize, answered: Option<&[u8]>) -> Result<()> {
        let request = part.request(wire, answered)?;
        let at = &mut self.wires[wire];
        at.stage = Stage::Calling;
        at.outbox.extend(request.bytes);
        self.mark(wire);
        Ok(())
    }

    /// Runs until the part is done.
    ///
    /// # Errors
    /// Those of the part, or the poll is gone.
    pub fn run(&mut self, part: &mut impl Part) -> Result<()> {
        let mut events = Events::with_capacity(EVENTS_MAX);
        let mut scratch = vec![0; SCRATCH_BYTES];
        loop {
            let Turn::Until(due_us) = part.turn(self)? else { return Ok(()) };
            self.write_dirty(part)?;
            while let Some(wire) = self.refused.pop() {
                part.lost(self, wire, Loss::Broken)?;
            }
            let sleep = Duration::from_micros(due_us.saturating_sub(self.now_us())).min(SLEEP_MAX);
            match self.poll.poll(&mut events, Some(sleep)) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("poll"),
            }
            for event in &events {
                let wire = event.token().0;
                if event.is_writable() {
                    self.writable(part, wire)?;
                }
                if event.is_readable() || event.is_read_closed() || event.is_error() {
                    self.readable(part, wire, &mut scratch)?;
                }
            }
            self.write_dirty(part)?;
        }
    }

    fn writable(&mut self, part: &mut impl Part, wire: usize) -> Result<()> {
        let at = &mut self.wires[wire];
        if at.stage == Stage::Connecting {
            let Some(stream) = &at.stream else { return Ok(()) };
            let failed = stream.take_error().ok().flatten().is_some();
            if failed {
                return self.lose(part, wire, Loss::Broken);
            }
            return match stream.peer_addr() {
                Ok(_) => self.ask(part, wire, None),
                // Not yet.
                Err(_) => Ok(()),
            };
        }
        if !at.outbox.is_empty() {
            self.mark(wire);
        }
        Ok(())
    }

    fn write_dirty(&mut self, part: &mut impl Part) -> Result<()> {
        while let Some(wire) = self.dirty.pop() {
            let at = &mut self.wires[wire];
            at.dirty = false;
            let Some(stream) = &mut at.stream else { continue };
            let mut written = 0;
            let mut broken = false;
            while written < at.outbox.len() {
                match stream.write(&at.outbox[written..]) {
                    Ok(bytes) => written += bytes,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(_) => {
                        broken = true;
                        break;
                    }
                }
            }
            if written == at.outbox.len() {
                at.outbox = Vec::new();
            } else {
                at.outbox.drain(..written);
            }
            if broken {
                self.lose(part, wire, Loss::Broken)?;
            }
        }
        Ok(())
    }

    fn readable(&mut self, part: &mut impl Part, wire: usize, scratch: &mut [u8]) -> Result<()> {
        loop {
            let at = &mut self.wires[wire];
            if at.stage == Stage::Connecting {
                // Refused: the poll says so as an error before anything is writable.
                return self.writable(part, wire);
            }
            let stalled = at.stalled && at.stage == Stage::Open;
            let Some(stream) = &mut at.stream else { return Ok(()) };
            if stalled {
                return Ok(());
            }
            match stream.read(scratch) {
                Ok(0) => return self.lose(part, wire, Loss::Broken),
                Ok(bytes) => {
                    self.take_in(part, wire, &scratch[..bytes])?;
                    // Less than there was room for: the rest wakes the poll when it comes.
                    if bytes < scratch.len() {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return self.lose(part, wire, Loss::Broken),
            }
        }
    }

    fn take_in(&mut self, part: &mut impl Part, wire: usize, bytes: &[u8]) -> Result<()> {
        let mut kept = std::mem::take(&mut self.wires[wire].inbox);
        let mut rest = if kept.is_empty() {
            bytes
        } else {
            kept.extend(bytes);
            &kept
        };
        let connection = self.wires[wire].connection;
        while !rest.is_empty() {
            let at = &self.wires[wire];
            if at.stream.is_none() || at.connection != connection {
                return Ok(());
            }
            let used = match self.wires[wire].stage {
                Stage::Calling => self.take_answer(part, wire, rest)?,
                Stage::Open => self.take_frame(part, wire, rest)?,
                Stage::Down | Stage::Connecting => bail!("bytes before a connection"),
            };
            if used == 0 {
                self.wires[wire].inbox = rest.to_vec();
                return Ok(());
            }
            rest = &rest[used..];
        }
        Ok(())
    }

    fn take_answer(&mut self, part: &mut impl Part, wire: usize, bytes: &[u8]) -> Result<usize> {
        let Some((answer, used)) = answer::first(bytes)? else { return Ok(0) };
        match answer {
            Answer::Upgraded => {
                self.wires[wire].stage = Stage::Open;
                self.open_count += 1;
                part.opened(self, wire)?;
            }
            Answer::Body { status: 200..300, body } => self.ask(part, wire, Some(body))?,
            Answer::Body { status, .. } => self.lose(part, wire, Loss::Refused(status))?,
        }
        Ok(used)
    }

    fn take_frame(&mut self, part: &mut impl Part, wire: usize, bytes: &[u8]) -> Result<usize> {
        let Some((frame, used)) = frame::first(bytes)? else { return Ok(0) };
        match frame {
            Frame::Text(text) => part.heard(self, wire, text)?,
            Frame::Ping(payload) => {
                frame::put_pong(&mut self.wires[wire].outbox, payload);
                self.mark(wire);
            }
            Frame::Pong => {}
            Frame::Close(code) => self.lose(part, wire, Loss::Closed(code))?,
        }
        Ok(used)
    }

    fn lose(&mut self, part: &mut impl Part, wire: usize, loss: Loss) -> Result<()> {
        self.hang_up(wire);
        part.lost(self, wire, loss)
    }
}

/// Not an error: the connection is on its way.
const EINPROGRESS: i32 = 115;
