//! Read-only memory maps of segments. Nothing is ever written through a map: it would give
//! neither order nor an error to handle.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Maps the whole file for reading.
pub(super) fn map(file: &File) -> io::Result<Mmap> {
    // Safety: a map is undefined once somebody changes the bytes below it. Segments are mapped
    // when no further frame goes into them (sealed, or before the writer starts), their files
    // are never shortened, and the folder lock keeps other processes of ours away.
    unsafe { Mmap::map(file) }
}
