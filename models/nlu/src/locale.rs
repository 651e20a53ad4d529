//! Tells the language of a text from its script.

use protocol::locale::Locale;

use crate::wordpiece::is_chinese;

/// The language of `text`; `fallback` when it has no letter of any.
pub fn detect_locale(text: &str, fallback: Locale) -> Locale {
    let mut han = 0_usize;
    let mut latin_words = 0_usize;
    let mut within_word = false;
    for c in text.chars() {
        han += usize::from(is_chinese(c));
        let latin = c.is_alphabetic() && !is_chinese(c);
        latin_words += usize::from(latin && !within_word);
        within_word = latin || (within_word && c == '\'');
    }
    if han == 0 && latin_words == 0 {
        fallback
    } else if han >= latin_words {
        // A Han character is about half a word; brand names stay untranslated in Chinese.
        Locale::Zh
    } else {
        Locale::En
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Locale) {
        assert_eq!(detect_locale(text, Locale::En), expected, "{text:?}");
        assert_eq!(detect_locale(text, Locale::Zh), expected, "{text:?}");
    }

    #[test]
    fn the_script_tells_the_language() {
        check("where is my order", Locale::En);
        check("我的订单呢", Locale::Zh);
        check("iPhone 15 多少钱", Locale::Zh);
        check("can i pay with 支付宝", Locale::En);
        check("app 登不上", Locale::Zh);
        check("où est ma commande", Locale::En);
    }

    #[test]
    fn without_letters_the_fallback_stands() {
        for text in ["", "12345", "?!", "😀"] {
            assert_eq!(detect_locale(text, Locale::En), Locale::En);
            assert_eq!(detect_locale(text, Locale::Zh), Locale::Zh);
        }
    }
}
