//! Contact plan: what a page of a folder's changes means for the mirror. Pure.
//!
//! A page may repeat what it has said, and say again what is known: the last entry of an id counts, and what says nothing new is
//! only noted as seen. A contact that is in another folder now is there before it is gone from here, or after: it is gone only from
//! the folder that it was last seen in.

use std::collections::HashMap;

use base::Timestamp;
use model::contact::{Card, SourceContact};
use model::id::{ContactFolderId, SourceContactId};
use store::contact_book::ContactBook;
use store::source_contact::{Kept, Pending};

use crate::last::last_of_each;

/// One entry of a page.
#[derive(Clone, Debug, PartialEq)]
pub enum ContactEntry {
    /// It is there and says this.
    Present {
        /// Microsoft's immutable id.
        foreign_id: String,
        /// What it says.
        card: Box<Card>,
        /// When it last changed.
        updated_at: Timestamp,
    },
    /// It is not in the folder any more.
    Absent(String),
}

impl ContactEntry {
    /// Microsoft's id of the contact that it is about.
    pub fn foreign_id(&self) -> &str {
        match self {
            ContactEntry::Present { foreign_id, .. } | ContactEntry::Absent(foreign_id) => foreign_id,
        }
    }
}

/// One change to what is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum ContactStep {
    /// It was not there.
    Insert(Box<SourceContact>, String),
    /// It says something else.
    Update(Box<SourceContact>),
    /// It was shown, and nothing about it is new.
    Seen(SourceContactId),
    /// It is gone.
    Gone(SourceContactId),
}

/// Plans a page of a folder.
pub fn plan(
    book: &ContactBook,
    folder: Option<ContactFolderId>,
    entries: Vec<ContactEntry>,
    known: &[Kept],
    now: Timestamp,
) -> Vec<ContactStep> {
    let known: HashMap<&str, &Kept> = known.iter().map(|known| (known.foreign_id.as_str(), known)).collect();
    let mut steps = Vec::with_capacity(entries.len());
    for entry in last_of_each(entries, ContactEntry::foreign_id) {
        let before = known.get(entry.foreign_id()).copied();
        match entry {
            ContactEntry::Present { foreign_id, card, updated_at } => {
                steps.push(present(book, foreign_id, *card, updated_at, before, now));
            }
            ContactEntry::Absent(_) => {
                let gone = before.filter(|before| before.folder == folder && before.pending != Some(Pending::Gone));
                steps.extend(gone.map(|before| ContactStep::Gone(before.source.id)));
            }
        }
    }
    steps
}

fn present(
    book: &ContactBook,
    foreign_id: String,
    card: Card,
    updated_at: Timestamp,
    before: Option<&Kept>,
    now: Timestamp,
) -> ContactStep {
    let id = before.map_or_else(|| SourceContactId::new(now), |before| before.source.id);
    let source = SourceContact { id, origin: book.origin, book: book.id, card, updated_at };
    match before {
        None => ContactStep::Insert(Box::new(source), foreign_id),
        Some(before) if before.pending != Some(Pending::Gone) && before.source.card == source.card => ContactStep::Seen(id),
        Some(_) => ContactStep::Update(Box::new(source)),
    }
}

#[cfg(test)]
mod tests {
    use model::contact::{Name, Origin};
    use model::id::{ContactBookId, WorkspaceId};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(1_767_323_045_000 + second * 1000)
    }

    fn book() -> ContactBook {
        ContactBook {
            id: ContactBookId::from_number(3),
            ..ContactBook::fresh(WorkspaceId::from_number(1), Origin::Outlook, "bo", None, at(0))
        }
    }

    fn says(foreign_id: &str, name: &str) -> ContactEntry {
        let name = Name { display: Some(name.to_owned()), ..Name::default() };
        let card = Box::new(Card { name, ..Card::default() });
        ContactEntry::Present { foreign_id: foreign_id.to_owned(), card, updated_at: at(5) }
    }

    fn kept(step: &ContactStep, folder: i64) -> Kept {
        let ContactStep::Insert(source, foreign_id) = step else { panic!("{step:?}") };
        Kept {
            source: *source.clone(),
            folder: Some(ContactFolderId::from_number(folder)),
            foreign_id: foreign_id.clone(),
            version: 1,
            named: None,
            contact: None,
            pending: None,
            sync: None,
        }
    }

    #[test]
    fn the_last_entry_counts_and_what_is_known_is_only_seen() {
        let here = Some(ContactFolderId::from_number(7));
        let steps = plan(&book(), here, vec![says("a", "Bo"), says("a", "Bo Ek")], &[], at(9));
        let known = [kept(&steps[0], 7)];
        assert_eq!((steps.len(), known[0].source.card.name.shown().as_str()), (1, "Bo Ek"));
        let id = known[0].source.id;
        assert_eq!(plan(&book(), here, vec![says("a", "Bo Ek")], &known, at(10)), [ContactStep::Seen(id)]);
        let changed = plan(&book(), here, vec![says("a", "Bo Berg")], &known, at(10));
        assert!(matches!(&changed[..], [ContactStep::Update(source)] if source.id == id), "{changed:?}");
        assert_eq!(plan(&book(), here, vec![ContactEntry::Absent("a".to_owned())], &known, at(10)), [ContactStep::Gone(id)]);
        assert_eq!(plan(&book(), here, vec![ContactEntry::Absent("b".to_owned())], &known, at(10)), []);
    }

    #[test]
    fn what_moved_to_another_folder_is_not_gone() {
        let steps = plan(&book(), None, vec![says("a", "Bo")], &[], at(9));
        let known = [kept(&steps[0], 8)];
        let elsewhere = Some(ContactFolderId::from_number(7));
        assert_eq!(plan(&book(), elsewhere, vec![ContactEntry::Absent("a".to_owned())], &known, at(10)), []);
    }

    #[test]
    fn what_was_gone_and_is_there_again_is_decided_again() {
        let steps = plan(&book(), None, vec![says("a", "Bo")], &[], at(9));
        let known = [Kept { pending: Some(Pending::Gone), ..kept(&steps[0], 7) }];
        assert!(matches!(plan(&book(), None, vec![says("a", "Bo")], &known, at(10))[..], [ContactStep::Update(_)]));
    }
}
