//! Master keys: Fernet keys that seal the data keys, given by the operator or kept in a file that only its owner reads.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use base::Secret;
use fernet::Fernet;

use super::VaultError;

/// One or more Fernet keys: the first seals, all open.
#[derive(Clone)]
pub struct MasterKeys(Arc<[Fernet]>);

impl MasterKeys {
    /// Reads keys parted by commas or blanks, the newest first, as an operator writes them.
    ///
    /// # Errors
    /// [`VaultError::NotAKey`] if one of them is none, or if there is none.
    pub fn read(text: &Secret<String>) -> Result<Self, VaultError> {
        let words = text.expose().split([',', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty());
        let keys = words.map(Fernet::new).collect::<Option<Vec<_>>>().filter(|keys| !keys.is_empty());
        keys.map(|keys| MasterKeys(keys.into())).ok_or(VaultError::NotAKey)
    }

    /// Reads the keys in a file, one a line, and makes the file with a new key if it is not there.
    ///
    /// # Errors
    /// [`VaultError::Exposed`] if others can read it, [`VaultError::Unreadable`], [`VaultError::NotAKey`].
    pub fn from_file(path: &Path) -> Result<Self, VaultError> {
        let unreadable = |error: std::io::Error| VaultError::Unreadable { path: path.display().to_string(), reason: error.to_string() };
        create(path).map_err(unreadable)?;
        let mut file = std::fs::File::open(path).map_err(unreadable)?;
        if is_exposed(&file.metadata().map_err(unreadable)?) {
            return Err(VaultError::Exposed { path: path.display().to_string() });
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(unreadable)?;
        Self::read(&Secret::new(text))
    }

    /// A new key in the form in which [`MasterKeys::read`] takes it.
    pub fn generate() -> Secret<String> {
        Secret::new(Fernet::generate_key())
    }

    pub(super) fn seal(&self, clear: &[u8]) -> String {
        self.0[0].encrypt(clear)
    }

    /// The clear text, and whether the first key sealed it.
    pub(super) fn open(&self, sealed: &str) -> Result<(Vec<u8>, bool), VaultError> {
        let opened = self.0.iter().enumerate().find_map(|(place, key)| key.decrypt(sealed).ok().map(|clear| (clear, place == 0)));
        opened.ok_or(VaultError::WrongKey)
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKeys({})", self.0.len())
    }
}

/// Makes the file with a new key, whole or not at all, unless it is there.
fn create(path: &Path) -> std::io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent)?;
    }
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    writeln!(file, "{}", MasterKeys::generate().expose())?;
    file.sync_all()?;
    // A link, unlike a rename, never replaces a key that another process has made meanwhile.
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn is_exposed(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_exposed(_: &std::fs::Metadata) -> bool {
    false
}
