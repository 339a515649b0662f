//! Finding mail on disk: mailbox files, maildirs, folders, archives and single messages.
//!
//! Promises: every file met is accounted for, as messages, as skipped with a reason, or as passed over
//! because its name says that it is no mail (a licence, a picture). Message bytes are those of the
//! source; only mailbox files (two or more `From ` lines, or a name that ends in `.mbox`; never one that
//! ends in `.eml`) are taken apart, see [`super::mbox`]. The order is that of the names, so that a load can be repeated.
//! Everything is read into memory; compressed tar archives are unpacked there.

use std::{fmt, fs, io::Read, path::Path};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use super::{
    mbox,
    parse::{ParsedMail, parse},
};

/// Exchange takes no message larger than this (reference: Graph, section 1.5, message size limit).
const MESSAGE_BYTES_MAX: usize = 150 * 1024 * 1024;

/// A message found on disk.
#[derive(Debug, Clone)]
pub struct LoadedMail {
    /// Path within what was loaded; a message of a mailbox file has `#number` after it.
    pub name: String,
    /// The message.
    pub mail: ParsedMail,
    /// Read or unread, where the source knows (a maildir's flags).
    pub is_read: Option<bool>,
    /// Flagged, where the source says so.
    pub is_flagged: bool,
}

/// A file, or a message in one, that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Path within what was loaded.
    pub name: String,
    /// A plain clause.
    pub reason: String,
}

/// What a path held. Its `Display` is the sentence for people: `6,046 of 6,046 messages taken`.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The messages taken, in the order of their names.
    pub messages: Vec<LoadedMail>,
    /// What looked like mail and was not taken.
    pub skipped: Vec<Skipped>,
    /// Files whose names say that they are no mail.
    pub passed_over: Vec<Skipped>,
}

impl Loaded {
    /// How many messages were met, taken or not.
    #[must_use]
    pub fn found(&self) -> usize {
        self.messages.len() + self.skipped.len()
    }

    /// Adds what another path held.
    pub fn extend(&mut self, other: Loaded) {
        self.messages.extend(other.messages);
        self.skipped.extend(other.skipped);
        self.passed_over.extend(other.passed_over);
    }

    fn skip(&mut self, name: &str, reason: impl Into<String>) {
        self.skipped.push(Skipped { name: name.to_owned(), reason: reason.into() });
    }
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (taken, found) = (thousands(self.messages.len()), thousands(self.found()));
        write!(f, "{taken} of {found} messages taken")?;
        for Skipped { name, reason } in &self.skipped {
            write!(f, "\n  not taken: {name}: {reason}")?;
        }
        Ok(())
    }
}

/// Loads a file or a folder. A path that can't be read is itself named among the skipped.
#[must_use]
pub fn load(path: &Path) -> Loaded {
    let mut loaded = Loaded::default();
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    if path.is_dir() {
        load_folder(path, "", &mut loaded);
    } else {
        load_path(path, &name, &mut loaded);
    }
    loaded
}

fn load_folder(folder: &Path, prefix: &str, loaded: &mut Loaded) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return loaded.skip(prefix, format!("the folder can't be read: {error}")),
    };
    let is_maildir = folder.join("cur").is_dir() && folder.join("new").is_dir();
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let file_name = entry.file_name().to_string_lossy().into_owned();
        let name = if prefix.is_empty() { file_name.clone() } else { format!("{prefix}/{file_name}") };
        match entry.file_type() {
            // A delivery in progress is no message yet.
            Ok(kind) if kind.is_dir() && is_maildir && file_name == "tmp" => {}
            Ok(kind) if kind.is_dir() => load_folder(&entry.path(), &name, loaded),
            _ if entry.path().is_file() => load_entry(&entry.path(), &name, loaded),
            _ => loaded.skip(&name, "it is neither a file nor a folder"),
        }
    }
}

fn load_entry(path: &Path, name: &str, loaded: &mut Loaded) {
    match no_mail(name) {
        Some(reason) => pass_over(name, reason, loaded),
        None => load_path(path, name, loaded),
    }
}

fn load_path(path: &Path, name: &str, loaded: &mut Loaded) {
    match fs::read(path) {
        Ok(bytes) => load_bytes(bytes.into(), name, loaded),
        Err(error) => loaded.skip(name, format!("it can't be read: {error}")),
    }
}

/// Looks at the bytes rather than at the name to tell archives, mailbox files and messages apart.
fn load_bytes(bytes: Bytes, name: &str, loaded: &mut Loaded) {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        match MultiGzDecoder::new(bytes.as_ref()).read_to_end(&mut plain) {
            Ok(_) => load_bytes(plain.into(), name, loaded),
            Err(error) => loaded.skip(name, format!("it can't be unpacked: {error}")),
        }
    } else if bytes.get(257..262) == Some(b"ustar") {
        load_tar(&bytes, name, loaded);
    } else if bytes.starts_with(b"PK\x03\x04") {
        loaded.skip(name, "zip archives are not read; use .tar.gz");
    } else if is_mbox_name(name) && bytes.starts_with(b"From ") || !is_eml_name(name) && mbox::is_mbox(&bytes) {
        for (index, message) in mbox::split(&bytes).into_iter().enumerate() {
            load_message(message, format!("{name}#{}", index + 1), loaded);
        }
    } else {
        load_message(bytes, name.to_owned(), loaded);
    }
}

fn load_tar(bytes: &Bytes, name: &str, loaded: &mut Loaded) {
    let mut archive = tar::Archive::new(bytes.as_ref());
    let mut files = Vec::new();
    match archive.entries() {
        Ok(entries) => {
            for entry in entries {
                match entry.and_then(|mut entry| read_tar_entry(&mut entry)) {
                    Ok(file) => files.extend(file),
                    // Nothing behind a broken header can be found.
                    Err(error) => {
                        loaded.skip(name, format!("the archive breaks off: {error}"));
                        break;
                    }
                }
            }
        }
        Err(error) => loaded.skip(name, format!("the archive can't be read: {error}")),
    }
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (name, bytes) in files {
        match no_mail(&name) {
            Some(reason) => pass_over(&name, reason, loaded),
            None => load_bytes(bytes, &name, loaded),
        }
    }
}

fn read_tar_entry(entry: &mut tar::Entry<'_, &[u8]>) -> std::io::Result<Option<(String, Bytes)>> {
    if !entry.header().entry_type().is_file() {
        return Ok(None);
    }
    let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    Ok(Some((name, bytes.into())))
}

fn load_message(raw: Bytes, name: String, loaded: &mut Loaded) {
    if raw.len() > MESSAGE_BYTES_MAX {
        return loaded.skip(&name, "it is larger than 150 MB");
    }
    match parse(raw) {
        Ok(mail) => {
            let (is_read, is_flagged) = maildir_flags(&name);
            loaded.messages.push(LoadedMail { name, mail, is_read, is_flagged });
        }
        Err(unreadable) => loaded.skip(&name, unreadable.reason),
    }
}

fn pass_over(name: &str, reason: &str, loaded: &mut Loaded) {
    loaded.passed_over.push(Skipped { name: name.to_owned(), reason: reason.to_owned() });
}

/// Read and flagged from a maildir's name, `…:2,FS`; a name in `new` is unread.
fn maildir_flags(name: &str) -> (Option<bool>, bool) {
    let mut parts = name.rsplit('/');
    let (file, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match file.rsplit_once(":2,") {
        Some((_, flags)) => (Some(flags.contains('S')), flags.contains('F')),
        None if folder == "new" => (Some(false), false),
        None => (None, false),
    }
}

fn is_mbox_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".mbox", ".mbx", "/mbox"].iter().any(|end| name.ends_with(end)) || name == "mbox"
}

/// One message by its name; a `From ` line further down is a bounced message's.
fn is_eml_name(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".eml")
}

/// Why a name says that the file is no mail. Only met in folders and archives: a path that was asked for
/// by name is always tried.
fn no_mail(name: &str) -> Option<&'static str> {
    const PAPERS: [&str; 5] = ["license", "licence", "copying", "readme", "changelog"];
    const OTHER_KINDS: &str = " aifc aiff au bmp css csv exr gif htm html ics jpeg jpg js json jsonl md pbm pdf pgm png \
                               ppm py ras rs sgi svg tif tiff toml wav webp xbm xml yaml yml zip ";
    let name = name.to_ascii_lowercase();
    if name.split('/').any(|part| PAPERS.iter().any(|paper| part.starts_with(paper))) {
        return Some("its name is that of a paper about the mail");
    }
    let file = name.rsplit('/').next().unwrap_or_default();
    if file.starts_with('.') {
        return Some("its name is hidden");
    }
    let (_, kind) = file.rsplit_once('.')?;
    OTHER_KINDS.contains(&format!(" {kind} ")).then_some("its name is that of another kind of file")
}

fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
