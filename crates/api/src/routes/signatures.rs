//! `/api/v1/mailboxes/{id}/signature`: what stands below the mail of a mailbox.

use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use model::compose::signature::Signature;
use model::id::MailboxId;
use serde::Deserialize;
use serde_json::json;
use store::signature::{self, Kept};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Fields};
use crate::asked::{Body, Filters, Named, write};
use crate::failure::Failure;
use crate::sanitise::{self, RemoteImages};
use crate::sending::may_sign_for;
use crate::state::State;
use crate::view;

/// Bytes of either form.
const BYTES_MAX: usize = 50_000;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(one, set, remove))
}

/// The signature of a mailbox
///
/// Empty if it has none. It is for whoever may send from the mailbox, and for administrators.
#[utoipa::path(get, path = "/api/v1/mailboxes/{mailbox}/signature", operation_id = "getSignature", tag = "Mailboxes",
    params(("mailbox" = view::id::MailboxId, Path, description = "Of which mailbox."), Picking),
    responses((status = 200, body = view::Signature)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Mailbox>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    let fields = Fields::read::<view::Signature>(picking.fields.as_deref())?;
    may_sign_for(&state, &asker, id, Scope::Read).await?;
    Ok(answer::one(&shown(&state, id).await?, &fields, &conditions))
}

/// A signature in its two forms; where one is left out, it is made from the other.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WantedSignature {
    /// As HTML. It is cleaned as mail is that the console shows: no scripts, styles, forms or frames.
    #[serde(default)]
    #[schema(max_length = 50_000)]
    html: String,
    /// As plain text, without the line `-- `.
    #[serde(default)]
    #[schema(max_length = 50_000)]
    text: String,
}

/// Set the signature of a mailbox
///
/// It stands below mail that is written in the console, and below mail that is sent with `"signature": true`.
#[utoipa::path(put, path = "/api/v1/mailboxes/{mailbox}/signature", operation_id = "setSignature", tag = "Mailboxes",
    params(("mailbox" = view::id::MailboxId, Path, description = "Of which mailbox.")), request_body = WantedSignature,
    responses((status = 200, body = view::Signature)))]
async fn set(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Mailbox>,
    conditions: Conditions,
    Body(wanted): Body<WantedSignature>,
) -> Result<Response, Failure> {
    may_sign_for(&state, &asker, id, Scope::Send).await?;
    conditions.check(&shown(&state, id).await?)?;
    let kept = Kept { signature: judged(&wanted)?, updated_at: state.clock.now(), updated_by: asker.actor() };
    let put = [signature::put(id, &kept)];
    write(&state, &asker, "api.set_signature", "signature.set", &id.to_string(), json!(null), put).await?;
    Ok(answer::one(&view::Signature::of(id, Some(kept)), &Fields::default(), &Conditions::default()))
}

/// Remove the signature of a mailbox
#[utoipa::path(delete, path = "/api/v1/mailboxes/{mailbox}/signature", operation_id = "removeSignature", tag = "Mailboxes",
    params(("mailbox" = view::id::MailboxId, Path, description = "Of which mailbox.")),
    responses((status = 204, description = "It has none from now on.")))]
async fn remove(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Mailbox>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    may_sign_for(&state, &asker, id, Scope::Send).await?;
    conditions.check(&shown(&state, id).await?)?;
    let removed = [signature::remove(id)];
    write(&state, &asker, "api.remove_signature", "signature.remove", &id.to_string(), json!(null), removed).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn shown(state: &State, id: MailboxId) -> Result<view::Signature, Failure> {
    Ok(view::Signature::of(id, signature::find(&state.db, id).await?))
}

fn judged(wanted: &WantedSignature) -> Result<Signature, Failure> {
    let title = "That is no signature.";
    if wanted.html.len() > BYTES_MAX || wanted.text.len() > BYTES_MAX {
        let detail = format!("`html` or `text` is longer than {BYTES_MAX} bytes.");
        return Err(Failure::unprocessable("signature_too_long", title, detail, "Shorten it; put images where a link leads to them."));
    }
    let html = sanitise::html(&wanted.html, RemoteImages::Shown, "cid:").html.trim().to_owned();
    let text = wanted.text.trim_matches(['\r', '\n']).to_owned();
    if html.is_empty() && text.trim().is_empty() {
        let detail = "Neither `html` nor `text` holds anything that can be kept.";
        return Err(Failure::unprocessable("signature_empty", title, detail, "Give one of them, or remove the signature."));
    }
    Ok(Signature { html, text })
}
