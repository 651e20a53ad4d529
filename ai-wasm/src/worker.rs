//! The Worker: takes `PageToWorker` as JSON, posts `WorkerToPage`. A part that does not load is
//! reported by name, and what is left answers on.

use std::cell::RefCell;
use std::rc::Rc;

use nlu::{ModelError, PackError};
use protocol::http::PackRef;
use protocol::ids::{MessageId, PackVersion};
use protocol::locale::Locale;
use protocol::worker::{AiPart, ModelRef, PageToWorker, WorkerToPage};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::assistant::Assistant;
use crate::fetch::{self, FetchError, Source};

#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("the address of pack {} holds another one", .wanted.as_str())]
    OtherPack { wanted: PackVersion },
}

struct Worker {
    scope: DedicatedWorkerGlobalScope,
    assistant: RefCell<Assistant>,
    /// The newest pack asked for: an older one that arrives late is dropped.
    pack_wanted: RefCell<Option<PackVersion>>,
}

/// Listens from now on. Called once by `worker.js`.
#[wasm_bindgen]
pub fn start() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let worker = Rc::new(Worker {
        scope: scope.clone(),
        assistant: RefCell::default(),
        pack_wanted: RefCell::default(),
    });
    let listener = Rc::clone(&worker);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let text = event.data().as_string().unwrap_or_default();
        // The page and this module are built together; what cannot be read is from neither.
        if let Ok(message) = serde_json::from_str(&text) {
            take(&listener, message);
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // Lives as long as the Worker.
    on_message.forget();
    worker.post(&WorkerToPage::Started);
}

fn take(worker: &Rc<Worker>, message: PageToWorker) {
    let worker = Rc::clone(worker);
    match message {
        PageToWorker::LoadPack { pack } => spawn_local(async move { worker.load_pack(pack).await }),
        PageToWorker::LoadModel { model } => {
            spawn_local(async move { worker.load_model(model).await });
        }
        PageToWorker::Ask { id, text, locale } => worker.ask(id, &text, locale),
    }
}

impl Worker {
    fn ask(&self, id: MessageId, text: &str, locale: Locale) {
        let started = self.now_ms();
        let mut outcome = Box::new(self.assistant.borrow_mut().ask(text, locale));
        // A saturating cast: a clock that went back gives 0.
        outcome.micros = ((self.now_ms() - started) * 1_000.0) as u32;
        self.post(&WorkerToPage::Outcome { id, outcome });
    }

    async fn load_pack(&self, pack: PackRef) {
        self.pack_wanted.replace(Some(pack.version.clone()));
        let mut loaded = self.try_pack(&pack, Source::Cache).await;
        if matches!(loaded, Err(LoadError::Pack(_) | LoadError::OtherPack { .. })) {
            loaded = self.try_pack(&pack, Source::Network).await;
        }
        match loaded {
            Ok(Some(version)) => self.post(&WorkerToPage::PackLoaded { version }),
            Ok(None) => {}
            Err(error) => self.fail(AiPart::Pack, &error),
        }
    }

    /// `None` when another pack has been asked for meanwhile.
    async fn try_pack(
        &self,
        pack: &PackRef,
        source: Source,
    ) -> Result<Option<PackVersion>, LoadError> {
        let bytes = fetch::bytes(&self.scope, &pack.url, source).await?;
        if self.pack_wanted.borrow().as_ref() != Some(&pack.version) {
            return Ok(None);
        }
        let version = self.assistant.borrow_mut().load_pack(&bytes)?;
        if version == pack.version {
            Ok(Some(version))
        } else {
            Err(LoadError::OtherPack { wanted: pack.version.clone() })
        }
    }

    async fn load_model(&self, model: ModelRef) {
        let mut loaded = self.try_model(&model, Source::Cache).await;
        if matches!(loaded, Err(LoadError::Model(_))) {
            loaded = self.try_model(&model, Source::Network).await;
        }
        match loaded {
            Ok(()) => self.post(&WorkerToPage::ModelLoaded),
            Err(error) => self.fail(AiPart::Model, &error),
        }
    }

    async fn try_model(&self, model: &ModelRef, source: Source) -> Result<(), LoadError> {
        let manifest = fetch::bytes(&self.scope, &model.manifest_url, source).await?;
        let vocab = fetch::bytes(&self.scope, &model.vocab_url, source).await?;
        let weights = fetch::bytes(&self.scope, &model.weights_url, source).await?;
        Ok(self.assistant.borrow_mut().load_model(&manifest, &weights, &vocab)?)
    }

    fn fail(&self, part: AiPart, error: &LoadError) {
        self.post(&WorkerToPage::Failed { part, error: error.to_string() });
    }

    fn post(&self, message: &WorkerToPage) {
        if let Ok(text) = serde_json::to_string(message) {
            // A string can always be cloned to the page.
            let _ = self.scope.post_message(&JsValue::from_str(&text));
        }
    }

    fn now_ms(&self) -> f64 {
        self.scope.performance().map_or(0.0, |performance| performance.now())
    }
}
