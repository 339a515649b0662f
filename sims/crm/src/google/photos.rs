//! Photos: open to whoever has the address, as at Google; a size after `=` is taken and changes nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::reply::{Reply, page, reply};
use crate::request::{Call, Host};
use crate::world::World;

/// One pixel: what Google would draw as a letter.
const LETTER: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/// The address of a photo.
pub(crate) fn address(call: &Call, key: &str) -> String {
    call.address(Host::Photos, &format!("/{key}=s100"))
}

/// `GET /contacts/…` and `GET /cm/…`
pub(crate) fn show(world: &World, call: &Call) -> Reply {
    let key = call.path.trim_start_matches('/').split('=').next().unwrap_or_default();
    let shown = world.google.books.values().find_map(|book| {
        let is_shown = |photo: &(String, bool)| photo.0 == key;
        book.truth.values().any(|person| is_shown(&person.photo)).then(|| book.photos.get(key))
    });
    match shown {
        Some(Some((kind, bytes))) => reply(200, kind, Bytes::from(bytes.clone())),
        Some(None) => reply(200, "image/png", Bytes::from(STANDARD.decode(LETTER).expect("the letter is base64"))),
        None => page(404, "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>".to_owned()),
    }
}
