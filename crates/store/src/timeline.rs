//! Timelines: what happened with a workspace's outside world, with a customer, with a person, in one order.
//!
//! An entry is there once for each mailbox in which it is seen, at the time of its latest part in that mailbox: so each
//! asker gets one order, of what that asker may see, and no time that a hidden mailbox alone knows. Private messages and
//! drafts are no part of anything here.

use base::Timestamp;
use model::id::{CustomerId, MailboxId, PersonId, ThreadId, WorkspaceId};

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::statement::Statement;

/// Whose timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// Every conversation of the workspace, internal ones too.
    Workspace(WorkspaceId),
    /// What is filed under a customer.
    Customer(CustomerId),
    /// What a person has part in.
    Person(PersonId),
}

impl Owner {
    pub(crate) fn parts(self) -> (&'static str, i64) {
        match self {
            Owner::Workspace(id) => ("workspace", id.number()),
            Owner::Customer(id) => ("customer", id.number()),
            Owner::Person(id) => ("person", id.number()),
        }
    }

    fn read(kind: &str, number: i64) -> Option<Self> {
        match kind {
            "workspace" => Some(Owner::Workspace(WorkspaceId::from_number(number))),
            "customer" => Some(Owner::Customer(CustomerId::from_number(number))),
            "person" => Some(Owner::Person(PersonId::from_number(number))),
            _ => None,
        }
    }
}

/// What an entry that is kept here is. Meetings are read from the calendars ([`crate::meeting`]); calls, tracking and changes in the
/// CRM come with what brings them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A thread.
    Thread,
}

impl EntryKind {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            EntryKind::Thread => "thread",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        (name == EntryKind::Thread.name()).then_some(EntryKind::Thread)
    }
}

/// An entry as an asker sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When its latest part that the asker may see was; with `id` the key by which timelines are paged.
    pub at: Timestamp,
    /// The number of the id of what it is about.
    pub id: i64,
    /// What it is about.
    pub kind: EntryKind,
}

impl Entry {
    /// The thread that it is about.
    pub fn thread(&self) -> ThreadId {
        match self.kind {
            EntryKind::Thread => ThreadId::from_number(self.id),
        }
    }
}

/// One row: an entry of an owner in one mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The thread.
    pub thread: ThreadId,
    /// Whose timeline.
    pub owner: Owner,
    /// Seen in which mailbox.
    pub mailbox: MailboxId,
}

/// A thread is in a timeline, seen in a mailbox at that time; whatever was there before.
pub fn put(place: Place, at: Timestamp) -> Statement {
    const SQL: &str = "INSERT INTO timeline (entry_id, owner_kind, owner_id, mailbox_id, at, kind) VALUES ($1, $2, $3, $4, $5, 'thread')
        ON CONFLICT (entry_id, owner_kind, owner_id, mailbox_id) DO UPDATE SET at = excluded.at";
    let (kind, number) = place.owner.parts();
    Statement::new(SQL, [place.thread.into(), kind.into(), number.into(), place.mailbox.into(), at.into()])
}

/// A thread is no longer in a timeline by that mailbox.
pub fn remove(place: Place) -> Statement {
    const SQL: &str = "DELETE FROM timeline WHERE entry_id = $1 AND owner_kind = $2 AND owner_id = $3 AND mailbox_id = $4";
    let (kind, number) = place.owner.parts();
    Statement::new(SQL, [place.thread.into(), kind.into(), number.into(), place.mailbox.into()])
}

/// Where these threads are, and at what time, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn places(db: &Db, threads: &[ThreadId]) -> Result<Vec<(Place, Timestamp)>, StoreError> {
    const SQL: &str = "SELECT entry_id, owner_kind, owner_id, mailbox_id, at FROM timeline WHERE entry_id IN {numbers $1}";
    let rows = db.query(SQL, [numbers(threads.iter().map(|id| id.number())).into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            let thread = row.read()?;
            let (kind, number): (String, i64) = (row.read()?, row.read()?);
            let owner = Owner::read(&kind, number).ok_or_else(|| StoreError::Broken(format!("no {kind} has a timeline")))?;
            Ok((Place { thread, owner, mailbox: row.read()? }, row.read()?))
        })
        .collect()
}

/// A page of a timeline behind `before` (an entry's `at` and `id`), the latest first: what is seen in one of these
/// mailboxes, or everything for `None`.
///
/// # Errors
/// As [`Db::query`].
pub async fn page(
    db: &Db,
    owner: Owner,
    mailboxes: Option<&[MailboxId]>,
    before: Option<(Timestamp, i64)>,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    // Of the rows of an entry that the asker may see, the latest stands for it.
    const ALL: &str = "SELECT at, entry_id, kind FROM timeline AS entry
        WHERE owner_kind = $1 AND owner_id = $2 AND (at, entry_id) < ($3, $4)
            AND NOT EXISTS (SELECT 1 FROM timeline AS later WHERE later.entry_id = entry.entry_id AND later.owner_kind = $1
                AND later.owner_id = $2 AND (later.at, later.mailbox_id) > (entry.at, entry.mailbox_id))
        ORDER BY at DESC, entry_id DESC LIMIT $5";
    const SOME: &str = "SELECT at, entry_id, kind FROM timeline AS entry
        WHERE owner_kind = $1 AND owner_id = $2 AND (at, entry_id) < ($3, $4) AND (mailbox_id = 0 OR mailbox_id IN {numbers $6})
            AND NOT EXISTS (SELECT 1 FROM timeline AS later WHERE later.entry_id = entry.entry_id AND later.owner_kind = $1
                AND later.owner_id = $2 AND (later.at, later.mailbox_id) > (entry.at, entry.mailbox_id)
                AND (later.mailbox_id = 0 OR later.mailbox_id IN {numbers $6}))
        ORDER BY at DESC, entry_id DESC LIMIT $5";
    let (kind, number) = owner.parts();
    let (at, id) = before.map_or((i64::MAX, i64::MAX), |(at, id)| (at.millis(), id));
    let mut args = vec![kind.into(), number.into(), at.into(), id.into(), limit.into()];
    let sql = match mailboxes {
        None => ALL,
        Some(mailboxes) => {
            args.push(numbers(mailboxes.iter().map(|id| id.number())).into());
            SOME
        }
    };
    let rows = db.query(sql, args).await?;
    rows.into_iter()
        .map(|mut row| {
            let (at, id) = (row.read()?, row.read()?);
            let name: String = row.read()?;
            let kind = EntryKind::named(&name).ok_or_else(|| StoreError::Broken(format!("no entry is of kind {name}")))?;
            Ok(Entry { at, id, kind })
        })
        .collect()
}
