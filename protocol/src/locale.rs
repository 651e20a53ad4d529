//! Languages: a closed set; each needs its strings, responses and corpus before it compiles.

use crate::unit::unit_enum;

unit_enum! {
    #[derive(Default, PartialOrd, Ord, Hash)]
    pub enum Locale {
        #[default]
        En = "en",
        Zh = "zh",
    }
}

impl Locale {
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The BCP 47 tag for `lang` attributes.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// The best of ours for a BCP 47 tag such as `zh-Hans-CN`; `None` when we do not speak it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.get(..2)?;
        if !matches!(tag.as_bytes().get(2), None | Some(b'-' | b'_')) {
            return None;
        }
        let speaks = |locale: &Self| {
            locale.tag().get(..2).is_some_and(|own| own.eq_ignore_ascii_case(language))
        };
        Self::ALL.into_iter().find(speaks)
    }
}

#[cfg(test)]
mod tests {
    use super::Locale;

    #[test]
    fn a_tag_is_known_by_its_language() {
        for (tag, expected) in [
            ("en", Some(Locale::En)),
            ("en-GB", Some(Locale::En)),
            ("EN_us", Some(Locale::En)),
            ("zh-Hans-CN", Some(Locale::Zh)),
            ("ZH", Some(Locale::Zh)),
            ("de", None),
            ("eng", None),
            ("e", None),
            ("", None),
            ("é-en", None),
            ("中文", None),
        ] {
            assert_eq!(Locale::from_tag(tag), expected, "{tag}");
        }
    }
}
