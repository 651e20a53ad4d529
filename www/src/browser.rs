//! The only door to the browser's clock, chance, storage, address bar and title. It knows nothing
//! of conversations; a browser that refuses storage costs memory across reloads, never a function.

use protocol::locale::Locale;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Storage, Window};

/// Which of the browser's two stores a value lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// This tab, reloads included.
    Tab,
    /// This browser.
    Browser,
}

pub(crate) fn window() -> Window {
    web_sys::window().expect("the console runs in a page")
}

pub(crate) fn document() -> Document {
    window().document().expect("a page has a document")
}

pub(crate) fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

pub(crate) fn random_bytes() -> [u8; 10] {
    let mut bytes = [0; 10];
    let filled = window()
        .crypto()
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).map(|_| ()));
    if filled.is_err() {
        bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
    }
    bytes
}

/// A number in `0.0..1.0`.
pub(crate) fn random_unit() -> f64 {
    js_sys::Math::random()
}

fn storage(keep: Keep) -> Option<Storage> {
    match keep {
        Keep::Tab => window().session_storage().ok().flatten(),
        Keep::Browser => window().local_storage().ok().flatten(),
    }
}

/// Reads a kept value; `None` when there is none or an older console wrote something else.
pub(crate) fn kept<T: DeserializeOwned>(keep: Keep, key: &str) -> Option<T> {
    let text = storage(keep)?.get_item(key).ok().flatten()?;
    serde_json::from_str(&text).ok()
}

pub(crate) fn keep<T: Serialize>(keep: Keep, key: &str, value: &T) {
    let Some(storage) = storage(keep) else { return };
    let Ok(text) = serde_json::to_string(value) else { return };
    // A full or forbidden store: the value lives as long as the page.
    drop(storage.set_item(key, &text));
}

pub(crate) fn forget(keep: Keep, key: &str) {
    if let Some(storage) = storage(keep) {
        drop(storage.remove_item(key));
    }
}

/// The address's fragment without `#`.
pub(crate) fn hash() -> String {
    let hash = window().location().hash().unwrap_or_default();
    let hash = hash.trim_start_matches('#');
    // What is no percent-encoding stays as it is.
    let decoded = js_sys::decode_uri_component(hash).map(String::from);
    decoded.unwrap_or_else(|_| hash.to_owned())
}

pub(crate) fn go_to(hash: &str) {
    drop(window().location().set_hash(hash));
}

/// Replaces the address without a step in the history: a used set-up link must not stay there.
pub(crate) fn replace_hash(hash: &str) {
    if let Ok(history) = window().history() {
        let address = format!("#{hash}");
        drop(history.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
    }
}

pub(crate) fn set_title(title: &str) {
    document().set_title(title);
}

pub(crate) fn set_language(locale: Locale) {
    if let Some(root) = document().document_element() {
        drop(root.set_attribute("lang", locale.tag()));
    }
}

/// The first of the browser's languages that we speak.
pub(crate) fn preferred_locale() -> Locale {
    let languages = window().navigator().languages();
    languages
        .iter()
        .filter_map(|tag| tag.as_string())
        .find_map(|tag| Locale::from_tag(&tag))
        .unwrap_or_default()
}

pub(crate) fn page_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// The socket's address: beside the page, or where `<meta name="frontdesk-server">` points, since
/// Trunk's proxy cannot carry a WebSocket with a subprotocol.
pub(crate) fn socket_url(path: &str) -> String {
    let named = document()
        .query_selector("meta[name=frontdesk-server]")
        .ok()
        .flatten()
        .and_then(|meta| meta.get_attribute("content"));
    if let Some(origin) = named {
        return format!("{origin}{path}");
    }
    let location = window().location();
    let scheme = match location.protocol().as_deref() {
        Ok("https:") => "wss",
        Ok(_) | Err(_) => "ws",
    };
    format!("{scheme}://{}{path}", location.host().unwrap_or_default())
}

/// A moment on the reader's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LocalTime {
    /// Year, month (from 0), day of the month.
    pub(crate) day: (u32, u32, u32),
    pub(crate) hour: u32,
    pub(crate) minute: u32,
}

pub(crate) fn local_time(at_ms: u64) -> LocalTime {
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
    LocalTime {
        day: (date.get_full_year(), date.get_month(), date.get_date()),
        hour: date.get_hours(),
        minute: date.get_minutes(),
    }
}

/// The day in the reader's words, such as "21 November 2026".
pub(crate) fn long_date(at_ms: u64, locale: Locale) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
    let options = js_sys::Object::new();
    for (key, value) in [("year", "numeric"), ("month", "long"), ("day", "numeric")] {
        drop(js_sys::Reflect::set(&options, &key.into(), &value.into()));
    }
    date.to_locale_date_string(locale.tag(), &options).into()
}

/// Day and time in the reader's words, such as "22 Nov, 09:00".
pub(crate) fn moment(at_ms: u64, locale: Locale) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
    let options = js_sys::Object::new();
    let parts =
        [("month", "short"), ("day", "numeric"), ("hour", "2-digit"), ("minute", "2-digit")];
    for (key, value) in parts {
        drop(js_sys::Reflect::set(&options, &key.into(), &value.into()));
    }
    date.to_locale_string(locale.tag(), &options).into()
}

/// The same with the year, for what may be old.
pub(crate) fn dated_moment(at_ms: u64, locale: Locale) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
    let options = js_sys::Object::new();
    for (key, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        drop(js_sys::Reflect::set(&options, &key.into(), &value.into()));
    }
    date.to_locale_string(locale.tag(), &options).into()
}

/// That hour so many days from now, by the reader's clock.
pub(crate) fn morning(days: u32, hour: u32) -> u64 {
    let date = js_sys::Date::new_0();
    date.set_date(date.get_date() + days);
    date.set_hours(hour);
    date.set_minutes(0);
    date.set_seconds(0);
    date.set_milliseconds(0);
    date.get_time() as u64
}

/// Whether the browser shows our notifications.
pub(crate) fn may_notify() -> bool {
    web_sys::Notification::permission() == web_sys::NotificationPermission::Granted
}

/// Asks for the right to show notifications; the browser asks the person.
pub(crate) fn ask_to_notify() {
    drop(web_sys::Notification::request_permission());
}

/// Shows a notification that replaces the one before it.
pub(crate) fn notify(title: &str, body: &str) {
    let options = web_sys::NotificationOptions::new();
    options.set_body(body);
    options.set_tag("frontdesk");
    // A browser that allows none here throws; the title counts all the same.
    drop(web_sys::Notification::new_with_options(title, &options));
}

/// A short tone; nothing where the browser wants a click first.
pub(crate) fn chime() {
    let Ok(audio) = web_sys::AudioContext::new() else { return };
    let (Ok(tone), Ok(volume)) = (audio.create_oscillator(), audio.create_gain()) else { return };
    let (from, until) = (audio.current_time(), audio.current_time() + 0.35);
    tone.frequency().set_value(880.0);
    volume.gain().set_value(0.08);
    drop(volume.gain().linear_ramp_to_value_at_time(0.0, until));
    drop(tone.connect_with_audio_node(&volume));
    drop(volume.connect_with_audio_node(&audio.destination()));
    drop(tone.start_with_when(from));
    drop(tone.stop_with_when(until));
}

const DAY_MS: f64 = 86_400_000.0;

/// Minutes to add to UTC for the reader's clock, in whole hours.
pub(crate) fn utc_offset_min() -> i32 {
    let minutes = -js_sys::Date::new_0().get_timezone_offset();
    ((minutes / 60.0).round() as i32) * 60
}

/// Days since 1970-01-01 on the reader's clock.
pub(crate) fn today() -> u32 {
    let local_ms = now_ms() as f64 + f64::from(utc_offset_min()) * 60_000.0;
    (local_ms / DAY_MS) as u32
}

/// A day as a date field holds it: `2026-01-31`.
pub(crate) fn field_of_day(day: u32) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(f64::from(day) * DAY_MS));
    String::from(date.to_iso_string()).chars().take(10).collect()
}

/// The day of a date field; `None` while it is not filled in.
pub(crate) fn day_of_field(text: &str) -> Option<u32> {
    let at_ms = js_sys::Date::parse(text);
    (at_ms.is_finite() && at_ms >= 0.0).then_some((at_ms / DAY_MS) as u32)
}

/// When that day begins for the reader.
pub(crate) fn day_start_ms(text: &str) -> Option<u64> {
    let offset_ms = f64::from(utc_offset_min()) * 60_000.0;
    day_of_field(text).map(|day| (f64::from(day) * DAY_MS - offset_ms).max(0.0) as u64)
}

/// The date field of a moment.
pub(crate) fn day_field(at_ms: u64) -> String {
    let local_ms = at_ms as f64 + f64::from(utc_offset_min()) * 60_000.0;
    field_of_day((local_ms / DAY_MS) as u32)
}

/// A day in the reader's words, such as "21 Nov".
pub(crate) fn short_day(day: u32, locale: Locale) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(f64::from(day) * DAY_MS));
    let options = js_sys::Object::new();
    for (key, value) in [("month", "short"), ("day", "numeric"), ("timeZone", "UTC")] {
        drop(js_sys::Reflect::set(&options, &key.into(), &value.into()));
    }
    date.to_locale_date_string(locale.tag(), &options).into()
}

/// An address of the console that somebody else may open.
pub(crate) fn console_link(hash: &str) -> String {
    let location = window().location();
    let origin = location.origin().unwrap_or_default();
    format!("{origin}{}#{hash}", location.pathname().unwrap_or_default())
}

/// Puts a text on the clipboard and says whether that worked: pages that came over plain HTTP have
/// none.
pub(crate) async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    let exists = js_sys::Reflect::get(&navigator, &"clipboard".into());
    if !exists.is_ok_and(|clipboard| clipboard.is_object()) {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
