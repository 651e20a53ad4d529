//! RFC 6455 as far as a server of short texts needs it: frames from bytes and bytes for frames.
//! Pure: no sockets, no clock. No extension, so no compression.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// What RFC 6455, section 1.3 appends to a client's key.
const KEY_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Payload of a ping, a pong or a close (section 5.5).
pub(super) const CONTROL_BYTES_MAX: usize = 125;

/// Pieces of one message; more of them is no browser's doing.
const FRAGMENTS_MAX: u32 = 1_024;

/// Longest header of a frame that we send: two bytes and a length of eight.
const HEADER_BYTES_MAX: usize = 10;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// What a peer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Incoming {
    Text(String),
    Binary,
    Ping(Vec<u8>),
    Pong,
    /// With the two bytes of the code, when there is one.
    Close(Vec<u8>),
}

/// Why a peer cannot be understood any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Violation {
    /// A message is longer than allowed; its rest was not read.
    TooLarge,
    Malformed,
}

/// Turns bytes into messages. It has memory of its own only while a message is incomplete, and not
/// more than what arrived needs.
#[derive(Debug)]
pub(super) struct Decoder {
    message_bytes_max: usize,
    /// Read and not yet decoded, from `decoded` on.
    bytes: Vec<u8>,
    decoded: usize,
    /// A message whose pieces are coming in.
    pieces: Option<Box<Pieces>>,
}

#[derive(Debug)]
struct Pieces {
    is_text: bool,
    count: u32,
    payload: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Header {
    is_last: bool,
    opcode: u8,
    mask: [u8; 4],
    header_bytes: usize,
    payload_bytes: usize,
}

impl Decoder {
    pub(super) fn new(message_bytes_max: usize) -> Self {
        Self { message_bytes_max, bytes: Vec::new(), decoded: 0, pieces: None }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.decoded);
        self.decoded = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message; `None` when more bytes are needed.
    ///
    /// # Errors
    /// The peer does not keep to the protocol; nothing can be decoded after that.
    pub(super) fn decode(&mut self) -> Result<Option<Incoming>, Violation> {
        while let Some(header) = self.header()? {
            let begin = self.decoded + header.header_bytes;
            let end = begin + header.payload_bytes;
            let Some(masked) = self.bytes.get(begin..end) else { break };
            let mask = header.mask.iter().cycle();
            let payload: Vec<u8> =
                masked.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
            self.decoded = end;
            if let Some(incoming) = self.take_in(header, payload)? {
                return Ok(Some(incoming));
            }
        }
        if self.decoded == self.bytes.len() {
            // An idle connection keeps no memory.
            self.bytes = Vec::new();
            self.decoded = 0;
        }
        Ok(None)
    }

    fn header(&self) -> Result<Option<Header>, Violation> {
        let bytes = &self.bytes[self.decoded..];
        let Some(([first, second], rest)) = bytes.split_first_chunk::<2>() else { return Ok(None) };
        let (is_last, opcode) = (first & 0x80 != 0, first & 0x0f);
        let is_masked = second & 0x80 != 0;
        if first & 0x70 != 0 || !is_masked || !self.is_in_order(opcode, is_last) {
            return Err(Violation::Malformed);
        }
        let (declared, rest) = match second & 0x7f {
            126 => match rest.split_first_chunk::<2>() {
                Some((length, rest)) => (u64::from(u16::from_be_bytes(*length)), rest),
                None => return Ok(None),
            },
            127 => match rest.split_first_chunk::<8>() {
                Some((length, rest)) => (u64::from_be_bytes(*length), rest),
                None => return Ok(None),
            },
            length => (u64::from(length), rest),
        };
        let payload_bytes = usize::try_from(declared).map_err(|_| Violation::TooLarge)?;
        if opcode >= CLOSE && payload_bytes > CONTROL_BYTES_MAX {
            return Err(Violation::Malformed);
        }
        let gathered = self.pieces.as_ref().map_or(0, |pieces| pieces.payload.len());
        if opcode < CLOSE && payload_bytes > self.message_bytes_max - gathered {
            return Err(Violation::TooLarge);
        }
        let Some((mask, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let header_bytes = bytes.len() - rest.len();
        Ok(Some(Header { is_last, opcode, mask: *mask, header_bytes, payload_bytes }))
    }

    fn is_in_order(&self, opcode: u8, is_last: bool) -> bool {
        match opcode {
            CONTINUATION => self.pieces.as_ref().is_some_and(|p| p.count < FRAGMENTS_MAX),
            TEXT | BINARY => self.pieces.is_none(),
            CLOSE | PING | PONG => is_last,
            _ => false,
        }
    }

    fn take_in(&mut self, header: Header, payload: Vec<u8>) -> Result<Option<Incoming>, Violation> {
        match header.opcode {
            CLOSE => match payload.len() {
                1 => Err(Violation::Malformed),
                length => Ok(Some(Incoming::Close(payload[..length.min(2)].to_vec()))),
            },
            PING => Ok(Some(Incoming::Ping(payload))),
            PONG => Ok(Some(Incoming::Pong)),
            opcode => {
                let mut pieces = match self.pieces.take() {
                    Some(mut pieces) => {
                        pieces.payload.extend_from_slice(&payload);
                        pieces
                    }
                    None if header.is_last => return whole(opcode == TEXT, payload).map(Some),
                    None => Box::new(Pieces { is_text: opcode == TEXT, count: 0, payload }),
                };
                pieces.count += 1;
                if header.is_last {
                    return whole(pieces.is_text, pieces.payload).map(Some);
                }
                self.pieces = Some(pieces);
                Ok(None)
            }
        }
    }
}

fn whole(is_text: bool, payload: Vec<u8>) -> Result<Incoming, Violation> {
    if !is_text {
        return Ok(Incoming::Binary);
    }
    String::from_utf8(payload).map(Incoming::Text).map_err(|_| Violation::Malformed)
}

/// The bytes before the payload of a whole frame of ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameHeader {
    bytes: [u8; HEADER_BYTES_MAX],
    length: usize,
}

impl FrameHeader {
    pub(super) fn text(payload_bytes: usize) -> Self {
        Self::of(TEXT, payload_bytes)
    }

    fn of(opcode: u8, payload_bytes: usize) -> Self {
        let mut bytes = [0; HEADER_BYTES_MAX];
        bytes[0] = 0x80 | opcode;
        let long = (payload_bytes as u64).to_be_bytes();
        let length = match payload_bytes {
            0..=125 => {
                bytes[1] = long[7];
                2
            }
            126..=0xffff => {
                bytes[1] = 126;
                bytes[2..4].copy_from_slice(&long[6..]);
                4
            }
            _ => {
                bytes[1] = 127;
                bytes[2..].copy_from_slice(&long);
                10
            }
        };
        Self { bytes, length }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

pub(super) fn pong(payload: &[u8]) -> Vec<u8> {
    control(PONG, payload)
}

pub(super) fn close(code: u16, reason: &str) -> Vec<u8> {
    control(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// Answers a peer's close.
pub(super) fn close_back(code: &[u8]) -> Vec<u8> {
    control(CLOSE, code)
}

fn control(opcode: u8, payload: &[u8]) -> Vec<u8> {
    debug_assert!(payload.len() <= CONTROL_BYTES_MAX, "controls are short");
    [FrameHeader::of(opcode, payload.len()).as_bytes(), payload].concat()
}

/// What proves to a client that its key was understood.
pub(super) fn accept_key(key: &[u8]) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(KEY_SUFFIX).finalize();
    STANDARD.encode(digest)
}

#[cfg(test)]
#[path = "websocket_tests.rs"]
mod tests;
