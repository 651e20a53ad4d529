//! Packs as a browser gets them. Mutations never get past a SHA-256, so that the first byte says
//! whether the rest is a whole pack, or a body that gets the header it needs.

use nlu::{Pack, Scratch, ask};
use protocol::locale::Locale;
use sha2::{Digest, Sha256};

const MAGIC: &[u8; 4] = b"FDPK";
/// Of the pack's header; a new format starts a new corpus.
const FORMAT: u16 = 2;

pub(crate) fn run(bytes: &[u8]) {
    let Some((mode, rest)) = bytes.split_first() else { return };
    let pack = match mode & 1 {
        0 => rest.to_vec(),
        _ => [&MAGIC[..], &FORMAT.to_le_bytes(), &Sha256::digest(rest), rest].concat(),
    };
    let Ok(pack) = Pack::load(&pack) else { return };
    // What loads can be used without asking further.
    for entry in pack.entry_ids() {
        for locale in [Locale::En, Locale::Zh] {
            assert!(pack.answer(entry, locale).is_some(), "{entry:?} has words");
        }
    }
    let mut scratch = Scratch::default();
    for question in ["where is my order 48213", "退款", ""] {
        ask(question, Locale::En, None, Some(&pack), &mut scratch);
    }
}
