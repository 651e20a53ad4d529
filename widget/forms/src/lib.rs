//! The chat's second module: screens that are needed only after a tap. The chat says which one to
//! show; what a visitor enters goes to the server by calls of this module. It knows no socket and
//! no conversation.

mod call;
mod choices;
mod consent;
mod contact;
mod dom;
mod emoji;
mod files;
mod http;
mod locales;
mod mail;
mod menu;
mod rating;
mod sheet;

use std::cell::RefCell;

use js_sys::Function;
use protocol::ids::MessageId;
use protocol::locale::Locale;
use protocol::screens::{FromForms, Screen};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::locales::{Strings, strings};

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// What the chat said last.
struct Chat {
    locale: Locale,
    visitor_token: Option<String>,
    answer: Function,
}

thread_local! {
    static CHAT: RefCell<Option<Chat>> = const { RefCell::new(None) };
}

/// Shows a screen. `more` are files that came along by drag or paste, or the id of what is rated;
/// `answer` takes the number of a `FromForms`.
#[wasm_bindgen]
pub fn show(screen: u8, locale: &str, visitor_token: String, more: JsValue, answer: Function) {
    let locale = Locale::from_tag(locale).unwrap_or_default();
    let visitor_token = Some(visitor_token).filter(|token| !token.is_empty());
    CHAT.set(Some(Chat { locale, visitor_token, answer }));
    match Screen::of_number(screen) {
        Some(Screen::Files) => files::wanted(&more),
        Some(Screen::Emoji) => emoji::show(),
        Some(Screen::Person) => contact::show(contact::Why::Asked),
        Some(Screen::HandedOff) => contact::show(contact::Why::HandedOff),
        Some(Screen::Rating) => rating::show(&more.as_string().unwrap_or_default()),
        Some(Screen::Consent) => consent::show(),
        Some(Screen::Menu) => menu::show(),
        Some(Screen::Call) => call::visitor(),
        Some(Screen::NotifyAllowed) => menu::allowed(true),
        Some(Screen::NotifyForbidden) => menu::forbidden(),
        // The conversation goes on, or was rated in another tab: nothing is left to rate.
        Some(Screen::Nothing) if sheet::is_open("rating") => sheet::close(),
        Some(Screen::Nothing) | None => {}
    }
}

fn with_chat<T>(read: impl FnOnce(&Chat) -> T) -> Option<T> {
    CHAT.with_borrow(|chat| chat.as_ref().map(read))
}

fn locale() -> Locale {
    with_chat(|chat| chat.locale).unwrap_or_default()
}

fn words() -> &'static Strings {
    strings(locale())
}

fn visitor_token() -> Option<String> {
    with_chat(|chat| chat.visitor_token.clone()).flatten()
}

/// Tells the chat.
fn tell(word: FromForms) {
    if let Some(answer) = with_chat(|chat| chat.answer.clone()) {
        // A chat that cannot take it says so by itself.
        let _ = answer.call1(&JsValue::NULL, &JsValue::from_f64(f64::from(word as u8)));
    }
}

fn new_id() -> MessageId {
    let mut random = [0; 10];
    if let Ok(crypto) = dom::window().crypto() {
        // Without a secure source ids would collide; every browser with Wasm has one.
        let _ = crypto.get_random_values_with_u8_array(&mut random);
    }
    MessageId::from_parts(js_sys::Date::now() as u64, random)
}
