//! What a mail that is passed on takes along: the original's files, fetched from Microsoft and kept as files of ours.

use graph::{Access, GrantKey, Lane, mail};
use model::id::{FileId, MessageId};
use model::outgoing::Enclosed;
use sha2::{Digest as _, Sha256};
use store::file::{self, CHUNK_BYTES, File};
use store::{Transaction, mailbox, message};

use crate::access::Asker;
use crate::failure::Failure;
use crate::state::State;

/// The files of a message that the asker sees whole.
///
/// # Errors
/// When Microsoft does not give one, or the database does not answer.
pub(super) async fn files(state: &State, asker: &Asker, id: MessageId) -> Result<Vec<Enclosed>, Failure> {
    let found = message::find(&state.db, id).await?.ok_or_else(Failure::not_found)?;
    let mailbox = mailbox::find(&state.db, found.message.mailbox).await?.ok_or_else(Failure::not_found)?;
    let access = Access::new(GrantKey::new(mailbox.connection.to_string()), mailbox.graph_user_id, Lane::Interactive);
    let mut enclosed = Vec::new();
    for attachment in message::attachments(&state.db, id).await? {
        let bytes = mail::attachment::attachment_value(&state.microsoft, &access, &found.message.graph_id, &attachment.graph_id).await?;
        let kind = attachment.content_type.filter(|kind| kind.contains('/')).unwrap_or_else(|| "application/octet-stream".to_owned());
        let name = if attachment.name.trim().is_empty() { "attachment".to_owned() } else { attachment.name };
        let file = keep(state, asker, &name, &kind, &bytes).await?;
        let content_id = attachment.content_id.filter(|_| attachment.inline);
        enclosed.push(Enclosed { file, name, content_type: kind, size_bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX), content_id });
    }
    Ok(enclosed)
}

async fn keep(state: &State, asker: &Asker, name: &str, kind: &str, bytes: &[u8]) -> Result<FileId, Failure> {
    let now = state.clock.now();
    let new = File {
        id: FileId::new(now),
        workspace: asker.workspace,
        name: name.to_owned(),
        content_type: kind.to_owned(),
        size_bytes: 0,
        sha256: None,
        asked_by: asker.actor(),
        created_at: now,
        completed_at: None,
    };
    state.db.commit(Transaction::new("api.bring_file").with(file::insert(&new))).await?;
    for (place, chunk) in (0i64..).zip(bytes.chunks(CHUNK_BYTES)) {
        state.db.commit(Transaction::new("api.file_chunk").with(file::put_chunk(new.id, place, chunk.to_vec()))).await?;
    }
    let size_bytes = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let complete = file::complete(new.id, size_bytes, &Sha256::digest(bytes), now);
    state.db.commit(Transaction::new("api.file_complete").with(complete)).await?;
    Ok(new.id)
}
