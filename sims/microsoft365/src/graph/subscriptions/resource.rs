//! What a subscription's resource means: a mailbox, one of its folders, a filter.
//!
//! With `$filter=isRead eq false` a message that is marked read counts as deleted and one marked unread as
//! created (reference: Graph, section 5.3).

use crate::graph::access;
use crate::graph::call::Owner;
use crate::graph::contacts;
use crate::graph::filter::Filter;
use crate::graph::mail_path::{self, MailTarget};
use crate::graph::messages::{folder_number, refusal};
use crate::graph::path::{self, Segment};
use crate::mailbox::{Change, ChangeKind, FolderNumber, ItemClass, Mailbox};
use crate::{Caller, Refusal, World};

/// What is watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Object id of the mailbox's user.
    pub user: String,
    /// Messages, events or contacts.
    pub class: ItemClass,
    /// The folder; the whole mailbox when there is none.
    pub folder: Option<FolderNumber>,
    /// The filter.
    pub filter: Option<Filter>,
}

impl Watched {
    /// Reads a resource and checks that the caller may watch it.
    ///
    /// # Errors
    /// 400 for what can't be watched, 403 `ExtensionError` for what the token does not reach.
    pub fn read(world: &World, caller: &Caller, resource: &str) -> Result<Self, Refusal> {
        let (path, query) = resource.split_once('?').unwrap_or((resource, ""));
        let segments = path::read_relative(path);
        let unsupported = || Refusal::new(400, "InvalidRequest", format!("Subscription resource '{resource}' is not supported."));
        let first = segments.first().ok_or_else(unsupported)?;
        let (owner, rest) = match first {
            first if first.is("me") => (Owner::Me, &segments[1..]),
            first if first.is("users") && first.key.is_some() => (Owner::User(first.key.clone().unwrap_or_default()), &segments[1..]),
            first if first.is("users") && segments.len() > 2 => (Owner::User(segments[1].name.clone()), &segments[2..]),
            _ => return Err(unsupported()),
        };
        if let Some(watched) = watched_items(world, caller, &owner, rest)? {
            return Ok(watched);
        }
        let Ok(MailTarget::Messages { folder }) = mail_path::read(rest) else { return Err(unsupported()) };
        let opened = access::open(world, caller, &owner).map_err(wrapped)?;
        if caller.user.as_ref().is_some_and(|user| *user != opened.user.id) {
            return Err(wrapped(access::denied()));
        }
        let folder = folder.map(|id| folder_number(opened.mailbox, &id)).transpose().map_err(wrapped)?;
        Ok(Self { user: opened.user.id.clone(), class: ItemClass::Message, folder, filter: filter(query)? })
    }

    /// The kind under which a change is reported here, if it is.
    pub fn sees(&self, mailbox: &Mailbox, change: &Change, moves_count: bool) -> Option<ChangeKind> {
        if self.class != change.class {
            return None;
        }
        if self.class != ItemClass::Message {
            return self.folder.is_none_or(|folder| folder == change.folder).then_some(change.kind);
        }
        let kind = match self.folder {
            Some(folder) => (folder == change.folder).then_some(change.kind)?,
            None if mailbox.folder(change.folder).is_some_and(|folder| !folder.in_tree) => return None,
            None if change.moved && !moves_count => (change.kind == ChangeKind::Created).then_some(ChangeKind::Updated)?,
            None => change.kind,
        };
        let Some(filter) = &self.filter else { return Some(kind) };
        if let Some(wanted) = filter.is_read() {
            return match (kind, change.read.0 == wanted, change.read.1 == wanted) {
                (ChangeKind::Updated, true, false) => Some(ChangeKind::Deleted),
                (ChangeKind::Updated, false, true) => Some(ChangeKind::Created),
                (_, _, now) => now.then_some(kind),
            };
        }
        match mailbox.message(change.item) {
            Some(message) if kind != ChangeKind::Deleted => filter.passes(mailbox, message).then_some(kind),
            _ => Some(kind),
        }
    }
}

/// `events` or `contacts` of one's own mailbox; a `.Shared` scope is of no use here (reference: Graph, section 5.3).
fn watched_items(world: &World, caller: &Caller, owner: &Owner, rest: &[Segment]) -> Result<Option<Watched>, Refusal> {
    let (class, scopes, folder) = match (rest, contacts::watched_folder(rest)) {
        ([only], _) if only.is("events") && only.key.is_none() => (ItemClass::Event, ["Calendars.Read", "Calendars.ReadWrite"], None),
        (_, Some(folder)) => (ItemClass::Contact, ["Contacts.Read", "Contacts.ReadWrite"], folder),
        _ => return Ok(None),
    };
    let user = access::open_own(world, caller, owner, &scopes).map_err(wrapped)?;
    let mailbox = world.mailboxes.get(&user.id).ok_or_else(|| wrapped(access::denied()))?;
    let folder = folder.map(|id| mailbox.find_contact_folder(&id).map_err(refusal)).transpose().map_err(wrapped)?;
    Ok(Some(Watched { user: user.id.clone(), class, folder, filter: None }))
}

fn filter(query: &str) -> Result<Option<Filter>, Refusal> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let text = pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("$filter"));
    text.map(|(_, text)| Filter::read(&text)).transpose()
}

/// Refusals of Exchange come wrapped when a subscription is made.
fn wrapped(refusal: Refusal) -> Refusal {
    if refusal.status == 400 && refusal.code == "BadRequest" {
        return refusal;
    }
    let reason = match refusal.status {
        403 => "Forbidden",
        404 => "NotFound",
        _ => "BadRequest",
    };
    let message = format!("Operation: Create; Exception: [Status Code: {reason}; Reason: {}]", refusal.message);
    Refusal::new(refusal.status, "ExtensionError", message)
}
