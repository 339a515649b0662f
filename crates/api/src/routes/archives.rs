//! `/api/v1/archives`: original mail brought out to a directory, a bucket or a mail server.

use axum::body::Body as Streamed;
use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use base::{Secret, Timestamp};
use http::{HeaderValue, StatusCode, header};
use model::archive::{Archive, Item, Wanted};
use model::id::{ArchiveId, CustomerId, FolderId, MailboxId, MessageId};
use serde::Deserialize;
use serde_json::json;
use store::archive::{self, secret_place};
use store::{Db, StoreError, mailbox};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Mailboxes, Scope};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::archives;
use crate::asked::{Body, Filters, Listed, Named, Unfiltered, refused, write};
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// Lines of a manifest that are read at once.
const LINES: u32 = 500;
/// The longest secret.
const SECRET_BYTES_MAX: usize = 4096;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, start))
        .routes(routes!(one))
        .routes(routes!(cancel))
        .routes(routes!(resume))
        .routes(routes!(missing))
        .routes(routes!(manifest))
}

/// An archive that is asked for: of one mailbox, folder, customer or query, or with none of these of all mailboxes that you may use.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartArchive {
    /// All of this mailbox.
    #[schema(value_type = Option<view::id::MailboxId>)]
    mailbox: Option<MailboxId>,
    /// All of this folder.
    #[schema(value_type = Option<view::id::FolderId>)]
    folder: Option<FolderId>,
    /// All that is filed under this customer.
    #[schema(value_type = Option<view::id::CustomerId>)]
    customer: Option<CustomerId>,
    /// All that a query of the search finds.
    #[schema(max_length = 1000)]
    query: Option<String>,
    /// Received then or later.
    #[schema(value_type = Option<String>, format = DateTime)]
    received_from: Option<Timestamp>,
    /// Received before then.
    #[schema(value_type = Option<String>, format = DateTime)]
    received_before: Option<Timestamp>,
    /// Also each mail that comes in or is sent later, within a minute, until the archive is cancelled: a journal. Only to a mail server, of
    /// one mailbox or all.
    #[serde(default)]
    continuous: bool,
    /// Where to.
    target: view::ArchiveTarget,
    /// The secret of a bucket's key, or the password of a mail server. It is kept sealed and never shown again.
    #[schema(value_type = Option<String>, max_length = 4096)]
    secret: Option<Secret<String>>,
}

/// Start an archive
///
/// Original mail (RFC 5322, byte by byte) is brought out in the background: `202` with the archive as it stands. It holds private mail
/// too, so the scope `archive` is for administrators. What belongs to it is listed first; of each message it is told
/// in the manifest what became of it, so that nothing is missing without being named.
#[utoipa::path(post, path = "/api/v1/archives", operation_id = "startArchive", tag = "Archives", request_body = StartArchive,
    responses((status = 202, body = view::Archive, headers(("Location" = String, description = "Where to look how far it is.")))))]
async fn start(Given(state): Given<State>, asker: Asker, Body(asked): Body<StartArchive>) -> Result<Response, Failure> {
    asker.may(Scope::Archive)?;
    let (target, now) = (asked.target.target(), state.clock.now());
    let wanted = Wanted {
        mailbox: asked.mailbox,
        folder: asked.folder,
        customer: asked.customer,
        query: asked.query,
        received_from: asked.received_from,
        received_before: asked.received_before,
        continuous: asked.continuous,
    };
    archives::judge(&state.db, asker.workspace, &asker.mailboxes, &wanted, &target).await?;
    state.outside.judge_archive(&target).map_err(|why| {
        Failure::unprocessable("archive_target_refused", "Nothing is brought there.", format!("{why}."), "Name another target.")
    })?;
    let id = ArchiveId::new(now);
    let archive = Archive {
        mailboxes: confined_to(&asker),
        secret_sealed: asked.secret.map(|secret| sealed(&state, id, &secret)).transpose()?,
        asked_by: asker.actor(),
        ..Archive::asked(id, asker.workspace, wanted, target, now)
    };
    let detail = json!({"target": archive.target, "wanted": archive.wanted});
    let statements = archive::ask(&archive);
    write(&state, &asker, "api.start_archive", "archive.start", &id.to_string(), detail, statements).await?;
    let location = HeaderValue::from_str(&format!("/api/v1/archives/{id}")).expect("our own paths are ASCII");
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], axum::Json(view::Archive::of(archive))).into_response())
}

fn confined_to(asker: &Asker) -> Option<Vec<MailboxId>> {
    match &asker.mailboxes {
        Mailboxes::All => None,
        Mailboxes::Only(some) => Some(some.clone()),
    }
}

fn sealed(state: &State, id: ArchiveId, secret: &Secret<String>) -> Result<Vec<u8>, Failure> {
    if secret.expose().is_empty() || secret.expose().len() > SECRET_BYTES_MAX {
        let detail = format!("`secret` is empty or longer than {SECRET_BYTES_MAX} bytes.");
        return Err(Failure::unprocessable("secret_wrong", "That is no secret.", detail, "Copy it again."));
    }
    Ok(state.vault.seal_text(&secret_place(id), secret))
}

/// Archives
///
/// The latest first.
#[utoipa::path(get, path = "/api/v1/archives", operation_id = "listArchives", tag = "Archives", params(Paging),
    responses((status = 200, body = Page<view::Archive>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Archive)?;
    let fields = Page::<view::Archive>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "archives"));
    let before: Option<ArchiveId> = list.position()?;
    let mut rows = archive::list(&state.db, asker.workspace, before, limit + 1).await?;
    let next = answer::cut(&mut rows, limit).map(|last| list.cursor(&last.id));
    let data = rows.into_iter().filter(|archive| may_look(&asker, archive)).map(view::Archive::of).collect();
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// An archive
#[utoipa::path(get, path = "/api/v1/archives/{archive}", operation_id = "getArchive", tag = "Archives",
    params(("archive" = view::id::ArchiveId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Archive)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Archive>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    let fields = Fields::read::<view::Archive>(picking.fields.as_deref())?;
    Ok(answer::one(&view::Archive::of(found(&state, &asker, id).await?), &fields, &conditions))
}

/// Cancel an archive
///
/// What was brought out stays where it is. It can be resumed.
#[utoipa::path(post, path = "/api/v1/archives/{archive}/cancel", operation_id = "cancelArchive", tag = "Archives",
    params(("archive" = view::id::ArchiveId, Path, description = "Its id.")), responses((status = 200, body = view::Archive)))]
async fn cancel(Given(state): Given<State>, asker: Asker, Named(id): Named<model::id::Archive>) -> Result<Response, Failure> {
    found(&state, &asker, id).await?;
    let cancelled = [archive::cancel(id, state.clock.now())];
    let done = write(&state, &asker, "api.cancel_archive", "archive.cancel", &id.to_string(), json!(null), cancelled).await;
    done.map_err(|error| refused(error, &[]))?;
    shown(&state, &asker, id).await
}

/// How an archive is resumed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResumeArchive {
    /// Another secret of the target; the present one stays without it.
    #[schema(value_type = Option<String>, max_length = 4096)]
    secret: Option<Secret<String>>,
}

/// Resume an archive
///
/// One that has failed or was cancelled goes on where it stood: what was brought out is not asked for again.
#[utoipa::path(post, path = "/api/v1/archives/{archive}/resume", operation_id = "resumeArchive", tag = "Archives",
    params(("archive" = view::id::ArchiveId, Path, description = "Its id.")), request_body = ResumeArchive,
    responses((status = 200, body = view::Archive)))]
async fn resume(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Archive>,
    Body(wanted): Body<ResumeArchive>,
) -> Result<Response, Failure> {
    let present = found(&state, &asker, id).await?;
    if present.by_command {
        let (title, detail) = ("A command carries this archive.", "It is on the machine of whoever ran `rapport archive`.");
        return Err(Failure::conflict(
            "archive_of_a_command",
            title,
            detail,
            "Run the same command there again: it goes on where it stood.",
        ));
    }
    let secret = wanted.secret.map(|secret| sealed(&state, id, &secret)).transpose()?;
    let resumed = archive::resume(&present, secret, state.clock.now());
    let done = write(&state, &asker, "api.resume_archive", "archive.resume", &id.to_string(), json!(null), resumed).await;
    done.map_err(|error| refused(error, &[]))?;
    shown(&state, &asker, id).await
}

/// What an archive could not have
///
/// Each message with the reason, the oldest first.
#[utoipa::path(get, path = "/api/v1/archives/{archive}/missing", operation_id = "listArchiveMissing", tag = "Archives",
    params(("archive" = view::id::ArchiveId, Path, description = "Its id."), Paging),
    responses((status = 200, body = Page<view::ArchiveMissing>)))]
async fn missing(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Archive>,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    found(&state, &asker, id).await?;
    let fields = Page::<view::ArchiveMissing>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, format!("archives/{id}/missing")));
    let after: Option<MessageId> = list.position()?;
    let items = archive::missing(&state.db, id, after, limit + 1).await?;
    let mut data: Vec<view::ArchiveMissing> = items.into_iter().filter_map(view::ArchiveMissing::of).collect();
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// An archive's manifest
///
/// JSON Lines, a line for each message: its ids, mailbox and folder, when it was received, and either file, size and SHA-256 of the
/// original or `missing` with the reason. Of an archive that goes on, what waits is named as missing with the code `waiting`.
#[utoipa::path(get, path = "/api/v1/archives/{archive}/manifest", operation_id = "getArchiveManifest", tag = "Archives",
    params(("archive" = view::id::ArchiveId, Path, description = "Its id.")),
    responses((status = 200, body = String, content_type = "application/jsonl")))]
async fn manifest(Given(state): Given<State>, asker: Asker, Named(id): Named<model::id::Archive>) -> Result<Response, Failure> {
    found(&state, &asker, id).await?;
    let mailboxes = mailbox::list(&state.db, asker.workspace).await?;
    let addresses: Vec<(MailboxId, String)> = mailboxes.into_iter().map(|mailbox| (mailbox.id, mailbox.address)).collect();
    let lines = futures::stream::try_unfold((state.db.clone(), None), move |(db, after)| {
        let addresses = addresses.clone();
        async move {
            let items = page_of(&db, id, after).await?;
            let Some(last) = items.last().map(|item| item.message) else { return Ok(None) };
            let address = |item: &Item| addresses.iter().find(|(own, _)| *own == item.mailbox).map_or("", |(_, address)| address.as_str());
            let text: String = items.iter().map(|item| item.manifest_line(address(item))).collect();
            Ok::<_, StoreError>(Some((text, (db, Some(last)))))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&format!("attachment; filename=\"{id}.jsonl\"")).expect("an id is ASCII")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    Ok((headers, Streamed::from_stream(lines)).into_response())
}

async fn page_of(db: &Db, id: ArchiveId, after: Option<MessageId>) -> Result<Vec<Item>, StoreError> {
    archive::items(db, id, after, LINES).await
}

async fn found(state: &State, asker: &Asker, id: ArchiveId) -> Result<Archive, Failure> {
    asker.may(Scope::Archive)?;
    let found = archive::find(&state.db, id).await?;
    found.filter(|archive| archive.workspace == asker.workspace && may_look(asker, archive)).ok_or_else(Failure::not_found)
}

/// Whoever is confined to some mailboxes sees archives of no others.
fn may_look(asker: &Asker, archive: &Archive) -> bool {
    let held = |mailboxes: &Vec<MailboxId>| mailboxes.iter().all(|mailbox| asker.mailboxes.hold(*mailbox));
    asker.mailboxes == Mailboxes::All || archive.mailboxes.as_ref().is_some_and(held)
}

async fn shown(state: &State, asker: &Asker, id: ArchiveId) -> Result<Response, Failure> {
    let archive = found(state, asker, id).await?;
    Ok(answer::one(&view::Archive::of(archive), &Fields::default(), &Conditions::default()))
}
