//! Planning: what belongs to an archive, page by page, as the mirror has it; of a continuous one also what comes in later.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

use model::archive::{Archive, Item, Target};
use model::event::EventKind;
use model::id::{FolderId, MailboxId, MessageId};
use model::query::Query;
use store::folder::{self, Folder};
use store::message::{self, Mirrored};
use store::search::{self, Asked, Cursor, Level, Order, Scope, Seen};
use store::{StoreError, archive, ledger, mailbox};

use super::archivist::Archivist;

/// Messages that are listed at once.
const PAGE: u32 = 500;

/// What has happened since a continuous archive last looked.
pub(super) enum News {
    /// These came in, up to this event; whether there may be more behind it.
    Came { items: Vec<Item>, to: i64, more: bool },
    /// Nothing.
    Nothing,
    /// The ledger has forgotten some of it.
    Forgotten,
}

impl Archivist {
    /// The next page of what belongs to an archive, and where listing goes on; `None` at the end.
    pub(super) async fn plan(&self, archive: &Archive) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let wanted = &archive.wanted;
        let query = match (&wanted.query, wanted.customer) {
            (Some(query), _) => Some(query.clone()),
            (None, Some(customer)) => Some(format!("customer:{customer}")),
            (None, None) => None,
        };
        let (messages, next) = match (query, wanted.folder) {
            (Some(query), _) => self.found(archive, &query).await?,
            (None, Some(folder)) => self.in_folder(archive, folder).await?,
            (None, None) => self.in_mailboxes(archive).await?,
        };
        // What was never sent has no envelope, so there is nothing to report of it.
        let without_drafts = matches!(archive.target, Target::Smtp { .. });
        let belongs = |mirrored: &Mirrored| {
            let message = &mirrored.message;
            mirrored.deleted_at.is_none() && wanted.is_of_its_time(message.received_at) && !(without_drafts && message.draft)
        };
        let messages: Vec<Mirrored> = messages.into_iter().filter(belongs).collect();
        Ok((self.items(messages).await?, next))
    }

    /// What came in for an archive since it last looked. A draft comes in when it has been sent; what has been deleted for good since is
    /// named as missing if Microsoft does not have it any more.
    pub(super) async fn news(&self, archive: &Archive) -> Result<News, StoreError> {
        let events = ledger::read(&self.db, archive.workspace, archive.followed_to, PAGE).await?;
        // Asked afterwards, so that nothing can be forgotten in between.
        if ledger::oldest(&self.db, archive.workspace).await? > archive.followed_to + 1 {
            return Ok(News::Forgotten);
        }
        let Some(to) = events.last().map(|last| last.seq) else { return Ok(News::Nothing) };
        let tells = |kind| matches!(kind, EventKind::MessageReceived | EventKind::MessageUpdated | EventKind::MessageMoved);
        let told: BTreeSet<MessageId> =
            events.iter().filter(|event| tells(event.kind)).map(|event| MessageId::from_number(event.subject)).collect();
        let told: Vec<MessageId> = told.into_iter().collect();
        let known: HashSet<MessageId> = archive::known(&self.db, archive.id, &told).await?.into_iter().collect();
        let mailboxes = match archive.wanted.mailbox {
            Some(mailbox) => vec![mailbox],
            None => self.mailboxes(archive).await?,
        };
        let wanted = |mirrored: &Mirrored| {
            let message = &mirrored.message;
            let is_new = !message.draft && !known.contains(&message.id);
            is_new && mailboxes.contains(&message.mailbox) && archive.wanted.is_of_its_time(message.received_at)
        };
        let messages = message::find_many(&self.db, &told).await?.into_iter().filter(wanted).collect();
        Ok(News::Came { items: self.items(messages).await?, to, more: events.len() == PAGE as usize })
    }

    async fn in_folder(&self, archive: &Archive, folder: FolderId) -> Result<(Vec<Mirrored>, Option<String>), StoreError> {
        let before = archive.plan_cursor.as_deref().and_then(|cursor| cursor.parse::<MessageId>().ok());
        let page = message::in_folder(&self.db, folder, before, PAGE).await?;
        let next = (page.len() == PAGE as usize).then(|| page.last().map(|last| last.message.id.to_string())).flatten();
        Ok((page, next))
    }

    /// Mailbox by mailbox, in the order of their ids; the cursor names the mailbox and the message before it.
    async fn in_mailboxes(&self, archive: &Archive) -> Result<(Vec<Mirrored>, Option<String>), StoreError> {
        let cursor = archive.plan_cursor.as_deref().and_then(|cursor| cursor.split_once('/'));
        let (from, before) = cursor.map_or((None, None), |(mailbox, message)| (mailbox.parse::<MailboxId>().ok(), message.parse().ok()));
        let mut mailboxes = match archive.wanted.mailbox {
            Some(mailbox) => vec![mailbox],
            None => self.mailboxes(archive).await?,
        };
        mailboxes.sort();
        let mut left = mailboxes.into_iter().filter(|mailbox| from.is_none_or(|from| *mailbox >= from));
        let Some(present) = left.next() else { return Ok((Vec::new(), None)) };
        let page = message::in_mailbox(&self.db, present, before.filter(|_| from == Some(present)), PAGE).await?;
        let next = match page.last() {
            Some(last) if page.len() == PAGE as usize => Some(format!("{present}/{}", last.message.id)),
            _ => left.next().map(|next| format!("{next}/")),
        };
        Ok((page, next))
    }

    /// What the search finds, copies in other mailboxes among it. An archive is of all mail, so private mail is found too.
    async fn found(&self, archive: &Archive, query: &str) -> Result<(Vec<Mirrored>, Option<String>), StoreError> {
        let query =
            Query::read(query).map_err(|mistake| StoreError::Broken(format!("an archive's query cannot be read: {}", mistake.what)))?;
        let seen = self.mailboxes(archive).await?.into_iter().map(|mailbox| Seen { mailbox, level: Level::Everything, private: true });
        let scope = Scope::mailboxes(archive.workspace, seen);
        let after: Option<Cursor> = archive.plan_cursor.as_deref().and_then(|cursor| cursor.parse().ok());
        let asked = Asked { scope: &scope, query: &query, order: Order::Newest, after, limit: PAGE, now: archive.asked_at };
        let page = search::search(&self.db, &asked).await?;
        let ids = page.hits.iter().flat_map(|hit| std::iter::once(hit.message).chain(hit.copies.iter().map(|(message, _)| *message)));
        let ids: Vec<MessageId> = ids.collect();
        Ok((message::find_many(&self.db, &ids).await?, page.next.map(|next| next.to_string())))
    }

    async fn mailboxes(&self, archive: &Archive) -> Result<Vec<MailboxId>, StoreError> {
        match &archive.mailboxes {
            Some(mailboxes) => Ok(mailboxes.clone()),
            None => Ok(mailbox::list(&self.db, archive.workspace).await?.into_iter().map(|mailbox| mailbox.id).collect()),
        }
    }

    async fn items(&self, messages: Vec<Mirrored>) -> Result<Vec<Item>, StoreError> {
        let mut paths: HashMap<MailboxId, HashMap<FolderId, String>> = HashMap::new();
        let mut items = Vec::with_capacity(messages.len());
        for Mirrored { message, .. } in messages {
            if let Entry::Vacant(unknown) = paths.entry(message.mailbox) {
                unknown.insert(paths_of(&folder::list(&self.db, message.mailbox).await?));
            }
            let folder = message.folder.and_then(|folder| paths[&message.mailbox].get(&folder).cloned());
            items.push(Item {
                message: message.id,
                mailbox: message.mailbox,
                graph_id: message.graph_id,
                internet_message_id: message.internet_message_id,
                folder: folder.unwrap_or_default(),
                received_at: message.received_at,
                tries: 0,
                fate: None,
            });
        }
        Ok(items)
    }
}

/// Each folder's names, the outermost first.
fn paths_of(folders: &[Folder]) -> HashMap<FolderId, String> {
    let by_graph_id: HashMap<&str, &Folder> = folders.iter().map(|folder| (folder.graph_id.as_str(), folder)).collect();
    let path = |folder: &Folder| {
        let around = |folder: &&Folder| folder.parent_graph_id.as_deref().and_then(|parent| by_graph_id.get(parent)).copied();
        // A circle cannot be, but must not hang us either.
        let mut names: Vec<&str> =
            std::iter::successors(Some(folder), around).take(folders.len()).map(|one| one.display_name.as_str()).collect();
        names.reverse();
        names.join("/")
    };
    folders.iter().map(|folder| (folder.id, path(folder))).collect()
}
