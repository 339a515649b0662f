//! Files that are to go with mail: written as they come, so that none that is brought is ever in memory whole. A file is its
//! bringer's: nobody else attaches or reads it, except who may administer.

use aws_lc_rs::digest::{Context, SHA256};
use axum::body::{Body, BodyDataStream};
use base::Problem;
use futures::StreamExt as _;
use http::StatusCode;
use model::id::FileId;
use store::Transaction;
use store::file::{self, CHUNK_BYTES, File};

use crate::access::{Asker, Scope};
use crate::failure::Failure;
use crate::state::State;

/// The largest file, in bytes: what the largest message of a tenant that allows the most can carry.
pub const FILE_BYTES_MAX: u64 = 150 * 1024 * 1024;

/// A file that is complete, if it is the asker's.
///
/// # Errors
/// 404 for any other.
pub async fn of(state: &State, asker: &Asker, id: FileId) -> Result<File, Failure> {
    let found = file::find(&state.db, id).await?.filter(|found| found.workspace == asker.workspace && found.completed_at.is_some());
    found.filter(|found| found.asked_by == asker.actor() || asker.may(Scope::Admin).is_ok()).ok_or_else(Failure::not_found)
}

/// Keeps a file that comes. If it breaks off, nothing of it stays.
///
/// # Errors
/// 400 for a name that is none and a body that breaks off, 413 for a file that is too large.
pub async fn keep(state: &State, asker: &Asker, name: &str, content_type: &str, body: Body) -> Result<File, Failure> {
    let now = state.clock.now();
    let coming = File {
        id: FileId::new(now),
        workspace: asker.workspace,
        name: name_of(name)?,
        content_type: content_type.chars().take(200).collect(),
        size_bytes: 0,
        sha256: None,
        asked_by: asker.actor(),
        created_at: now,
        completed_at: None,
    };
    state.db.commit(Transaction::new("api.bring_file").with(file::insert(&coming))).await?;
    match take(state, coming.id, body.into_data_stream()).await {
        Ok((size_bytes, sha256)) => Ok(File { size_bytes, sha256: Some(sha256), completed_at: Some(now), ..coming }),
        Err(failure) => {
            state.db.commit(Transaction::new("api.drop_file").with_all(file::remove(coming.id))).await?;
            Err(failure)
        }
    }
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
