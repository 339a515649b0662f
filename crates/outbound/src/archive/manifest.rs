//! The manifest: a line of JSON for each message, brought out or missing, written last of all.

use std::collections::HashMap;

use model::archive::Archive;
use model::id::{MailboxId, MessageId};
use sha2::{Digest as _, Sha256};
use store::{StoreError, archive, mailbox};

use super::archivist::Archivist;
use super::place::{Place, Trouble};

/// Lines that are written at once.
const PAGE: u32 = 500;

/// The lines of an archive's manifest, page by page.
#[derive(Clone)]
struct Lines {
    archivist: Archivist,
    archive: model::id::ArchiveId,
    addresses: HashMap<MailboxId, String>,
    after: Option<MessageId>,
}

impl Lines {
    async fn of(archivist: &Archivist, archive: &Archive) -> Result<Self, StoreError> {
        let mailboxes = mailbox::list(&archivist.db, archive.workspace).await?;
        let addresses = mailboxes.into_iter().map(|mailbox| (mailbox.id, mailbox.address)).collect();
        Ok(Lines { archivist: archivist.clone(), archive: archive.id, addresses, after: None })
    }

    /// The next page; `None` at the end.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let items = archive::items(&self.archivist.db, self.archive, self.after, PAGE).await?;
        let Some(last) = items.last() else { return Ok(None) };
        self.after = Some(last.message);
        let address = |mailbox: &MailboxId| self.addresses.get(mailbox).map_or("", String::as_str);
        Ok(Some(items.iter().map(|item| item.manifest_line(address(&item.mailbox))).collect::<String>().into_bytes()))
    }
}

impl Archivist {
    /// Writes the manifest into the place, if that keeps files; its SHA-256.
    pub(super) async fn write_manifest(&self, archive: &Archive, place: &Place) -> Result<Result<Vec<u8>, Trouble>, StoreError> {
        let lines = Lines::of(self, archive).await?;
        let (mut size, mut hash, mut reading) = (0, Sha256::new(), lines.clone());
        let mut anew = true;
        loop {
            let page = reading.next().await?;
            let is_last = page.is_none();
            let page = page.unwrap_or_default();
            size += page.len() as u64;
            hash.update(&page);
            if let Place::Directory(directory) = place
                && let Err(trouble) = directory.add_to_manifest(page, std::mem::take(&mut anew)).await
            {
                return Ok(Err(trouble));
            }
            if is_last {
                break;
            }
        }
        let sha256 = hash.finalize().to_vec();
        let closed = match place {
            Place::Directory(directory) => directory.close_manifest().await,
            // A store wants to know size and hash before the first byte, so the lines are read once more.
            Place::Bucket(bucket) => bucket.put_manifest(size, &sha256, body(lines), self.clock.now()).await,
            Place::Smtp(_) => Ok(()),
        };
        Ok(closed.map(|()| sha256))
    }
}

fn body(lines: Lines) -> reqwest::Body {
    reqwest::Body::wrap_stream(futures::stream::try_unfold(lines, async |mut lines: Lines| {
        let page = lines.next().await?;
        Ok::<_, StoreError>(page.map(|page| (page, lines)))
    }))
}
