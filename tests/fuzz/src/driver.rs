//! libFuzzer around one target, chosen by `FRONTDESK_FUZZ_TARGET`. Knows no formats.
#![no_main]

use std::sync::OnceLock;

use fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: OnceLock<Target> = OnceLock::new();

fn target() -> Target {
    let name =
        std::env::var("FRONTDESK_FUZZ_TARGET").expect("FRONTDESK_FUZZ_TARGET names a target");
    Target::of_name(&name).expect("FRONTDESK_FUZZ_TARGET names a target")
}

fuzz_target!(|bytes: &[u8]| TARGET.get_or_init(target).run(bytes));
