//! Sending files from the composer: chosen, dragged or pasted, one after the other, each with its
//! progress, a way to stop it and a way to try again. What arrived is in the transcript by itself.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::file::{FILE_MESSAGE_HEADER, FILE_NAME_HEADER};
use protocol::http::ErrorBody;
use protocol::ids::{ConversationId, MessageId};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{File, FileList, HtmlInputElement, ProgressEvent, XmlHttpRequest};
use yew::prelude::*;

use super::files::size_text;
use crate::components::{Icon, icon};
use crate::desk::new_id;
use crate::locales::{Strings, strings};

/// Files on their way at once.
const UPLOADS_MAX: usize = 10;

/// One file on its way.
#[derive(Clone)]
pub(crate) struct Upload {
    /// The same for every try, so that a file is never posted twice.
    id: MessageId,
    file: File,
    percent: u32,
    state: State,
    request: Option<XmlHttpRequest>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Sending,
    Failed(Option<RefusalCode>),
}

impl PartialEq for Upload {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.percent == other.percent && self.state == other.state
    }
}

pub(crate) enum Step {
    Added(File),
    Began(MessageId, XmlHttpRequest),
    Came(MessageId, u32),
    Failed(MessageId, Option<RefusalCode>),
    Retried(MessageId),
    Gone(MessageId),
}

#[derive(Clone, Default, PartialEq)]
pub(crate) struct Uploads(Vec<Upload>);

impl Reducible for Uploads {
    type Action = Step;

    fn reduce(self: Rc<Self>, step: Step) -> Rc<Self> {
        let mut uploads = self.0.clone();
        let find = |uploads: &mut Vec<Upload>, id: MessageId, change: &dyn Fn(&mut Upload)| {
            uploads.iter_mut().filter(|upload| upload.id == id).for_each(change);
        };
        match step {
            Step::Added(file) if uploads.len() < UPLOADS_MAX => {
                let (id, state) = (new_id(), State::Sending);
                uploads.push(Upload { id, file, percent: 0, state, request: None });
            }
            Step::Added(_) => {}
            Step::Began(id, request) => {
                find(&mut uploads, id, &|upload| upload.request = Some(request.clone()));
            }
            Step::Came(id, percent) => find(&mut uploads, id, &|upload| upload.percent = percent),
            Step::Failed(id, code) => {
                find(&mut uploads, id, &|upload| upload.state = State::Failed(code));
            }
            Step::Retried(id) => find(&mut uploads, id, &|upload| {
                upload.state = State::Sending;
                upload.percent = 0;
                upload.request = None;
            }),
            Step::Gone(id) => uploads.retain(|upload| upload.id != id),
        }
        Rc::new(Self(uploads))
    }
}

/// Hands every file of a list over.
pub(crate) fn add_all(uploads: &UseReducerDispatcher<Uploads>, files: Option<FileList>) -> bool {
    let files: Vec<File> =
        files.iter().flat_map(|list| (0..list.length()).filter_map(|at| list.get(at))).collect();
    let any = !files.is_empty();
    files.into_iter().for_each(|file| uploads.dispatch(Step::Added(file)));
    any
}

#[derive(Properties, PartialEq)]
pub(crate) struct AttachProps {
    pub(crate) uploads: UseReducerHandle<Uploads>,
    pub(crate) locale: Locale,
}

/// The button that asks for files.
#[component]
pub(crate) fn AttachButton(props: &AttachProps) -> Html {
    let words = strings(props.locale);
    let field = use_node_ref();
    let onclick = {
        let field = field.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                field.click();
            }
        })
    };
    let onchange = {
        let (field, uploads) = (field.clone(), props.uploads.dispatcher());
        Callback::from(move |_: Event| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                add_all(&uploads, field.files());
                // The same file may be chosen again.
                field.set_value("");
            }
        })
    };
    html! {
        <>
            <input type="file" multiple=true hidden=true data-fd="file-input" ref={field}
                aria-label={words.attach} {onchange} />
            <button type="button" class="button-icon" data-fd="attach" {onclick}
                aria-label={words.attach} title={words.attach}>{ icon(Icon::Clip) }</button>
        </>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct TrayProps {
    pub(crate) conversation: ConversationId,
    pub(crate) uploads: UseReducerHandle<Uploads>,
    pub(crate) locale: Locale,
}

/// What is on its way, above the composer.
#[component]
pub(crate) fn UploadTray(props: &TrayProps) -> Html {
    let words = strings(props.locale);
    {
        let (conversation, dispatch) = (props.conversation, props.uploads.dispatcher());
        use_effect_with(props.uploads.0.clone(), move |uploads| {
            // One at a time: a slow line is not made slower.
            let next = uploads.iter().find(|upload| upload.state == State::Sending);
            if let Some(next) = next.filter(|upload| upload.request.is_none()) {
                send(conversation, next, &dispatch);
            }
        });
    }
    if props.uploads.0.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="uploads" aria-label={words.uploads}>
            { for props.uploads.0.iter().map(|upload| row(upload, &props.uploads, words)) }
        </ul>
    }
}

fn row(upload: &Upload, uploads: &UseReducerHandle<Uploads>, words: &'static Strings) -> Html {
    let id = upload.id;
    let act = |step: fn(MessageId) -> Step| {
        let dispatch = uploads.dispatcher();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(step(id)))
    };
    let cancel = {
        let (dispatch, request) = (uploads.dispatcher(), upload.request.clone());
        Callback::from(move |_: MouseEvent| {
            dispatch.dispatch(Step::Gone(id));
            if let Some(request) = &request {
                // An upload that has just ended cannot be stopped any more.
                let _ = request.abort();
            }
        })
    };
    let note = match upload.state {
        State::Sending => None,
        State::Failed(Some(code)) => Some((words.refusal)(code)),
        State::Failed(None) => Some(words.upload_failed),
    };
    html! {
        <li data-fd="upload" data-state={if note.is_some() { "failed" } else { "sending" }}
            key={id.to_string()}>
            <span class="file-name" dir="auto">{ upload.file.name() }</span>
            <span class="file-size">{ size_text(upload.file.size() as u64) }</span>
            if let Some(note) = note {
                <span class="hint-warning" role="alert">{ note }</span>
                <button type="button" class="button-plain" data-fd="upload-retry"
                    onclick={act(Step::Retried)}>{ words.try_again }</button>
            } else {
                <progress max="100" value={upload.percent.to_string()}
                    aria-label={words.sending} />
            }
            <button type="button" class="button-plain" data-fd="upload-cancel"
                onclick={cancel}>{ words.discard }</button>
        </li>
    }
}

fn send(conversation: ConversationId, upload: &Upload, dispatch: &UseReducerDispatcher<Uploads>) {
    let id = upload.id;
    let Some(xhr) = request(conversation, upload) else {
        return dispatch.dispatch(Step::Failed(id, None));
    };
    dispatch.dispatch(Step::Began(id, xhr.clone()));
    if let Ok(way) = xhr.upload() {
        let dispatch = dispatch.clone();
        listen(&way, "progress", move |event| {
            let event: &ProgressEvent = event.unchecked_ref();
            let percent = event.loaded() / event.total().max(1.0) * 100.0;
            dispatch.dispatch(Step::Came(id, percent as u32));
        });
    }
    let (ended, done) = (xhr.clone(), dispatch.clone());
    listen(&xhr, "loadend", move |_| {
        let text = ended.response_text().ok().flatten().unwrap_or_default();
        if ended.status() == Ok(200) {
            done.dispatch(Step::Gone(id));
        } else {
            let body = serde_json::from_str::<ErrorBody>(&text).ok();
            done.dispatch(Step::Failed(id, body.map(|body| body.refusal.code)));
        }
    });
    if xhr.send_with_opt_blob(Some(&upload.file)).is_err() {
        dispatch.dispatch(Step::Failed(id, None));
    }
}

fn request(conversation: ConversationId, upload: &Upload) -> Option<XmlHttpRequest> {
    let xhr = XmlHttpRequest::new().ok()?;
    let path = format!("/v1/conversations/{conversation}/files");
    xhr.open_with_async("POST", &path, true).ok()?;
    let name = String::from(js_sys::encode_uri_component(&upload.file.name()));
    xhr.set_request_header(FILE_NAME_HEADER, &name).ok()?;
    xhr.set_request_header(FILE_MESSAGE_HEADER, &upload.id.to_string()).ok()?;
    xhr.set_request_header("content-type", "application/octet-stream").ok()?;
    Some(xhr)
}

/// Listens as long as the target lives.
fn listen(target: &web_sys::EventTarget, name: &str, heard: impl FnMut(Event) + 'static) {
    let heard = RefCell::new(heard);
    let closure = Closure::<dyn Fn(Event)>::new(move |event| {
        // An event that comes while another is heard would be one of the same request: none does.
        if let Ok(mut heard) = heard.try_borrow_mut() {
            heard(event);
        }
    });
    let function = closure.into_js_value();
    // Listening cannot fail for a function.
    let _ = target.add_event_listener_with_callback(name, function.unchecked_ref());
}
