//! `/api/v1/mailboxes/{mailbox}/rules`: what Exchange does with mail on its arrival in the inbox.

use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::Asker;
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::arranging::rules::{self, Wanted};
use crate::asked::{Body, Filters, Listed, Named, NamedPair, Unfiltered};
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(one, change, remove))
}

/// A rule that shall be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRule {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// Its place, from 1; behind all others unless one is named. Those at its place and behind it go one further.
    #[serde(default)]
    #[schema(minimum = 1)]
    sequence: Option<i32>,
    /// Whether it is in use.
    #[serde(default)]
    is_enabled: Option<bool>,
    /// What must hold, all of it. Left out: every mail.
    #[serde(default)]
    conditions: Option<view::RuleConditions>,
    /// What must not hold, any of it.
    #[serde(default)]
    exceptions: Option<view::RuleConditions>,
    /// What is done: at least one thing.
    actions: view::RuleActions,
}

/// What of a rule shall be different. Conditions, exceptions and actions are replaced whole where they are named.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct RuleChange {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// Its place, from 1: so rules are put into another order.
    #[schema(minimum = 1)]
    sequence: Option<i32>,
    /// Whether it is in use.
    is_enabled: Option<bool>,
    /// What must hold, all of it.
    conditions: Option<view::RuleConditions>,
    /// What must not hold, any of it.
    exceptions: Option<view::RuleConditions>,
    /// What is done.
    actions: Option<view::RuleActions>,
}

/// Rules
///
/// Those of the inbox, in the order in which they run, as Microsoft has them now. Needs Microsoft's permission
/// `MailboxSettings.Read`.
#[utoipa::path(get, path = "/api/v1/mailboxes/{mailbox}/rules", operation_id = "listRules", tag = "Mailboxes",
    params(("mailbox" = view::id::MailboxId, Path, description = "Its id."), Paging),
    responses((status = 200, body = Page<view::Rule>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Named(mailbox): Named<model::id::Mailbox>,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    let fields = Page::<view::Rule>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, format!("rules of {mailbox}")));
    let after: Option<(i32, String)> = list.position()?;
    let mut data = rules::list(&state, &asker, mailbox).await?;
    data.retain(|rule| after.as_ref().is_none_or(|(sequence, id)| (rule.sequence, &rule.id) > (*sequence, id)));
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&(last.sequence, &last.id)));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A rule
#[utoipa::path(get, path = "/api/v1/mailboxes/{mailbox}/rules/{rule}", operation_id = "getRule", tag = "Mailboxes",
    params(("mailbox" = view::id::MailboxId, Path, description = "Its id."), ("rule" = String, Path, description = "The rule's id."), Picking),
    responses((status = 200, body = view::Rule)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    NamedPair(mailbox, id): NamedPair<model::id::Mailbox>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    let fields = Fields::read::<view::Rule>(picking.fields.as_deref())?;
    Ok(answer::one(&rules::find(&state, &asker, mailbox, &id).await?, &fields, &conditions))
}

/// Make a rule
///
/// Needs Microsoft's permission `MailboxSettings.ReadWrite`. A rule that sends mail on stands in the audit with its recipients.
#[utoipa::path(post, path = "/api/v1/mailboxes/{mailbox}/rules", operation_id = "createRule", tag = "Mailboxes",
    params(("mailbox" = view::id::MailboxId, Path, description = "Its id.")), request_body = NewRule,
    responses((status = 201, body = view::Rule, headers(("Location" = String, description = "Where it is.")))))]
async fn create(
    Given(state): Given<State>,
    asker: Asker,
    Named(mailbox): Named<model::id::Mailbox>,
    Body(new): Body<NewRule>,
) -> Result<Response, Failure> {
    let wanted = Wanted {
        name: Some(new.name),
        sequence: new.sequence,
        is_enabled: new.is_enabled,
        conditions: new.conditions,
        exceptions: new.exceptions,
        actions: Some(new.actions),
    };
    let made = rules::create(&state, &asker, mailbox, wanted).await?;
    let id: String = url::form_urlencoded::byte_serialize(made.id.as_bytes()).collect();
    Ok(answer::created(&made, &format!("/api/v1/mailboxes/{mailbox}/rules/{id}")))
}

/// Change a rule
///
/// Its name, its place, whether it is in use, or what it does.
#[utoipa::path(patch, path = "/api/v1/mailboxes/{mailbox}/rules/{rule}", operation_id = "changeRule", tag = "Mailboxes",
    params(("mailbox" = view::id::MailboxId, Path, description = "Its id."), ("rule" = String, Path, description = "The rule's id.")),
    request_body = RuleChange, responses((status = 200, body = view::Rule)))]
async fn change(
    Given(state): Given<State>,
    asker: Asker,
    NamedPair(mailbox, id): NamedPair<model::id::Mailbox>,
    conditions: Conditions,
    Body(change): Body<RuleChange>,
) -> Result<Response, Failure> {
    let RuleChange { name, sequence, is_enabled, conditions: must, exceptions, actions } = change;
    let wanted = Wanted { name, sequence, is_enabled, conditions: must, exceptions, actions };
    let now = rules::change(&state, &asker, mailbox, &id, &conditions, wanted).await?;
    Ok(answer::one(&now, &Fields::default(), &Conditions::default()))
}

/// Delete a rule
#[utoipa::path(delete, path = "/api/v1/mailboxes/{mailbox}/rules/{rule}", operation_id = "deleteRule", tag = "Mailboxes",
    params(("mailbox" = view::id::MailboxId, Path, description = "Its id."), ("rule" = String, Path, description = "The rule's id.")),
    responses((status = 204, description = "It is gone.")))]
async fn remove(
    Given(state): Given<State>,
    asker: Asker,
    NamedPair(mailbox, id): NamedPair<model::id::Mailbox>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    rules::delete(&state, &asker, mailbox, &id, &conditions).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
