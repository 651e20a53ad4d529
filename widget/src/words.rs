//! Joins pieces of text. The standard library's way is a kilobyte of code for what it may meet.

use alloc::string::String;

/// The pieces, one after the other.
pub(crate) fn joined(pieces: &[&str]) -> String {
    let mut text = String::new();
    for piece in pieces {
        text.push_str(piece);
    }
    text
}
