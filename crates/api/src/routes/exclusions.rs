//! `/api/v1/exclusions`: addresses and domains whose mail is never filed.

use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use model::address::Address;
use model::domain;
use serde::Deserialize;
use serde_json::json;
use store::exclusion::{self, Exclusion, ExclusionKind};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Page, Paging};
use crate::asked::{Body, Listed, Unfiltered, write};
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove))
}

/// Exclusions
#[utoipa::path(get, path = "/api/v1/exclusions", operation_id = "listExclusions", tag = "Exclusions", params(Paging),
    responses((status = 200, body = Page<view::Exclusion>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Admin)?;
    let fields = Page::<view::Exclusion>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "exclusions"));
    let after: Option<(String, String)> = list.position()?;
    let mut data: Vec<view::Exclusion> = exclusion::list(&state.db, asker.workspace).await?.into_iter().map(view::Exclusion::of).collect();
    data.sort_by(|one, other| key(one).cmp(&key(other)));
    data.retain(|view| after.as_ref().is_none_or(|(kind, value)| key(view) > (kind, value)));
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&(last.kind, &last.value)));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

fn key(view: &view::Exclusion) -> (&str, &str) {
    (view.kind, &view.value)
}

/// Who is to be excluded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewExclusion {
    /// An address, or a domain with all below it.
    #[schema(min_length = 3, max_length = 320)]
    value: String,
    /// Why, in your words.
    #[serde(default)]
    #[schema(max_length = 500)]
    why: String,
}

/// Exclude an address or a domain
///
/// Its mail is never filed from now on; what was filed because of it is looked at again in a moment.
#[utoipa::path(post, path = "/api/v1/exclusions", operation_id = "addExclusion", tag = "Exclusions", request_body = NewExclusion,
    responses((status = 201, body = view::Exclusion, headers(("Location" = String, description = "Where it is.")))))]
async fn add(Given(state): Given<State>, asker: Asker, Body(wanted): Body<NewExclusion>) -> Result<Response, Failure> {
    asker.may(Scope::Admin)?;
    let (kind, value) = excluded(&wanted.value)?;
    let why: String = wanted.why.chars().filter(|letter| !letter.is_control()).take(500).collect();
    let added = Exclusion { kind, value: value.clone(), why, actor: asker.actor(), added_at: state.clock.now() };
    let statements = exclusion::add(asker.workspace, &added);
    write(&state, &asker, "api.add_exclusion", "exclusion.add", kind.name(), json!(null), statements).await?;
    let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    Ok(answer::created(&view::Exclusion::of(added), &format!("/api/v1/exclusions/{value}")))
}

/// Take an exclusion back
#[utoipa::path(delete, path = "/api/v1/exclusions/{value}", operation_id = "removeExclusion", tag = "Exclusions",
    params(("value" = String, Path, description = "The address or the domain.")),
    responses((status = 204, description = "It is filed again from now on.")))]
async fn remove(
    Given(state): Given<State>,
    asker: Asker,
    axum::extract::Path(value): axum::extract::Path<String>,
) -> Result<Response, Failure> {
    asker.may(Scope::Admin)?;
    let known = exclusion::list(&state.db, asker.workspace).await?;
    let (kind, value) = excluded(&value).map_err(|_| Failure::not_found())?;
    known.iter().find(|known| known.kind == kind && known.value == value).ok_or_else(Failure::not_found)?;
    let statements = exclusion::remove(asker.workspace, kind, &value, &asker.actor(), state.clock.now());
    write(&state, &asker, "api.remove_exclusion", "exclusion.remove", kind.name(), json!(null), statements).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What a text names: an address, or a domain.
fn excluded(text: &str) -> Result<(ExclusionKind, String), Failure> {
    let text = text.trim();
    let wrong = || {
        let detail = "It is neither an address nor a domain.";
        Failure::unprocessable("value_wrong", "That cannot be excluded.", detail, "Write `bo@acme.example` or `acme.example`.")
    };
    if text.contains('@') && !text.starts_with('@') {
        return Address::read(text).map(|address| (ExclusionKind::Address, address.as_str().to_owned())).ok_or_else(wrong);
    }
    let folded = domain::fold(text.trim_start_matches('@')).filter(|folded| folded.contains('.'));
    folded.map(|folded| (ExclusionKind::Domain, folded)).ok_or_else(wrong)
}
