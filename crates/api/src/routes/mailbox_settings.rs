//! `/api/v1/mailboxes/{mailbox}/settings`: what the mailbox's owner has set at Microsoft.

use axum::extract::State as Given;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::Asker;
use crate::answer::{self, Conditions, Fields};
use crate::arranging::settings;
use crate::asked::{Body, Filters, Named};
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(one, change))
}

/// A mailbox's settings
///
/// Automatic replies, time zone, working hours, language and formats, as Microsoft has them now. Needs Microsoft's permission
/// `MailboxSettings.Read`.
#[utoipa::path(get, path = "/api/v1/mailboxes/{mailbox}/settings", operation_id = "getMailboxSettings", tag = "Mailboxes",
    params(("mailbox" = view::id::MailboxId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::MailboxSettings)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(mailbox): Named<model::id::Mailbox>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    let fields = Fields::read::<view::MailboxSettings>(picking.fields.as_deref())?;
    Ok(answer::one(&settings::find(&state, &asker, mailbox).await?, &fields, &conditions))
}

/// Change a mailbox's settings
///
/// What is named is changed, the rest stays. Automatic replies can only be scheduled for the future. Needs Microsoft's permission
/// `MailboxSettings.ReadWrite`.
#[utoipa::path(patch, path = "/api/v1/mailboxes/{mailbox}/settings", operation_id = "changeMailboxSettings", tag = "Mailboxes",
    params(("mailbox" = view::id::MailboxId, Path, description = "Its id.")), request_body = view::MailboxSettings,
    responses((status = 200, body = view::MailboxSettings)))]
async fn change(
    Given(state): Given<State>,
    asker: Asker,
    Named(mailbox): Named<model::id::Mailbox>,
    conditions: Conditions,
    Body(wanted): Body<view::MailboxSettings>,
) -> Result<Response, Failure> {
    let now = settings::change(&state, &asker, mailbox, &conditions, wanted).await?;
    Ok(answer::one(&now, &Fields::default(), &Conditions::default()))
}
