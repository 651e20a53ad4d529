//! A model or pack that is not what it should be has a name for it, and nobody goes unheard.

use std::path::Path;

use anyhow::{Context, Result};
use nlu::{Engine, ModelError, Pack, PackError};
use tests::demo::OUTSIDE_QUESTION;
use tests::http;
use tests::process::{Installation, ServerProcess, repository};
use tests::visitor::Visitor;

const FILES: [&str; 3] = ["manifest.json", "encoder.safetensors", "vocab.txt"];

fn model_files() -> Result<[Vec<u8>; 3]> {
    let artifacts = repository().join("models/artifacts");
    let read = |name| std::fs::read(artifacts.join(name)).context("models/artifacts");
    Ok([read(FILES[0])?, read(FILES[1])?, read(FILES[2])?])
}

fn flip_the_middle(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}

fn write_model(folder: &Path, files: &[Vec<u8>; 3]) -> Result<()> {
    for (name, bytes) in FILES.iter().zip(files) {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

#[test]
fn one_wrong_bit_in_the_weights_or_the_vocabulary_is_named() -> Result<()> {
    let [manifest, weights, vocab] = model_files()?;
    assert!(Engine::load(&manifest, &weights, &vocab).is_ok());
    let (mut bad_weights, mut bad_vocab) = (weights.clone(), vocab.clone());
    flip_the_middle(&mut bad_weights);
    flip_the_middle(&mut bad_vocab);
    let error = Engine::load(&manifest, &bad_weights, &vocab).err();
    assert!(matches!(error, Some(ModelError::WrongChecksum { file: "weights" })), "{error:?}");
    let error = Engine::load(&manifest, &weights, &bad_vocab).err();
    assert!(matches!(error, Some(ModelError::WrongChecksum { file: "vocabulary" })), "{error:?}");
    let error = Engine::load(&manifest, &weights[..weights.len() - 1], &vocab).err();
    assert!(matches!(error, Some(ModelError::WrongSize { .. })), "{error:?}");
    let error = Engine::load(b"{", &weights, &vocab).err();
    assert!(matches!(error, Some(ModelError::ManifestUnreadable(_))), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_pack_with_one_wrong_bit_is_named_or_has_another_version() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let pack = Visitor::arrive(&server.origin).await?.grant.pack.context("no pack")?;
    let bytes = http::get(&server.origin, &pack.url, &[]).await?.body;
    assert_eq!(*Pack::load(&bytes)?.version(), pack.version);
    let mut named = 0;
    for at in (0..bytes.len()).step_by(bytes.len() / 64 + 1) {
        let mut bad = bytes.clone();
        bad[at] ^= 0x10;
        match Pack::load(&bad) {
            // Its name is its content: who asked for the other one sees the difference.
            Ok(other) => assert_ne!(*other.version(), pack.version, "byte {at}"),
            Err(error) => {
                let error: PackError = error;
                assert!(!error.to_string().is_empty());
                named += 1;
            }
        }
    }
    assert!(named > 0, "no damage was noticed");
    assert!(Pack::load(&bytes[..bytes.len() / 2]).is_err(), "half a pack");
    assert!(Pack::load(b"").is_err(), "nothing");
    Ok(())
}

#[tokio::test]
async fn a_server_with_a_corrupt_model_says_so_and_hears_everybody() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut files = model_files()?;
    flip_the_middle(&mut files[1]);
    write_model(folder.path(), &files)?;
    let path = folder.path().to_str().context("not UTF-8")?.to_owned();
    let mut server = ServerProcess::start_with(Installation::demo()?, &["--model", &path]).await?;
    let log = server.installation.server_log();
    assert!(log.contains("SHA-256 is not the manifest's"), "{log}");
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted(OUTSIDE_QUESTION).await?;
    visitor
        .until("a person is called", |visitor| {
            visitor.status == Some(protocol::conversation::Status::Open)
        })
        .await?;
    server.assert_alive()
}
