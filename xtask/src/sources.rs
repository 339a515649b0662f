//! The files of the repository, as Git lists them: tracked, and new ones that are not ignored.

use std::path::PathBuf;

use crate::run::{command, root};

/// Every file, relative to the root, that is there.
///
/// # Errors
/// When Git does not answer.
pub fn files() -> Result<Vec<PathBuf>, String> {
    let output = command("git", &["ls-files", "--cached", "--others", "--exclude-standard"]).output();
    let output = output.map_err(|error| format!("git does not run: {error}"))?;
    if !output.status.success() {
        return Err("git ls-files failed: is this a checkout?".to_owned());
    }
    let listed = String::from_utf8_lossy(&output.stdout).lines().map(PathBuf::from).collect::<std::collections::BTreeSet<_>>();
    Ok(listed.into_iter().filter(|path| root().join(path).is_file()).collect())
}
