//! Which canned responses are acceptable. It must never know who writes them.

use protocol::TEXT_BYTES_MAX;
use protocol::team::CannedResponse;

/// Canned responses of an installation: they are searched in the browser.
pub(super) const CANNED_MAX: usize = 1_000;

const SHORTCUT_BYTES_MAX: usize = 40;

/// Worded for the agent who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannedError {
    #[error("a shortcut has 1 to {SHORTCUT_BYTES_MAX} bytes of letters, digits, - and _")]
    Shortcut,
    #[error("the text is empty or longer than {TEXT_BYTES_MAX} bytes")]
    Text,
    #[error("the shortcut is taken in this language")]
    Taken,
    #[error("there are {CANNED_MAX} canned responses; remove one first")]
    TooMany,
}

/// # Errors
/// A part of it is missing, too long or not what it should be, or `others` leave no room for it.
pub(super) fn validate<'a>(
    canned: &CannedResponse,
    others: impl Iterator<Item = &'a CannedResponse>,
) -> Result<(), CannedError> {
    let shortcut = canned.shortcut.as_str();
    let allowed = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if shortcut.is_empty() || shortcut.len() > SHORTCUT_BYTES_MAX || !shortcut.chars().all(allowed)
    {
        return Err(CannedError::Shortcut);
    }
    if canned.text.trim().is_empty() || canned.text.len() > TEXT_BYTES_MAX {
        return Err(CannedError::Text);
    }
    let mut count = 0;
    for other in others.filter(|other| other.id != canned.id) {
        count += 1;
        if other.locale == canned.locale && other.shortcut == canned.shortcut {
            return Err(CannedError::Taken);
        }
    }
    if count < CANNED_MAX { Ok(()) } else { Err(CannedError::TooMany) }
}

#[cfg(test)]
mod tests {
    use protocol::ids::CannedId;
    use protocol::locale::Locale;
    use uuid::Uuid;

    use super::*;

    fn canned(id: u128, shortcut: &str, text: &str) -> CannedResponse {
        CannedResponse {
            id: CannedId(Uuid::from_u128(id)),
            shortcut: shortcut.to_owned(),
            locale: Some(Locale::Zh),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_shortcut_can_be_typed_and_means_one_thing_in_a_language() {
        let known = [canned(1, "hello", "您好")];
        let check = |new: &CannedResponse| validate(new, known.iter());
        assert_eq!(check(&canned(2, "再见", "再见！")), Ok(()));
        assert_eq!(check(&canned(1, "hello", "你好")), Ok(()), "its own");
        assert_eq!(check(&canned(2, "hello", "您好")), Err(CannedError::Taken));
        let english = CannedResponse { locale: Some(Locale::En), ..canned(2, "hello", "Hello") };
        assert_eq!(check(&english), Ok(()));
        for wrong in ["", "a b", "/x", &"x".repeat(41)] {
            assert_eq!(check(&canned(2, wrong, "x")), Err(CannedError::Shortcut), "{wrong}");
        }
        assert_eq!(check(&canned(2, "x", " ")), Err(CannedError::Text));
        assert_eq!(check(&canned(2, "x", &"x".repeat(8_193))), Err(CannedError::Text));
        let many: Vec<_> =
            (0..CANNED_MAX as u128).map(|id| canned(id + 9, &id.to_string(), "x")).collect();
        assert_eq!(validate(&canned(2, "x", "x"), many.iter()), Err(CannedError::TooMany));
    }
}
