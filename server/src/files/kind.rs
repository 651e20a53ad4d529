//! What a file really is, by its bytes, and how large an image is drawn. It reads headers only:
//! nothing is ever unpacked or decoded. Blocks for the disk.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use protocol::file::FileKind;

use super::StoreError;

/// More than the largest camera in a pocket takes.
pub const IMAGE_PIXELS_MAX: u64 = 64_000_000;

/// No side of an image is longer.
const SIDE_PIXELS_MAX: u32 = 30_000;

/// Bytes at the beginning that tell kinds apart.
const HEAD_BYTES: usize = 4 * 1024;

/// Bytes at the end of an archive that list what is in it.
const TAIL_BYTES: u64 = 64 * 1024;

/// Parts of a photograph's header that are walked over: dozens are many.
const JPEG_PARTS_MAX: usize = 512;

/// # Errors
/// The file is something else than `claimed`, or an image with too many pixels.
pub(super) fn check(path: &Path, claimed: FileKind) -> Result<Option<[u32; 2]>, StoreError> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    file.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let is_claimed = match claimed {
        FileKind::Png => {
            head.starts_with(b"\x89PNG\r\n\x1a\n") && head.get(12..16) == Some(b"IHDR")
        }
        FileKind::Jpeg => head.starts_with(b"\xff\xd8\xff"),
        FileKind::Gif => head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a"),
        FileKind::Webp => head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"),
        FileKind::Pdf => head.starts_with(b"%PDF-"),
        FileKind::Zip => head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06"),
        FileKind::Word => is_office(&mut file, &head, b"word/")?,
        FileKind::Excel => is_office(&mut file, &head, b"xl/")?,
        FileKind::Mp4 => head.get(4..8) == Some(b"ftyp"),
        FileKind::Text | FileKind::Csv => is_text(&mut file, &head)?,
    };
    if !is_claimed {
        return Err(StoreError::Kind);
    }
    if !claimed.is_image() {
        return Ok(None);
    }
    let size = pixel_size(&mut file, &head, claimed)?.ok_or(StoreError::Kind)?;
    let [width, height] = size;
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(StoreError::Kind);
    }
    if pixels > IMAGE_PIXELS_MAX || width.max(height) > SIDE_PIXELS_MAX {
        return Err(StoreError::Pixels);
    }
    Ok(Some(size))
}

/// An archive that names a folder as the office programs do, at its beginning or in its list.
fn is_office(file: &mut File, head: &[u8], folder: &[u8]) -> io::Result<bool> {
    if !head.starts_with(b"PK\x03\x04") {
        return Ok(false);
    }
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut tail)?;
    let names = |bytes: &[u8]| bytes.windows(folder.len()).any(|window| window == folder);
    Ok(names(&tail) || names(head))
}

/// Beginnings of what browsers and systems would run or draw, whatever it is called.
const NOT_TEXT: [&[u8]; 9] =
    [b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"%pdf-", b"#!", b"mz\x90", b"{\\rtf"];

/// No control characters, in whatever encoding: those of old exports are welcome.
fn is_text(file: &mut File, head: &[u8]) -> io::Result<bool> {
    let start: Vec<u8> = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace())
        .take(16)
        .map(u8::to_ascii_lowercase)
        .collect();
    if NOT_TEXT.iter().any(|other| start.starts_with(other)) {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(0))?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(true);
        }
        let odd = |byte: &u8| *byte < 0x20 && !matches!(*byte, b'\t' | b'\n' | b'\r' | 0x0c);
        if buffer[..count].iter().any(|byte| odd(byte) || *byte == 0x7f) {
            return Ok(false);
        }
    }
}

fn pixel_size(file: &mut File, head: &[u8], kind: FileKind) -> io::Result<Option<[u32; 2]>> {
    Ok(match kind {
        FileKind::Png => size(be32(head, 16), be32(head, 20)),
        FileKind::Gif => size(le16(head, 6), le16(head, 8)),
        FileKind::Webp => webp_size(head),
        FileKind::Jpeg => jpeg_size(file)?,
        FileKind::Pdf
        | FileKind::Text
        | FileKind::Csv
        | FileKind::Zip
        | FileKind::Word
        | FileKind::Excel
        | FileKind::Mp4 => None,
    })
}

fn size(width: Option<u32>, height: Option<u32>) -> Option<[u32; 2]> {
    Some([width?, height?])
}

fn webp_size(head: &[u8]) -> Option<[u32; 2]> {
    match head.get(12..16)? {
        // The lossy form; the two upper bits are a scale that nobody applies.
        b"VP8 " => size(le16(head, 26).map(|w| w & 0x3fff), le16(head, 28).map(|h| h & 0x3fff)),
        b"VP8L" => {
            let bits = le32(head, 21)?;
            size(Some((bits & 0x3fff) + 1), Some(((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => size(le24(head, 24).map(|w| w + 1), le24(head, 27).map(|h| h + 1)),
        _ => None,
    }
}

/// Walks over the parts of the header up to the one with the size.
fn jpeg_size(file: &mut File) -> io::Result<Option<[u32; 2]>> {
    let mut at = 2;
    for _ in 0..JPEG_PARTS_MAX {
        file.seek(SeekFrom::Start(at))?;
        let mut part = Vec::new();
        file.by_ref().take(9).read_to_end(&mut part)?;
        let (Some(0xff), Some(marker)) = (part.first(), part.get(1)) else { return Ok(None) };
        match marker {
            // Fill bytes.
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            // Start of frame, but for the three that share the range.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Ok(size(be16(&part, 7), be16(&part, 5)));
            }
            // Data before the size, or the end: no image that a browser draws.
            0xd9 | 0xda => return Ok(None),
            _ => match be16(&part, 2) {
                Some(length) if length >= 2 => at += 2 + u64::from(length),
                Some(_) | None => return Ok(None),
            },
        }
    }
    Ok(None)
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    let [low, middle, high] = *bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes([low, middle, high, 0]))
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?).into())
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?).into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn checked(bytes: &[u8], claimed: FileKind) -> Result<Option<[u32; 2]>, StoreError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        check(file.path(), claimed)
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes
    }

    #[test]
    fn the_size_of_an_image_is_read_from_its_header() {
        assert_eq!(checked(&png(640, 480), FileKind::Png).unwrap(), Some([640, 480]));
        let gif = b"GIF89a\x02\x01\x03\x00rest";
        assert_eq!(checked(gif, FileKind::Gif).unwrap(), Some([258, 3]));
        let jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc0\x00\x0b\x08\x01\x00\x02\x00\x01";
        assert_eq!(checked(jpeg, FileKind::Jpeg).unwrap(), Some([512, 256]));
        let webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x63\0\0\x31\0\0";
        assert_eq!(checked(webp, FileKind::Webp).unwrap(), Some([100, 50]));
    }

    #[test]
    fn an_image_that_would_fill_the_memory_is_refused_unread() {
        for (width, height) in [(60_000, 60_000), (31_000, 2), (u32::MAX, u32::MAX)] {
            let refused = checked(&png(width, height), FileKind::Png);
            assert!(matches!(refused, Err(StoreError::Pixels)), "{width} {height}");
        }
        assert!(matches!(checked(&png(0, 5), FileKind::Png), Err(StoreError::Kind)));
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        for (bytes, claimed) in [
            (&b"<html><script>"[..], FileKind::Png),
            (b"<svg onload=x>", FileKind::Text),
            (b"  <!DOCTYPE html>", FileKind::Csv),
            (b"#!/bin/sh", FileKind::Text),
            (b"\x7fELF\x02\x01", FileKind::Text),
            (b"PK\x03\x04 mimetype", FileKind::Word),
            (b"GIF89a", FileKind::Jpeg),
            (b"\xff\xd8\xff\xda", FileKind::Jpeg),
            (b"", FileKind::Pdf),
        ] {
            assert!(matches!(checked(bytes, claimed), Err(StoreError::Kind)), "{claimed:?}");
        }
        for (bytes, claimed) in [
            (&b"a,b\r\n1,\xe4\xb8\xad"[..], FileKind::Csv),
            (b"PK\x03\x04....word/document.xml", FileKind::Word),
            (b"%PDF-1.7", FileKind::Pdf),
            (b"", FileKind::Text),
        ] {
            assert!(checked(bytes, claimed).is_ok(), "{claimed:?}");
        }
    }
}
