//! `GET /compose[?answers=&how=]`: writing a mail, or an answer; `POST /compose` puts it into the outbox.

use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Method;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::core::{self, Page};
use crate::console::deed::wrong_field;
use crate::failure::Failure;
use crate::session::{OwnForm, SignedIn};
use crate::state::State;
use crate::view::frame::{self, Part};

/// For how long a mail from the console can be taken back, in seconds.
const UNDO_SECONDS: u32 = 10;

/// What is written.
#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    answers: String,
    #[serde(default)]
    how: String,
}

#[derive(Deserialize)]
struct Mailbox {
    id: String,
    address: String,
    name: String,
    kind: String,
    state: String,
}

#[derive(Deserialize)]
struct Original {
    mailbox: String,
    subject: Option<String>,
}

/// The page.
pub async fn compose(Given(state): Given<State>, signed_in: SignedIn, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let mailboxes: Page<Mailbox> = core::read(&state, &signed_in, "/api/v1/mailboxes?limit=200").await?;
    let open: Vec<&Mailbox> = mailboxes.data.iter().filter(|mailbox| mailbox.state != "disconnected").collect();
    let original: Option<Original> = match asked.answers.as_str() {
        "" => None,
        id => Some(core::read(&state, &signed_in, &format!("/api/v1/messages/{}", only_letters(id))).await?),
    };
    let title = match (&original, asked.how.as_str()) {
        (None, _) => "Write a mail",
        (Some(_), "forward") => "Forward",
        (Some(_), "reply_all") => "Reply to all",
        (Some(_), _) => "Reply",
    };
    let main = html! {
        div.heading { p.crumb { a href="/outbox" { "Outbox" } } h1 { (title) }
            @if let Some(original) = &original { p.summary dir="auto" { (original.subject.as_deref().unwrap_or("Subject not shown to you")) } } }
        @if open.is_empty() { div.empty { h2 { "No mailbox yet" } p { "Connect one to send from it." } } }
        @else { (form(&open, original.as_ref(), &asked, &signed_in.csrf)) }
    };
    Ok(Html(frame::signed_in(title, Part::Outbox, &signed_in, &main).into_string()))
}

fn only_letters(id: &str) -> String {
    id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').take(40).collect()
}

fn form(mailboxes: &[&Mailbox], original: Option<&Original>, asked: &Asked, csrf: &str) -> Markup {
    let answering = original.is_some() && asked.how != "forward";
    html! {
        form.stack.writing method="post" action="/compose" {
            (frame::key(csrf))
            label for="from" { "From" }
            select #from name="from" { @for mailbox in mailboxes {
                option value=(mailbox.id) selected[original.is_some_and(|original| original.mailbox == mailbox.id)] {
                    (mailbox.name) " <" (mailbox.address) ">" @if mailbox.kind == "shared" { " (shared)" }
                }
            } }
            p.hint { "Your own mailbox, or a shared one. Exchange says no if you may not." }
            @if original.is_some() {
                input type="hidden" name="answers" value=(asked.answers);
                input type="hidden" name="how" value=(if asked.how.is_empty() { "reply" } else { asked.how.as_str() });
            }
            label for="to" { "To" }
            input #to type="text" name="to" autocomplete="off" required[!answering] placeholder=[answering.then_some("whom the original asks for")];
            label for="cc" { "Cc" }
            input #cc type="text" name="cc" autocomplete="off";
            @if original.is_none() { label for="subject" { "Subject" } input #subject type="text" name="subject" maxlength="250"; }
            label for="text" { "Text" }
            textarea #text name="text" rows="12" dir="auto" {}
            div.actions { button type="submit" { "Send" } p.hint { "It can be taken back for " (UNDO_SECONDS) " seconds." } }
        }
    }
}

/// `POST /compose`.
pub async fn send(Given(state): Given<State>, form: OwnForm) -> Result<Response, Failure> {
    #[derive(Deserialize)]
    struct Asked {
        id: String,
    }
    let (fields, from) = (&form.fields, only_letters(form.fields.text("from")));
    if from.is_empty() {
        return Err(wrong_field("No mailbox is chosen.", "A mail is sent from a mailbox.", "Go back and choose one."));
    }
    let mut mail = json!({
        "to": addresses(fields.text("to")), "cc": addresses(fields.text("cc")), "text": fields.text("text"), "undo_seconds": UNDO_SECONDS,
    });
    match fields.text("answers") {
        "" => mail["subject"] = json!(fields.text("subject")),
        original => mail["answers"] = json!({ "message": original, "how": fields.text("how") }),
    }
    let asked: Asked = core::ask(&state, &form.signed_in, Method::POST, &format!("/api/v1/mailboxes/{from}/send"), Some(mail)).await?;
    Ok(Redirect::to(&format!("/outbox/{}", asked.id)).into_response())
}

/// Addresses that are parted by commas, semicolons or line breaks, each with or without a name.
fn addresses(text: &str) -> Vec<Value> {
    let parts = text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let one = |part: &str| match part.strip_suffix('>').and_then(|part| part.split_once('<')) {
        Some((name, email)) => json!({ "email": email.trim(), "name": name.trim().trim_matches('"') }),
        None => json!({ "email": part }),
    };
    parts.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_with_or_without_names() {
        let read = addresses("Bo Berg <bo@acme.example>; ann@x.example,\n \"C, D\" <c@x.example>");
        assert_eq!(read[0], json!({"email": "bo@acme.example", "name": "Bo Berg"}));
        assert_eq!(read[1], json!({"email": "ann@x.example"}));
        assert_eq!(addresses("  "), Vec::<Value>::new());
    }
}
