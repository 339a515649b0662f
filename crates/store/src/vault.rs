//! The vault: what must not be readable in a stolen database is sealed here, and is in the clear nowhere else.
//!
//! Two layers. Values are sealed with AES-256-GCM under a data key, bound to their place: what was sealed for one row
//! opens for no other. Data keys lie in the database, sealed with Fernet under a master key that is not in it. Several
//! master keys are a rotation: the first seals, all open, and data keys move under the first when the vault is opened.
//! Sources: NIST SP 800-38D; the Fernet specification, <https://github.com/fernet/spec/blob/master/Spec.md>.

mod master;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base::{Secret, Timestamp, random};
use zeroize::Zeroize as _;

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::{Statement, Transaction};

pub use master::MasterKeys;

const VERSION: u8 = 1;
/// The version and the number of the data key.
const HEADER_BYTES: usize = 9;
const PURPOSE: &str = "data";

/// What can go wrong with what is sealed.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was given is not a Fernet key.
    #[error(
        "an encryption key is not 32 bytes in URL-safe base64 (44 characters)\nNext: leave the setting out, and a key file is made at the first start"
    )]
    NotAKey,
    /// Others than the owner can read the key file.
    #[error("the key file {path} can be read by others than its owner\nNext: run `chmod 600 {path}`")]
    Exposed {
        /// The file.
        path: String,
    },
    /// The key file cannot be read or made.
    #[error("the key file {path} cannot be used: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// None of the master keys opens the database's data key.
    #[error(
        "none of the encryption keys opens this database\nNext: give the key that it was made with, after the new one if you are changing keys"
    )]
    WrongKey,
    /// The value was not sealed here, for another place, or changed since.
    #[error("a sealed value does not open: it was changed, or it was sealed for another place")]
    Tampered,
}

struct DataKeys {
    newest: i64,
    keys: HashMap<i64, LessSafeKey>,
}

/// Seals and opens. Cheap to clone; all clones are the same one.
#[derive(Clone)]
pub struct Vault {
    data: Arc<DataKeys>,
}

impl Vault {
    /// Opens the vault of a database, making its first data key if it has none.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] if the database was sealed under another master key, [`VaultError::Store`].
    pub async fn open(db: &Db, master: &MasterKeys, now: Timestamp) -> Result<Self, VaultError> {
        let mut stored = stored_keys(db).await?;
        if stored.is_empty() {
            // Two nodes may start at once: the number is the same for both, and the first one's key is kept.
            insert_key(db, 1, master, now).await?;
            stored = stored_keys(db).await?;
        }
        let mut keys = HashMap::new();
        let mut moved = Transaction::new("vault.move").durable();
        for (number, sealed) in &stored {
            let (mut clear, is_first) = master.open(sealed)?;
            if !is_first {
                moved.push(move_key(*number, sealed, &master.seal(&clear)));
            }
            keys.insert(*number, cipher(&clear)?);
            clear.zeroize();
        }
        if !moved.is_empty() {
            db.commit(moved).await?;
        }
        let newest = keys.keys().copied().max().unwrap_or(1);
        Ok(Vault { data: Arc::new(DataKeys { newest, keys }) })
    }

    /// Seals bytes for one place: `place` names table, row and column, such as `oauth_grant/con_…/refresh_token`.
    pub fn seal(&self, place: &str, clear: &[u8]) -> Vec<u8> {
        let data = &*self.data;
        let nonce: [u8; NONCE_LEN] = random::bytes();
        let mut sealed = Vec::with_capacity(HEADER_BYTES + NONCE_LEN + clear.len() + AES_256_GCM.tag_len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&data.newest.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        let mut body = clear.to_vec();
        let key = data.keys.get(&data.newest).expect("the newest key is among the keys");
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(&sealed[..HEADER_BYTES], place), &mut body)
            .expect("AES-GCM seals anything up to 64 GiB");
        sealed.extend_from_slice(&body);
        sealed
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`VaultError::Tampered`] if it was changed, or sealed for another place or by another database.
    pub fn open_bytes(&self, place: &str, sealed: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        let (header, rest) = sealed.split_at_checked(HEADER_BYTES).ok_or(VaultError::Tampered)?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or(VaultError::Tampered)?;
        let number = i64::from_be_bytes(header[1..].try_into().map_err(|_| VaultError::Tampered)?);
        let data = &*self.data;
        let key = data.keys.get(&number).filter(|_| header[0] == VERSION).ok_or(VaultError::Tampered)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Tampered)?;
        let mut body = body.to_vec();
        let length = key.open_in_place(nonce, bound_to(header, place), &mut body).map_err(|_| VaultError::Tampered)?.len();
        body.truncate(length);
        Ok(Secret::new(body))
    }

    /// Seals a text for one place.
    pub fn seal_text(&self, place: &str, clear: &Secret<String>) -> Vec<u8> {
        self.seal(place, clear.expose().as_bytes())
    }

    /// Opens a text that was sealed for this place.
    ///
    /// # Errors
    /// As [`Vault::open_bytes`].
    pub fn open_text(&self, place: &str, sealed: &[u8]) -> Result<Secret<String>, VaultError> {
        let clear = self.open_bytes(place, sealed)?;
        let text = std::str::from_utf8(clear.expose()).map_err(|_| VaultError::Tampered)?;
        Ok(Secret::new(text.to_owned()))
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

fn bound_to(header: &[u8], place: &str) -> Aad<Vec<u8>> {
    Aad::from([header, place.as_bytes()].concat())
}

fn cipher(clear: &[u8]) -> Result<LessSafeKey, VaultError> {
    UnboundKey::new(&AES_256_GCM, clear).map(LessSafeKey::new).map_err(|_| VaultError::Tampered)
}

async fn stored_keys(db: &Db) -> Result<Vec<(i64, String)>, StoreError> {
    let rows = db.query("SELECT id, sealed FROM sealed_key WHERE purpose = $1 ORDER BY id", [PURPOSE.into()]).await?;
    rows.into_iter().map(|mut row| Ok((row.read()?, row.read()?))).collect()
}

async fn insert_key(db: &Db, number: i64, master: &MasterKeys, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO sealed_key (id, purpose, sealed, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
    let mut clear: [u8; 32] = random::bytes();
    let statement = Statement::new(SQL, [number.into(), PURPOSE.into(), master.seal(&clear).into(), now.into()]);
    clear.zeroize();
    db.commit(Transaction::new("vault.key").with(statement).durable()).await.map(drop)
}

/// Another node may have moved it already: then nothing is left to do.
fn move_key(number: i64, from: &str, to: &str) -> Statement {
    const SQL: &str = "UPDATE sealed_key SET sealed = $3 WHERE id = $1 AND sealed = $2";
    Statement::new(SQL, [number.into(), from.into(), to.into()])
}
