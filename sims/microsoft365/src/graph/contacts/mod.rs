//! Contacts over Graph: nested folders, contacts, photos, their deltas (reference: Graph, section 9).

mod contact_input;
mod contact_json;
mod delta;
mod entries;
mod folders;
mod path;
mod photo;

use http::Method;

pub use entries::{change_as, create_as};
pub use path::{is_contacts, watched_folder};

use path::{ContactPart, ContactTarget};

use super::answer::wrong_verb;
use super::call::{Call, Owner};
use super::path::Segment;
use super::reply::Reply;
use crate::Refusal;

/// Answers a path that is about contacts.
///
/// # Errors
/// 405 for a verb that the path does not take; else as each part says.
pub fn answer(call: &mut Call<'_>, owner: &Owner, segments: &[Segment]) -> Result<Reply, Refusal> {
    let target = path::read(segments)?;
    let method = call.request.method.clone();
    match (&target, &method) {
        (ContactTarget::Contacts { folder }, &Method::GET) => entries::list(call, owner, folder.as_deref()),
        (ContactTarget::Contacts { folder }, &Method::POST) => entries::create(call, owner, folder.as_deref()),
        (ContactTarget::ContactCount { folder }, &Method::GET) => entries::count(call, owner, folder.as_deref()),
        (ContactTarget::ContactDelta { folder }, &Method::GET) => delta::contacts(call, owner, folder.as_deref()),
        (ContactTarget::Folders { parent }, &Method::GET) => folders::list(call, owner, parent.as_deref()),
        (ContactTarget::Folders { parent }, &Method::POST) => folders::create(call, owner, parent.as_deref()),
        (ContactTarget::FolderDelta, &Method::GET) => delta::folders(call, owner),
        (ContactTarget::Folder(id), &Method::GET) => folders::get(call, owner, id),
        (ContactTarget::Folder(id), &Method::PATCH) => folders::rename(call, owner, id),
        (ContactTarget::Folder(id), &Method::DELETE) => folders::delete(call, owner, id),
        (ContactTarget::Contact { id, part }, method) => of_contact(call, owner, id, *part, method),
        _ => Err(wrong_verb()),
    }
}

fn of_contact(call: &mut Call<'_>, owner: &Owner, id: &str, part: ContactPart, method: &Method) -> Result<Reply, Refusal> {
    match (part, method) {
        (ContactPart::Itself, &Method::GET) => entries::get(call, owner, id),
        (ContactPart::Itself, &Method::PATCH) => entries::change(call, owner, id),
        (ContactPart::Itself, &Method::DELETE) | (ContactPart::PermanentDelete, &Method::POST) => entries::delete(call, owner, id),
        (ContactPart::Photo, &Method::GET) => photo::describe(call, owner, id),
        (ContactPart::PhotoContent, &Method::GET) => photo::get(call, owner, id),
        (ContactPart::PhotoContent | ContactPart::Photo, &Method::PUT | &Method::PATCH) => photo::put(call, owner, id),
        (ContactPart::PhotoContent | ContactPart::Photo, &Method::DELETE) => photo::delete(call, owner, id),
        _ => Err(wrong_verb()),
    }
}
