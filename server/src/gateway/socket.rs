//! One WebSocket after its upgrade: bounded texts in, texts and goodbyes out. The only file that
//! knows how frames are read and written; what a text means is nobody's business here.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;

use protocol::FRAME_BYTES_MAX;
use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

use super::websocket::{self, Decoder, FrameHeader, Violation};

pub(super) use super::websocket::Incoming;

/// Bytes read at once, into the stack: an idle connection has no buffer.
const READ_BYTES_MAX: usize = 4 * 1024;

/// What the system may hold of what we wrote and the peer has not taken; Linux doubles it. Its own
/// bound is megabytes, out of its memory, for every peer that does not read.
const SEND_BUFFER_BYTES: usize = 64 * 1024;

pub(super) struct Socket {
    tcp: TcpStream,
    decoder: Decoder,
}

/// Why nothing more can be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReceiveError {
    /// The connection broke or was closed without a goodbye.
    Left,
    TooLarge,
    Malformed,
}

impl From<Violation> for ReceiveError {
    fn from(violation: Violation) -> Self {
        match violation {
            Violation::TooLarge => Self::TooLarge,
            Violation::Malformed => Self::Malformed,
        }
    }
}

impl Socket {
    /// `ahead` is what the client said before it saw the upgrade's answer.
    pub(super) fn new(tcp: TcpStream, ahead: &[u8]) -> Self {
        // A peer that reads is served without it, too.
        let _ = sockopt::set_socket_send_buffer_size(&tcp, SEND_BUFFER_BYTES);
        let mut decoder = Decoder::new(FRAME_BYTES_MAX);
        decoder.feed(ahead);
        Self { tcp, decoder }
    }

    /// Cut short at its one wait, it loses nothing.
    pub(super) async fn receive(&mut self) -> Result<Incoming, ReceiveError> {
        loop {
            if let Some(incoming) = self.decoder.decode()? {
                return Ok(incoming);
            }
            let decoder = &mut self.decoder;
            let count = read(&mut self.tcp, |bytes| decoder.feed(bytes)).await;
            if count.map_err(|_| ReceiveError::Left)? == 0 {
                return Err(ReceiveError::Left);
            }
        }
    }

    /// Writes all texts with as few calls as the system allows, without copying them.
    pub(super) async fn write(&mut self, texts: &[Arc<str>]) -> io::Result<()> {
        let headers: Vec<FrameHeader> =
            texts.iter().map(|text| FrameHeader::text(text.len())).collect();
        let frames = headers.iter().zip(texts);
        let mut slices: Vec<IoSlice<'_>> = frames
            .flat_map(|(header, text)| [header.as_bytes(), text.as_bytes()])
            .map(IoSlice::new)
            .collect();
        let mut unwritten = slices.as_mut_slice();
        while !unwritten.is_empty() {
            let count = self.tcp.write_vectored(unwritten).await?;
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            IoSlice::advance_slices(&mut unwritten, count);
        }
        Ok(())
    }

    pub(super) async fn pong(&mut self, payload: &[u8]) -> io::Result<()> {
        self.tcp.write_all(&websocket::pong(payload)).await
    }

    pub(super) async fn close(&mut self, code: u16, reason: &str) -> io::Result<()> {
        self.tcp.write_all(&websocket::close(code, reason)).await
    }

    /// Answers a peer's goodbye and leaves.
    pub(super) async fn close_back(mut self, code: &[u8]) -> io::Result<()> {
        self.tcp.write_all(&websocket::close_back(code)).await?;
        self.tcp.shutdown().await
    }

    /// Reads on without listening until the peer has left.
    pub(super) async fn outlast(&mut self) {
        while read(&mut self.tcp, |_| ()).await.is_ok_and(|count| count > 0) {}
    }
}

/// The bytes stand on the stack of one poll, so a waiting task holds none.
async fn read(tcp: &mut TcpStream, mut take_in: impl FnMut(&[u8])) -> io::Result<usize> {
    poll_fn(|context| {
        let mut bytes = [MaybeUninit::uninit(); READ_BYTES_MAX];
        let mut bytes = ReadBuf::uninit(&mut bytes);
        Pin::new(&mut *tcp).poll_read(context, &mut bytes).map_ok(|()| {
            take_in(bytes.filled());
            bytes.filled().len()
        })
    })
    .await
}
