//! Canned responses while a reply is written: which are meant by `/…`, and what becomes of their
//! variables. Pure.

use protocol::locale::Locale;
use protocol::team::CannedResponse;

/// Responses that are offered at once.
const FOUND_MAX: usize = 8;

/// What is searched for, when the text asks for a canned response.
pub(crate) fn asked_for(text: &str) -> Option<&str> {
    text.strip_prefix('/').filter(|wanted| !wanted.contains(char::is_whitespace))
}

/// Those of the visitor's language, or of none; shortcuts that begin so come first.
pub(crate) fn find(all: &[CannedResponse], wanted: &str, locale: Locale) -> Vec<CannedResponse> {
    let wanted = wanted.to_lowercase();
    let mut found: Vec<_> = all
        .iter()
        .filter(|canned| canned.locale.is_none_or(|of| of == locale))
        .filter_map(|canned| {
            let shortcut = canned.shortcut.to_lowercase();
            let rank = if shortcut.starts_with(&wanted) {
                0
            } else if shortcut.contains(&wanted) {
                1
            } else if canned.text.to_lowercase().contains(&wanted) {
                2
            } else {
                return None;
            };
            Some((rank, shortcut, canned))
        })
        .collect();
    found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    found.into_iter().take(FOUND_MAX).map(|(_, _, canned)| canned.clone()).collect()
}

/// The text with its variables filled in. A visitor without a name leaves no hole behind.
pub(crate) fn filled(text: &str, visitor: &str, agent: &str) -> String {
    let named = text.replace("{{agent.name}}", agent);
    if visitor.is_empty() {
        named
            .replace(" {{visitor.name}}", "")
            .replace("{{visitor.name}}，", "")
            .replace("{{visitor.name}}", "")
    } else {
        named.replace("{{visitor.name}}", visitor)
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::CannedId;

    use super::*;

    fn canned(shortcut: &str, locale: Option<Locale>, text: &str) -> CannedResponse {
        let id = CannedId::from_parts(1, [1; 10]);
        CannedResponse { id, shortcut: shortcut.to_owned(), locale, text: text.to_owned() }
    }

    #[test]
    fn a_slash_asks_and_a_space_ends_it() {
        assert_eq!(asked_for("/he"), Some("he"));
        assert_eq!(asked_for("/"), Some(""));
        assert_eq!(asked_for("/ he"), None);
        assert_eq!(asked_for("he/"), None);
    }

    #[test]
    fn the_shortcut_counts_before_the_words_and_the_language_before_both() {
        let all = [
            canned("refund", Some(Locale::En), "We say hello to your money"),
            canned("hello", Some(Locale::En), "Hi"),
            canned("hello", Some(Locale::Zh), "您好"),
            canned("say-hello", None, "Hi"),
        ];
        let found = find(&all, "HEL", Locale::En);
        let shortcuts: Vec<_> = found.iter().map(|canned| canned.shortcut.as_str()).collect();
        assert_eq!(shortcuts, ["hello", "say-hello", "refund"]);
        assert_eq!(find(&all, "您", Locale::Zh).len(), 1);
    }

    #[test]
    fn variables_are_filled_in() {
        let text = "Hello {{visitor.name}}, I am {{agent.name}}.";
        assert_eq!(filled(text, "Ada", "Mei"), "Hello Ada, I am Mei.");
        assert_eq!(filled(text, "", "Mei"), "Hello, I am Mei.");
        assert_eq!(filled("{{visitor.name}}，您好", "", "美"), "您好");
    }
}
