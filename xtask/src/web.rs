//! Builds what browsers download: Wasm bound to JavaScript, hashed, compressed, laid into `dist/`.
//! Knows file names and the `{{asset:NAME}}` placeholder, never what the files do.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::minify::{Kind, minified};
use crate::setup;
use crate::step::{announce, cargo, succeed};

/// A crate that becomes a Wasm module.
struct Module {
    package: &'static str,
    /// File stem of cargo's output.
    stem: &'static str,
    profile: &'static str,
    /// File stem in `dist/assets`.
    name: &'static str,
    /// Compiled without the library that native tests link: beside one there is no optimization
    /// across crates, a sixth of the module.
    alone: bool,
}

const MODULES: [Module; 4] = [
    Module {
        package: "widget",
        stem: "widget",
        profile: "wasm-small",
        name: "widget",
        alone: true,
    },
    Module {
        package: "widget-forms",
        stem: "widget_forms",
        profile: "wasm-small",
        name: "forms",
        alone: true,
    },
    Module {
        package: "ai-wasm",
        stem: "ai_wasm",
        profile: "wasm-fast",
        name: "ai_wasm",
        alone: false,
    },
    Module { package: "www", stem: "www", profile: "wasm-small", name: "console", alone: false },
];

/// Files hashed as they are: (path in the repository, name in `dist/assets`).
const PLAIN_ASSETS: [(&str, &str); 6] = [
    ("widget/style.css", "style.css"),
    ("widget/forms/forms.css", "forms.css"),
    ("www/style.css", "console.css"),
    ("models/artifacts/encoder.safetensors", "encoder.safetensors"),
    ("models/artifacts/manifest.json", "manifest.json"),
    ("models/artifacts/vocab.txt", "vocab.txt"),
];

/// A language of the widget each, named in its source for those who write it and by its place in
/// what browsers download: (path in the repository, name in `dist/assets`).
const WORDS: [(&str, &str); 2] =
    [("widget/locales/en.words", "en.txt"), ("widget/locales/zh.words", "zh.txt")];

/// Files that name other assets; in this order, since a later one may name an earlier one.
const TEMPLATE_ASSETS: [(&str, &str); 3] = [
    ("widget/load-forms.js", "load-forms.js"),
    ("widget/boot.js", "boot.js"),
    ("ai-wasm/worker.js", "worker.js"),
];

/// Files at a fixed address.
const PAGES: [(&str, &str); 3] = [
    ("widget/widget.html", "widget.html"),
    ("widget/embed.js", "embed.js"),
    ("widget/attention.js", "attention.js"),
];

const CONSOLE_BOOT: &str = "import start from \"{{asset:console.js}}\";\n\
    start({ module_or_path: \"{{asset:console_bg.wasm}}\" });\n";

const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW_LOG2: u32 = 22;

/// Where the finished files lie.
pub(crate) fn dist(root: &Path) -> PathBuf {
    root.join("dist")
}

/// Builds everything into `dist/`.
pub(crate) fn build(root: &Path) -> anyhow::Result<()> {
    setup::wasm_target(root)?;
    compile(root)?;
    let fresh = root.join("dist.new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    let mut assets = Assets::new(&fresh, &dist(root))?;
    for module in &MODULES {
        for (name, bytes) in bind(root, module)? {
            assets.add(&name, &bytes)?;
        }
    }
    for (path, name) in PLAIN_ASSETS {
        if name.ends_with(".css") {
            assets.add(name, squeezed(&read_text(root, path)?).as_bytes())?;
        } else {
            assets.add(name, &read(root, path)?)?;
        }
    }
    for (path, name) in WORDS {
        assets.add(name, nameless(&read_text(root, path)?).as_bytes())?;
    }
    for (path, name) in TEMPLATE_ASSETS {
        let text = assets.fill(&minified(&read_text(root, path)?, Kind::Module)?)?;
        assets.add(name, text.as_bytes())?;
    }
    let boot = assets.fill(CONSOLE_BOOT)?;
    assets.add("console-boot.js", boot.as_bytes())?;
    for (path, name) in PAGES {
        let text = read_text(root, path)?;
        let text = match name {
            "embed.js" => minified(&text, Kind::Classic)?,
            "attention.js" => minified(&text, Kind::Module)?,
            _ => squeezed(&text),
        };
        let text = assets.fill(&text)?;
        write_compressed(&fresh.join(name), text.as_bytes(), None)?;
    }
    // Its comments are for those who read it.
    let types = read_text(root, "widget/embed.d.ts")?;
    write_compressed(&fresh.join("embed.d.ts"), types.as_bytes(), None)?;
    console_page(root, &assets, &fresh)?;
    copy_folder(&root.join("www/demo"), &fresh.join("demo"))?;
    // The old folder stays whole until the new one is.
    if dist(root).exists() {
        fs::remove_dir_all(dist(root))?;
    }
    fs::rename(&fresh, dist(root))?;
    announce(&format!("dist/ holds {} assets", assets.paths.len()));
    Ok(())
}

fn compile(root: &Path) -> anyhow::Result<()> {
    for module in &MODULES {
        let more = if module.profile == "wasm-fast" { &FAST_FLAGS[..] } else { &[] };
        let flags = flags(more)?;
        let mut arguments = vec!["rustc", "--package", module.package];
        arguments.extend(["--profile", module.profile, "--target", "wasm32-unknown-unknown"]);
        arguments.extend(["--config", &flags]);
        if module.alone {
            arguments.extend(["--lib", "--crate-type", "cdylib"]);
        }
        succeed(cargo(root, &arguments))?;
    }
    Ok(())
}

/// Lets the vectorizer fill a register with 16-bit products: 1.6 times as many questions a second.
/// Elsewhere it only makes code larger.
const FAST_FLAGS: [&str; 2] = ["-C", "llvm-args=-vectorizer-maximize-bandwidth"];

/// Flags for the compiler on top of `.cargo/config.toml`. They keep the paths of the building
/// machine out of panic messages: bytes that every visitor downloads and nobody's business.
fn flags(more: &[&str]) -> anyhow::Result<String> {
    let cargo_home = match std::env::var_os("CARGO_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cargo"),
    };
    let registries = cargo_home.join("registry/src");
    let mut flags: Vec<String> = more.iter().map(|flag| (*flag).to_owned()).collect();
    for registry in fs::read_dir(&registries).into_iter().flatten() {
        flags.push(format!("--remap-path-prefix={}=", registry?.path().display()));
    }
    let quoted: Vec<String> = flags.iter().map(|flag| format!("{flag:?}")).collect();
    Ok(format!("target.wasm32-unknown-unknown.rustflags=[{}]", quoted.join(",")))
}

/// Binds one module: the JavaScript and the Wasm, by name.
fn bind(root: &Path, module: &Module) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let wasm = target_folder(root)
        .join("wasm32-unknown-unknown")
        .join(module.profile)
        .join(format!("{}.wasm", module.stem));
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(&wasm)
        .out_name(module.name)
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    let mut output = bindgen
        .web(true)
        .and_then(|bindgen| bindgen.generate_output())
        .with_context(|| format!("cannot bind {}", wasm.display()))?;
    let inline = output.snippets().values().any(|files| !files.is_empty());
    if inline || !output.local_modules().is_empty() {
        bail!("{} brings JavaScript files of its own, which nothing serves", module.package);
    }
    let mut script = with_own_loader(output.js())?;
    let wasm = output.wasm_mut();
    // Long names of imports are for people who debug the binding; visitors would download them.
    for (number, import) in wasm.imports.iter_mut().enumerate() {
        let short = format!("i{number:x}");
        script = renamed(&script, &import.name, &short);
        import.name = short;
    }
    Ok(vec![
        (format!("{}.js", module.name), minified(&script, Kind::Module)?.into_bytes()),
        (format!("{}_bg.wasm", module.name), wasm.emit_wasm()),
    ])
}

/// The binder's loader takes its module in many forms and warns of most: 0.6 kB of every chat that
/// is opened. Ours takes the one that our pages use; where SIMD runs, streaming does too.
fn with_own_loader(script: &str) -> anyhow::Result<String> {
    const LOADER_STARTS: &str = "let wasmModule, wasmInstance, wasm;";
    const LOADER: &str = "let wasm;\n\
        export default async function load({ module_or_path }) {\n\
        const { instance } = await WebAssembly.instantiateStreaming(\n\
        fetch(module_or_path), __wbg_get_imports());\n\
        wasm = instance.exports;\n\
        wasm.__wbindgen_start();\n\
        }\n";
    let at = script.find(LOADER_STARTS).context("the binder's loader has another form now")?;
    Ok(format!("{}{LOADER}", &script[..at]))
}

/// Every whole identifier `from` as `to`.
fn renamed(script: &str, from: &str, to: &str) -> String {
    let in_identifier = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut output = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let whole = !before.ends_with(in_identifier) && !after.starts_with(in_identifier);
        output.push_str(before);
        output.push_str(if whole { to } else { from });
        rest = after;
    }
    output.push_str(rest);
    output
}

/// A style sheet or page without indentation, empty lines, lines that are only a comment, and the
/// spaces and line ends that nobody reads.
fn squeezed(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        let began = inside || line.starts_with("/*");
        inside = began && !line.ends_with("*/");
        if line.is_empty() || began || line.starts_with("//") {
            continue;
        }
        let line = [(": ", ":"), (", ", ","), (" {", "{"), ("{ ", "{"), ("; }", "}")]
            .iter()
            .fold(line.to_owned(), |line, (loose, tight)| line.replace(loose, tight));
        output.push_str(&line);
        if !line.ends_with(['{', ';', ',', '}']) {
            output.push('\n');
        }
    }
    output
}

/// What follows the name on each line that has one.
fn nameless(words: &str) -> String {
    let named = words.lines().filter_map(|line| line.split_once(": "));
    named.fold(String::new(), |text, (_, word)| text + word + "\n")
}

/// Where cargo puts what it builds.
pub(crate) fn target_folder(root: &Path) -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root.join(folder),
        None => root.join("target"),
    }
}

/// Trunk's page with Trunk's own tags replaced by ours.
fn console_page(root: &Path, assets: &Assets, fresh: &Path) -> anyhow::Result<()> {
    let page = read_text(root, "www/index.html")?;
    let mut kept: String = page
        .lines()
        .filter(|line| !line.contains("data-trunk"))
        .fold(String::new(), |page, line| page + line + "\n");
    let tags = "<link rel=\"stylesheet\" href=\"{{asset:console.css}}\">\n\
        <script type=\"module\" src=\"{{asset:console-boot.js}}\"></script>\n</head>";
    if !kept.contains("</head>") {
        bail!("www/index.html has no </head>");
    }
    kept = kept.replacen("</head>", tags, 1);
    let page = assets.fill(&kept)?;
    fs::create_dir_all(fresh.join("console"))?;
    write_compressed(&fresh.join("console/index.html"), page.as_bytes(), None)
}

/// Content-hashed files and where they ended up.
struct Assets {
    folder: PathBuf,
    /// Compressed twins of the last build, reused when the hash is the same.
    previous: PathBuf,
    paths: BTreeMap<String, String>,
}

impl Assets {
    fn new(fresh: &Path, dist: &Path) -> anyhow::Result<Self> {
        let folder = fresh.join("assets");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, previous: dist.join("assets"), paths: BTreeMap::new() })
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let (stem, extension) =
            name.rsplit_once('.').with_context(|| format!("{name} has no extension"))?;
        let digest = Sha256::digest(bytes);
        let hash: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let file = format!("{stem}.{hash}.{extension}");
        write_compressed(&self.folder.join(&file), bytes, Some(&self.previous))?;
        self.paths.insert(name.to_owned(), format!("/assets/{file}"));
        Ok(())
    }

    /// Replaces every `{{asset:NAME}}`.
    fn fill(&self, template: &str) -> anyhow::Result<String> {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(start) = rest.find("{{asset:") {
            let after = &rest[start + "{{asset:".len()..];
            let end = after.find("}}").context("an {{asset:…}} is not closed")?;
            let name = &after[..end];
            let path = self.paths.get(name).with_context(|| format!("no asset named {name}"))?;
            filled.push_str(&rest[..start]);
            filled.push_str(path);
            rest = &after[end + 2..];
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// Writes a file with its `.br` and `.gz` twins.
fn write_compressed(path: &Path, bytes: &[u8], previous: Option<&Path>) -> anyhow::Result<()> {
    fs::write(path, bytes)?;
    for (extension, compress) in
        [("br", brotli as fn(&[u8]) -> anyhow::Result<Vec<u8>>), ("gz", gzip)]
    {
        let mut name = path.file_name().context("a file has a name")?.to_owned();
        name.push(".");
        name.push(extension);
        let twin = path.with_file_name(&name);
        let old = previous.map(|folder| folder.join(&name)).filter(|old| old.exists());
        match old {
            Some(old) => drop(fs::copy(old, twin)?),
            None => {
                let began = Instant::now();
                fs::write(twin, compress(bytes)?)?;
                if began.elapsed().as_secs() >= 2 {
                    announce(&format!("compressed {}", name.to_string_lossy()));
                }
            }
        }
    }
    Ok(())
}

/// Brotli at the quality that is served.
pub(crate) fn brotli(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(
        &mut compressed,
        64 * 1024,
        BROTLI_QUALITY,
        BROTLI_WINDOW_LOG2,
    );
    writer.write_all(bytes)?;
    drop(writer);
    Ok(compressed)
}

/// Gzip at its best level.
pub(crate) fn gzip(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}

fn read(root: &Path, path: &str) -> anyhow::Result<Vec<u8>> {
    fs::read(root.join(path)).with_context(|| format!("cannot read {path}"))
}

fn read_text(root: &Path, path: &str) -> anyhow::Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"))
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squeezing_leaves_out_comments_and_no_rule() {
        let text =
            "/* one\n * two\n * three */\n* { margin: 0; }\n\n  // four\n  a {\n    b: c\n  }\n";
        assert_eq!(squeezed(text), "*{margin:0}a{b:c\n}");
    }
}
