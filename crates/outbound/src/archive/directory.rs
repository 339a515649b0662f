//! A directory of this machine: files of their own, one mbox file, or a maildir.
//!
//! Whoever writes there holds a lock on a file in it, so that nobody who has lost the work without noticing writes into what another
//! writes. Parts have names of their own until they are whole and on the disk. In the directory lies nothing but the archive: it
//! has to be empty at the beginning.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use model::archive::{Archive, Format, Item, Kept, Target, mbox};
use sha2::{Digest as _, Sha256};

use super::archivist::Settings;
use super::place::{Trouble, later, stop};

/// Messages between two moments at which what was written is made sure.
pub(super) const BATCH: u32 = 32;
/// The one file of mbox.
const MBOX: &str = "mail.mbox";
/// The list of what is there and what is not.
const MANIFEST: &str = "manifest.jsonl";
/// What is locked.
const LOCK: &str = ".rapport-lock";
/// What the name of a part ends with until it is whole.
const PART: &str = "part";

/// A directory, open. Clones are the same one.
#[derive(Clone)]
pub(super) struct Directory(Arc<Mutex<Inside>>);

struct Inside {
    root: PathBuf,
    format: Format,
    /// Held as long as this lives.
    _lock: File,
    mbox: Option<File>,
    written_bytes: u64,
    /// Parts that are written and neither sure nor under their names.
    parts: Vec<(File, PathBuf)>,
    /// Directories in which names are new.
    renamed: BTreeSet<PathBuf>,
    manifest: Option<File>,
}

/// Where a directory of this relative path lies below the configured one.
pub(super) fn below(configured: Option<&Path>, path: &str) -> Result<PathBuf, String> {
    let configured =
        configured.ok_or("this server keeps no archives on its own disk: the operator has to name a directory (`archive.directory`)")?;
    let plain = |part: Component<'_>| matches!(part, Component::Normal(name) if !name.to_string_lossy().starts_with('.'));
    let relative = Path::new(path);
    if path.is_empty() || path.len() > 500 || path.contains(['\\', '\0']) || !relative.components().all(plain) {
        return Err(
            "the directory is named by a path below the configured one, such as `2026/anna`, without `..` and hidden names".to_owned()
        );
    }
    Ok(configured.join(relative))
}

impl Directory {
    /// Opens the directory of an archive and locks it; makes it if it is not there.
    pub(super) async fn open(settings: &Settings, archive: &Archive) -> Result<Directory, Trouble> {
        let Target::Directory { path, format } = &archive.target else { unreachable!("only a directory is opened as one") };
        // A command was told by whoever runs it where to write; what a server is told is bound by its operator.
        let (root, within) = if archive.by_command {
            (PathBuf::from(path), None)
        } else {
            let refused = |why| stop("archive_directory_refused", "The directory cannot be used.", why);
            (below(settings.directory.as_deref(), path).map_err(refused)?, settings.directory.clone())
        };
        let (format, opened, written) = (*format, archive.opened, u64::try_from(archive.written_bytes).unwrap_or(0));
        let inside = on_its_own_thread(move || Inside::open(root, within, format, opened, written)).await?;
        Ok(Directory(Arc::new(Mutex::new(inside))))
    }

    /// Makes what everything else lies in. Only once it is written down that the directory is our own.
    pub(super) async fn begin(&self) -> Result<(), Trouble> {
        let own = self.clone();
        on_its_own_thread(move || own.inside().begin()).await
    }

    /// What lies there of a message.
    pub(super) async fn known(&self, item: &Item) -> Result<Option<Kept>, Trouble> {
        let (own, item) = (self.clone(), item.clone());
        on_its_own_thread(move || own.inside().known(&item).map_err(|error| unusable(&error))).await
    }

    /// Writes a message; [`Directory::settle`] makes it sure.
    pub(super) async fn put(&self, item: &Item, original: Bytes) -> Result<Kept, Trouble> {
        let (own, item) = (self.clone(), item.clone());
        on_its_own_thread(move || own.inside().put(&item, &original).map_err(|error| unusable(&error))).await
    }

    /// Makes sure what was written; how much of the mbox file that is.
    pub(super) async fn settle(&self) -> Result<i64, Trouble> {
        let own = self.clone();
        let settled = on_its_own_thread(move || own.inside().settle().map_err(|error| unusable(&error))).await?;
        Ok(i64::try_from(settled).unwrap_or(i64::MAX))
    }

    /// Adds lines to the manifest's part, from the beginning if `anew`.
    pub(super) async fn add_to_manifest(&self, lines: Vec<u8>, anew: bool) -> Result<(), Trouble> {
        let own = self.clone();
        on_its_own_thread(move || own.inside().add_to_manifest(&lines, anew).map_err(|error| unusable(&error))).await
    }

    /// Makes the manifest sure, under its name, and takes the lock's file away: the archive is complete.
    pub(super) async fn close_manifest(&self) -> Result<(), Trouble> {
        let own = self.clone();
        on_its_own_thread(move || own.inside().close_manifest().map_err(|error| unusable(&error))).await
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn open(root: PathBuf, within: Option<PathBuf>, format: Format, opened: bool, written_bytes: u64) -> Result<Inside, Trouble> {
        fs::create_dir_all(&root).map_err(|error| unusable(&error))?;
        if let Some(within) = within {
            let really = |path: &Path| fs::canonicalize(path).map_err(|error| unusable(&error));
            if !really(&root)?.starts_with(really(&within)?) {
                let why = "A link leads out of the directory that the operator has configured for archives.";
                return Err(stop("archive_directory_refused", "The directory cannot be used.", why));
            }
        }
        if !opened && !is_empty(&root).map_err(|error| unusable(&error))? {
            let why = "Something lies in it already, and an archive is not mixed with anything else.";
            return Err(stop("archive_directory_not_empty", "The directory is not empty.", why));
        }
        let lock = locked(&root)?;
        let renamed = root.parent().map(Path::to_path_buf).into_iter().chain([root.clone()]).collect();
        Ok(Inside { root, format, _lock: lock, mbox: None, written_bytes, parts: Vec::new(), renamed, manifest: None })
    }

    fn begin(&mut self) -> Result<(), Trouble> {
        match self.format {
            Format::Eml => {}
            Format::Mbox => self.mbox = Some(cut(&self.root.join(MBOX), self.written_bytes)?),
            Format::Maildir => {
                for part in ["cur", "new", "tmp"] {
                    fs::create_dir_all(self.root.join(part)).map_err(|error| unusable(&error))?;
                }
            }
        }
        Ok(())
    }

    fn known(&self, item: &Item) -> io::Result<Option<Kept>> {
        let Some(name) = name_of(self.format, item) else { return Ok(None) };
        match fs::read(self.root.join(&name)) {
            Ok(original) => Ok(Some(kept(name, &original, None))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn put(&mut self, item: &Item, original: &[u8]) -> io::Result<Kept> {
        if let Some(mbox) = &mut self.mbox {
            let entry = mbox::entry("", item.received_at, original);
            mbox.write_all(&entry)?;
            let start = i64::try_from(self.written_bytes).ok();
            self.written_bytes += entry.len() as u64;
            let altered = (!original.ends_with(b"\n")).then(|| "a line end was added behind it".to_owned());
            return Ok(Kept { altered, ..kept(MBOX.to_owned(), original, start) });
        }
        let name = name_of(self.format, item).expect("each message has a file of its own");
        let path = self.root.join(&name);
        let part = part_of(&self.root, self.format, &path);
        for directory in [&path, &part].into_iter().filter_map(|path| path.parent()) {
            fs::create_dir_all(directory)?;
        }
        let mut file = File::create(&part)?;
        file.write_all(original)?;
        self.parts.push((file, path));
        Ok(kept(name, original, None))
    }

    fn settle(&mut self) -> io::Result<u64> {
        if let Some(mbox) = &self.mbox {
            mbox.sync_data()?;
        }
        for (file, path) in self.parts.drain(..) {
            file.sync_all()?;
            fs::rename(part_of(&self.root, self.format, &path), &path)?;
            let around = path.ancestors().skip(1).take_while(|directory| directory.starts_with(&self.root));
            self.renamed.extend(around.map(Path::to_path_buf));
        }
        for directory in std::mem::take(&mut self.renamed) {
            File::open(directory)?.sync_all()?;
        }
        Ok(self.written_bytes)
    }

    fn add_to_manifest(&mut self, lines: &[u8], anew: bool) -> io::Result<()> {
        if anew {
            self.manifest = Some(File::create(self.root.join(MANIFEST).with_added_extension(PART))?);
        }
        self.manifest.as_mut().expect("the manifest was begun").write_all(lines)
    }

    fn close_manifest(&mut self) -> io::Result<()> {
        self.manifest.take().expect("the manifest was begun").sync_all()?;
        let path = self.root.join(MANIFEST);
        fs::rename(path.with_added_extension(PART), path)?;
        match fs::remove_file(self.root.join(LOCK)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        File::open(&self.root)?.sync_all()
    }
}

/// The file of a message below the archive's directory; none where all are in one.
fn name_of(format: Format, item: &Item) -> Option<String> {
    match format {
        Format::Mbox => None,
        Format::Eml => Some(file_name(item)),
        // maildir(5): time, something unique, host.
        Format::Maildir => Some(format!("new/{}.{}.rapport", item.received_at.seconds(), item.message)),
    }
}

/// `2026/05/20260503T080100Z-msg_0G3KQ7T2ZJ4M8.eml`
pub(super) fn file_name(item: &Item) -> String {
    let at = Timestamp::from_millisecond(item.received_at.millis()).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{}-{}.eml", at.strftime("%Y/%m/%Y%m%dT%H%M%SZ"), item.message)
}

/// Where a file is until it is whole.
fn part_of(root: &Path, format: Format, path: &Path) -> PathBuf {
    match (format, path.file_name()) {
        (Format::Maildir, Some(name)) => root.join("tmp").join(name),
        _ => path.with_added_extension(PART),
    }
}

fn kept(file: String, original: &[u8], start: Option<i64>) -> Kept {
    let size_bytes = i64::try_from(original.len()).unwrap_or(i64::MAX);
    Kept { size_bytes, sha256: Sha256::digest(original).to_vec(), file, start, altered: None }
}

fn is_empty(root: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(root)? {
        if entry?.file_name() != LOCK {
            return Ok(false);
        }
    }
    Ok(true)
}

fn locked(root: &Path) -> Result<File, Trouble> {
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(root.join(LOCK)).map_err(|error| unusable(&error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            Err(later("archive_directory_busy", "Somebody else writes into the directory.", "Another process holds the lock in it."))
        }
        Err(TryLockError::Error(error)) => Err(unusable(&error)),
    }
}

/// The mbox file without what no row tells of.
fn cut(path: &Path, written_bytes: u64) -> Result<File, Trouble> {
    let open = || -> io::Result<(File, u64)> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        let length = file.metadata()?.len();
        Ok((file, length))
    };
    let (mut file, length) = open().map_err(|error| unusable(&error))?;
    if length < written_bytes {
        let why = format!("It has {length} bytes, and {written_bytes} had been written: somebody has changed it.");
        return Err(stop("archive_file_changed", "The mbox file is shorter than it was.", why));
    }
    let cut = file.set_len(written_bytes).and_then(|()| file.seek(SeekFrom::End(0)));
    cut.map_err(|error| unusable(&error))?;
    Ok(file)
}

fn unusable(error: &io::Error) -> Trouble {
    use io::ErrorKind as K;
    let title = "The directory cannot be written to.";
    match error.kind() {
        K::PermissionDenied | K::NotADirectory | K::ReadOnlyFilesystem | K::NotFound | K::InvalidFilename => {
            stop("archive_directory_unusable", title, error.to_string())
        }
        _ => later("archive_directory_unusable", title, error.to_string()),
    }
}

/// The disk may take its time: threads that serve others are not kept waiting.
async fn on_its_own_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, Trouble> + Send + 'static) -> Result<T, Trouble> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(later("archive_broken_off", "Writing broke off.", error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_configured_directory() {
        let root = Path::new("/srv/archives");
        assert_eq!(below(Some(root), "2026/anna").unwrap(), Path::new("/srv/archives/2026/anna"));
        for path in ["", ".", "..", "a/../../b", "/etc", "a/./..", ".hidden", "a\\b", "a/.ssh", "../archives-of-others"] {
            assert!(below(Some(root), path).is_err(), "{path}");
        }
        assert!(below(None, "2026").unwrap_err().contains("archive.directory"));
    }
}
