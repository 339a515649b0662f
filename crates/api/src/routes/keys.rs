//! `/api/v1/keys`: the keys by which programs use the API. Nobody gives a key more than they have themselves.

use axum::extract::State as Given;
use axum::response::Response;
use base::Timestamp;
use model::id::{ApiKeyId, MailboxId};
use serde::Deserialize;
use serde_json::json;
use store::api_key::{self, ApiKey};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use super::customers::name_of;
use crate::access::{Asker, Level, Mailboxes, Scope, Scopes, Sight, key};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named, Unfiltered, refused, write};
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// Mailboxes that a key can be confined to.
const MAILBOXES_MAX: usize = 1_000;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(one, revoke))
}

/// Keys
///
/// The latest first, revoked ones too.
#[utoipa::path(get, path = "/api/v1/keys", operation_id = "listKeys", tag = "Keys", params(Paging),
    responses((status = 200, body = Page<view::Key>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Admin)?;
    let fields = Page::<view::Key>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "keys"));
    let before: Option<ApiKeyId> = list.position()?;
    let found = api_key::list(&state.db, asker.workspace, before, limit + 1).await?;
    let mut data: Vec<view::Key> = found.into_iter().map(view::Key::of).collect();
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A key that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKey {
    /// What it is for.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// What it may do.
    #[schema(min_items = 1, max_items = 10)]
    scopes: Vec<Scope>,
    /// In which mailboxes; left out or `null` for all.
    #[schema(value_type = Option<Vec<view::id::MailboxId>>, max_items = 1000)]
    mailboxes: Option<Vec<MailboxId>>,
    /// Until when it holds; left out or `null` for ever.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Make a key
///
/// The answer holds the key. It is not shown again, also not to a request that is repeated under its Idempotency-Key.
#[utoipa::path(post, path = "/api/v1/keys", operation_id = "createKey", tag = "Keys", request_body = NewKey,
    responses((status = 201, body = view::MadeKey, headers(("Location" = String, description = "Where it is.")))))]
async fn create(Given(state): Given<State>, asker: Asker, Body(wanted): Body<NewKey>) -> Result<Response, Failure> {
    asker.may(Scope::Admin)?;
    let (name, now) = (name_of(&wanted.name)?, state.clock.now());
    let scopes: Scopes = wanted.scopes.iter().copied().collect();
    if scopes.is_empty() || !asker.scopes.hold_all(scopes) {
        return Err(wrong("`scopes` is empty, or names what you may not do yourself."));
    }
    if wanted.expires_at.is_some_and(|end| end <= now) {
        return Err(wrong("`expires_at` is over already."));
    }
    let mailboxes = confined(&state, &asker, wanted.mailboxes).await?;
    let made = key::make();
    let row = ApiKey {
        id: ApiKeyId::new(now),
        workspace: asker.workspace,
        name,
        prefix: made.prefix,
        hash: made.hash,
        scopes: scopes.to_string(),
        mailboxes,
        created_by: asker.actor(),
        created_at: now,
        expires_at: wanted.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let detail = json!({ "scopes": row.scopes, "prefix": row.prefix });
    write(&state, &asker, "api.create_key", "key.create", &row.id.to_string(), detail, [api_key::insert(&row)]).await?;
    let location = format!("/api/v1/keys/{}", row.id);
    let view = view::MadeKey { about: view::Key::of(row), key: made.key.expose().clone() };
    let mut response = answer::created(&view, &location);
    response.extensions_mut().insert(crate::idempotency::Unrepeatable);
    Ok(response)
}

/// The mailboxes of a new key: never more than its maker has.
async fn confined(state: &State, asker: &Asker, wanted: Option<Vec<MailboxId>>) -> Result<Option<Vec<MailboxId>>, Failure> {
    let Some(wanted) = wanted else {
        return Ok(match &asker.mailboxes {
            Mailboxes::All => None,
            Mailboxes::Only(own) => Some(own.clone()),
        });
    };
    let sight = Sight::of(&state.db, asker).await?;
    if wanted.len() > MAILBOXES_MAX || wanted.iter().any(|mailbox| sight.level(*mailbox) == Level::Nothing) {
        return Err(wrong("`mailboxes` names one that is not there, or too many."));
    }
    Ok(Some(wanted))
}

/// A key
#[utoipa::path(get, path = "/api/v1/keys/{key}", operation_id = "getKey", tag = "Keys",
    params(("key" = view::id::ApiKeyId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Key)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::ApiKey>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Admin)?;
    let fields = Fields::read::<view::Key>(picking.fields.as_deref())?;
    let found = find(&state, &asker, id).await?;
    Ok(answer::one(&found, &fields, &conditions))
}

/// Revoke a key
///
/// It holds no longer, at once.
#[utoipa::path(delete, path = "/api/v1/keys/{key}", operation_id = "revokeKey", tag = "Keys",
    params(("key" = view::id::ApiKeyId, Path, description = "Its id.")),
    responses((status = 200, body = view::Key)))]
async fn revoke(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::ApiKey>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Admin)?;
    let present = find(&state, &asker, id).await?;
    conditions.check(&present)?;
    if present.revoked_at.is_none() {
        let statement = api_key::revoke(id, state.clock.now());
        let written = write(&state, &asker, "api.revoke_key", "key.revoke", &id.to_string(), json!(null), [statement]).await;
        written.map_err(|error| refused(error, &[]))?;
    }
    Ok(answer::one(&find(&state, &asker, id).await?, &Fields::default(), &Conditions::default()))
}

async fn find(state: &State, asker: &Asker, id: ApiKeyId) -> Result<view::Key, Failure> {
    let found = api_key::find(&state.db, id).await?.filter(|key| key.workspace == asker.workspace);
    found.map(view::Key::of).ok_or_else(Failure::not_found)
}

fn wrong(detail: &str) -> Failure {
    Failure::unprocessable("field_wrong", "A field of the body cannot be right.", detail, "Look at this address in /openapi.json.")
}
