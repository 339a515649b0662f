//! Sending: a finished draft is handed over.
//!
//! `POST {mailbox}/messages/{id}/send` without a body answers 202: accepted for submission, not delivered (graph.md 3.4).
//! Failures after that come back as mail. What is no draft any more is refused, so handing one draft over twice sends it once.
//! An answer that was lost after it may mean either (`Recourse::Verify`): look at the draft (3.10).

use crate::access::Access;
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::IMMUTABLE_IDS;
use crate::mail::messages::message_path;

/// Hands a draft over.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been taken.
pub async fn send(client: &Client, access: &Access, id: &str) -> Result<(), GraphError> {
    let call = Call::post(message_path(access, id).literal("send")).prefer(IMMUTABLE_IDS);
    client.call(access, call).await.map(drop)
}
