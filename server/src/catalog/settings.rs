//! Which settings of a site are acceptable. It must never know who sets them.

use protocol::settings::SiteSettings;

use super::forms::{self, FormsError};
use crate::config::is_origin;

/// Longest name of a site, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// Most origins of one site: they all stand in a header of the widget's page.
const DOMAINS_MAX: usize = 50;

/// More conversations at a time nobody attends to.
const OPEN_MAX_MAX: u32 = 1_000;

const DOMAIN_BYTES_MAX: usize = 300;

/// Worded for the owner who wrote them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("the site needs a name of 1 to {NAME_BYTES_MAX} bytes")]
    Name,
    #[error("an agent has 1 to {OPEN_MAX_MAX} open conversations at a time")]
    OpenMax,
    #[error("a site has at most {DOMAINS_MAX} domains")]
    TooManyDomains,
    #[error("`{0}` is no origin: write it as https://shop.example")]
    Domain(String),
    #[error(transparent)]
    Forms(#[from] FormsError),
}

/// # Errors
/// A setting is missing, too long or not what it should be.
pub fn validate_settings(settings: &SiteSettings) -> Result<(), SettingsError> {
    let name = settings.name.trim();
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
        return Err(SettingsError::Name);
    }
    if !(1..=OPEN_MAX_MAX).contains(&settings.assignment.open_max) {
        return Err(SettingsError::OpenMax);
    }
    if settings.domains.len() > DOMAINS_MAX {
        return Err(SettingsError::TooManyDomains);
    }
    let fits = |domain: &&String| domain.len() <= DOMAIN_BYTES_MAX && is_origin(domain);
    match settings.domains.iter().find(|domain| !fits(domain)) {
        Some(domain) => Err(SettingsError::Domain(domain.chars().take(DOMAIN_BYTES_MAX).collect())),
        None => Ok(forms::validate(&settings.forms)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, domains: &[&str], expected: Result<(), SettingsError>) {
        let domains = domains.iter().map(|&domain| domain.to_owned()).collect();
        let settings = SiteSettings { name: name.to_owned(), domains, ..SiteSettings::default() };
        assert_eq!(validate_settings(&settings), expected);
    }

    #[test]
    fn a_site_has_a_name_and_origins_and_nothing_else_in_a_header() {
        check("Shop", &["https://shop.example", "http://127.0.0.1:80"], Ok(()));
        for name in ["", "  ", "a\nb", &"n".repeat(NAME_BYTES_MAX + 1)] {
            check(name, &[], Err(SettingsError::Name));
        }
        for domain in ["shop.example", "https://a; script-src *", "https://shop.example/path"] {
            check("Shop", &[domain], Err(SettingsError::Domain(domain.to_owned())));
        }
        check("Shop", &["https://a.example"; DOMAINS_MAX + 1], Err(SettingsError::TooManyDomains));
    }
}
