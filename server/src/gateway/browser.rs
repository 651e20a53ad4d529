//! What a browser says of itself in its headers: language and device, in the few words an agent
//! reads. Pure; never used to decide anything.

use axum::http::{HeaderMap, header};
use protocol::context::{Device, DeviceKind, VisitorContext};

/// Longest language tag that is shown.
const LANGUAGE_BYTES_MAX: usize = 35;

/// Told apart in this order: nearly every browser names those it stands in for as well.
const BROWSERS: [(&str, &str); 8] = [
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// A browser, in a few bytes: every connected visitor has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Browser {
    kind: DeviceKind,
    name: &'static str,
    system: &'static str,
    language: Box<str>,
}

impl Browser {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        let agent = text(header::USER_AGENT);
        let named = |list: &[(&str, &'static str)]| {
            list.iter().find(|(mark, _)| agent.contains(mark)).map_or("", |(_, name)| name)
        };
        let tablet = agent.contains("iPad")
            || agent.contains("Tablet")
            || (agent.contains("Android") && !agent.contains("Mobile"));
        let kind = if tablet {
            DeviceKind::Tablet
        } else if agent.contains("Mobi") {
            DeviceKind::Phone
        } else {
            DeviceKind::Desktop
        };
        let language = first_language(text(header::ACCEPT_LANGUAGE)).into();
        Self { kind, name: named(&BROWSERS), system: named(&SYSTEMS), language }
    }

    /// What is known of a visitor before their page has told anything.
    pub(super) fn context(&self) -> VisitorContext {
        let device = Device {
            kind: self.kind,
            browser: self.name.to_owned(),
            system: self.system.to_owned(),
        };
        let language = self.language.clone().into_string();
        VisitorContext { language, device, ..VisitorContext::default() }
    }
}

fn first_language(accepted: &str) -> &str {
    let first = accepted.split([',', ';']).next().unwrap_or_default().trim();
    let is_tag = first.len() <= LANGUAGE_BYTES_MAX
        && first.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_tag { first } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(agent: &str, expected: (DeviceKind, &str, &str)) {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, agent.parse().unwrap());
        headers.insert(header::ACCEPT_LANGUAGE, "de-AT,de;q=0.9".parse().unwrap());
        let browser = Browser::of(&headers);
        assert_eq!((browser.kind, browser.name, browser.system), expected, "{agent}");
        assert_eq!(&*browser.language, "de-AT");
    }

    #[test]
    fn common_browsers_are_known_by_name() {
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/140.0.0.0 Safari/537.36",
            (DeviceKind::Desktop, "Chrome", "Linux"),
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
             (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            (DeviceKind::Phone, "Safari", "iOS"),
        );
        check(
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/140.0.0.0 Safari/537.36",
            (DeviceKind::Tablet, "Chrome", "Android"),
        );
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0",
            (DeviceKind::Desktop, "Firefox", "Windows"),
        );
        check("curl/8", (DeviceKind::Desktop, "", ""));
    }

    #[test]
    fn a_language_is_a_tag_or_nothing() {
        for (accepted, expected) in
            [("zh-CN,en", "zh-CN"), ("en", "en"), ("", ""), ("<script>", ""), ("*", "")]
        {
            assert_eq!(first_language(accepted), expected);
        }
    }
}
