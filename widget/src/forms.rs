//! The way to the chat's second module, which draws forms, files and emoji: loaded when first
//! needed, then told what to show. What it answers becomes an input.

use alloc::boxed::Box;
use alloc::string::String;
use core::cell::RefCell;

use js_sys::Function;
use protocol::screens::{FromForms, Screen};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::app::dispatch;
use crate::cell::OnPage;
use crate::page::callback;
use crate::state::Input;

#[wasm_bindgen]
extern "C" {
    /// The module as `widget/forms` exports it.
    #[derive(Clone)]
    type Module;
    #[wasm_bindgen(method)]
    fn show(
        this: &Module,
        screen: u8,
        locale: &str,
        visitor_token: &str,
        more: &JsValue,
        answer: &Function,
    );
}

/// Given by the page, whose policy lets it load scripts of ours.
static LOAD: OnPage<RefCell<Option<Function>>> = OnPage::new(RefCell::new(None));
static MODULE: OnPage<RefCell<Option<Module>>> = OnPage::new(RefCell::new(None));

/// What is to be shown, to whom.
pub(crate) struct Show {
    pub screen: Screen,
    pub locale: &'static str,
    /// Empty before there is one.
    pub visitor_token: String,
    /// Files that came along, or an id.
    pub more: JsValue,
}

pub(crate) fn start(load: Function) {
    LOAD.replace(Some(load));
}

/// Without the module, a person is asked for without a form, and nothing else happens.
pub(crate) fn show(what: Show) {
    if let Some(module) = MODULE.with_borrow(Clone::clone) {
        return call(&module, &what);
    }
    let load = LOAD.with_borrow(Clone::clone).filter(|_| what.screen != Screen::Nothing);
    let Some(load) = load else { return };
    let wants_person = what.screen == Screen::Person;
    let loaded = callback(Box::new(move |module| {
        let module: Module = module.unchecked_into();
        MODULE.replace(Some(module.clone()));
        call(&module, &what);
    }));
    let failed = callback(Box::new(move |_| {
        if wants_person {
            dispatch(Input::Form(FromForms::HumanWanted));
        }
    }));
    // It calls one of them; a page that cannot load says so in the browser's own log.
    let _ = load.call2(&JsValue::NULL, &loaded, &failed);
}

fn call(module: &Module, what: &Show) {
    let answer = callback(Box::new(|number| {
        let number = number.as_f64().unwrap_or(255.0) as u8;
        if let Some(answer) = FromForms::of_number(number) {
            dispatch(Input::Form(answer));
        }
    }));
    module.show(what.screen as u8, what.locale, &what.visitor_token, &what.more, &answer);
}
