//! Every file of the corpora through its target, in every run of the tests.

use std::fs;
use std::path::Path;

use fuzz::Target;

const FILES_MAX: usize = 200;
const FILE_BYTES_MAX: usize = 4_096;

fn replay(target: Target) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name());
    let mut paths: Vec<_> =
        fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!((5..=FILES_MAX).contains(&paths.len()), "{}: {}", corpus.display(), paths.len());
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.len() <= FILE_BYTES_MAX, "{}", path.display());
        let outcome = std::panic::catch_unwind(|| target.run(&bytes));
        assert!(outcome.is_ok(), "{}", path.display());
    }
}

#[test]
fn hostile_frames() {
    replay(Target::Wire);
}

#[test]
fn hostile_segments() {
    replay(Target::Log);
}

#[test]
fn hostile_records() {
    replay(Target::Record);
}

#[test]
fn hostile_packs() {
    replay(Target::Pack);
}
