//! What a fresh machine lacks: the Wasm target for everything, Chromium for the browser tests.
//! Each is looked for first and installed only when missing.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::npm::{self, Package};
use crate::step::{announce, command, output_of, succeed};

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Fonts come along so that screenshots show Chinese and emoji, not boxes.
const BROWSER_PACKAGES: [&str; 3] = ["chromium", "fonts-noto-cjk", "fonts-noto-color-emoji"];

const BROWSER_NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Makes sure that this toolchain can build for the browser.
pub(crate) fn wasm_target(root: &Path) -> anyhow::Result<()> {
    let sysroot = output_of("rustc", &["--print", "sysroot"]).context("cannot run rustc")?;
    let installed = Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).join("lib");
    if installed.is_dir() {
        return Ok(());
    }
    announce(&format!("the target {WASM_TARGET} is missing: adding it"));
    succeed(command(root, "rustup", ["target", "add", WASM_TARGET])).context(
        "cannot add the target; CONTRIBUTING.md names a way without rustup's download server",
    )
}

/// The browser for the tests, installed by the system's package manager when missing.
///
/// # Errors
/// There is none and it cannot be installed: the message says what to do by hand.
pub(crate) fn browser(root: &Path) -> anyhow::Result<PathBuf> {
    if let Some(found) = find_browser() {
        return Ok(found);
    }
    announce("no Chromium found: installing it with apt-get");
    let as_root = output_of("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    let (program, before): (&str, &[&str]) =
        if as_root { ("apt-get", &[]) } else { ("sudo", &["-n", "apt-get"]) };
    let install = ["install", "-y", "--no-install-recommends"];
    let update = before.iter().chain(&["update", "-q"]);
    let install = before.iter().chain(&install).chain(&BROWSER_PACKAGES);
    let by_hand = "install Chromium by hand, or name one in FRONTDESK_CHROMIUM";
    succeed(command(root, program, update)).context(by_hand)?;
    let mut installing = command(root, program, install);
    installing.env("DEBIAN_FRONTEND", "noninteractive");
    succeed(installing).context(by_hand)?;
    match find_browser() {
        Some(found) => Ok(found),
        None => bail!("Chromium was installed but is not on PATH: {by_hand}"),
    }
}

fn find_browser() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("FRONTDESK_CHROMIUM") {
        return Some(PathBuf::from(named));
    }
    BROWSER_NAMES.iter().find_map(|name| find_program(name))
}

/// What tests look for barriers with.
const AXE: Package = Package {
    spec: "axe-core@4.14.1",
    archive: "axe-core-4.14.1.tgz",
    sha256: "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
    files: &["package/axe.min.js"],
};

/// The file of axe-core, where npm can be had: nothing else needs npm.
pub(crate) fn axe() -> Option<PathBuf> {
    match npm::fetch(&AXE) {
        Ok(folder) => Some(folder.join("axe.min.js")),
        Err(error) => {
            announce(&format!("screens are not looked over by {}: {error:#}", AXE.spec));
            None
        }
    }
}

/// Looks a program up on PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
