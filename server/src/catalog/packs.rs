//! Compiled packs: made from an FAQ, kept as files named by their content, loaded when needed. The
//! files are a view; a lost one is compiled again from the log. Knows no sites' settings.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use nlu::pack::{Bank, CompileError, CompileOptions, compile};
use nlu::{Engine, Pack, PackError};
use protocol::faq::Faq;
use protocol::ids::{PackVersion, SiteKey};

use super::markdown::Markdown;
use super::{CatalogError, faq, model};

/// Versions kept on disk per site: browsers that were away may still report answers of them.
const VERSIONS_KEPT: usize = 8;

/// Packs held in memory, over all sites.
const LOADED_MAX: usize = 32;

#[derive(Debug, thiserror::Error)]
pub enum PackStoreError {
    #[error("there is no usable model to compile with")]
    NoModel,
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error("a pack cannot be read back: {0}")]
    Load(#[from] PackError),
    #[error("the packs' folder: {0}")]
    Io(#[from] std::io::Error),
}

/// All methods read or write the disk: call them where blocking is allowed.
pub struct PackStore {
    folder: PathBuf,
    engine: Option<Arc<Engine>>,
    /// Of the engine; read for the first pack that is made.
    bank: OnceLock<Bank>,
    loaded: Mutex<HashMap<(SiteKey, PackVersion), Arc<Pack>>>,
}

impl PackStore {
    pub fn new(folder: PathBuf, engine: Option<Arc<Engine>>) -> Self {
        Self { folder, engine, bank: OnceLock::new(), loaded: Mutex::default() }
    }

    pub fn engine(&self) -> Option<&Arc<Engine>> {
        self.engine.as_ref()
    }

    /// Compiles and stores; the pack is on disk when this returns.
    ///
    /// # Errors
    /// There is no model, the FAQ does not compile or the disk refuses.
    pub fn make(&self, site: &SiteKey, faq: &Faq) -> Result<Arc<Pack>, PackStoreError> {
        let engine = self.engine.as_ref().ok_or(PackStoreError::NoModel)?;
        let bank = self.bank.get_or_init(|| model::bank(engine));
        let bytes = compile_bytes(faq, engine, bank)?;
        let pack = Arc::new(Pack::load(&bytes)?);
        self.write(site, pack.version(), &bytes)?;
        self.remember(site, &pack);
        Ok(pack)
    }

    /// The pack a site published, compiled again when its file is lost or of another model.
    ///
    /// # Errors
    /// As of `make`.
    pub fn current(
        &self,
        site: &SiteKey,
        version: &PackVersion,
        faq: &Faq,
    ) -> Result<Arc<Pack>, PackStoreError> {
        match (self.find(site, version), &self.engine) {
            (Some(pack), Some(engine)) if pack.fits(engine) => Ok(pack),
            // Without a model its exact and lexical answers still count.
            (Some(pack), None) => Ok(pack),
            (Some(_) | None, _) => self.make(site, faq),
        }
    }

    /// Compiles what is not published and stores nothing.
    ///
    /// # Errors
    /// There is no model or the FAQ does not compile.
    pub fn rehearse(&self, faq: &Faq) -> Result<Pack, PackStoreError> {
        let engine = self.engine.as_ref().ok_or(PackStoreError::NoModel)?;
        let bank = self.bank.get_or_init(|| model::bank(engine));
        Ok(Pack::load(&compile_bytes(faq, engine, bank)?)?)
    }

    /// A version the site published some time; `None` when it is gone.
    pub fn find(&self, site: &SiteKey, version: &PackVersion) -> Option<Arc<Pack>> {
        let key = (site.clone(), version.clone());
        if let Some(pack) = self.lock().get(&key) {
            return Some(pack.clone());
        }
        let pack = Arc::new(Pack::load(&self.bytes(site, version)?).ok()?);
        if pack.version() != version {
            tracing::error!(pack.version = %version, "a pack's file is damaged");
            return None;
        }
        self.remember(site, &pack);
        Some(pack)
    }

    pub fn bytes(&self, site: &SiteKey, version: &PackVersion) -> Option<Vec<u8>> {
        std::fs::read(self.path(site, version)).ok()
    }

    fn path(&self, site: &SiteKey, version: &PackVersion) -> PathBuf {
        self.folder.join(site.as_str()).join(format!("{version}.pack"))
    }

    fn write(
        &self,
        site: &SiteKey,
        version: &PackVersion,
        bytes: &[u8],
    ) -> Result<(), PackStoreError> {
        let path = self.path(site, version);
        let folder = self.folder.join(site.as_str());
        std::fs::create_dir_all(&folder)?;
        // Renamed into place, so that no reader ever sees half a pack.
        let unfinished = path.with_extension("unfinished");
        let mut file = std::fs::File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&unfinished, &path)?;
        std::fs::File::open(&folder)?.sync_all()?;
        prune(&folder)?;
        Ok(())
    }

    fn remember(&self, site: &SiteKey, pack: &Arc<Pack>) {
        let mut loaded = self.lock();
        if loaded.len() >= LOADED_MAX {
            loaded.clear();
        }
        loaded.insert((site.clone(), pack.version().clone()), pack.clone());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(SiteKey, PackVersion), Arc<Pack>>> {
        // A cache: whatever it holds is right.
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks and compiles as publishing does, and stores nothing.
///
/// # Errors
/// The FAQ is not acceptable or does not compile.
pub fn compile_faq(faq: &Faq, engine: &Engine) -> Result<Pack, CatalogError> {
    faq::validate(faq)?;
    let bytes = compile_bytes(faq, engine, &model::bank(engine))?;
    Ok(Pack::load(&bytes).map_err(PackStoreError::Load)?)
}

fn compile_bytes(faq: &Faq, engine: &Engine, bank: &Bank) -> Result<Vec<u8>, PackStoreError> {
    let markdown = Markdown::default();
    let options = CompileOptions { bank: Some(bank), ..CompileOptions::default() };
    let faq = &visible(faq);
    Ok(compile(faq, engine, &|text| markdown.render(text), &options)?)
}

/// What may be answered with.
fn visible(faq: &Faq) -> Faq {
    let shown = faq.entries.iter().filter(|entry| !entry.hidden);
    Faq { entries: shown.cloned().collect(), precision: faq.precision }
}

/// One answer as visitors will see it.
pub fn render_markdown(text: &str) -> String {
    Markdown::default().render(text)
}

/// Removes all but the newest versions.
fn prune(folder: &Path) -> std::io::Result<()> {
    let mut packs: Vec<(SystemTime, PathBuf)> = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "pack") {
            packs.push((std::fs::metadata(&path)?.modified()?, path));
        }
    }
    packs.sort_by(|a, b| b.cmp(a));
    packs.into_iter().skip(VERSIONS_KEPT).try_for_each(|(_, path)| std::fs::remove_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faq(answer: &str) -> Faq {
        serde_json::from_value(serde_json::json!({ "entries": [
            { "id": "returns", "question": "Can I return it?", "answer": answer },
            { "id": "hours", "question": "When are you open?", "answer": "9 to 5" },
        ] }))
        .unwrap()
    }

    #[test]
    fn a_lost_file_is_compiled_again_and_old_versions_go() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Arc::new(model::load(None).unwrap());
        let site = SiteKey::parse("demo").unwrap();
        let open = || PackStore::new(folder.path().to_owned(), Some(engine.clone()));
        let store = open();
        let version = store.make(&site, &faq("30 days")).unwrap().version().clone();
        std::fs::remove_file(store.path(&site, &version)).unwrap();
        assert!(open().find(&site, &version).is_none());
        let again = open().current(&site, &version, &faq("30 days")).unwrap();
        assert_eq!(again.version(), &version);
        // File systems keep time in ticks of some milliseconds: make the first one surely older.
        let first = std::fs::File::options().write(true).open(store.path(&site, &version)).unwrap();
        first.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        for index in 0..VERSIONS_KEPT {
            let newer = folder.path().join("demo").join(format!("{index}.pack"));
            std::fs::write(newer, "").unwrap();
        }
        prune(&folder.path().join("demo")).unwrap();
        let kept = std::fs::read_dir(folder.path().join("demo")).unwrap().count();
        assert_eq!(kept, VERSIONS_KEPT);
        assert!(open().bytes(&site, &version).is_none());
    }
}
