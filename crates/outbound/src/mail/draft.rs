//! An outgoing mail as Microsoft's draft.

use graph::mail::draft::{EnclosedFile, NewDraft, Party};
use model::message::{BodyKind, Participant};
use model::outgoing::{Enclosed, Outgoing};
use store::{Db, StoreError, file};

/// Files up to this size go into the draft itself; larger ones are added to it. All together they stay below this too: a
/// request takes 4 MB, and Base64 makes three bytes four (graph.md 3.3, 3.7).
pub(super) const INLINE_BYTES_MAX: i64 = 2_500_000;

/// The draft of a mail, with those of its files that go into it.
pub(super) async fn of(db: &Db, outgoing: &Outgoing) -> Result<NewDraft, StoreError> {
    let written = &outgoing.written;
    let mut enclosed = Vec::new();
    for file in inside(&written.enclosed) {
        let content = file::whole(db, file.file, file.size_bytes).await?;
        enclosed.push(EnclosedFile {
            name: file.name.clone(),
            content_type: file.content_type.clone(),
            content_id: file.content_id.clone(),
            content: content.into(),
        });
    }
    Ok(NewDraft {
        mark: outgoing.mark.clone(),
        from: written.from.as_ref().map(party),
        to: parties(&written.recipients.to),
        cc: parties(&written.recipients.cc),
        bcc: parties(&written.recipients.bcc),
        reply_to: parties(&written.recipients.reply_to),
        subject: written.subject.clone(),
        is_html: written.body_kind == BodyKind::Html,
        body: written.body.clone(),
        importance: written.importance.name(),
        in_reply_to: written.in_reply_to.clone(),
        references: written.references.clone(),
        headers: written.headers.clone(),
        enclosed,
    })
}

fn parties(participants: &[Participant]) -> Vec<Party> {
    participants.iter().map(party).collect()
}

fn party(participant: &Participant) -> Party {
    Party { name: participant.name.clone(), address: participant.address.clone() }
}

/// The files that go into the draft itself.
pub(super) fn inside(enclosed: &[Enclosed]) -> impl Iterator<Item = &Enclosed> {
    let total: i64 = enclosed.iter().map(|file| file.size_bytes).sum();
    enclosed.iter().filter(move |_| total <= INLINE_BYTES_MAX)
}
