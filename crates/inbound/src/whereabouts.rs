//! Whereabouts: what Microsoft's answer to "where is this message?" means. Pure.
//!
//! Asked for a message that has left its folder with no other claiming it, and for one that two folders claim for too
//! long. Only "not found" deletes, and a folder outside the tree that can be seen (such as the recoverable items, where
//! deleted mail lingers and still answers) counts as gone once the tree has been read again.

use model::event::EventKind;
use model::id::FolderId;

use crate::plan::{Known, Place, Step, Write, event};

/// Where Microsoft says that a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// In a folder of the mirror.
    In(FolderId),
    /// In a folder that the mirror does not know.
    Elsewhere {
        /// Whether the folders have been read since the message left its own: then it is none that we could see.
        folders_are_fresh: bool,
    },
    /// Not found.
    Nowhere,
}

/// The step that an answer calls for, or `None` if it has to be asked again later.
pub fn settle(place: Place, known: Known, whereabouts: Whereabouts) -> Option<Step> {
    match whereabouts {
        Whereabouts::In(folder) => Some(at_home(Place { folder, ..place }, known)),
        Whereabouts::Elsewhere { folders_are_fresh: false } => None,
        Whereabouts::Elsewhere { folders_are_fresh: true } | Whereabouts::Nowhere => Some(gone(place, &known)),
    }
}

fn at_home(place: Place, known: Known) -> Step {
    let was = known.was();
    let mut message = known.message;
    let came_from = message.folder.or(known.left);
    message.folder = Some(place.folder);
    let moved = came_from != Some(place.folder);
    let event =
        moved.then(|| event(place, EventKind::MessageMoved, &message, serde_json::json!({"folder": place.folder, "from": came_from})));
    let write = Write::Update { message: Box::new(message), body: None, body_hash: known.body_hash, claimed_by: None, relist: false };
    Step { write, event, ask: None, was }
}

fn gone(place: Place, known: &Known) -> Step {
    let message = &known.message;
    let data = serde_json::json!({"folder": message.folder.or(known.left), "graph_id": message.graph_id});
    Step {
        write: Write::Delete(message.id),
        event: Some(event(place, EventKind::MessageDeleted, message, data)),
        ask: None,
        was: known.was(),
    }
}
