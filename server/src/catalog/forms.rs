//! Which forms an owner may set up. It must never know who sets them.

use protocol::file::FILE_BYTES_MAX;
use protocol::forms::{FormsSettings, is_email};

use super::hours::{self, HoursError};

/// Longest question or consent text, in bytes.
const TEXT_BYTES_MAX: usize = 2_000;

const URL_BYTES_MAX: usize = 500;

/// Worded for the owner who wrote them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormsError {
    #[error("files may have 1 to {FILE_BYTES_MAX} bytes")]
    FileBytes,
    #[error("a question or consent has 1 to {TEXT_BYTES_MAX} bytes of text")]
    Text,
    #[error("the link beside the consent starts with https://")]
    Link,
    #[error("the address for notes is not an e-mail address")]
    Email,
    #[error(transparent)]
    Hours(#[from] HoursError),
}

/// # Errors
/// A setting is missing, too long or not what it should be.
pub(super) fn validate(forms: &FormsSettings) -> Result<(), FormsError> {
    if !(1..=FILE_BYTES_MAX).contains(&forms.files.bytes_max) {
        return Err(FormsError::FileBytes);
    }
    let question = forms.pre_chat.question.as_ref().map(|question| &question.text);
    let consent = forms.consent.as_ref().map(|consent| &consent.text);
    let fits = |text: &String| !text.trim().is_empty() && text.len() <= TEXT_BYTES_MAX;
    if !question.into_iter().chain(consent).all(fits) {
        return Err(FormsError::Text);
    }
    let link = forms.consent.as_ref().and_then(|consent| consent.url.as_ref());
    let leads = |url: &String| {
        let scheme = url.starts_with("https://") || url.starts_with("http://");
        scheme && url.len() <= URL_BYTES_MAX && !url.chars().any(char::is_control)
    };
    if !link.is_none_or(leads) {
        return Err(FormsError::Link);
    }
    if !forms.notify_email.as_ref().is_none_or(|email| is_email(email)) {
        return Err(FormsError::Email);
    }
    Ok(forms.hours.as_ref().map_or(Ok(()), hours::validate)?)
}

#[cfg(test)]
mod tests {
    use protocol::forms::{Consent, FilesSettings};

    use super::*;

    #[test]
    fn a_link_runs_no_script_and_a_file_has_a_bound() {
        let consent = |url: &str| FormsSettings {
            consent: Some(Consent { text: "We store it.".to_owned(), url: Some(url.to_owned()) }),
            ..FormsSettings::default()
        };
        assert_eq!(validate(&consent("https://shop.example/privacy")), Ok(()));
        for url in ["javascript:alert(1)", "data:text/html,x", "/privacy", ""] {
            assert_eq!(validate(&consent(url)), Err(FormsError::Link), "{url}");
        }
        for bytes_max in [0, FILE_BYTES_MAX + 1] {
            let files = FilesSettings { bytes_max, ..FilesSettings::default() };
            let forms = FormsSettings { files, ..FormsSettings::default() };
            assert_eq!(validate(&forms), Err(FormsError::FileBytes));
        }
        let notify_email = Some("x@y.example\r\nBcc: z@y.example".to_owned());
        let forms = FormsSettings { notify_email, ..FormsSettings::default() };
        assert_eq!(validate(&forms), Err(FormsError::Email));
    }
}
