//! Starting an archive: a form for each kind of target.

use axum::extract::State as Given;
use axum::response::{IntoResponse, Redirect, Response};
use http::Method;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::console::core;
use crate::console::deed::wrong_field;
use crate::console::developers::Mailbox;
use crate::failure::Failure;
use crate::session::{Fields, OwnForm};
use crate::state::State;
use crate::view::frame;

/// The forms, each folded.
pub fn forms(mailboxes: &[Mailbox], csrf: &str) -> Markup {
    let form = |kind: &str, title: &str, target: Markup| {
        html! {
            details.panel { summary { (title) }
                form.fields method="post" action="/archives" {
                    (frame::key(csrf)) input type="hidden" name="kind" value=(kind);
                    (what(kind, mailboxes))
                    (target)
                    div.actions { button type="submit" { "Start" } }
                }
            }
        }
    };
    html! {
        section aria-labelledby="start" {
            h2.part-title #start { "Start a new one" }
            (form("directory", "Into a directory of the server", directory()))
            (form("bucket", "Into a bucket (S3)", bucket()))
            (form("smtp", "To a mail server, as journal reports", mail_server()))
        }
    }
}

fn what(kind: &str, mailboxes: &[Mailbox]) -> Markup {
    html! {
        div { label for={ (kind) "-mailbox" } { "Mailbox" }
            select id={ (kind) "-mailbox" } name="mailbox" { option value="" { "All, or what the query finds" }
                @for mailbox in mailboxes { option value=(mailbox.id) { (mailbox.address) } } } }
        (field(kind, "query", "Query", "", "Instead of a mailbox, such as customer:acme after:2026-01-01", false))
        (field(kind, "received_from", "Received on this day (UTC) or later", "date", "", false))
        (field(kind, "received_before", "Received before this day", "date", "", false))
    }
}

fn field(form: &str, name: &str, label: &str, kind: &str, hint: &str, required: bool) -> Markup {
    let kind = if kind.is_empty() { "text" } else { kind };
    let id = format!("{form}-{name}");
    html! {
        div { label for=(id) { (label) }
            input id=(id) name=(name) type=(kind) required[required] autocomplete="off";
            @if !hint.is_empty() { p.hint { (hint) } } }
    }
}

fn directory() -> Markup {
    html! {
        (field("directory", "path", "Directory", "", "Below the one that the operator has configured (archive.directory), empty or not there yet", true))
        div { label for="directory-format" { "Form" }
            select #directory-format name="format" {
                option value="eml" { "A file for each message (EML)" } option value="mbox" { "One file (mbox)" } option value="maildir" { "Maildir" }
            } }
    }
}

fn bucket() -> Markup {
    html! {
        (field("bucket", "endpoint", "Address of the store", "url", "Such as https://s3.eu-central-1.amazonaws.com", true))
        (field("bucket", "region", "Region", "", "", true))
        (field("bucket", "bucket", "Bucket", "", "", true))
        (field("bucket", "prefix", "What every key begins with", "", "", false))
        (field("bucket", "access_key_id", "Name of the key", "", "", true))
        (field("bucket", "secret", "Secret of the key", "password", "Kept sealed, and never shown again", true))
        label.check { input type="checkbox" name="host_style" value="yes"; span { "The bucket is named in the host's name, not in the path" } }
    }
}

fn mail_server() -> Markup {
    html! {
        (field("smtp", "host", "Server", "", "", true))
        (field("smtp", "port", "Port", "number", "25, 465, 587 or 2525", true))
        div { label for="smtp-tls" { "Secrecy" }
            select #smtp-tls name="tls" {
                option value="starttls" { "STARTTLS" } option value="implicit" { "TLS from the first byte" } option value="none" { "None" }
            } }
        (field("smtp", "username", "Name to sign in with", "", "", false))
        (field("smtp", "secret", "Password", "password", "Kept sealed, and never shown again", false))
        (field("smtp", "sender", "From whom reports come", "email", "", true))
        (field("smtp", "recipient", "To whom they go", "email", "The address that the archive has given you for journaling", true))
        label.check { input type="checkbox" name="continuous" value="yes"; span { "Also each mail that comes in or is sent from now on, until it is cancelled" } }
    }
}

/// `POST /archives`.
pub async fn start(Given(state): Given<State>, form: OwnForm) -> Result<Response, Failure> {
    #[derive(Deserialize)]
    struct Started {
        id: String,
    }
    let wanted = wanted(&form.fields)?;
    let started: Started = core::ask(&state, &form.signed_in, Method::POST, "/api/v1/archives", Some(wanted)).await?;
    Ok(Redirect::to(&format!("/archives/{}", started.id)).into_response())
}

fn wanted(fields: &Fields) -> Result<Value, Failure> {
    let mut wanted = Map::new();
    for name in ["mailbox", "query", "secret"] {
        if !fields.text(name).is_empty() {
            wanted.insert(name.to_owned(), fields.text(name).into());
        }
    }
    for name in ["received_from", "received_before"] {
        if !fields.text(name).is_empty() {
            wanted.insert(name.to_owned(), format!("{}T00:00:00Z", fields.text(name)).into());
        }
    }
    if !fields.text("continuous").is_empty() {
        wanted.insert("continuous".to_owned(), true.into());
    }
    wanted.insert("target".to_owned(), target(fields)?);
    Ok(Value::Object(wanted))
}

fn target(fields: &Fields) -> Result<Value, Failure> {
    let text = |name: &str| fields.text(name);
    Ok(match text("kind") {
        "directory" => json!({ "kind": "directory", "path": text("path"), "format": text("format") }),
        "bucket" => json!({
            "kind": "bucket", "endpoint": text("endpoint"), "region": text("region"), "bucket": text("bucket"), "prefix": text("prefix"),
            "path_style": text("host_style").is_empty(), "access_key_id": text("access_key_id"),
        }),
        _ => {
            let wrong = |_| wrong_field("That is no port.", "A port is a number from 1 to 65535.", "Go back and type it.");
            let port: u16 = text("port").parse().map_err(wrong)?;
            let username = Some(text("username")).filter(|name| !name.is_empty());
            json!({
                "kind": "smtp", "host": text("host"), "port": port, "tls": text("tls"), "username": username,
                "sender": text("sender"), "recipient": text("recipient"),
            })
        }
    })
}
