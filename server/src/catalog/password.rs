//! Agents' passwords: argon2id, off the runtime's threads, a few at a time. Knows no agents.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use tokio::sync::Semaphore;

/// Shortest password, in characters.
pub(super) const PASSWORD_CHARS_MIN: usize = 8;

/// Longest password, in bytes: hashing must not be fed megabytes.
pub(super) const PASSWORD_BYTES_MAX: usize = 1_024;

/// Each takes 19 MiB and about 30 ms; sign-ins beyond these wait.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("the password has fewer than {PASSWORD_CHARS_MIN} characters")]
    TooShort,
    #[error("the password has more than {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    #[error("hashing failed")]
    Hashing,
}

/// # Errors
/// The password is too short or too long.
pub(super) async fn hash(password: String) -> Result<String, PasswordError> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(PasswordError::TooShort);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordError::TooLong);
    }
    let salt = SaltString::encode_b64(&crate::clock::random::<16>())
        .map_err(|_| PasswordError::Hashing)?;
    off_the_runtime(move || {
        let hashed = Argon2::default().hash_password(password.as_bytes(), &salt);
        hashed.map(|hash| hash.to_string()).map_err(|_| PasswordError::Hashing)
    })
    .await?
}

/// Whether `password` is the one that was hashed. Without a hash the same work is done for
/// nothing, so that the time taken does not tell who has an account.
pub(super) async fn verify(
    password: String,
    hashed: Option<String>,
) -> Result<bool, PasswordError> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordError::TooLong);
    }
    off_the_runtime(move || {
        let known = hashed.is_some();
        let hashed = hashed.unwrap_or_else(|| NOBODYS_HASH.to_owned());
        let parsed = PasswordHash::new(&hashed).map_err(|_| PasswordError::Hashing)?;
        let right = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
        Ok(right && known)
    })
    .await?
}

/// Made with the default parameters from random bytes nobody kept.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA\
                            $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PasswordError> {
    let _permit = AT_ONCE.acquire().await.map_err(|_| PasswordError::Hashing)?;
    tokio::task::spawn_blocking(work).await.map_err(|_| PasswordError::Hashing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_is_known_and_no_other() {
        let hashed = hash("correct horse".to_owned()).await.unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        assert_eq!(verify("correct horse".to_owned(), Some(hashed.clone())).await, Ok(true));
        assert_eq!(verify("wrong horse".to_owned(), Some(hashed)).await, Ok(false));
        assert_eq!(verify("correct horse".to_owned(), None).await, Ok(false));
    }

    #[tokio::test]
    async fn lengths_are_bounded() {
        assert_eq!(hash("short".to_owned()).await, Err(PasswordError::TooShort));
        assert_eq!(hash("x".repeat(2_000)).await, Err(PasswordError::TooLong));
    }
}
