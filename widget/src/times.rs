//! Moments in the words of the visitor's language and region, by the browser's `Intl`.

use alloc::borrow::ToOwned;
use alloc::string::String;

use js_sys::{Array, Date, Function, Intl::DateTimeFormat, Object, Reflect};
use protocol::locale::Locale;
use wasm_bindgen::JsValue;

use crate::locales::{Strings, Word};
use crate::page::window;

const DAY_MS: f64 = 86_400_000.0;

pub(crate) struct Times {
    time: Function,
    day: Function,
}

impl Times {
    pub(crate) fn new(locale: Locale) -> Self {
        // The browser's own tag knows the region: 14:05 in London, 2:05 PM in New York.
        let own = window().navigator().language();
        let tag = own.filter(|tag| Locale::from_tag(tag) == Some(locale));
        let tag = tag.unwrap_or_else(|| locale.tag().to_owned());
        Self {
            time: formatter(&tag, &[("hour", "numeric"), ("minute", "2-digit")]),
            day: formatter(&tag, &[("weekday", "short"), ("month", "long"), ("day", "numeric")]),
        }
    }

    pub(crate) fn time(&self, at_ms: u64) -> String {
        format(&self.time, at_ms)
    }

    pub(crate) fn day(&self, at_ms: u64, now_ms: f64, strings: &Strings) -> String {
        let key = day_key(at_ms as f64);
        if key == day_key(now_ms) {
            return strings[Word::Today].to_owned();
        }
        if key == day_key(now_ms - DAY_MS) {
            return strings[Word::Yesterday].to_owned();
        }
        format(&self.day, at_ms)
    }
}

/// Equal for two moments of one day where the visitor is.
pub(crate) fn day_key(at_ms: f64) -> u32 {
    let date = Date::new(&JsValue::from_f64(at_ms));
    (date.get_full_year() * 12 + date.get_month()) * 31 + date.get_date()
}

fn formatter(tag: &str, options: &[(&str, &str)]) -> Function {
    let settings = Object::new();
    for (name, value) in options {
        // A plain object takes any property.
        let _ = Reflect::set(&settings, &(*name).into(), &(*value).into());
    }
    DateTimeFormat::new(&Array::of1(&tag.into()), &settings).format()
}

fn format(formatter: &Function, at_ms: u64) -> String {
    let moment = JsValue::from_f64(at_ms as f64);
    let text = formatter.call1(&JsValue::UNDEFINED, &moment);
    text.ok().and_then(|text| text.as_string()).unwrap_or_default()
}
