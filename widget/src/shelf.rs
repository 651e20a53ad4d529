//! Where the outbox lies in the browser: an IndexedDB of the site, one entry a frame. A browser
//! that refuses it leaves the outbox in memory. It knows names and texts, and no frames.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbTransactionMode};

use crate::cell::OnPage;
use crate::page::{later, on, texts, window};

const STORE: &str = "outbox";
const VERSION: u32 = 1;

/// More than waiting and held frames can ever be; a spoilt database brings no more than this.
const ENTRIES_MAX: u32 = 400;

/// A browser that takes longer to open it is not waited for. What comes later is taken in later.
const OPEN_WITHIN_MS: u32 = 1_500;

/// The browser did not keep it: no storage, or no room.
#[derive(Debug)]
pub(crate) struct NotKept;

static DATABASE: OnPage<RefCell<Option<IdbDatabase>>> = OnPage::new(RefCell::new(None));

/// Opens the shelf and hands out what lies on it. `found` is called once at least, and once more
/// when the browser was late.
pub(crate) fn open(site: &str, found: fn(Vec<String>)) {
    let factory = window().indexed_db().ok().flatten();
    let Some(request) = factory.and_then(|f| f.open_with_u32(site, VERSION).ok()) else {
        // Never at once: the caller is not ready for it.
        return later(0, move || found(Vec::new()));
    };
    let (fresh, opened) = (request.clone(), request.clone());
    on(&request, "upgradeneeded", Box::new(move |_| create(&fresh)));
    on(&request, "success", Box::new(move |_| read(&opened, found)));
    on(&request, "error", Box::new(move |_| found(Vec::new())));
    later(OPEN_WITHIN_MS, move || found(Vec::new()));
}

fn create(request: &IdbOpenDbRequest) {
    if let Ok(database) = request.result() {
        // Without it no transaction begins, and everything stays in memory.
        let _ = database.unchecked_into::<IdbDatabase>().create_object_store(STORE);
    }
}

fn read(request: &IdbOpenDbRequest, found: fn(Vec<String>)) {
    let database: Option<IdbDatabase> = request.result().ok().map(JsCast::unchecked_into);
    DATABASE.replace(database);
    let all = store(|| {}).and_then(|store| {
        store.get_all_with_key_and_limit(&JsValue::UNDEFINED, ENTRIES_MAX).map_err(|_| NotKept)
    });
    let Ok(all) = all else { return found(Vec::new()) };
    let entries = all.clone();
    on(
        &all,
        "success",
        Box::new(move |_| {
            found(texts(&entries.result().unwrap_or_default().unchecked_into()));
        }),
    );
}

/// The store in a transaction of its own; `failed` is called when the browser cannot keep it.
fn store(mut failed: impl FnMut() + 'static) -> Result<IdbObjectStore, NotKept> {
    DATABASE.with_borrow(|database| {
        let database = database.as_ref().ok_or(NotKept)?;
        let mode = IdbTransactionMode::Readwrite;
        let begun = database.transaction_with_str_and_mode(STORE, mode).map_err(|_| NotKept)?;
        on(&begun, "abort", Box::new(move |_| failed()));
        begun.object_store(STORE).map_err(|_| NotKept)
    })
}

/// # Errors
/// There is no storage. For want of room `failed` is called, later.
pub(crate) fn keep(name: &str, entry: &str, failed: fn()) -> Result<(), NotKept> {
    let store = store(failed)?;
    store.put_with_key(&entry.into(), &name.into()).map_err(|_| NotKept)?;
    finish(&store);
    Ok(())
}

/// Now, also when the page goes away in this moment.
#[expect(deprecated, reason = "the bindings still hold it for a browser's own; all have it")]
fn finish(store: &IdbObjectStore) {
    // One that cannot be finished early finishes by itself.
    let _ = store.transaction().commit();
}

pub(crate) fn forget(name: &str) {
    if let Ok(store) = store(|| {}) {
        // What is not there need not be removed.
        let _ = store.delete(&name.into());
    }
}

pub(crate) fn clear() {
    if let Ok(store) = store(|| {}) {
        let _ = store.clear();
    }
}
