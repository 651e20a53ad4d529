//! `cargo xtask size`: what browsers download, in bytes, against the budgets. Reads `dist/` and one
//! compiled pack; builds nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::serve;
use crate::step::announce;
use crate::web;

/// A group of files that a visitor or agent downloads together.
struct Group {
    title: &'static str,
    files: &'static [&'static str],
    /// Of these a visitor downloads one; the largest is counted.
    one_of: &'static [&'static str],
    with_pack: bool,
    brotli_bytes_max: u64,
}

const KILO: u64 = 1_000;

/// Budgets come from the product's promise: 2.5 MB for all of the AI. A part's own budget moves
/// only with a reason in ARCHITECTURE.md.
const GROUPS: [Group; 7] = [
    Group {
        title: "before the click: embed.js",
        files: &["embed.js"],
        one_of: &[],
        with_pack: false,
        brotli_bytes_max: 4 * KILO,
    },
    Group {
        title: "chat open: widget, style, page, a language",
        files: &["widget.html", "boot.js", "style.css", "widget.js", "widget_bg.wasm"],
        one_of: &["en.txt", "zh.txt"],
        with_pack: false,
        brotli_bytes_max: 60 * KILO,
    },
    Group {
        title: "at a tap that needs them: forms, files, emoji",
        files: &["load-forms.js", "forms.css", "forms.js", "forms_bg.wasm"],
        one_of: &[],
        with_pack: false,
        brotli_bytes_max: 60 * KILO,
    },
    Group {
        title: "AI code: Worker",
        files: &["worker.js", "ai_wasm.js", "ai_wasm_bg.wasm"],
        one_of: &[],
        with_pack: false,
        brotli_bytes_max: 126 * KILO,
    },
    Group {
        title: "AI model and vocabulary",
        files: &["manifest.json", "encoder.safetensors", "vocab.txt"],
        one_of: &[],
        with_pack: false,
        brotli_bytes_max: 2_200 * KILO,
    },
    Group {
        title: "AI, all of it, with the demo's pack",
        files: &[
            "worker.js",
            "ai_wasm.js",
            "ai_wasm_bg.wasm",
            "manifest.json",
            "encoder.safetensors",
            "vocab.txt",
        ],
        one_of: &[],
        with_pack: true,
        brotli_bytes_max: 2_500 * KILO,
    },
    Group {
        title: "console",
        files: &["console.css", "console-boot.js", "console.js", "console_bg.wasm"],
        one_of: &[],
        with_pack: false,
        brotli_bytes_max: 500 * KILO,
    },
];

#[derive(Clone, Copy, Default)]
struct Bytes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl std::ops::Add for Bytes {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            raw: self.raw + other.raw,
            gzip: self.gzip + other.gzip,
            brotli: self.brotli + other.brotli,
        }
    }
}

/// Prints the table; a group over its budget is an error.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let dist = web::dist(root);
    let pack = demo_pack(root)?;
    announce(&format!("{:<46} {:>10} {:>10} {:>10} {:>10}", "", "raw", "gzip", "brotli", "budget"));
    let mut over = Vec::new();
    for group in &GROUPS {
        let mut sum = if group.with_pack { pack } else { Bytes::default() };
        for file in group.files {
            sum = sum + measured(&find(&dist, file)?)?;
        }
        let mut one = Bytes::default();
        for file in group.one_of {
            let file = measured(&find(&dist, file)?)?;
            one = if file.brotli > one.brotli { file } else { one };
        }
        sum = sum + one;
        print_row(group.title, sum, Some(group.brotli_bytes_max));
        if sum.brotli > group.brotli_bytes_max {
            over.push(group.title);
        }
    }
    print_row("of it the demo's pack", pack, None);
    if !over.is_empty() {
        bail!("over budget: {}", over.join("; "));
    }
    Ok(())
}

fn print_row(title: &str, bytes: Bytes, budget: Option<u64>) {
    let budget = budget.map(|budget| budget.to_string()).unwrap_or_default();
    announce(&format!(
        "{title:<46} {:>10} {:>10} {:>10} {budget:>10}",
        bytes.raw, bytes.gzip, bytes.brotli
    ));
}

/// A file by its name before hashing.
fn find(dist: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let plain = dist.join(name);
    if plain.exists() {
        return Ok(plain);
    }
    let (stem, extension) = name.rsplit_once('.').context("a file has an extension")?;
    let assets = dist.join("assets");
    for entry in fs::read_dir(&assets).context("no dist/: run `cargo xtask web` first")? {
        let path = entry?.path();
        let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        let hash = file
            .strip_prefix(stem)
            .and_then(|rest| rest.strip_suffix(extension))
            .and_then(|rest| rest.strip_prefix('.')?.strip_suffix('.'));
        if hash.is_some_and(|hash| !hash.contains('.')) {
            return Ok(path);
        }
    }
    bail!("dist/ holds no {name}: run `cargo xtask web` first")
}

fn measured(path: &Path) -> anyhow::Result<Bytes> {
    let twin = |extension: &str| -> anyhow::Result<u64> {
        let twin = PathBuf::from(format!("{}.{extension}", path.display()));
        Ok(fs::metadata(&twin).with_context(|| format!("no {}", twin.display()))?.len())
    };
    Ok(Bytes { raw: fs::metadata(path)?.len(), gzip: twin("gz")?, brotli: twin("br")? })
}

/// Compiles the demo's FAQ with the server binary, as an owner would, and measures the pack.
fn demo_pack(root: &Path) -> anyhow::Result<Bytes> {
    let binary = serve::binary(root, false)
        .or_else(|_| serve::binary(root, true))
        .context("the pack is compiled by the server: `cargo build -p server` first")?;
    let data = web::target_folder(root).join("size-data");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    serve::prepare_demo(root, &binary, &data, "127.0.0.1:7071")?;
    let mut sum = Bytes::default();
    for entry in fs::read_dir(data.join("packs").join(serve::DEMO_SITE))? {
        let bytes = fs::read(entry?.path())?;
        sum = sum
            + Bytes {
                raw: bytes.len() as u64,
                gzip: web::gzip(&bytes)?.len() as u64,
                brotli: web::brotli(&bytes)?.len() as u64,
            };
    }
    Ok(sum)
}
