//! `/api/v1/files`: files that are to go with mail, brought one by one, each as the whole body of a request. They are written as
//! they come, so that none is ever in memory whole.

use aws_lc_rs::digest::{Context, SHA256};
use axum::body::{Body, BodyDataStream};
use axum::extract::State as Given;
use axum::response::Response;
use base::Problem;
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode, header};
use model::id::FileId;
use serde::Deserialize;
use store::Transaction;
use store::file::{self, CHUNK_BYTES, File};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Fields};
use crate::asked::{Filters, Named};
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// The largest file, in bytes: what the largest message of a tenant that allows the most can carry.
pub const FILE_BYTES_MAX: u64 = 150 * 1024 * 1024;

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
    let name = name_of(&called.name)?;
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).filter(|kind| kind.contains('/'));
    let now = state.clock.now();
    let coming = File {
        id: FileId::new(now),
        workspace: asker.workspace,
        name,
        content_type: content_type.unwrap_or("application/octet-stream").chars().take(200).collect(),
        size_bytes: 0,
        sha256: None,
        asked_by: asker.actor(),
        created_at: now,
        completed_at: None,
    };
    state.db.commit(Transaction::new("api.bring_file").with(file::insert(&coming))).await?;
    match take(&state, coming.id, body.into_data_stream()).await {
        Ok((size_bytes, sha256)) => {
            let whole = File { size_bytes, sha256: Some(sha256), completed_at: Some(now), ..coming };
            let location = format!("/api/v1/files/{}", whole.id);
            Ok(answer::created(&view::File::of(whole), &location))
        }
        Err(failure) => {
            state.db.commit(Transaction::new("api.drop_file").with_all(file::remove(coming.id))).await?;
            Err(failure)
        }
    }
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
    let found = file::find(&state.db, id).await?;
    let found = found.filter(|found| found.workspace == asker.workspace && found.completed_at.is_some()).ok_or_else(Failure::not_found)?;
    Ok(answer::one(&view::File::of(found), &Fields::default(), &conditions))
}

/// A name without what could lead out of a folder or end a header.
fn name_of(name: &str) -> Result<String, Failure> {
    let kept: String = name.chars().filter(|letter| !letter.is_control() && !"/\\\"".contains(*letter)).take(255).collect();
    if kept.trim().is_empty() {
        let detail = "`name` is empty or holds no letter that a file name may have.";
        return Err(Failure::bad_request("file_name_wrong", detail, "Give the file's name, such as ?name=offer.pdf."));
    }
    Ok(kept.trim().to_owned())
}

/// Writes what comes, chunk by chunk; its size and hash.
async fn take(state: &State, id: FileId, mut stream: BodyDataStream) -> Result<(i64, Vec<u8>), Failure> {
    let (mut hash, mut chunk, mut place, mut size) = (Context::new(&SHA256), Vec::with_capacity(CHUNK_BYTES), 0i64, 0u64);
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| broken_off())?;
        size += piece.len() as u64;
        if size > FILE_BYTES_MAX {
            return Err(too_large());
        }
        hash.update(&piece);
        let mut rest = piece.as_ref();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(CHUNK_BYTES - chunk.len()));
            chunk.extend_from_slice(now);
            rest = later;
            if chunk.len() == CHUNK_BYTES {
                let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK_BYTES));
                state.db.commit(Transaction::new("api.file_chunk").with(file::put_chunk(id, place, full))).await?;
                place += 1;
            }
        }
    }
    let sha256 = hash.finish().as_ref().to_vec();
    let size_bytes = i64::try_from(size).unwrap_or(i64::MAX);
    let mut last = Transaction::new("api.file_complete");
    if !chunk.is_empty() {
        last.push(file::put_chunk(id, place, chunk));
    }
    state.db.commit(last.with(file::complete(id, size_bytes, &sha256, state.clock.now()))).await?;
    Ok((size_bytes, sha256))
}

fn broken_off() -> Failure {
    Failure::bad_request("body_unreadable", "The body broke off before its end.", "Send it again.")
}

fn too_large() -> Failure {
    let detail = format!("A file may have {} MB; no mail can carry more.", FILE_BYTES_MAX / 1_048_576);
    let action = "Send a smaller file, or a link to where it lies.";
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, Problem::new("file_too_large", "The file is too large.", detail, action))
}
