//! What a mail takes along that passes another on, answers it or takes a draft's place: files of that one, fetched from Microsoft and
//! kept as files of ours.

use axum::body::Body;
use graph::{Access, GrantKey, Lane, mail};
use model::id::MessageId;
use model::message::Attachment;
use model::outgoing::Enclosed;
use store::{mailbox, message};

use super::files;
use crate::access::Asker;
use crate::failure::Failure;
use crate::state::State;

/// The files of a message that the asker sees whole.
///
/// # Errors
/// When Microsoft does not give one, or the database does not answer.
pub(super) async fn enclosed(state: &State, asker: &Asker, id: MessageId) -> Result<Vec<Enclosed>, Failure> {
    bring(state, asker, id, |_| true).await
}

/// Those of its files that a text shows as its images.
///
/// # Errors
/// As [`enclosed`].
pub(super) async fn shown_in(state: &State, asker: &Asker, id: MessageId, text: &str) -> Result<Vec<Enclosed>, Failure> {
    if !text.contains("cid:") {
        return Ok(Vec::new());
    }
    let is_shown = |name: &String| text.contains(&format!("cid:{name}"));
    bring(state, asker, id, |attachment| attachment.content_id.as_ref().is_some_and(is_shown)).await
}

async fn bring(state: &State, asker: &Asker, id: MessageId, wanted: impl Fn(&Attachment) -> bool) -> Result<Vec<Enclosed>, Failure> {
    let found = message::find(&state.db, id).await?.ok_or_else(Failure::not_found)?;
    let mailbox = mailbox::find(&state.db, found.message.mailbox).await?.ok_or_else(Failure::not_found)?;
    let access = Access::new(GrantKey::new(mailbox.connection.to_string()), mailbox.graph_user_id, Lane::Interactive);
    let mut enclosed = Vec::new();
    for attachment in message::attachments(&state.db, id).await?.into_iter().filter(wanted) {
        let opened = mail::attachment::open_attachment(&state.microsoft, &access, &found.message.graph_id, &attachment.graph_id).await?;
        let kind = attachment.content_type.as_deref().filter(|kind| kind.contains('/')).unwrap_or("application/octet-stream");
        let name = if attachment.name.trim().is_empty() { "attachment" } else { &attachment.name };
        let kept = files::keep(state, asker, name, kind, Body::from_stream(opened.pieces)).await?;
        enclosed.push(super::compose::enclosed_as(kept, attachment.content_id.filter(|_| attachment.inline)));
    }
    Ok(enclosed)
}
