//! API keys: `rpt_<prefix>_<secret>`. The prefix is shown and says which key it is; of the whole only a hash is kept.
//!
//! The secret has 256 bits, so one round of SHA-256 is enough: it cannot be guessed, whoever has the hash.

use std::time::Duration;

use aws_lc_rs::digest;
use base::{Secret, Timestamp, random};
use store::api_key::{self, ApiKey};
use store::{StoreError, Transaction};

use crate::access::{Asker, Mailboxes, Scopes, Who};
use crate::state::State;

/// What every key begins with.
const BEGINNING: &str = "rpt_";
/// How often it is written down that a key was used.
const USED_EVERY: Duration = Duration::from_secs(60);

/// A key that was just made: shown once.
pub struct Made {
    /// The key itself.
    pub key: Secret<String>,
    /// What is shown of it from now on.
    pub prefix: String,
    /// What is kept of it.
    pub hash: Vec<u8>,
}

/// Makes a key.
pub fn make() -> Made {
    let prefix = format!("{BEGINNING}{}", random::hex(&random::bytes::<4>()));
    let key = Secret::new(format!("{prefix}_{}", random::token()));
    Made { hash: hash(key.expose()), key, prefix }
}

/// The hash under which a key is kept.
pub fn hash(key: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, key.as_bytes()).as_ref().to_vec()
}

/// Whether this looks like a key of ours.
pub(crate) fn looks_like_one(bearer: &str) -> bool {
    bearer.starts_with(BEGINNING)
}

/// Who asks by this key, if it is one that still holds.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn recognise(state: &State, bearer: &str) -> Result<Option<Asker>, StoreError> {
    let now = state.clock.now();
    let Some(found) = api_key::by_hash(&state.db, &hash(bearer)).await? else { return Ok(None) };
    if found.revoked_at.is_some() || found.expires_at.is_some_and(|end| end <= now) {
        return Ok(None);
    }
    note_use(state, &found, now).await?;
    let mailboxes = found.mailboxes.map_or(Mailboxes::All, Mailboxes::Only);
    Ok(Some(Asker { workspace: found.workspace, who: Who::Key(found.id), scopes: Scopes::read(&found.scopes), mailboxes }))
}

async fn note_use(state: &State, key: &ApiKey, now: Timestamp) -> Result<(), StoreError> {
    if key.last_used_at.is_some_and(|last| now.since(last) < USED_EVERY) {
        return Ok(());
    }
    let until = now.minus(USED_EVERY);
    state.db.commit(Transaction::new("key.used").with(api_key::set_used(key.id, now, until))).await?;
    Ok(())
}

/// Whether this is the key that stands in the configuration.
pub(crate) fn is_configured(state: &State, bearer: &str) -> bool {
    let Some(configured) = &state.settings.key else { return false };
    aws_lc_rs::constant_time::verify_slices_are_equal(&hash(bearer), &hash(configured.expose())).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_its_prefix_and_is_kept_as_a_hash() {
        let made = make();
        assert!(made.key.expose().starts_with(&format!("{}_", made.prefix)) && looks_like_one(made.key.expose()));
        assert_eq!(made.hash, hash(made.key.expose()));
        assert!(!format!("{:?}", made.key).contains(&made.prefix));
    }
}
