//! What is measured: the pack, the questions with their tokens, and the files of both contestants.
//! Knows their file names and messages; measures nothing.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use nlu::{Engine, Pack, Scratch, ask};
use protocol::http::PackRef;
use protocol::ids::MessageId;
use protocol::locale::Locale;
use protocol::understanding::{Decision, Tier};
use protocol::worker::{ModelRef, PageToWorker};
use serde::Serialize;
use serde_json::{Value, json};
use tests::process::{DEMO_SITE, Installation, repository};

use crate::Options;
use crate::corpus;
use crate::files::Files;

/// What the engine reads of a question that counts.
const TOKENS: usize = 16;

const QUESTIONS_MIN: usize = 20;

/// Together more tokens than the encoder reads.
const LONGEST_PHRASINGS: usize = 12;

const PACK_PATH: &str = "/pack";
const ONNX_MODEL_PATH: &str = "/onnx/encoder.onnx";
const ONNX_ENTRY: &str = "ort.wasm.bundle.min.mjs";
const ONNX_WASM: &str = "ort-wasm-simd-threaded.wasm";

const PAGE: [(&str, &str); 5] = [
    ("/bench/page.html", include_str!("page/page.html")),
    ("/bench/page.js", include_str!("page/page.js")),
    ("/bench/hold.js", include_str!("page/hold.js")),
    ("/bench/ours.js", include_str!("page/ours.js")),
    ("/bench/onnx.js", include_str!("page/onnx.js")),
];

/// One question in the form of each contestant.
#[derive(Serialize)]
pub(crate) struct Question {
    #[serde(skip)]
    pub(crate) text: String,
    /// For our Worker.
    message: String,
    /// For the encoder alone.
    ids: Vec<u32>,
}

pub(crate) struct Material {
    pub(crate) files: Files,
    /// All of `TOKENS` tokens, none word for word in the FAQ.
    pub(crate) questions: Vec<Question>,
    /// As many tokens as the encoder reads.
    pub(crate) longest: Question,
    /// What the page is told about each contestant's files.
    pub(crate) ours: Value,
    pub(crate) onnx: Option<Value>,
    pub(crate) engine: Engine,
    pub(crate) entries: usize,
}

/// # Errors
/// `dist/` was not built, or the pack cannot be compiled.
pub(crate) fn prepare(options: &Options) -> Result<Material> {
    let corpus = corpus::read()?;
    let pack_bytes = compiled(&serde_json::to_string(&corpus.faq)?)?;
    let pack = Pack::load(&pack_bytes)?;
    let dist = Dist::read(&options.dist)?;
    let engine = Engine::load(
        dist.file(&dist.manifest)?,
        dist.file(&dist.weights)?,
        dist.file(&dist.vocab)?,
    )?;
    ensure!(pack.fits(&engine), "dist/ and the server hold different models");
    let questions = questions(&corpus.left_over, &engine, &pack)?;
    let longest = corpus.left_over[..LONGEST_PHRASINGS].join(" ");
    let longest = question(&longest, &engine, &mut Scratch::new())?;
    let ours = ours(&dist, &pack)?;
    let mut files = dist.files;
    files.insert(PACK_PATH.to_owned(), pack_bytes);
    files.extend(PAGE.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())));
    let onnx = match &options.onnx_runtime {
        Some(folder) => Some(onnx(folder, &mut files)?),
        None => None,
    };
    let entries = corpus.faq.entries.len();
    Ok(Material { files, questions, longest, ours, onnx, engine, entries })
}

/// The pack as an owner gets it: imported by the real server.
fn compiled(faq: &str) -> Result<Vec<u8>> {
    let folder = tempfile::Builder::new().prefix("frontdesk-bench-").tempdir()?;
    let file = folder.path().join("faq.json");
    std::fs::write(&file, faq)?;
    let installation = Installation::with_faq(&file)?;
    let packs = installation.data().join("packs").join(DEMO_SITE);
    let pack = std::fs::read_dir(&packs)?.next().context("the import left no pack")??;
    Ok(std::fs::read(pack.path())?)
}

/// What `cargo xtask web` built, by the paths that pages use.
struct Dist {
    files: Files,
    worker: String,
    manifest: String,
    weights: String,
    vocab: String,
}

impl Dist {
    fn read(folder: &Path) -> Result<Self> {
        let page = std::fs::read_to_string(folder.join("widget.html"))
            .context("no dist/: run `cargo xtask web` first")?;
        let path = |attribute: &str| -> Result<String> {
            let (_, after) =
                page.split_once(&format!("{attribute}=\"")).context(attribute.to_owned())?;
            Ok(after.split('"').next().unwrap_or_default().to_owned())
        };
        let mut files = Files::new();
        for file in std::fs::read_dir(folder.join("assets"))? {
            let file = file?;
            let name = file.file_name().into_string().ok().context("a name is not UTF-8")?;
            if !name.ends_with(".br") && !name.ends_with(".gz") {
                files.insert(format!("/assets/{name}"), std::fs::read(file.path())?);
            }
        }
        Ok(Self {
            files,
            worker: path("data-worker")?,
            manifest: path("data-manifest")?,
            weights: path("data-weights")?,
            vocab: path("data-vocab")?,
        })
    }

    fn file(&self, path: &str) -> Result<&[u8]> {
        Ok(self.files.get(path).with_context(|| format!("dist/ holds no {path}"))?)
    }

    /// A path that starts with `prefix`, which goes up to the hash.
    fn path(&self, prefix: &str) -> Result<&str> {
        let found = self.files.keys().find(|path| path.starts_with(prefix));
        Ok(found.with_context(|| format!("dist/ holds no {prefix}*"))?)
    }
}

fn ours(dist: &Dist, pack: &Pack) -> Result<Value> {
    let load_pack = PageToWorker::LoadPack {
        pack: PackRef { version: pack.version().clone(), url: PACK_PATH.to_owned() },
    };
    let load_model = PageToWorker::LoadModel {
        model: ModelRef {
            manifest_url: dist.manifest.clone(),
            weights_url: dist.weights.clone(),
            vocab_url: dist.vocab.clone(),
        },
    };
    let wasm = dist.path("/assets/ai_wasm_bg.")?;
    Ok(json!({
        "entry": dist.worker,
        "modules": [dist.worker, dist.path("/assets/ai_wasm.")?],
        "bytes": [wasm, dist.manifest, dist.weights, dist.vocab, PACK_PATH],
        "loads": [
            { "message": serde_json::to_string(&load_pack)?, "until": "pack_loaded" },
            { "message": serde_json::to_string(&load_model)?, "until": "model_loaded" },
        ],
    }))
}

fn onnx(folder: &Path, files: &mut Files) -> Result<Value> {
    let [entry, wasm] = [ONNX_ENTRY, ONNX_WASM].map(|name| format!("/onnx/{name}"));
    for (path, name) in [(&entry, ONNX_ENTRY), (&wasm, ONNX_WASM)] {
        let file = folder.join(name);
        let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
        files.insert(path.clone(), bytes);
    }
    let model = std::fs::read(repository().join("models/artifacts/encoder.onnx"))?;
    files.insert(ONNX_MODEL_PATH.to_owned(), model);
    Ok(json!({
        "entry": entry,
        "modules": [entry],
        "wasm": wasm,
        "model": ONNX_MODEL_PATH,
        "bytes": [wasm, ONNX_MODEL_PATH],
        "loads": [{ "until": "ready" }],
    }))
}

/// Those on which the whole way is gone: tokens, encoder, every entry ranked.
fn questions(texts: &[String], engine: &Engine, pack: &Pack) -> Result<Vec<Question>> {
    let mut scratch = Scratch::new();
    let mut chosen = Vec::new();
    for text in texts {
        let found = question(text, engine, &mut scratch)?;
        let asked = ask(text, Locale::En, Some(engine), Some(pack), &mut scratch);
        let ranked = asked.understanding.tier == Tier::Encoder
            && !matches!(asked.decision, Decision::HandOff { .. });
        if ranked && found.ids.len() == TOKENS {
            chosen.push(found);
        }
    }
    ensure!(chosen.len() >= QUESTIONS_MIN, "only {} questions of {TOKENS} tokens", chosen.len());
    Ok(chosen)
}

fn question(text: &str, engine: &Engine, scratch: &mut Scratch) -> Result<Question> {
    let tokens = engine.encode(text, scratch).tokens;
    let ids = tokens.iter().map(|token| token.id).collect();
    // Who answers in turn needs no ids to tell the answers apart.
    let id = MessageId::from_parts(0, [0; 10]);
    let asking = PageToWorker::Ask { id, text: text.to_owned(), locale: Locale::En };
    Ok(Question { text: text.to_owned(), message: serde_json::to_string(&asking)?, ids })
}
