//! Pull a connected account's contacts: look through its folders, each by its chain of changes, page after page, each committed with
//! the place that follows it.
//!
//! A look begins with the list of folders and is over when each chain is at its end. What it brings belongs to a synchronisation, which
//! begins with the first change if nobody asked for one. A new round of a chain is begun before it is read: what a first page showed
//! that was read without its place being kept has to be told from what it shows now.

use std::collections::HashMap;
use std::time::Duration;

use base::{Problem, Recourse, Timestamp};
use google::GoogleError;
use graph::GraphError;
use model::id::{ContactFolderId, ContactSyncId, SourceContactId};
use model::phone::Region;
use store::connection::{self, Connection};
use store::contact_book::{self, ContactBook, ContactFolder};
use store::contact_sync::{self, ContactSync};
use store::cursor::CursorKind;
use store::source_contact::{self, Standing};
use store::work::{Lane, Lease};
use store::{Ending, Statement, StoreError, Transaction, due, work, workspace};

use crate::Inbound;
use crate::calendars::Met;
use crate::contact_plan::{self, ContactEntry, ContactStep};
use crate::contact_source::{ContactSource, SourceFailure, SourcePage};

/// Pages that one unit takes before others get their turn.
const PAGES_MAX: usize = 10;
/// How much longer a unit may work after each page.
const LEASE_MORE: Duration = Duration::from_secs(60);

/// A look through a book as a unit of work meets it.
struct Look<'a> {
    inbound: &'a Inbound,
    lease: &'a Lease,
    source: ContactSource,
    book: ContactBook,
    region: Option<Region>,
    sync: Option<ContactSyncId>,
}

pub(crate) async fn run(inbound: &Inbound, lease: &Lease) -> Result<Ending, StoreError> {
    let (connection, access) = match inbound.meet_account(lease).await? {
        Met::Open(connection, access) => (*connection, access),
        Met::Shut(ending) => return Ok(ending),
    };
    let source = match (&inbound.google, connection.provider == connection::GOOGLE_CONTACTS) {
        (_, false) => ContactSource::Outlook(access),
        (Some(google), true) => ContactSource::Google(google.clone(), connection.id),
        (None, true) => return no_client(inbound, &connection).await,
    };
    let Some(book) = contact_book::of_connection(&inbound.db, connection.id).await? else { return Ok(Ending::Gone) };
    let region = workspace::region(&inbound.db, book.workspace).await?.as_deref().and_then(Region::named);
    let sync = contact_sync::open(&inbound.db, book.id).await?.map(|sync| sync.id);
    let mut look = Look { inbound, lease, source, book, region, sync };
    match look.go_on().await {
        Ok(ending) => Ok(ending),
        Err(SourceFailure::Graph(error)) => look.failed_at_microsoft(&connection, &error).await,
        Err(SourceFailure::Google(error)) => look.failed_at_google(&connection, &error).await,
        Err(SourceFailure::Store(error)) => Err(error),
    }
}

/// An account of Google's cannot be read by whoever is no client there.
async fn no_client(inbound: &Inbound, connection: &Connection) -> Result<Ending, StoreError> {
    let problem = Problem::new(
        "google_not_configured",
        "Google's contacts cannot be read.",
        "This server has no client at Google any more.",
        "Set google.client_id and google.client_secret again, start Rapport again, and connect the account again.",
    );
    inbound.stop_account(connection, &problem, inbound.clock.now()).await
}

impl Look<'_> {
    async fn go_on(&mut self) -> Result<Ending, SourceFailure> {
        let mut folders = contact_book::folders(&self.inbound.db, self.book.id).await?;
        let is_over = self.book.listed_look == self.book.look && folders.iter().all(|folder| folder.look == self.book.look);
        if is_over || self.book.listed_look != self.book.look {
            folders = self.begin(is_over, folders).await?;
        }
        let (mut pages, now_looking) = (0, self.book.look);
        for folder in folders.iter_mut().filter(|folder| folder.look < now_looking) {
            if folder.kind == CursorKind::Start || self.source.is_stale(folder, self.inbound.clock.now()) {
                self.begin_round(folder).await?;
            }
            while folder.look < now_looking {
                if pages == PAGES_MAX {
                    return Ok(Ending::Next(self.inbound.clock.now(), self.lease.lane));
                }
                pages += 1;
                match self.take_page(folder).await {
                    Err(failure) if failure.recourse() == Some(Recourse::Resync) && folder.link.is_some() => {
                        self.begin_round(folder).await?;
                    }
                    outcome => outcome?,
                }
            }
        }
        self.end().await
    }

    /// Begins a look with the list of folders.
    async fn begin(&mut self, anew: bool, known: Vec<ContactFolder>) -> Result<Vec<ContactFolder>, SourceFailure> {
        let listed = self.source.folders(self.inbound).await?;
        let mut list = Transaction::new("pull.contact_folders").with(work::hold(self.lease));
        if anew {
            list.push(contact_book::look_again(self.book.id));
            self.book.look += 1;
        }
        list.push(contact_book::listed(self.book.id, self.book.look));
        for folder in known.iter().filter(|folder| !listed.iter().any(|(graph_id, _)| *graph_id == folder.graph_id)) {
            list.push(source_contact::gone_with_folder(folder.id));
            list.push(contact_book::remove_folder(folder.id));
            list.push(due::decide_contacts(self.book.workspace, self.inbound.clock.now()));
        }
        let known: HashMap<&str, &ContactFolder> = known.iter().map(|folder| (folder.graph_id.as_str(), folder)).collect();
        for (graph_id, name) in &listed {
            match known.get(graph_id.as_str()) {
                None => {
                    let id = ContactFolderId::new(self.inbound.clock.now());
                    list.push(contact_book::insert_folder(id, self.book.id, graph_id, name));
                }
                Some(folder) if folder.name != *name => list.push(contact_book::rename_folder(folder.id, name)),
                Some(_) => {}
            }
        }
        self.inbound.db.commit(list).await?;
        self.book.listed_look = self.book.look;
        Ok(contact_book::folders(&self.inbound.db, self.book.id).await?)
    }

    /// A new pass over everything in a folder.
    async fn begin_round(&self, folder: &mut ContactFolder) -> Result<(), StoreError> {
        let next = ContactFolder { kind: CursorKind::Start, link: None, round: folder.round + 1, synced_at: None, ..folder.clone() };
        self.advance("pull.contact_round", folder, next, Vec::new()).await
    }

    async fn take_page(&mut self, folder: &mut ContactFolder) -> Result<(), SourceFailure> {
        let page = self.source.page(self.inbound, folder, self.region, self.lease.attempts).await?;
        if page.unreadable > 0 {
            tracing::warn!(contact_book.id = %self.book.id, "{} contacts cannot be read and are left out.", page.unreadable);
        }
        Ok(self.commit_page(folder, page).await?)
    }

    async fn commit_page(&mut self, folder: &mut ContactFolder, page: SourcePage) -> Result<(), StoreError> {
        let SourcePage { entries, link, whole, .. } = page;
        let now = self.inbound.clock.now();
        let ids: Vec<&str> = entries.iter().map(ContactEntry::foreign_id).collect();
        let known = source_contact::by_foreign_ids(&self.inbound.db, self.book.id, &ids).await?;
        let mut steps = contact_plan::plan(&self.book, Some(folder.id), entries, &known, now);
        let piece_size = self.inbound.settings.piece_size.max(1);
        while steps.len() > piece_size {
            let rest = steps.split_off(piece_size);
            let piece = Transaction::new("pull.contact_piece").with(work::hold(self.lease));
            let piece = piece.with(contact_book::is_at(folder.id, folder.version)).with_all(self.statements(folder, steps, now));
            self.inbound.db.commit(piece).await?;
            steps = rest;
        }
        let mut last = self.statements(folder, steps, now);
        if whole && folder.synced_at.is_none() {
            last.push(source_contact::sweep(folder.id, folder.round));
            last.push(due::decide_contacts(self.book.workspace, now));
        }
        last.push(work::extend(self.lease, now.plus(LEASE_MORE)));
        let next = ContactFolder {
            kind: if whole { CursorKind::Delta } else { CursorKind::Next },
            link: Some(link),
            look: if whole { self.book.look } else { folder.look },
            synced_at: folder.synced_at.or(whole.then_some(now)),
            ..folder.clone()
        };
        self.advance("pull.contacts", folder, next, last).await
    }

    fn statements(&mut self, folder: &ContactFolder, steps: Vec<ContactStep>, now: Timestamp) -> Vec<Statement> {
        let (mut statements, mut seen, mut gone) = (Vec::new(), Vec::<SourceContactId>::new(), Vec::new());
        let mut read = 0;
        for step in steps {
            read += usize::from(!matches!(step, ContactStep::Gone(_)));
            match step {
                ContactStep::Insert(source, foreign_id) => {
                    let standing = self.standing(folder, &mut statements, now);
                    statements.extend(source_contact::insert(&source, &foreign_id, standing));
                }
                ContactStep::Update(source) => {
                    let standing = self.standing(folder, &mut statements, now);
                    statements.extend(source_contact::update(&source, standing));
                }
                ContactStep::Seen(id) => seen.push(id),
                ContactStep::Gone(id) => gone.push(id),
            }
        }
        if !gone.is_empty() {
            statements.push(source_contact::gone(&gone));
        }
        if !statements.is_empty() {
            statements.push(due::decide_contacts(self.book.workspace, now));
        }
        if !seen.is_empty() {
            statements.push(source_contact::seen(&seen, Some(folder.id), folder.round));
        }
        statements.extend(self.sync.filter(|_| read > 0).map(|sync| contact_sync::add(sync, read)));
        statements
    }

    /// Where what is read now stands, and to which synchronisation it belongs: one that begins now, if there is none.
    fn standing(&mut self, folder: &ContactFolder, statements: &mut Vec<Statement>, now: Timestamp) -> Standing {
        let sync = match self.sync {
            Some(sync) => sync,
            None => {
                let sync = ContactSync::begun(&self.book, "schedule", now);
                statements.push(contact_sync::insert(&sync));
                *self.sync.insert(sync.id)
            }
        };
        Standing { workspace: self.book.workspace, book: self.book.id, folder: Some(folder.id), round: folder.round, sync }
    }

    async fn advance(
        &self,
        name: &'static str,
        folder: &mut ContactFolder,
        next: ContactFolder,
        with: Vec<Statement>,
    ) -> Result<(), StoreError> {
        let moved = contact_book::advance(folder.version, &next);
        self.inbound.db.commit(Transaction::new(name).with(work::hold(self.lease)).with(moved).with_all(with)).await?;
        *folder = ContactFolder { version: folder.version + 1, ..next };
        Ok(())
    }

    /// The look is over.
    async fn end(&self) -> Result<Ending, SourceFailure> {
        let now = self.inbound.clock.now();
        let over = Transaction::new("pull.contacts_end")
            .with(work::hold(self.lease))
            .with(contact_book::looked_through(self.book.id, self.book.look, now))
            .with(contact_sync::pulled(self.book.id, now))
            .with(due::decide_contacts(self.book.workspace, now));
        match self.inbound.db.commit(over).await {
            // Somebody asked for another look meanwhile.
            Err(StoreError::Refused { guard }) if guard == contact_book::SAME_LOOK => Ok(Ending::Next(now, self.lease.lane)),
            outcome => {
                outcome?;
                Ok(Ending::Next(now.plus(self.inbound.settings.poll_interval), Lane::Scheduled))
            }
        }
    }

    async fn failed_at_microsoft(&self, connection: &Connection, error: &GraphError) -> Result<Ending, StoreError> {
        if error.is_not_found() {
            // A folder went while it was read: which there are, another look says.
            let again = Transaction::new("pull.contacts_again").with(work::hold(self.lease)).with(contact_book::look_again(self.book.id));
            self.inbound.db.commit(again).await?;
            return Ok(Ending::retry(self.lease, self.inbound.clock.now(), error.recourse(), error.problem().title));
        }
        self.note_failure(error.recourse(), &error.problem()).await?;
        self.inbound.failed_account(self.lease, connection, error).await
    }

    async fn failed_at_google(&self, connection: &Connection, error: &GoogleError) -> Result<Ending, StoreError> {
        let (code, recourse) = (error.code(), error.recourse());
        tracing::info!(connection.id = %connection.id, work.attempts = self.lease.attempts, google.code = code, "{error}.");
        self.note_failure(recourse, &error.problem()).await?;
        self.inbound.set_back(self.lease, connection, recourse, &error.problem()).await
    }

    /// What will not succeed by waiting ends the synchronisation.
    async fn note_failure(&self, recourse: Recourse, problem: &Problem) -> Result<(), StoreError> {
        if matches!(recourse, Recourse::Reauthorize | Recourse::Refuse) {
            let failed = contact_sync::fail(self.book.id, problem, self.inbound.clock.now());
            self.inbound.db.commit(Transaction::new("pull.contacts_failed").with(work::hold(self.lease)).with(failed)).await?;
        }
        Ok(())
    }
}
