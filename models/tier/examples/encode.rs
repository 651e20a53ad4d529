//! `cargo run --release -p tier --features onnx --example encode -- FOLDER < lines`: a vector for
//! each line on stdout, the median time on stderr. For comparing an export with another runtime.

use std::io::{BufRead, Write};
use std::time::Instant;

use tier::{Encoder, Sentences};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let loading = Instant::now();
    let encoder = Encoder::load(folder.as_ref())?;
    eprintln!("loaded in {} ms", loading.elapsed().as_millis());
    let mut out = std::io::stdout().lock();
    let mut micros = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let started = Instant::now();
        let vector = encoder.encode(&line)?;
        micros.push(started.elapsed().as_micros());
        writeln!(out, "{}", serde_json::to_string(&vector)?)?;
    }
    micros.sort_unstable();
    if let Some(median) = micros.get(micros.len() / 2) {
        eprintln!("{} lines, median {median} µs", micros.len());
    }
    Ok(())
}
