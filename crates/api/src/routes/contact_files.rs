//! `/api/v1/contact-files`: files with contacts, each as the whole body of a request.

use axum::body::{Body, to_bytes};
use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use model::contact::Origin;
use model::contact::file::{self, FILE_BYTES_MAX, FileError, Kind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::contact_books::checked;
use crate::access::{Asker, Scope};
use crate::asked::Filters;
use crate::contacting::{Entries, bring};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// Entries that could not be read and are named, at most.
const PROBLEMS_MAX: usize = 1_000;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(bring_file))
}

/// Where a file's contacts come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContactOrigin {
    /// An export of Outlook.
    Outlook,
    /// An export of Google Contacts.
    Google,
    /// A list of WhatsApp's.
    WhatsApp,
    /// Anything else.
    #[default]
    Api,
}

impl ContactOrigin {
    /// The origin.
    pub const fn origin(self) -> Origin {
        match self {
            ContactOrigin::Outlook => Origin::Outlook,
            ContactOrigin::Google => Origin::Google,
            ContactOrigin::WhatsApp => Origin::WhatsApp,
            ContactOrigin::Api => Origin::Api,
        }
    }
}

/// What the file is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Where its contacts come from.
    #[serde(default)]
    #[param(inline)]
    pub origin: ContactOrigin,
    /// What the address book is called; `file` unless said otherwise.
    #[param(max_length = 400)]
    pub book: Option<String>,
    /// True: the file has all that is in the address book, and what it does not have is gone.
    #[serde(default)]
    pub whole: bool,
}

/// What was read of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct BroughtFile {
    /// What kind of file it was: `vcard`, `google`, `old_google`, `outlook` or `table`.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// Contacts that were read.
    pub read: usize,
    /// What could not be read, in words, with its place in the file; 1,000 at most.
    pub problems: Vec<String>,
    /// The synchronisation that it is; its counts follow as it is decided.
    pub sync: view::ContactSync,
}

/// Bring a file with contacts
///
/// vCards (2.1, 3.0, 4.0), Google's and Outlook's tables, or one with headings such as Name, Phone, Email, Company. Brought again it
/// changes nothing. Up to 64 MB.
#[utoipa::path(post, path = "/api/v1/contact-files", operation_id = "bringContactFile", tag = "Contacts", params(Wanted),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file."),
    responses((status = 202, body = BroughtFile)))]
async fn bring_file(Given(state): Given<State>, asker: Asker, Filters(wanted): Filters<Wanted>, body: Body) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let bytes = to_bytes(body, FILE_BYTES_MAX).await.map_err(|_| unreadable(&FileError::TooLarge))?;
    let brought = take(&state, &asker, &wanted, &bytes).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(brought)).into_response())
}

/// Takes the contacts of a file.
///
/// # Errors
/// 422 for a file in which nothing can be read, saying what to do.
pub async fn take(state: &State, asker: &Asker, wanted: &Wanted, bytes: &[u8]) -> Result<BroughtFile, Failure> {
    let region = read::contact::region(&state.db, asker.workspace).await?;
    let mut file = file::read(bytes, region).map_err(|error| unreadable(&error))?;
    let problems = std::mem::take(&mut file.problems);
    let (kind, read) = (kind_name(file.kind), file.entries.len());
    let book = checked(wanted.book.as_deref().filter(|book| !book.is_empty()).unwrap_or("file"))?;
    let entries = Entries::of_file(wanted.origin.origin(), book, file, wanted.whole, state.clock.now());
    let id = bring::bring(state, asker, &entries).await?.sync;
    let sync = store::contact_sync::find(&state.db, asker.workspace, id).await?.ok_or_else(Failure::not_found)?;
    Ok(BroughtFile {
        kind,
        read,
        problems: problems.iter().take(PROBLEMS_MAX).map(ToString::to_string).collect(),
        sync: read::contact::sync(&state.db, sync).await?,
    })
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::VCard => "vcard",
        Kind::Google => "google",
        Kind::OldGoogle => "old_google",
        Kind::Outlook => "outlook",
        Kind::Table => "table",
    }
}

fn unreadable(error: &FileError) -> Failure {
    let code = match error {
        FileError::Empty => "file_empty",
        FileError::TooLarge => "file_too_large",
        FileError::Headings => "file_headings_unknown",
        FileError::NotText => "file_not_text",
    };
    let text = error.to_string();
    let (detail, action) = text.split_once(". ").unwrap_or((&text, "Export the contacts again."));
    Failure::unprocessable(code, "This file has no contacts that can be read.", format!("{}.", detail.trim_end_matches('.')), action)
}
