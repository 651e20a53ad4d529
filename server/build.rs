//! Builds the program again when the files it embeds change. Debug builds read them from disk.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../dist");
        println!("cargo::rerun-if-changed=../models/artifacts");
    }
}
