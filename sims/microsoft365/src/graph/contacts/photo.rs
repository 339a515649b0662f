//! A contact's photo (reference: Graph, section 9.2).

use serde_json::json;

use super::entries::found;
use crate::Refusal;
use crate::graph::call::{Call, Owner};
use crate::graph::messages::{not_found, refusal};
use crate::graph::reply::Reply;
use crate::mailbox::contacts::Photo;

/// The largest photo, in bytes.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// `GET …/photo`
///
/// # Errors
/// 404 `ImageNotFound` without one; as for the contact.
pub fn describe(call: &Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let photo = photo(call, owner, id)?;
    let (width, height) = photo.size;
    let context = call.context(&format!("{}/contacts/photo/$entity", call.owner_context(owner)));
    let json = json!({
        "@odata.context": context, "@odata.mediaContentType": photo.content_type, "id": format!("{width}x{height}"), "width": width,
        "height": height,
    });
    Ok(Reply::json(json.to_string()))
}

/// `GET …/photo/$value`
///
/// # Errors
/// As [`describe`].
pub fn get(call: &Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let photo = photo(call, owner, id)?;
    Ok(Reply::raw(&photo.content_type, photo.bytes.clone()))
}

/// `PUT …/photo/$value`
///
/// # Errors
/// 400 for what is no picture, 413 beyond 4 MB; as for the contact.
pub fn put(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id, true)?;
    let content_type = call.request.header("content-type").split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let bytes = call.request.body.clone();
    if bytes.len() > BYTES_MAX {
        return Err(Refusal::new(413, "RequestEntityTooLarge", "The maximum request length supported is 4MB."));
    }
    if !content_type.starts_with("image/") || bytes.is_empty() {
        return Err(Refusal::new(400, "ErrorInvalidImage", "The body is no picture."));
    }
    let photo = Photo { size: pixels(&bytes), content_type, bytes };
    set(call, &user, item, Some(photo))?;
    Ok(Reply::empty(200))
}

/// `DELETE …/photo`
///
/// # Errors
/// As for the contact.
pub fn delete(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id, true)?;
    set(call, &user, item, None)?;
    Ok(Reply::empty(204))
}

fn set(call: &mut Call<'_>, user: &str, item: crate::mailbox::ItemNumber, photo: Option<Photo>) -> Result<(), Refusal> {
    let now = call.world.now();
    let mailbox = call.world.mailboxes.get_mut(user).ok_or_else(not_found)?;
    mailbox.alter_contact(item, now, |contact| contact.photo = photo).map_err(refusal)
}

fn photo<'a>(call: &'a Call<'_>, owner: &Owner, id: &str) -> Result<&'a Photo, Refusal> {
    let (user, item) = found(call, owner, id, false)?;
    let contact = call.world.mailboxes[&user].address_book().contact(item).ok_or_else(not_found)?;
    contact.photo.as_ref().ok_or_else(|| Refusal::new(404, "ImageNotFound", "Exception of type 'ImageNotFoundException' was thrown."))
}

/// Width and height of a JPEG by its frame header (ITU T.81, B.2.2) or of a PNG by its first chunk; else 1 by 1.
fn pixels(bytes: &[u8]) -> (u32, u32) {
    let pair = |at: usize| bytes.get(at..at + 2).map(|two| u32::from(two[0]) << 8 | u32::from(two[1]));
    if bytes.starts_with(&[0x89, b'P', b'N', b'G']) {
        return pair(18).zip(pair(22)).unwrap_or((1, 1));
    }
    let mut at = 2;
    while let Some([0xFF, kind]) = bytes.get(at..at + 2) {
        if matches!(kind, 0xC0..=0xC3) {
            return pair(at + 7).zip(pair(at + 5)).unwrap_or((1, 1));
        }
        at += 2 + pair(at + 2).unwrap_or(0).max(2) as usize;
    }
    (1, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_read_from_the_frame() {
        let jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC0, 0, 17, 8, 1, 0x90, 2, 0x58, 3];
        assert_eq!(pixels(&jpeg), (600, 400));
        assert_eq!(pixels(b"nothing"), (1, 1));
    }
}
