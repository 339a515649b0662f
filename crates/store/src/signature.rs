//! Signatures: what stands below the mail of a mailbox.

use base::Timestamp;
use model::compose::signature::Signature;
use model::id::MailboxId;

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::Statement;

/// The signature of a mailbox, and who set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What it is. Its HTML was cleaned.
    pub signature: Signature,
    /// When it was set.
    pub updated_at: Timestamp,
    /// Who did that.
    pub updated_by: String,
}

/// The signature of a mailbox, if it has one.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, mailbox: MailboxId) -> Result<Option<Kept>, StoreError> {
    const SQL: &str = "SELECT html, text, updated_at, updated_by FROM signature WHERE mailbox_id = $1";
    let Some(mut row) = db.query_first(SQL, [mailbox.into()]).await? else { return Ok(None) };
    let signature = Signature { html: row.read()?, text: row.read()? };
    Ok(Some(Kept { signature, updated_at: row.read()?, updated_by: row.read()? }))
}

/// The signature of a mailbox from now on.
pub fn put(mailbox: MailboxId, kept: &Kept) -> Statement {
    const SQL: &str = "INSERT INTO signature (mailbox_id, html, text, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (mailbox_id) DO UPDATE SET html = excluded.html, text = excluded.text, updated_at = excluded.updated_at,
            updated_by = excluded.updated_by";
    let Signature { html, text } = &kept.signature;
    Statement::new(SQL, [mailbox.into(), html.into(), text.into(), kept.updated_at.into(), (&kept.updated_by).into()])
}

/// The mailbox has none from now on.
pub fn remove(mailbox: MailboxId) -> Statement {
    Statement::new("DELETE FROM signature WHERE mailbox_id = $1", [mailbox.into()])
}
