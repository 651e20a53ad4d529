//! The client's side of WebSocket framing, without a buffer for an idle socket: masked texts out,
//! whole server frames in. It knows nothing of what texts mean.

use anyhow::{Result, bail};

const FIN: u8 = 0x80;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
const MASKED: u8 = 0x80;

/// Longest payload taken from a server; ours sends at most 64 KiB.
const PAYLOAD_BYTES_MAX: usize = 1 << 20;

/// Masks are against caches that sit between; on a loopback any will do.
const MASK: [u8; 4] = [0x5a, 0xc3, 0x96, 0x3c];

/// What a server sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    Text(&'a [u8]),
    Ping(&'a [u8]),
    Pong,
    Close(Option<u16>),
}

/// Appends a masked text.
pub(super) fn put_text(out: &mut Vec<u8>, payload: &[u8]) {
    put(out, TEXT, payload);
}

pub(super) fn put_pong(out: &mut Vec<u8>, payload: &[u8]) {
    put(out, PONG, payload);
}

fn put(out: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    out.push(FIN | kind);
    match payload.len() {
        length @ 0..=125 => out.push(MASKED | length as u8),
        length @ 126..=0xffff => {
            out.push(MASKED | 126);
            out.extend((length as u16).to_be_bytes());
        }
        length => {
            out.push(MASKED | 127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    out.extend(MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// The first frame and its length in bytes, or `None` when it is not all there.
///
/// # Errors
/// It is none that a server may send here: masked, in fragments, or too long.
pub(super) fn first(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>> {
    let [head, length, ..] = bytes else { return Ok(None) };
    if head & 0xf0 != FIN || length & MASKED != 0 {
        bail!("a frame in fragments or masked: {head:#x} {length:#x}");
    }
    let (start, length) = match length {
        126 => match bytes.get(2..4) {
            Some(field) => (4, field.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))),
            None => return Ok(None),
        },
        127 => match bytes.get(2..10) {
            Some(field) => (10, field.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))),
            None => return Ok(None),
        },
        length => (2, usize::from(*length)),
    };
    if length > PAYLOAD_BYTES_MAX {
        bail!("a frame of {length} bytes");
    }
    let Some(payload) = bytes.get(start..start + length) else { return Ok(None) };
    let frame = match head & 0x0f {
        TEXT | BINARY => Frame::Text(payload),
        PING => Frame::Ping(payload),
        PONG => Frame::Pong,
        CLOSE => Frame::Close(payload.get(..2).map(|code| u16::from_be_bytes([code[0], code[1]]))),
        kind => bail!("a frame of kind {kind}"),
    };
    Ok(Some((frame, start + length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_taken_when_it_is_whole_and_says_its_length() {
        for length in [0, 5, 125, 126, 70_000] {
            let mut bytes = vec![FIN | TEXT];
            match length {
                0..=125 => bytes.push(length as u8),
                126..=0xffff => bytes.extend([126, (length >> 8) as u8, length as u8]),
                _ => bytes.extend([127, 0, 0, 0, 0, 0, (length >> 16) as u8]),
            }
            if length > 0xffff {
                bytes.extend([(length >> 8) as u8, length as u8]);
            }
            bytes.extend(vec![b'x'; length]);
            for cut in [1, bytes.len() - 1] {
                assert_eq!(first(&bytes[..cut.min(bytes.len() - 1)]).unwrap(), None);
            }
            let whole = bytes.len();
            bytes.extend(b"next");
            let expected = vec![b'x'; length];
            assert_eq!(first(&bytes).unwrap(), Some((Frame::Text(&expected), whole)));
        }
    }

    #[test]
    fn what_no_server_may_send_is_an_error() {
        assert!(first(&[TEXT, 0]).is_err());
        assert!(first(&[FIN | TEXT, MASKED]).is_err());
        assert!(first(&[FIN | 0x3, 0]).is_err());
        assert!(first(&[FIN | TEXT, 127, 1, 0, 0, 0, 0, 0, 0, 0]).is_err());
    }

    #[test]
    fn a_text_is_masked_byte_by_byte() {
        let mut out = Vec::new();
        put_text(&mut out, b"hello");
        assert_eq!(out[..2], [0x81, 0x85]);
        let text: Vec<u8> =
            out[6..].iter().zip(out[2..6].iter().cycle()).map(|(b, m)| b ^ m).collect();
        assert_eq!(text, b"hello");
    }
}
