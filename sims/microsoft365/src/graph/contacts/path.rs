//! What a path below an owner asks for, when it is about contacts.

use crate::Refusal;
use crate::graph::path::{Segment, Steps, no_segment};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactTarget {
    /// `contacts` of a folder; of the default one without.
    Contacts {
        /// The folder.
        folder: Option<String>,
    },
    /// `contacts/$count`
    ContactCount {
        /// The folder.
        folder: Option<String>,
    },
    /// `contacts/delta`
    ContactDelta {
        /// The folder.
        folder: Option<String>,
    },
    /// Something of one contact.
    Contact {
        /// Its id.
        id: String,
        /// What of it.
        part: ContactPart,
    },
    /// `contactFolders`, or `childFolders` of one.
    Folders {
        /// The folder whose children are meant.
        parent: Option<String>,
    },
    /// `contactFolders/delta`
    FolderDelta,
    /// One folder.
    Folder(String),
}

/// What of a contact is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactPart {
    /// The contact itself.
    Itself,
    /// `permanentDelete`
    PermanentDelete,
    /// `photo`
    Photo,
    /// `photo/$value`
    PhotoContent,
}

/// Whether a path below an owner begins with something of the contacts.
pub fn is_contacts(first: &Segment) -> bool {
    first.is("contacts") || first.is("contactFolders")
}

/// The folder whose contacts a subscription's path names; `None` within: those of the whole mailbox.
pub fn watched_folder(segments: &[Segment]) -> Option<Option<String>> {
    match read(segments) {
        Ok(ContactTarget::Contacts { folder }) => Some(folder),
        _ => None,
    }
}

/// Reads the segments behind the owner.
///
/// # Errors
/// 400 `BadRequest` for a segment that leads nowhere.
pub fn read(segments: &[Segment]) -> Result<ContactTarget, Refusal> {
    let mut steps = Steps::new(segments);
    let first = steps.next().ok_or_else(|| no_segment(""))?;
    match () {
        () if first.is("contacts") => contacts(&mut steps, first, None),
        () if first.is("contactFolders") => folders(&mut steps, first, None),
        () => Err(no_segment(&first.name)),
    }
}

fn folders(steps: &mut Steps<'_>, collection: &Segment, parent: Option<String>) -> Result<ContactTarget, Refusal> {
    let Some(id) = steps.key(collection) else {
        return match steps.next() {
            None => Ok(ContactTarget::Folders { parent }),
            Some(next) if next.is("delta") && parent.is_none() => steps.end(ContactTarget::FolderDelta),
            Some(next) => Err(no_segment(&next.name)),
        };
    };
    match steps.next() {
        None => Ok(ContactTarget::Folder(id)),
        Some(next) if next.is("contacts") => contacts(steps, next, Some(id)),
        Some(next) if next.is("childFolders") => folders(steps, next, Some(id)),
        Some(next) => Err(no_segment(&next.name)),
    }
}

fn contacts(steps: &mut Steps<'_>, collection: &Segment, folder: Option<String>) -> Result<ContactTarget, Refusal> {
    let Some(id) = steps.key(collection) else {
        return match steps.next() {
            None => Ok(ContactTarget::Contacts { folder }),
            Some(next) if next.is("delta") => steps.end(ContactTarget::ContactDelta { folder }),
            Some(next) if next.is("$count") => steps.end(ContactTarget::ContactCount { folder }),
            Some(next) => Err(no_segment(&next.name)),
        };
    };
    let part = match steps.next() {
        None => ContactPart::Itself,
        Some(next) if next.is("permanentDelete") => ContactPart::PermanentDelete,
        Some(next) if next.is("photo") => match steps.next() {
            None => ContactPart::Photo,
            Some(value) if value.is("$value") => ContactPart::PhotoContent,
            Some(other) => return Err(no_segment(&other.name)),
        },
        Some(next) => return Err(no_segment(&next.name)),
    };
    steps.end(ContactTarget::Contact { id, part })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::path;

    #[test]
    fn folders_nest_and_contacts_have_photos() {
        let target = |text: &str| read(&path::read_relative(text)).unwrap();
        let folder = Some("b".to_owned());
        assert_eq!(target("contactFolders/a/childFolders/b/contacts/delta()"), ContactTarget::ContactDelta { folder });
        let part = ContactPart::PhotoContent;
        assert_eq!(target("contacts('c')/photo/$value"), ContactTarget::Contact { id: "c".to_owned(), part });
        assert_eq!(target("contactFolders/delta"), ContactTarget::FolderDelta);
    }
}
