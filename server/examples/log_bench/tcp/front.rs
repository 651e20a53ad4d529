//! A tiny front of the log: takes `XADD` of one field and answers with the entry's id once it is
//! on disk. One thread; what has come from all connections at once becomes one append.

use std::cell::RefCell;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Context, Result, bail, ensure};
use server::bus::{AppendClass, AppendError, Appended, Log, LogOptions};
use tokio::io::AsyncReadExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::{JoinHandle, LocalSet, spawn_local};

/// While one append is flushed, others may gather and be on their way.
const APPENDS_ON_THE_WAY_MAX: usize = 4;
/// Of one connection, not yet a whole command.
const UNREAD_BYTES_MAX: usize = 1 << 20;
const READ_BYTES: usize = 16 << 10;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[arg(long)]
    port: u16,
    #[arg(long)]
    folder: PathBuf,
}

/// What came and is not appended yet.
#[derive(Default)]
struct Gathered {
    payloads: Vec<Vec<u8>>,
    owners: Vec<Owner>,
}

/// The next `count` payloads came from here.
struct Owner {
    stream: Rc<OwnedWriteHalf>,
    count: usize,
}

/// An append on its way, and whom to answer.
struct Append {
    appended: JoinHandle<Result<Appended, AppendError>>,
    owners: Vec<Owner>,
}

#[derive(Clone, Default)]
struct Gathering {
    gathered: Rc<RefCell<Gathered>>,
    some: Rc<Notify>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let (log, _) = Log::open(&options.folder, LogOptions::default())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, serve(options.port, log))
}

async fn serve(port: u16, log: Log) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let gathering = Gathering::default();
    let (on_the_way, answering) = mpsc::channel(APPENDS_ON_THE_WAY_MAX);
    spawn_local(append(log, gathering.clone(), on_the_way));
    let mut answering = spawn_local(answer(answering));
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                stream.set_nodelay(true)?;
                // Ends with its connection; a bad command costs that connection alone.
                spawn_local(receive(stream, gathering.clone()));
            }
            ended = &mut answering => return ended?,
        }
    }
}

async fn receive(stream: TcpStream, gathering: Gathering) -> Result<()> {
    let (mut reading, writing) = stream.into_split();
    let stream = Rc::new(writing);
    let mut unread = Vec::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        // Unlike `try_read`, does not ask the kernel once more after a buffer that is not full.
        match reading.read(&mut buffer).await? {
            0 => return Ok(()),
            read => unread.extend_from_slice(&buffer[..read]),
        }
        ensure!(unread.len() <= UNREAD_BYTES_MAX, "a command without end");
        let mut gathered = gathering.gathered.borrow_mut();
        let (mut read, mut count) = (0, 0);
        while let Some((value, bytes)) = command(&unread[read..])? {
            gathered.payloads.push(value.to_vec());
            read += bytes;
            count += 1;
        }
        unread.drain(..read);
        if count > 0 {
            gathered.owners.push(Owner { stream: stream.clone(), count });
            gathering.some.notify_one();
        }
    }
}

async fn append(log: Log, gathering: Gathering, on_the_way: mpsc::Sender<Append>) {
    loop {
        gathering.some.notified().await;
        // Room first: what comes while there is none joins this append.
        let Ok(room) = on_the_way.reserve().await else { return };
        let Gathered { payloads, owners } = gathering.gathered.take();
        if payloads.is_empty() {
            continue;
        }
        let log = log.clone();
        let appended =
            spawn_local(async move { log.append(payloads, AppendClass::ExistingChat).await });
        room.send(Append { appended, owners });
    }
}

/// In the order of appending, so that each connection is answered in the order it asked.
async fn answer(mut on_the_way: mpsc::Receiver<Append>) -> Result<()> {
    while let Some(Append { appended, owners }) = on_the_way.recv().await {
        let mut next = appended.await??.first.0;
        for Owner { stream, count } in owners {
            let mut answers = Vec::with_capacity(count * 24);
            for offset in next..next + count as u64 {
                let id = format!("{offset}-0");
                answers.extend_from_slice(format!("${}\r\n{id}\r\n", id.len()).as_bytes());
            }
            next += count as u64;
            // Whoever hung up needs no answer.
            let _ = write(&stream, &answers).await;
        }
    }
    bail!("nothing is appended any more")
}

async fn write(stream: &OwnedWriteHalf, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The value of `XADD stream * field value` and the length of the command, once all has come.
fn command(bytes: &[u8]) -> Result<Option<(&[u8], usize)>> {
    const WORDS: usize = 5;
    let Some((count, mut at)) = number(bytes, b'*')? else { return Ok(None) };
    ensure!(count == WORDS, "a command of {count} words");
    let mut value = &bytes[..0];
    for word in 0..WORDS {
        let Some((length, head)) = number(&bytes[at..], b'$')? else { return Ok(None) };
        let start = at + head;
        at = start + length + 2;
        if bytes.len() < at {
            return Ok(None);
        }
        value = &bytes[start..start + length];
        ensure!(word != 0 || value == b"XADD", "another command");
    }
    Ok(Some((value, at)))
}

/// `*5\r\n` or `$200\r\n`, and its length.
fn number(bytes: &[u8], kind: u8) -> Result<Option<(usize, usize)>> {
    let Some(end) = bytes.iter().take(16).position(|byte| *byte == b'\r') else {
        ensure!(bytes.len() < 16, "no number");
        return Ok(None);
    };
    ensure!(bytes[0] == kind, "not {}", char::from(kind));
    let number: usize = std::str::from_utf8(&bytes[1..end])?.parse().context("no number")?;
    ensure!(number <= UNREAD_BYTES_MAX, "a word of {number} bytes");
    Ok((bytes.len() > end + 1).then_some((number, end + 2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::encode;

    #[test]
    fn a_command_is_read_once_it_is_whole() {
        let bytes = encode(&["XADD", "s", "*", "f", "hello"]);
        let two = bytes.repeat(2);
        assert_eq!(command(&two).unwrap(), Some((&b"hello"[..], bytes.len())));
        for cut in 0..bytes.len() {
            assert_eq!(command(&bytes[..cut]).unwrap(), None, "{cut}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bytes in [&encode(&["PING"])[..], b"GET / HTTP/1.1\r\n", b"*5\r\n$99999999999\r\n"] {
            assert!(command(bytes).is_err(), "{bytes:?}");
        }
        let bytes = encode(&["XDEL", "s", "*", "f", "hello"]);
        assert!(command(&bytes).is_err());
    }
}
