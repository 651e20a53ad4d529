//! Every file of the corpora through its target, in every run of the tests, and some bytes near
//! it. `FRONTDESK_FUZZ_COUNT=100000` tries that many near each file; `cargo xtask fuzz` looks
//! further, guided by what it reaches.

use std::fs;
use std::path::Path;

use fuzz::Target;

const FILES_MAX: usize = 200;
const FILE_BYTES_MAX: usize = 4_096;

/// Tried near each file.
const NEAR_COUNT: u64 = 50;

fn replay(target: Target) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name());
    let mut paths: Vec<_> = fs::read_dir(&corpus)
        .expect("a corpus")
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    assert!((5..=FILES_MAX).contains(&paths.len()), "{}: {}", corpus.display(), paths.len());
    let files: Vec<_> = paths.iter().map(|path| fs::read(path).expect("a file")).collect();
    let near_count =
        std::env::var("FRONTDESK_FUZZ_COUNT").map_or(NEAR_COUNT, |n| n.parse().expect("a number"));
    for (path, bytes) in paths.iter().zip(&files) {
        assert!(bytes.len() <= FILE_BYTES_MAX, "{}", path.display());
        run(target, bytes, &format!("{}", path.display()));
        let mut random = Random(bytes.len() as u64);
        for number in 0..near_count {
            let other = &files[random.below(files.len())];
            let near = near(bytes, other, &mut random);
            run(target, &near, &format!("{number} near {}", path.display()));
        }
    }
}

fn run(target: Target, bytes: &[u8], which: &str) {
    let outcome = std::panic::catch_unwind(|| target.run(bytes));
    assert!(outcome.is_ok(), "{which}: {}", String::from_utf8_lossy(bytes));
}

/// The bytes with a few changes, some of them pieces of another file.
fn near(bytes: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut near = bytes.to_vec();
    for _ in 0..=random.below(4) {
        if near.is_empty() {
            break;
        }
        let at = random.below(near.len());
        match random.below(6) {
            0 => near[at] ^= 1 << random.below(8),
            1 => near[at] = *random.choice(b"\0\xff09-eE.\"{}[],:ntf"),
            2 => near.truncate(at),
            3 => {
                let end = (at + 1 + random.below(8)).min(near.len());
                near.drain(at..end);
            }
            4 => near.insert(at, *random.choice(b"0129-eE.\"\\{}[],:")),
            _ => {
                let from = random.below(other.len());
                let to = (from + 1 + random.below(40)).min(other.len());
                near.splice(at..at, other[from..to].iter().copied());
            }
        }
    }
    near
}

/// Small deterministic generator (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) % bound as u64) as usize
    }

    fn choice<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
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
