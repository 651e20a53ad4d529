//! Frames byte by byte; and the same bytes given to another implementation, which must understand
//! the same.

use std::io::{Cursor, Read, Write};

use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::*;

const LIMIT: usize = 1_000;

const MASK: [u8; 4] = [1, 2, 3, 4];

/// A client's frame; `first` is the byte with the flags and the opcode.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// Everything the bytes say, fed in pieces of `step`.
fn decode(bytes: &[u8], step: usize) -> (Vec<Incoming>, Option<Violation>) {
    let mut decoder = Decoder::new(LIMIT);
    let mut heard = Vec::new();
    for piece in bytes.chunks(step) {
        decoder.feed(piece);
        loop {
            match decoder.decode() {
                Ok(Some(incoming)) => heard.push(incoming),
                Ok(None) => break,
                Err(violation) => return (heard, Some(violation)),
            }
        }
    }
    (heard, None)
}

fn check(bytes: &[u8], expected: &[Incoming], violation: Option<Violation>) {
    for step in [1, 3, 7, usize::MAX] {
        assert_eq!(decode(bytes, step), (expected.to_vec(), violation), "{bytes:?} by {step}");
    }
}

fn text(text: &str) -> Incoming {
    Incoming::Text(text.to_owned())
}

#[test]
fn whole_messages_of_every_length_are_read() {
    for length in [0, 1, 125, 126, 127, 300, LIMIT] {
        let said = "x".repeat(length);
        check(&frame(0x81, said.as_bytes()), &[text(&said)], None);
    }
    check(&frame(0x82, b"\xff"), &[Incoming::Binary], None);
    check(&frame(0x89, b"hello"), &[Incoming::Ping(b"hello".to_vec())], None);
    check(&frame(0x8a, b""), &[Incoming::Pong], None);
    check(&frame(0x88, b""), &[Incoming::Close(vec![])], None);
    check(&frame(0x88, b"\x03\xe8bye"), &[Incoming::Close(vec![3, 0xe8])], None);
}

#[test]
fn pieces_are_put_together_and_controls_come_in_between() {
    let bytes = [
        frame(0x01, "日".as_bytes().split_at(1).0),
        frame(0x89, b"!"),
        frame(0x00, "日".as_bytes().split_at(1).1),
        frame(0x80, b" ok"),
        frame(0x81, b"next"),
    ];
    check(&bytes.concat(), &[Incoming::Ping(b"!".to_vec()), text("日 ok"), text("next")], None);
}

#[test]
fn whoever_breaks_the_protocol_is_not_understood() {
    let malformed = Some(Violation::Malformed);
    let unmasked = [0x81, 1, b'x'];
    for bytes in [
        unmasked.to_vec(),
        frame(0xc1, b"a reserved bit"),
        frame(0x83, b"a reserved opcode"),
        frame(0x8b, b"a reserved control"),
        frame(0x80, b"goes on with nothing"),
        frame(0x09, b"a control in pieces"),
        frame(0x89, &[0; 126]),
        frame(0x88, b"\x03"),
        frame(0x81, b"\xff\xfe"),
        [frame(0x01, b"begun"), frame(0x81, b"and begun again")].concat(),
    ] {
        check(&bytes, &[], malformed);
    }
    check(&[frame(0x81, b"fine"), unmasked.to_vec()].concat(), &[text("fine")], malformed);
}

#[test]
fn too_much_is_refused_by_its_header_alone() {
    let too_large = Some(Violation::TooLarge);
    let whole = frame(0x81, &[b'x'; LIMIT + 1]);
    check(&whole[..8], &[], too_large);
    let huge = [&[0x81, 0xff][..], &u64::MAX.to_be_bytes(), &MASK].concat();
    check(&huge, &[], too_large);
    let pieces = [frame(0x01, &[b'x'; LIMIT]), frame(0x80, b"y")].concat();
    check(&pieces, &[], too_large);
    let endless = [frame(0x01, b"")].into_iter().chain((0..2_000).map(|_| frame(0x00, b"")));
    check(&endless.collect::<Vec<_>>().concat(), &[], Some(Violation::Malformed));
}

#[test]
fn nothing_is_kept_between_messages() {
    let mut decoder = Decoder::new(LIMIT);
    let bytes = frame(0x81, &[b'x'; LIMIT]);
    decoder.feed(&bytes[..bytes.len() - 1]);
    assert_eq!(decoder.decode(), Ok(None));
    assert!(decoder.bytes.capacity() >= LIMIT);
    decoder.feed(&bytes[bytes.len() - 1..]);
    assert!(matches!(decoder.decode(), Ok(Some(Incoming::Text(_)))));
    assert_eq!(decoder.decode(), Ok(None));
    assert_eq!((decoder.bytes.capacity(), decoder.pieces.is_none()), (0, true));
}

#[test]
fn the_key_of_the_standard_is_accepted() {
    assert_eq!(accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

/// What the other implementation understands.
struct Heard(Cursor<Vec<u8>>);

impl Read for Heard {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Messages until the goodbye or the end, and whether a violation ended them.
fn oracle(bytes: Vec<u8>, role: Role) -> (Vec<Incoming>, Option<Violation>) {
    let config = WebSocketConfig::default().max_message_size(Some(LIMIT));
    let mut socket = WebSocket::from_raw_socket(Heard(Cursor::new(bytes)), role, Some(config));
    let mut heard = Vec::new();
    loop {
        match socket.read() {
            Ok(Message::Text(said)) => heard.push(text(said.as_str())),
            Ok(Message::Binary(_)) => heard.push(Incoming::Binary),
            Ok(Message::Ping(payload)) => heard.push(Incoming::Ping(payload.to_vec())),
            Ok(Message::Pong(_)) => heard.push(Incoming::Pong),
            Ok(Message::Close(_)) => return (heard, None),
            Ok(Message::Frame(_)) => unreachable!("frames are not read raw"),
            Err(Error::Capacity(_)) => return (heard, Some(Violation::TooLarge)),
            Err(Error::Protocol(error)) if !error.to_string().contains("closing handshake") => {
                return (heard, Some(Violation::Malformed));
            }
            Err(Error::Utf8(_)) => return (heard, Some(Violation::Malformed)),
            Err(_) => return (heard, None),
        }
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn random_frame(dice: &mut Dice) -> Vec<u8> {
    // Mostly what browsers send, sometimes anything.
    let first = match dice.roll(20) {
        0 => dice.roll(256) as u8,
        1 => 0x01,
        2 => 0x00,
        3 => 0x80,
        4 => 0x89,
        5 => 0x82,
        _ => 0x81,
    };
    let length = match dice.roll(12) {
        0 => dice.roll(LIMIT as u64 + 50),
        1 => 120 + dice.roll(10),
        _ => dice.roll(40),
    };
    let payload: Vec<u8> = (0..length).map(|_| b'a' + dice.roll(26) as u8).collect();
    let mut bytes = frame(first, &payload);
    if dice.roll(200) == 0 {
        let at = dice.roll(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << dice.roll(8);
    }
    bytes
}

#[test]
fn random_frames_are_understood_as_by_another_implementation() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let (mut understood, mut broken) = (0, 0);
    for _ in 0..4_000 {
        let bytes: Vec<u8> = (0..12).flat_map(|_| random_frame(&mut dice)).collect();
        let (mut ours, violation) = decode(&bytes, 1 + dice.roll(600) as usize);
        if let Some(goodbye) = ours.iter().position(|said| matches!(said, Incoming::Close(_))) {
            // Both stop listening at a goodbye.
            ours.truncate(goodbye);
            assert_eq!(oracle(bytes, Role::Server).0, ours);
            continue;
        }
        let (theirs, their_violation) = oracle(bytes.clone(), Role::Server);
        assert_eq!((ours, violation.is_some()), (theirs, their_violation.is_some()), "{bytes:?}");
        understood += u32::from(violation.is_none());
        broken += u32::from(violation.is_some());
    }
    assert!(understood > 200 && broken > 200, "{understood} understood, {broken} broken");
}

#[test]
fn what_we_write_is_read_by_another_implementation() {
    for length in [0, 1, 125, 126, 127, 900] {
        let said = "y".repeat(length);
        let mut bytes = FrameHeader::text(length).as_bytes().to_vec();
        bytes.extend(said.as_bytes());
        bytes.extend(pong(b"ping"));
        bytes.extend(close(4_000, "draining"));
        let (heard, violation) = oracle(bytes, Role::Client);
        assert_eq!((heard, violation), (vec![text(&said), Incoming::Pong], None));
    }
    assert_eq!(FrameHeader::text(70_000).as_bytes(), [0x81, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]);
}
