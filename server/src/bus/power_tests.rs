//! Power cuts by the thousand, from seeds. `FRONTDESK_LOG_CUTS=10000` simulates that many of them,
//! `FRONTDESK_LOG_SEED=7` lives through one seed again.

use std::time::Instant;

use super::faulty::{Call, Lie};
use super::simulation::{Seen, Violation, live};

const CUTS_ENV: &str = "FRONTDESK_LOG_CUTS";
const SEED_ENV: &str = "FRONTDESK_LOG_SEED";
/// Enough to reach everything that `expect_all_reached` names.
const CUTS_COUNT: u64 = 2_000;
const STEPS_COUNT: u64 = 100;
/// A disk that lies is found out within so many seeds.
const LYING_SEEDS_COUNT: u64 = 20;

fn number_from(env: &str) -> Option<u64> {
    std::env::var(env).ok().map(|number| number.parse().expect("a number"))
}

fn expect_all_reached(seen: &Seen) {
    for (what, count) in [
        ("acknowledged", seen.acknowledged),
        ("recognized", seen.recognized),
        ("no space", seen.no_space),
        ("reserve used", seen.reserve_used),
        ("poisoned", seen.poisoned),
        ("torn", seen.torn),
        ("unacknowledged survived", seen.unacknowledged_survived),
        ("damaged", seen.damaged),
        ("positions", seen.positions),
        ("cuts between calls", seen.cuts_between),
    ] {
        assert!(count > 0, "no seed reached: {what}");
    }
    for call in Call::ALL {
        // Only recovery removes files.
        let cut = call == Call::Remove || seen.cuts.contains_key(&call);
        assert!(cut, "no cut in the middle of {call:?}");
        assert!(seen.recovery_cuts.contains_key(&call), "no recovery was cut short at {call:?}");
    }
    assert!(seen.segments_max > 3, "no seed reached a fourth segment");
}

#[test]
fn acknowledged_records_survive_power_cuts_in_order_once_and_whole() {
    if let Some(seed) = number_from(SEED_ENV) {
        println!("seed {seed}: {:?}", live(seed, STEPS_COUNT, None));
        return;
    }
    let cuts_count = number_from(CUTS_ENV).unwrap_or(CUTS_COUNT);
    let started_at = Instant::now();
    let mut total = Seen::default();
    let mut seeds_count = 0;
    while total.cuts_count() < cuts_count {
        match live(seeds_count, STEPS_COUNT, None) {
            Ok(seen) => total.add(&seen),
            Err(violation) => panic!("seed {seeds_count}: {violation}"),
        }
        seeds_count += 1;
    }
    let cuts_count = total.cuts_count();
    println!("{cuts_count} cuts, {seeds_count} seeds, {:?}: {total:?}", started_at.elapsed());
    expect_all_reached(&total);
}

/// What such a disk does to a log in its first lives, in a word for each.
fn found_out(lie: Lie) -> Vec<&'static str> {
    let violations =
        (0..LYING_SEEDS_COUNT).filter_map(|seed| live(seed, STEPS_COUNT, Some(lie)).err());
    violations.map(|violation| word_for(&violation)).collect()
}

fn word_for(violation: &Violation) -> &'static str {
    match violation {
        Violation::Refused(_) => "refused",
        Violation::Lost { .. } => "lost",
        Violation::Unreadable
        | Violation::OffsetsHaveGaps
        | Violation::Changed
        | Violation::TornBatch
        | Violation::Doubled { .. }
        | Violation::AcknowledgedAlthoughPoisoned
        | Violation::WrongOffset
        | Violation::TornTailLeft
        | Violation::DamageAccepted { .. }
        | Violation::DamageMisplaced { .. }
        | Violation::PositionLost { .. } => "other",
    }
}

#[test]
fn a_disk_that_ignores_flushes_loses_acknowledged_records_and_is_found_out() {
    assert!(found_out(Lie::SyncIgnored).contains(&"lost"));
}

#[test]
fn a_folder_whose_flushes_are_ignored_loses_acknowledged_records_and_is_found_out() {
    assert!(found_out(Lie::SyncFolderIgnored).contains(&"lost"));
}

#[test]
fn stale_frames_in_blank_files_are_never_taken_for_new_ones() {
    let violations = found_out(Lie::StaleBlanks);
    assert!(violations.is_empty(), "{violations:?}");
}
