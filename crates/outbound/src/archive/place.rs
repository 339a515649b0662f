//! Places: what can be done with every target, and what can go wrong with it.

use base::{Problem, Timestamp};
use bytes::Bytes;
use model::archive::{Archive, Item, Kept, Target, Tls};
use model::message::Message;
use url::Url;

use super::archivist::{Archivist, Settings};
use super::bucket::Bucket;
use super::directory::{self, Directory};
use super::smtp::Smtp;

/// What is wrong with a target.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It may do later.
    Later(Problem),
    /// A person has to mend it.
    Stop(Problem),
    /// It does not take this one message.
    Message {
        /// Stable, for programs.
        code: &'static str,
        /// In words.
        detail: String,
    },
}

/// A target, open.
pub(super) enum Place {
    Directory(Directory),
    Bucket(Box<Bucket>),
    Smtp(Box<Smtp>),
}

/// Judges a target before anything is asked for it, as far as that can be.
///
/// # Errors
/// Why nothing is brought there, in words for whoever asked.
pub fn judge(settings: &Settings, target: &Target) -> Result<(), String> {
    match target {
        Target::Directory { path, .. } => directory::below(settings.directory.as_deref(), path).map(drop),
        Target::Bucket { endpoint, bucket, region, path_style, .. } => {
            let endpoint = settings.reach.read(endpoint).map_err(|forbidden| forbidden.to_string())?;
            super::bucket::address(endpoint, bucket, region, *path_style).map(drop)
        }
        Target::Smtp { host, port, tls, username, sender, recipient } => {
            let judged = settings.reach.judge_mail_server(host, *port, *tls == Tls::None);
            judged.map_err(|forbidden| forbidden.to_string())?;
            if username.is_some() && *tls == Tls::None {
                return Err("a password is not sent without TLS".to_owned());
            }
            super::smtp::addresses(sender, recipient).map(drop)
        }
    }
}

impl Place {
    /// Opens the target of an archive.
    pub(super) async fn open(archivist: &Archivist, archive: &Archive) -> Result<Place, Trouble> {
        let secret = || {
            let sealed = archive.secret_sealed.as_deref();
            let opened = sealed.map(|sealed| archivist.vault.open_text(&store::archive::secret_place(archive.id), sealed)).transpose();
            opened.map_err(|error| stop("archive_secret_unusable", "The secret of the target cannot be opened.", error.to_string()))
        };
        match &archive.target {
            Target::Directory { .. } => Directory::open(&archivist.settings, archive).await.map(Place::Directory),
            Target::Bucket { .. } => Bucket::new(archivist, archive, secret()?).map(|bucket| Place::Bucket(Box::new(bucket))),
            Target::Smtp { .. } => Smtp::new(archivist, archive, secret()?).map(|smtp| Place::Smtp(Box::new(smtp))),
        }
    }

    /// Makes ready what was opened, once it is written down that it is our own.
    pub(super) async fn begin(&self) -> Result<(), Trouble> {
        match self {
            Place::Directory(directory) => directory.begin().await,
            Place::Bucket(_) | Place::Smtp(_) => Ok(()),
        }
    }

    /// Messages after which what was brought is made sure and written down.
    pub(super) fn batch(&self) -> u32 {
        match self {
            Place::Directory(_) => directory::BATCH,
            Place::Bucket(_) | Place::Smtp(_) => 1,
        }
    }

    /// Whether a report is made of each message, so that the mirror's own view of it is needed.
    pub(super) fn reports(&self) -> bool {
        matches!(self, Place::Smtp(_))
    }

    /// What lies there of a message already, because a crash came between bringing it and writing that down.
    pub(super) async fn known(&self, item: &Item) -> Result<Option<Kept>, Trouble> {
        match self {
            Place::Directory(directory) => directory.known(item).await,
            Place::Bucket(_) | Place::Smtp(_) => Ok(None),
        }
    }

    /// Brings one message there. It is sure only when [`Place::settle`] has ended well.
    pub(super) async fn put(&mut self, item: &Item, message: Option<&Message>, original: Bytes, now: Timestamp) -> Result<Kept, Trouble> {
        match self {
            Place::Directory(directory) => directory.put(item, original).await,
            Place::Bucket(bucket) => bucket.put(item, original, now).await,
            Place::Smtp(smtp) => smtp.send(item, message, &original, now).await,
        }
    }

    /// Makes sure what was brought; how much of an mbox file is written then.
    pub(super) async fn settle(&self) -> Result<i64, Trouble> {
        match self {
            Place::Directory(directory) => directory.settle().await,
            Place::Bucket(_) | Place::Smtp(_) => Ok(0),
        }
    }
}

/// A trouble that a person has to mend.
pub(super) fn stop(code: &str, title: &str, detail: impl Into<String>) -> Trouble {
    Trouble::Stop(Problem::new(code, title, detail, "Mend that, then resume the archive: it goes on where it stood."))
}

/// A trouble that may be over later.
pub(super) fn later(code: &str, title: &str, detail: impl Into<String>) -> Trouble {
    Trouble::Later(Problem::new(code, title, detail, "Rapport tries again by itself. If it stays so, look at the target."))
}

/// Scheme and host of an address: what may be shown.
pub(super) fn shown(address: &Url) -> String {
    address.origin().ascii_serialization()
}
