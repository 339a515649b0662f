//! `/api/v1/files`: files that are to go with mail, brought one by one, each as the whole body of a request.

use axum::body::Body;
use axum::extract::State as Given;
use axum::response::Response;
use http::{HeaderMap, header};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Fields};
use crate::asked::{Filters, Named};
use crate::failure::Failure;
use crate::sending::files;
use crate::state::State;
use crate::view;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(bring)).routes(routes!(one))
}

/// What the file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Called {
    /// Its name, as the recipients will see it.
    #[param(min_length = 1, max_length = 255)]
    name: String,
}

/// Bring a file
///
/// The body is the file itself, its `Content-Type` the file's. Name the id that comes back in a mail's `attachments`. Up to
/// 150 MB; whether a mail may be that large is the recipient's and your tenant's to say. A file that no mail needs is forgotten after a day.
#[utoipa::path(post, path = "/api/v1/files", operation_id = "bringFile", tag = "Sending", params(Called),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file."),
    responses((status = 201, body = view::File, headers(("Location" = String, description = "Where it is.")))))]
async fn bring(
    Given(state): Given<State>,
    asker: Asker,
    Filters(called): Filters<Called>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    asker.may(Scope::Send)?;
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).filter(|kind| kind.contains('/'));
    let kind = content_type.unwrap_or("application/octet-stream");
    let whole = files::keep(&state, &asker, &called.name, kind, body).await?;
    let location = format!("/api/v1/files/{}", whole.id);
    Ok(answer::created(&view::File::of(whole), &location))
}

/// What is known of a file
#[utoipa::path(get, path = "/api/v1/files/{file}", operation_id = "getFile", tag = "Sending",
    params(("file" = view::id::FileId, Path, description = "Its id.")), responses((status = 200, body = view::File)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::File>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Send)?;
    let found = files::of(&state, &asker, id).await?;
    Ok(answer::one(&view::File::of(found), &Fields::default(), &conditions))
}
