//! Routes: one file for each noun. A route reads the request, asks a reader or gathers a transaction, and answers.

pub mod archives;
pub mod availability;
pub mod calendar_export;
pub mod calendar_feeds;
pub mod calendar_writing;
pub mod calendars;
mod connector;
pub mod contact_books;
pub mod contact_files;
pub mod contacts;
pub mod customers;
pub mod deliveries;
pub mod drafts;
pub mod endpoints;
pub mod exclusions;
pub mod files;
pub mod folders;
pub mod hooks;
pub mod instructions;
pub mod jobs;
pub mod keys;
pub mod mailbox_settings;
pub mod mailboxes;
pub mod messages;
pub mod outbox;
pub mod people;
pub mod rules;
pub mod search;
pub mod sending;
pub mod signatures;
pub mod templates;
pub mod threads;
pub mod tracking;
pub mod uploads;
pub mod workspaces;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::view;

/// What an address of one object understands.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Picking {
    /// Only these of its fields, parted by commas.
    #[param(max_length = 1000)]
    pub fields: Option<String>,
}

/// What goes on behind the answer: 202 and where to look how far it is.
pub(crate) fn accepted(job: &view::Job) -> Response {
    let location = HeaderValue::from_str(&format!("/api/v1/jobs/{}", job.id)).expect("our own paths are ASCII");
    (StatusCode::ACCEPTED, [(header::LOCATION, location)], axum::Json(job)).into_response()
}
