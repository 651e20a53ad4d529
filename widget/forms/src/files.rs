//! Files on their way: chosen, dragged or pasted, sent one after the other, each with its progress,
//! a way to stop it and a way to try again. What arrived shows up as a message by itself.

use std::cell::RefCell;
use std::collections::VecDeque;

use protocol::file::{FILE_MESSAGE_HEADER, FILE_NAME_HEADER, FileKind};
use protocol::forms::FilesSettings;
use protocol::ids::MessageId;
use protocol::refusal::RefusalCode;
use protocol::screens::FromForms;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, Event, File, FileList, HtmlElement, HtmlInputElement, ProgressEvent, XmlHttpRequest,
};

use crate::dom::{append, button, element, find, focus_composer, on, set, text, toggle};
use crate::locales::Strings;
use crate::{http, locale, new_id, sheet, tell, words};

/// Files in the tray at once: more is an archive.
const UPLOADS_MAX: usize = 10;

/// One file in the tray.
#[derive(Clone)]
struct Upload {
    /// The same for every try, so that a file is never posted twice.
    id: MessageId,
    file: File,
    row: Element,
    progress: Element,
    note: Element,
    again: Element,
}

#[derive(Default)]
struct Tray {
    waiting: VecDeque<Upload>,
    /// The one that is being sent.
    sending: Option<(MessageId, XmlHttpRequest)>,
    settings: Option<FilesSettings>,
}

thread_local! {
    static TRAY: RefCell<Tray> = RefCell::new(Tray::default());
}

/// Sends the files that came along; without any, asks for some.
pub(crate) fn wanted(files: &JsValue) {
    match files.dyn_ref::<FileList>() {
        Some(files) => take(files),
        None => choose(),
    }
}

fn choose() {
    let input = find("[data-fd=file-input]").unwrap_or_else(|| {
        let made = element("input", "", "file-input");
        set(&made, "type", "file");
        set(&made, "multiple", "");
        toggle(&made, "hidden", true);
        set(&made, "aria-label", words().attach);
        append(&sheet::tray(), &[&made]);
        let own = made.clone();
        on(&made, "change", move |_: Event| {
            let Some(input) = own.dyn_ref::<HtmlInputElement>() else { return };
            if let Some(files) = input.files() {
                take(&files);
            }
            // The same file may be chosen again.
            input.set_value("");
        });
        made
    });
    sheet::tray();
    if let Some(input) = input.dyn_ref::<HtmlElement>() {
        input.click();
    }
}

fn take(files: &FileList) {
    sheet::close();
    for at in 0..files.length() {
        if let Some(file) = files.get(at) {
            add(file);
        }
    }
    // Asked for each time: an owner may have changed it.
    http::settings(|settings| {
        TRAY.with_borrow_mut(|tray| tray.settings = settings.map(|settings| settings.files));
        next();
    });
    focus_composer();
}

fn add(file: File) {
    let words = words();
    let in_tray = sheet::tray().query_selector_all("li").map(|rows| rows.length()).unwrap_or(0);
    if in_tray as usize >= UPLOADS_MAX {
        return;
    }
    let row = element("li", "upload", "upload");
    let name = text("b", "", &file.name());
    set(&name, "dir", "auto");
    let progress = element("progress", "", "");
    set(&progress, "max", "100");
    set(&progress, "value", "0");
    set(&progress, "aria-label", words.uploading);
    let note = element("span", "upload-note", "upload-note");
    set(&note, "role", "status");
    let again = button("plain", "upload-retry", words.retry);
    toggle(&again, "hidden", true);
    let stop = button("plain", "upload-cancel", words.cancel);
    append(&row, &[&name, &progress, &note, &again, &stop]);
    append(&sheet::tray(), &[&row]);
    let upload = Upload { id: new_id(), file, row, progress, note, again: again.clone() };
    let (id, row) = (upload.id, upload.row.clone());
    on(&stop, "click", move |_: Event| {
        let request = TRAY.with_borrow_mut(|tray| {
            tray.waiting.retain(|waiting| waiting.id != id);
            tray.sending.take_if(|(sending, _)| *sending == id)
        });
        row.remove();
        if let Some((_, request)) = request {
            request.abort().ok();
        }
        focus_composer();
        next();
    });
    let retried = upload.clone();
    on(&again, "click", move |_: Event| {
        toggle(&retried.again, "hidden", true);
        set(&retried.row, "data-state", "waiting");
        retried.note.set_text_content(None);
        TRAY.with_borrow_mut(|tray| tray.waiting.push_back(retried.clone()));
        focus_composer();
        next();
    });
    set(&upload.row, "data-state", "waiting");
    TRAY.with_borrow_mut(|tray| tray.waiting.push_back(upload));
}

/// Sends the next one, unless one is on its way.
fn next() {
    let upload =
        TRAY.with_borrow_mut(
            |tray| {
                if tray.sending.is_some() { None } else { tray.waiting.pop_front() }
            },
        );
    let Some(upload) = upload else { return };
    let settings = TRAY.with_borrow(|tray| tray.settings.clone());
    match settings.and_then(|settings| complaint(&upload.file, &settings)) {
        // The server would say the same, after all the bytes.
        Some(code) => failed(&upload, Some(code)),
        None => send(upload),
    }
}

fn complaint(file: &File, settings: &FilesSettings) -> Option<RefusalCode> {
    let kind = FileKind::of_name(&file.name());
    if !kind.is_some_and(|kind| settings.kinds.contains(&kind)) {
        Some(RefusalCode::FileKind)
    } else if file.size() > settings.bytes_max as f64 {
        Some(RefusalCode::FileTooLarge)
    } else {
        None
    }
}

fn send(upload: Upload) {
    let Some(xhr) = http::request("POST", "/v1/files") else { return failed(&upload, None) };
    let name = String::from(js_sys::encode_uri_component(&upload.file.name()));
    let headers = [
        (FILE_NAME_HEADER, name.as_str()),
        (FILE_MESSAGE_HEADER, &upload.id.to_string()),
        ("content-type", "application/octet-stream"),
        ("content-language", locale().tag()),
    ];
    for (name, value) in headers {
        let _ = xhr.set_request_header(name, value);
    }
    set(&upload.row, "data-state", "sending");
    if let Ok(way) = xhr.upload() {
        let progress = upload.progress.clone();
        on(&way, "progress", move |event: ProgressEvent| {
            let percent = event.loaded() / event.total().max(1.0) * 100.0;
            set(&progress, "value", &(percent as u32).to_string());
        });
    }
    let ended = xhr.clone();
    let sent = upload.clone();
    on(&xhr, "loadend", move |_: Event| {
        let mine = TRAY.with_borrow_mut(|tray| tray.sending.take_if(|(id, _)| *id == sent.id));
        if mine.is_none() {
            // Stopped by hand.
            return;
        }
        match http::outcome(&ended) {
            Ok(_) => arrived(&sent),
            Err(failure) => failed(&sent, failure),
        }
        next();
    });
    TRAY.with_borrow_mut(|tray| tray.sending = Some((upload.id, xhr.clone())));
    if xhr.send_with_opt_blob(Some(&upload.file)).is_err() {
        xhr.abort().ok();
    }
}

fn arrived(upload: &Upload) {
    upload.row.remove();
    tell(FromForms::Uploaded);
}

fn failed(upload: &Upload, code: http::Failure) {
    let words = words();
    set(&upload.row, "data-state", "failed");
    set(&upload.progress, "value", "0");
    upload.note.set_text_content(Some(reason(code, words)));
    // What is wrong with the file itself stays wrong.
    let hopeless = matches!(
        code,
        Some(RefusalCode::FileKind | RefusalCode::FileTooLarge | RefusalCode::ImageTooLarge)
    );
    toggle(&upload.again, "hidden", hopeless);
}

fn reason(code: http::Failure, words: &'static Strings) -> &'static str {
    match code {
        Some(RefusalCode::FileKind) => words.file_kind,
        Some(RefusalCode::FileTooLarge) => words.file_too_large,
        Some(RefusalCode::ImageTooLarge) => words.image_too_large,
        Some(RefusalCode::FileQuota | RefusalCode::NoSpace) => words.file_quota,
        Some(_) | None => words.upload_failed,
    }
}
