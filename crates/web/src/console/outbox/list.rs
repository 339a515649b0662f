//! `GET /outbox[?state=&cursor=]`: every mail that was asked to be sent, the newest first.

use axum::extract::{Query, State as Given};
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::core::{self, Page};
use crate::failure::Failure;
use crate::session::SignedIn;
use crate::state::State;
use crate::view::format::ago;
use crate::view::frame::{self, Part};
use crate::view::message_list::older;
use crate::view::{address, curl};

/// Which mails, and where to begin.
#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    cursor: String,
}

/// An outgoing mail as the API shows it.
#[derive(Deserialize)]
pub struct Outgoing {
    /// Its id.
    pub id: String,
    /// Through which mailbox.
    pub mailbox: String,
    /// How far it is.
    pub state: String,
    /// The message that it answers.
    pub original: Option<String>,
    /// To whom.
    pub to: Vec<Party>,
    /// To whom besides.
    pub cc: Vec<Party>,
    /// To whom without the others knowing.
    pub bcc: Vec<Party>,
    /// Its subject.
    pub subject: Option<String>,
    /// The first letters of its text.
    pub preview: Option<String>,
    /// What goes with it.
    pub attachments: Vec<Enclosed>,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// Not before then.
    pub send_at: Timestamp,
    /// When Microsoft took it.
    pub accepted_at: Option<Timestamp>,
    /// When its copy was sent.
    pub sent_at: Option<Timestamp>,
    /// What mail systems report about it.
    pub bounces: Vec<Bounce>,
    /// Microsoft's id of its copy, once it is sent.
    pub provider_id: Option<String>,
    /// Why it waits, failed or is unclear.
    pub problem: Option<Trouble>,
}

/// Somebody on a mail.
#[derive(Deserialize)]
pub struct Party {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// What a mail system reports about one recipient.
#[derive(Deserialize)]
pub struct Bounce {
    /// To whom it was written.
    pub recipient: Option<String>,
    /// Whether it was given up.
    pub is_failed: bool,
    /// Whether another try is of no use.
    pub is_hard: bool,
    /// The enhanced status code.
    pub status: Option<String>,
    /// Why.
    pub reason: String,
    /// What the other server said.
    pub diagnostic: Option<String>,
    /// The message that reports it.
    pub report: String,
    /// When that came.
    pub reported_at: Timestamp,
}

/// A file that goes with a mail.
#[derive(Deserialize)]
pub struct Enclosed {
    /// Its name.
    pub name: String,
}

/// Why a mail does not go on.
#[derive(Deserialize)]
pub struct Trouble {
    /// What happened.
    pub title: String,
    /// Why.
    pub detail: String,
    /// What to do next.
    pub action: String,
}

const STATES: &[(&str, &str)] = &[
    ("", "All"),
    ("queued", "Queued"),
    ("sent", "Sent"),
    ("bounced", "Came back"),
    ("failed", "Not sent"),
    ("unclear", "Unclear"),
    ("cancelled", "Taken back"),
];

/// The page.
pub async fn outbox(Given(state): Given<State>, signed_in: SignedIn, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let page = read(&state, &signed_in, &asked).await?;
    let live = asked.cursor.is_empty().then(|| address::with("/outbox/live", &[("state", &asked.state)]));
    let main = html! {
        div.heading.of-mailbox {
            div { h1 { "Outbox" } p.summary { "What was asked to be sent, and what came of it. Nothing is sent twice." } }
            div.actions { a.button.quiet href="/templates" { "Templates" } a.button.quiet href="/tracking" { "Tracking" } a.button href="/compose" { "Write a mail" } }
        }
        div.chips role="group" aria-label="Which mails" { @for (name, words) in STATES {
            a.chip href=(address::with("/outbox", &[("state", name)])) aria-current=[(asked.state == *name).then_some("true")] { (words) }
        } }
        div.live data-live=[live] data-live-on="outgoing." { (part(&page, &asked, state.clock.now())) }
        (curl::read(&state.settings.base_url, &path(&asked)))
    };
    Ok(Html(frame::signed_in("Outbox", Part::Outbox, &signed_in, &main).into_string()))
}

/// `GET /outbox/live[?state=]`: the list anew.
pub async fn live(Given(state): Given<State>, signed_in: SignedIn, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let page = read(&state, &signed_in, &asked).await?;
    Ok(Html(part(&page, &asked, state.clock.now()).into_string()))
}

fn path(asked: &Asked) -> String {
    address::with("/api/v1/outbox", &[("state", &asked.state), ("cursor", &asked.cursor)])
}

async fn read(state: &State, by: &SignedIn, asked: &Asked) -> Result<Page<Outgoing>, Failure> {
    core::read(state, by, &path(asked)).await
}

fn part(page: &Page<Outgoing>, asked: &Asked, now: Timestamp) -> Markup {
    html! {
        @if page.data.is_empty() {
            div.empty {
                @if asked.state.is_empty() {
                    h2 { "Nothing here" } p { "Mail that is sent from the console or by the API appears here, with every step." }
                    p.actions { a.button href="/compose" { "Write a mail" } }
                } @else { h2 { "None" } p { "No mail is in this state." } }
            }
        } @else {
            ul.objects { @for mail in &page.data { (row(mail, now)) } }
        }
        @if let Some(next) = &page.next { (older(&address::with("/outbox", &[("state", &asked.state), ("cursor", next)]))) }
    }
}

fn row(mail: &Outgoing, now: Timestamp) -> Markup {
    html! {
        li { a data-row href={ "/outbox/" (mail.id) } {
            span.name dir="auto" { (subject(mail)) }
            span.more dir="auto" { "to " (everybody(&mail.to)) }
            span.number.state { (state_mark(&mail.state)) }
            span.at { (ago(mail.sent_at.or(mail.accepted_at).unwrap_or(mail.asked_at), now)) }
        } }
    }
}

/// A mail's subject as it is shown.
pub fn subject(mail: &Outgoing) -> &str {
    mail.subject.as_deref().map_or("Subject not shown to you", |subject| if subject.is_empty() { "No subject" } else { subject })
}

/// Names, or addresses where there is none.
pub fn everybody(parties: &[Party]) -> String {
    let names = parties.iter().map(|party| if party.name.is_empty() { party.email.as_str() } else { party.name.as_str() });
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "nobody named".to_owned() } else { names.join(", ") }
}

/// How far a mail is, at a glance.
pub fn state_mark(state: &str) -> Markup {
    let (tone, word) = match state {
        "queued" => ("tone busy", "Queued"),
        "sending" => ("tone busy", "On its way"),
        "accepted" => ("tone busy", "Accepted"),
        "sent" => ("tone good", "Sent"),
        "bounced" => ("tone bad", "Came back"),
        "failed" => ("tone bad", "Not sent"),
        "unclear" => ("tone bad", "Unclear"),
        _ => ("tone", "Taken back"),
    };
    html! { span class=(tone) { span.dot aria-hidden="true" {} (word) } }
}
