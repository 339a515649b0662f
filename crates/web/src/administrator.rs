//! The administrator's token: made once, printed once, kept as Argon2id only.
//!
//! It has 256 bits, so it cannot be guessed; Argon2id keeps a stolen database from being tried quickly all the same.
//! Checking costs some 20 ms of CPU and 19 MiB, so checks run one at a time, off the threads that serve.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base::{Secret, random};
use tokio::sync::Semaphore;

/// What the audit calls whoever holds it.
pub const NAME: &str = "administrator";
/// One check at a time.
static CHECKING: Semaphore = Semaphore::const_new(1);
/// Longer texts are no token of ours.
const TOKEN_BYTES_MAX: usize = 256;

/// A new token and the form in which it is kept.
///
/// # Panics
/// When the operating system has no randomness to give.
pub fn make() -> (Secret<String>, String) {
    let token = format!("rapport_{}", random::token());
    let kept = Argon2::default().hash_password(token.as_bytes()).expect("the default parameters are valid").to_string();
    (Secret::new(token), kept)
}

/// Whether `token` is the one that is kept in this form.
pub async fn verify(token: Secret<String>, kept: String) -> bool {
    if token.expose().len() > TOKEN_BYTES_MAX {
        return false;
    }
    let _turn = CHECKING.acquire().await;
    tokio::task::spawn_blocking(move || {
        let Ok(hash) = PasswordHash::new(&kept) else { return false };
        Argon2::default().verify_password(token.expose().trim().as_bytes(), &hash).is_ok()
    })
    .await
    .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_token_itself_passes() {
        let (token, kept) = make();
        assert!(kept.starts_with("$argon2id$") && !kept.contains(token.expose().as_str()));
        assert!(verify(token.clone(), kept.clone()).await);
        assert!(!verify("rapport_wrong".into(), kept.clone()).await);
        assert!(!verify("x".repeat(1_000_000).into(), kept).await);
        assert!(!verify(token, "not a hash".to_owned()).await);
    }
}
