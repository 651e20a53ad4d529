//! The answer pack: a site's FAQ, compiled so that a browser can answer from it.

mod codec;
mod compile;

use protocol::ids::{EntryId, PackVersion};
use protocol::locale::Locale;
use protocol::worker::RenderedAnswer;

pub use codec::PackError;
pub use compile::{CompileError, CompileOptions, OutOfScope, compile};

/// A loaded pack.
pub struct Pack {
    version: PackVersion,
}

impl Pack {
    /// # Errors
    /// The bytes are not a whole pack of a format this code reads.
    pub fn load(bytes: &[u8]) -> Result<Self, PackError> {
        codec::load(bytes)
    }

    /// The content hash: what the pack is called in URLs.
    pub fn version(&self) -> &PackVersion {
        &self.version
    }

    /// The words of an entry, in `locale` where it has them, else in another language.
    pub fn answer(&self, _entry: &EntryId, _locale: Locale) -> Option<RenderedAnswer> {
        None
    }
}
