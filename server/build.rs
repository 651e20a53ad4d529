//! Tells where the embedded files lie, and builds the program again when they change. Debug builds
//! read them from disk.

use std::env;
use std::path::Path;

fn main() {
    let package = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let root = Path::new(&package).parent().expect("the package lies in the workspace");
    // Without `..`: a folder that is made later is found all the same.
    println!("cargo::rustc-env=FRONTDESK_ROOT={}", root.display());
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../dist");
        println!("cargo::rerun-if-changed=../models/artifacts");
    }
}
