//! The bridge to the Worker that holds the model and the pack. The widget works without it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefMut;

use protocol::http::PackRef;
use protocol::worker::{ModelRef, PageToWorker};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::cell::{self, OnPage, Slot};
use crate::page::{document, on};
use crate::state::Input;
use crate::wire::WorkerToPage;

/// A Worker that dies is started again this often; after that the server answers alone.
const RESTARTS_MAX: u32 = 1;

/// Messages kept for a Worker that has not started yet: a pack, a model and eager questions.
const EARLY_MESSAGES_MAX: usize = 32;

struct Assist {
    report: fn(Input),
    awake: bool,
    worker: Option<Worker>,
    started: bool,
    early: Vec<PageToWorker>,
    restarts_count: u32,
    /// Loaded again when the Worker is started again.
    pack: Option<PackRef>,
    model_wanted: bool,
}

static ASSIST: OnPage<Slot<Assist>> = OnPage::new(Slot::new(None));

#[inline(never)]
fn borrow() -> Option<RefMut<'static, Assist>> {
    cell::borrow(&ASSIST)
}

fn with<T>(f: impl FnOnce(&mut Assist) -> T) -> Option<T> {
    Some(f(&mut *borrow()?))
}

pub(crate) fn start(report: fn(Input)) {
    let assist = Assist {
        report,
        awake: false,
        worker: None,
        started: false,
        early: Vec::new(),
        restarts_count: 0,
        pack: None,
        model_wanted: false,
    };
    cell::fill(&ASSIST, assist);
}

/// The chat was opened: from here on there may be questions. A chat that only waits for news in the
/// background needs no Worker.
pub(crate) fn wake() {
    if with(|assist| core::mem::replace(&mut assist.awake, true)) == Some(false) {
        spawn();
    }
}

pub(crate) fn load_pack(pack: PackRef) {
    with(|assist| assist.pack = Some(pack.clone()));
    post(PageToWorker::LoadPack { pack });
}

pub(crate) fn load_model() {
    with(|assist| assist.model_wanted = true);
    if let Some(model) = model_ref() {
        post(PageToWorker::LoadModel { model });
    }
}

/// Sends to the Worker, or keeps it until the Worker runs.
pub(crate) fn post(message: PageToWorker) {
    with(|assist| {
        if assist.started {
            assist.send(&message);
        } else if assist.early.len() < EARLY_MESSAGES_MAX {
            assist.early.push(message);
        }
    });
}

impl Assist {
    fn send(&self, message: &PageToWorker) {
        if let (Some(worker), Ok(text)) = (&self.worker, crate::json::encode(message)) {
            // A string can always be cloned to the Worker.
            let _ = worker.post_message(&JsValue::from_str(&text));
        }
    }
}

/// An address written into the page by the build.
fn address(name: &str) -> Option<String> {
    document().document_element()?.get_attribute(name)
}

fn model_ref() -> Option<ModelRef> {
    Some(ModelRef {
        manifest_url: address("data-manifest")?,
        weights_url: address("data-weights")?,
        vocab_url: address("data-vocab")?,
    })
}

fn spawn() {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker =
        address("data-worker").and_then(|url| Worker::new_with_options(&url, &options).ok());
    let Some(worker) = worker else {
        report(Input::WorkerDied);
        return;
    };
    on(&worker, "message", Box::new(|event| heard(&event.unchecked_into())));
    on(&worker, "error", Box::new(|_| died()));
    with(|assist| {
        assist.worker = Some(worker);
        assist.started = false;
    });
}

fn heard(event: &MessageEvent) {
    let text = event.data().as_string().unwrap_or_default();
    if let Ok(message) = crate::json::decode(&text) {
        take(message);
    }
}

fn take(message: WorkerToPage) {
    if message == WorkerToPage::Started {
        with(|assist| {
            assist.started = true;
            for early in core::mem::take(&mut assist.early) {
                assist.send(&early);
            }
        });
    }
    report(Input::Worker(message));
}

fn died() {
    let again = with(|assist| {
        if let Some(worker) = assist.worker.take() {
            worker.terminate();
        }
        assist.started = false;
        assist.early.clear();
        assist.restarts_count += 1;
        assist.restarts_count <= RESTARTS_MAX
    });
    report(Input::WorkerDied);
    if again != Some(true) {
        return;
    }
    spawn();
    if let Some(pack) = with(|assist| assist.pack.clone()).flatten() {
        load_pack(pack);
    }
    if with(|assist| assist.model_wanted) == Some(true) {
        load_model();
    }
}

/// Never while the bridge is borrowed: an input may ask.
fn report(input: Input) {
    if let Some(report) = with(|assist| assist.report) {
        report(input);
    }
}
