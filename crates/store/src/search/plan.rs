//! The plan of a search: a query made definite. Names have become ids, dates bounds of ids, persons their addresses; what
//! an index can prove is told from what has to be verified. Pure.

use std::collections::HashSet;

use model::id::{CustomerId, FolderId, MailboxId, WorkspaceId};
use model::query::{Field, State};
use model::words::Phrase;

use super::candidate::Row;
use super::demand::Demand;
use super::document::{Document, mark};
use super::expression::Expression;
use super::scope::{self, Level, PRIVATE, Seen};

/// More mailboxes than this are not named one by one to the index, unless they are few among many.
const NAMED_MAX: usize = 16;
/// More are never named one by one.
const NAMED_EVER_MAX: usize = 256;

/// A query made definite.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) workspace: WorkspaceId,
    /// Mailboxes by how much of them may be read, each group searched by itself.
    pub(super) groups: Vec<Group>,
    pub(super) texts: Vec<Spoken>,
    pub(super) rows: Vec<OfRow>,
    /// Ids from here on.
    pub(super) floor: i64,
    /// Ids below this one.
    pub(super) ceiling: i64,
    /// Clauses whose name does not exist.
    pub(super) unknown: Vec<String>,
    /// Whether a clause cannot hold for any message.
    pub(super) impossible: bool,
    /// Folders to which the search is confined, with about how many messages they have together.
    pub(super) folders: Option<(Vec<FolderId>, i64)>,
    /// Customers to which the search is confined, with how many messages they have together, as far as that was counted.
    pub(super) customers: Option<(Vec<CustomerId>, i64)>,
}

/// Mailboxes of which the same may be read.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) level: Level,
    /// Whether private messages may be read as well.
    pub(super) private: bool,
    /// `None`: all of the workspace.
    pub(super) seen: Option<Vec<Seen>>,
    /// Whether these are not all mailboxes of the workspace.
    partial: bool,
    /// Whether the index is told the mailboxes by name.
    named: bool,
}

/// One of these phrases stands in one of these parts; or, negated, in none.
#[derive(Debug)]
pub(super) struct Spoken {
    pub(super) negated: bool,
    pub(super) fields: Vec<Field>,
    pub(super) phrases: Vec<Phrase>,
}

/// A demand on what changes often, and is read from the message's row.
#[derive(Debug)]
pub(super) struct OfRow {
    pub(super) negated: bool,
    pub(super) wanted: RowWanted,
}

/// What a row must say.
#[derive(Debug)]
pub(super) enum RowWanted {
    Attachment,
    Folders(HashSet<FolderId>),
    Is(State),
    Customers(Vec<CustomerId>),
}

impl Group {
    /// A group of a workspace with this many mailboxes.
    pub(super) fn new(level: Level, private: bool, seen: Option<Vec<Seen>>, mailboxes: usize) -> Self {
        let count = seen.as_ref().map_or(mailboxes, Vec::len);
        let few = count <= NAMED_MAX || (count <= NAMED_EVER_MAX && count * 8 < mailboxes);
        Group { level, private, named: seen.is_some() && few, seen, partial: count < mailboxes }
    }

    /// Its mailboxes, if the index may answer with messages of others as well.
    pub(super) fn unnamed(&self) -> Option<Vec<MailboxId>> {
        self.seen.as_ref().filter(|_| self.partial && !self.named).map(|seen| seen.iter().map(|seen| seen.mailbox).collect())
    }

    /// Its mailboxes if they are few enough to look into each.
    fn few(&self) -> Vec<MailboxId> {
        let seen = self.seen.iter().filter(|seen| self.named && seen.len() <= NAMED_MAX);
        seen.flatten().map(|seen| seen.mailbox).collect()
    }

    /// How a mailbox is seen, if it is in this group.
    fn sight(&self, mailbox: MailboxId) -> Option<Seen> {
        match &self.seen {
            None => Some(Seen { mailbox, level: self.level, private: self.private }),
            Some(seen) => seen.iter().find(|seen| seen.mailbox == mailbox).copied(),
        }
    }

    fn expression(&self, workspace: WorkspaceId) -> Expression {
        match &self.seen {
            Some(seen) if self.named => {
                Expression::Any(seen.iter().map(|seen| Expression::exactly(scope::mailbox_term(seen.mailbox))).collect())
            }
            _ => Expression::exactly(scope::workspace_term(workspace)),
        }
    }
}

impl Plan {
    /// What the index is asked for the group at this place. `None` if nothing in the group can match.
    pub(super) fn demand(&self, place: usize) -> Option<Demand> {
        let group = self.groups.get(place)?;
        let (mut all, mut none) = (vec![group.expression(self.workspace)], Vec::new());
        if !group.private {
            none.push(Expression::exactly(PRIVATE.to_owned()));
        }
        for text in &self.texts {
            let expression = text.expression(group.level);
            match (text.negated, expression) {
                (false, Some(expression)) => all.push(expression),
                (false, None) => return None,
                // What the index cannot prove may not exclude either.
                (true, Some(expression)) if !text.needs_proof() => none.push(expression),
                (true, _) => {}
            }
        }
        Some(Demand { group: place, mailboxes: group.few(), all, none })
    }

    /// The group of a mailbox and its place, if its messages may be seen.
    pub(super) fn group_of(&self, mailbox: MailboxId) -> Option<(usize, &Group)> {
        self.groups.iter().enumerate().find(|(_, group)| group.sight(mailbox).is_some())
    }

    /// Whether the asker may know of a message. What was found because more may be read in another mailbox does not count.
    pub(super) fn shows(&self, row: &Row) -> bool {
        let group = self.group_of(row.mailbox);
        group.is_some_and(|(place, group)| row.found_in.is_none_or(|found| found == place) && (group.private || !row.private))
    }

    /// Whether a row says what it must, but for customers.
    pub(super) fn row_holds(&self, row: &Row) -> bool {
        self.rows.iter().all(|demand| demand.negated != demand.wanted.holds(row, demand.negated))
    }

    /// The demands on customers.
    pub(super) fn filings(&self) -> impl Iterator<Item = (bool, &[CustomerId])> {
        self.rows.iter().filter_map(|demand| match &demand.wanted {
            RowWanted::Customers(customers) => Some((demand.negated, customers.as_slice())),
            _ => None,
        })
    }

    /// The demands on texts that are still to be proved once the index has (or has not) been asked.
    pub(super) fn unproved(&self, by_index: bool) -> Vec<&Spoken> {
        self.texts.iter().filter(|text| !by_index || text.needs_proof()).collect()
    }
}

impl RowWanted {
    /// Customers are looked up later: until then they count as what is wanted.
    fn holds(&self, row: &Row, negated: bool) -> bool {
        match self {
            RowWanted::Attachment => row.has_attachments,
            RowWanted::Folders(folders) => row.folder.is_some_and(|folder| folders.contains(&folder)),
            RowWanted::Is(State::Unread) => !row.read,
            RowWanted::Is(State::Read) => row.read,
            RowWanted::Is(State::Flagged) => row.flagged,
            RowWanted::Is(State::Draft) => row.draft,
            RowWanted::Customers(_) => !negated,
        }
    }
}

impl Spoken {
    /// Whether the index knows only candidates.
    pub(super) fn needs_proof(&self) -> bool {
        self.phrases.iter().any(|phrase| !phrase.is_one_term())
    }

    /// Whether the body has to be read to prove it.
    pub(super) fn needs_body(&self) -> bool {
        self.fields.contains(&Field::Anywhere)
    }

    /// What the index is asked for; `None` where no part may be read in which it could stand.
    pub(super) fn expression(&self, level: Level) -> Option<Expression> {
        let marks = self.marks(level);
        let terms: Vec<_> = self.phrases.iter().map(Phrase::terms).collect();
        let any: Vec<_> = terms.iter().flat_map(|terms| marks.iter().map(|mark| Expression::phrase(mark, terms))).collect();
        (!any.is_empty()).then_some(Expression::Any(any))
    }

    fn marks(&self, level: Level) -> Vec<&'static str> {
        const PEOPLE: [Field; 3] = [Field::From, Field::To, Field::Cc];
        let mut marks = Vec::new();
        for field in &self.fields {
            match (field, level) {
                (Field::Anywhere, Level::Everything) => marks.push(mark(Field::Anywhere)),
                (Field::Anywhere, Level::Subject) => marks.extend(PEOPLE.map(mark).into_iter().chain([mark(Field::Subject)])),
                (Field::Anywhere, Level::Metadata) => marks.extend(PEOPLE.map(mark)),
                (Field::Subject, Level::Metadata) => {}
                (field, _) => marks.push(mark(*field)),
            }
        }
        marks
    }

    /// The same demand on one part only, if it is one on any part: how a ranking learns where words stand.
    pub(super) fn within(&self, field: Field, level: Level) -> Option<Expression> {
        let readable = field != Field::Subject || level >= Level::Subject;
        let asks = !self.negated && readable && self.fields == [Field::Anywhere];
        asks.then(|| Expression::Any(self.phrases.iter().map(|phrase| Expression::phrase(mark(field), &phrase.terms())).collect()))
    }

    /// Whether one of its phrases stands in one of its parts of a message whose text is at hand.
    pub(super) fn stands(&self, document: &Document<'_>, level: Level) -> bool {
        self.phrases.iter().any(|phrase| self.fields.iter().any(|field| document.holds(*field, level, phrase)))
    }
}
