//! Contact source: what a connected account's address book is read from, page by page. Outlook has folders with a chain of changes each,
//! Google one chain for everything, which ends a week after it was begun: so it is begun anew a day before.

use std::time::Duration;

use base::{Recourse, Timestamp};
use google::GoogleError;
use google::people::Position;
use graph::contact as theirs;
use graph::{Access, Delta, GraphError};
use model::id::ConnectionId;
use model::phone::Region;
use store::StoreError;
use store::contact_book::ContactFolder;
use store::cursor::CursorKind;

use crate::Inbound;
use crate::contact_plan::ContactEntry;
use crate::contact_reading as reading;
use crate::google::Google;

/// Contacts of Outlook on a page.
const PAGE_SIZE: u16 = 100;
/// What stands for the default folder of Outlook, whose id is not known while it is empty.
const DEFAULT_FOLDER: &str = "contacts";
/// What stands for everything that Google has.
const CONNECTIONS: &str = "connections";
/// How long a chain of Google's changes is followed: its sync token lives for seven days from the reading of everything.
const GOOGLE_ROUND: Duration = Duration::from_secs(6 * 24 * 3600);

/// What an account's contacts are read from.
pub(crate) enum ContactSource {
    /// Microsoft.
    Outlook(Access),
    /// Google.
    Google(Google, ConnectionId),
}

/// A page of contacts.
pub(crate) struct SourcePage {
    /// What it says.
    pub(crate) entries: Vec<ContactEntry>,
    /// Entries that cannot be read.
    pub(crate) unreadable: usize,
    /// Where to go on.
    pub(crate) link: String,
    /// Whether it is the last.
    pub(crate) whole: bool,
}

/// Why a look did not get on.
pub(crate) enum SourceFailure {
    /// Microsoft did not give what was asked for.
    Graph(GraphError),
    /// Google did not.
    Google(GoogleError),
    /// The database did not take what was found.
    Store(StoreError),
}

impl SourceFailure {
    /// What to do next; `None` where that is for whoever runs the unit.
    pub(crate) fn recourse(&self) -> Option<Recourse> {
        match self {
            SourceFailure::Graph(error) => Some(error.recourse()),
            SourceFailure::Google(error) => Some(error.recourse()),
            SourceFailure::Store(_) => None,
        }
    }
}

impl From<GraphError> for SourceFailure {
    fn from(error: GraphError) -> Self {
        SourceFailure::Graph(error)
    }
}

impl From<GoogleError> for SourceFailure {
    fn from(error: GoogleError) -> Self {
        SourceFailure::Google(error)
    }
}

impl From<StoreError> for SourceFailure {
    fn from(error: StoreError) -> Self {
        SourceFailure::Store(error)
    }
}

impl ContactSource {
    /// Which folders there are: what each is called there, and for people.
    pub(crate) async fn folders(&self, inbound: &Inbound) -> Result<Vec<(String, String)>, SourceFailure> {
        match self {
            ContactSource::Outlook(access) => {
                let listed = theirs::folders::folders(&inbound.graph, access).await?;
                let named = listed.into_iter().map(|folder| (folder.id, folder.display_name.unwrap_or_default()));
                Ok([(DEFAULT_FOLDER.to_owned(), "Contacts".to_owned())].into_iter().chain(named).collect())
            }
            ContactSource::Google(..) => Ok(vec![(CONNECTIONS.to_owned(), "Contacts".to_owned())]),
        }
    }

    /// Whether the chain of a folder is too old to be followed.
    pub(crate) fn is_stale(&self, folder: &ContactFolder, now: Timestamp) -> bool {
        match self {
            ContactSource::Outlook(_) => false,
            ContactSource::Google(..) => folder.synced_at.is_some_and(|at| now.since(at) >= GOOGLE_ROUND),
        }
    }

    /// Reads the page at the folder's place; smaller after failures, because a page may be too heavy.
    pub(crate) async fn page(
        &self,
        inbound: &Inbound,
        folder: &ContactFolder,
        region: Option<Region>,
        attempts: u32,
    ) -> Result<SourcePage, SourceFailure> {
        match self {
            ContactSource::Outlook(access) => {
                let link = inbound.saved_link(folder.kind, folder.link.as_deref())?;
                let graph_id = Some(folder.graph_id.as_str()).filter(|id| *id != DEFAULT_FOLDER);
                let size = (PAGE_SIZE >> attempts.saturating_sub(1).min(3)).max(10);
                let page = theirs::delta(&inbound.graph, access, graph_id, link.as_ref(), size).await?;
                let whole = page.link.ends_the_round();
                let entries = page.items.into_iter().map(|delta| outlook(delta, region)).collect();
                Ok(SourcePage { entries, unreadable: page.unreadable.len(), link: page.link.as_str().to_owned(), whole })
            }
            ContactSource::Google(google, connection) => {
                let saved = folder.link.as_deref().filter(|_| folder.kind != CursorKind::Start);
                let page = google.persons(inbound, *connection, &saved.map(Position::read).unwrap_or_default()).await?;
                let entries = page.persons.into_iter().flat_map(|person| reading::person(person, region)).collect();
                Ok(SourcePage { entries, unreadable: page.unreadable, link: page.next.write(), whole: page.is_last })
            }
        }
    }
}

fn outlook(delta: Delta<theirs::Contact>, region: Option<Region>) -> ContactEntry {
    match delta {
        Delta::Removed { id } => ContactEntry::Absent(id),
        Delta::Changed(contact) => {
            let foreign_id = contact.id.clone();
            let (card, updated_at) = reading::card(contact, region);
            ContactEntry::Present { foreign_id, card: Box::new(card), updated_at }
        }
    }
}
