//! Packages that npm holds, fetched once a machine and checked against a digest that stands here.
//! Nothing of a package runs while it is fetched.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::setup::find_program;
use crate::step::{command, succeed};

pub(crate) struct Package {
    /// `NAME@VERSION`.
    pub spec: &'static str,
    /// What npm calls the archive of it.
    pub archive: &'static str,
    pub sha256: &'static str,
    /// The files of the archive that are kept, all from one folder.
    pub files: &'static [&'static str],
}

/// The folder with the package's files.
///
/// # Errors
/// There is no npm, the package cannot be fetched, or it is another one than expected.
pub(crate) fn fetch(package: &Package) -> anyhow::Result<PathBuf> {
    let cache = cache_folder()?;
    let folder = cache.join(package.spec);
    if folder.exists() {
        return Ok(folder);
    }
    let npm = find_program("npm").context("npm is not installed")?;
    let npm = npm.to_str().context("the path of npm is not UTF-8")?;
    let fresh = cache.join(format!("unpacking-{}", std::process::id()));
    fs::create_dir_all(&fresh)?;
    succeed(command(&fresh, npm, ["pack", "--ignore-scripts", "--silent", package.spec]))?;
    let archive = fresh.join(package.archive);
    let digest = Sha256::digest(fs::read(&archive)?);
    let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if found != package.sha256 {
        bail!("{} is another one: {found}", package.archive);
    }
    let above = package.files.first().map_or(0, |file| file.matches('/').count());
    let strip = format!("--strip-components={above}");
    let unpack = ["-xzf", package.archive, &strip];
    succeed(command(&fresh, "tar", unpack.iter().chain(package.files)))?;
    fs::remove_file(archive)?;
    // The name may have an owner's before it.
    fs::create_dir_all(folder.parent().unwrap_or(&cache))?;
    // A folder under its own name is always whole.
    fs::rename(&fresh, &folder)?;
    Ok(folder)
}

/// Where downloads outlive `cargo clean`, outside the repository.
pub(crate) fn cache_folder() -> anyhow::Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(&std::env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    Ok(base.join("frontdesk"))
}
