//! How long it takes to make a pack: `compile_time FAQ.json [MODEL_DIR]`. Prints milliseconds, for
//! all processors and for one.

#[path = "../tests/files/mod.rs"]
mod files;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use nlu::pack::{Bank, CompileError, CompileOptions, OutOfScope, compile};
use nlu::{Pack, Scratch};
use protocol::faq::Faq;

/// The fastest of so many is printed: the least disturbed.
const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let ([faq] | [faq, _]) = arguments.as_slice() else {
        return Err("usage: compile_time FAQ.json [MODEL_DIR]".into());
    };
    let engine = match arguments.get(1) {
        Some(folder) => files::engine_of(folder),
        None => files::engine(),
    };
    let faq: Faq = serde_json::from_slice(&std::fs::read(faq)?)?;
    let questions: Vec<OutOfScope> = files::lines("models/corpus/out_of_scope.jsonl");
    let bank = Bank::read(&engine, &questions);
    let all = CompileOptions { bank: Some(&bank), ..CompileOptions::default() };
    let one = CompileOptions { threads: 1, ..all };
    let make = |options| compile(&faq, &engine, &str::to_owned, options);
    let bytes = make(&all)?;
    let pack = Pack::load(&bytes)?;
    println!("{} entries, {} bytes", pack.entry_ids().count(), bytes.len());
    println!("{} texts in the bank, of {}", bank.questions(), questions.len());
    print("read the bank", || drop(Bank::read(&engine, &questions)));
    print(&format!("compile, {} threads", all.threads), || drop(make(&all)));
    print("compile, 1 thread", || drop::<Result<_, CompileError>>(make(&one)));
    print("load", || drop(Pack::load(&bytes)));
    let mut scratch = Scratch::new();
    print("encode all first questions", || {
        for entry in &faq.entries {
            engine.encode(&entry.question, &mut scratch);
        }
    });
    Ok(())
}

fn print(what: &str, mut work: impl FnMut()) {
    let mut fastest = Duration::MAX;
    for _ in 0..RUNS {
        let started = Instant::now();
        work();
        fastest = fastest.min(started.elapsed());
    }
    println!("{what}: {:.1} ms", 1_000.0 * fastest.as_secs_f64());
}
