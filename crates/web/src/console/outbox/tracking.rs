//! What came of tracked mail: its part of a mail's page, the report, and what the workspace wants.

use std::collections::BTreeMap;

use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Timestamp;
use http::Method;
use maud::{Markup, html};
use model::id::OutgoingId;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::core::{self, Page};
use crate::failure::Failure;
use crate::session::{OwnForm, SignedIn};
use crate::state::State;
use crate::view::curl;
use crate::view::format::long;
use crate::view::frame::{self, Part, Viewer as _};

/// How often the page of a tracked mail looks: what comes back makes an event only once it is judged, a while later.
const LOOK_MS: u32 = 3000;

/// What is known of whether a mail was read, as the API shows it.
#[derive(Deserialize)]
pub struct Tracking {
    tracked: bool,
    apart: bool,
    copies: Vec<Copy>,
    links: Vec<Link>,
    touches: Vec<Touch>,
    touches_seen: usize,
}

#[derive(Deserialize)]
struct Copy {
    recipients: Vec<String>,
    replied: Option<Replied>,
    clicked: Vec<Clicked>,
    opened: Option<Opened>,
    unsubscribed_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Replied {
    message: String,
    from: String,
    at: Timestamp,
}

#[derive(Deserialize)]
struct Clicked {
    link: usize,
    first_at: Timestamp,
}

#[derive(Deserialize)]
struct Opened {
    first_at: Timestamp,
    confidence: String,
}

#[derive(Deserialize)]
struct Link {
    url: String,
    text: String,
}

#[derive(Deserialize)]
struct Touch {
    at: Timestamp,
    link: Option<usize>,
    class: String,
    signs: Vec<String>,
    agent: String,
    address: Option<String>,
}

/// What the workspace wants, as the API shows it.
#[derive(Default, Deserialize)]
pub struct Wanted {
    /// Mail that does not say looks for opens.
    pub opens: bool,
    /// Mail that does not say looks for clicks.
    pub clicks: bool,
    keeps_addresses: bool,
    domain: Option<String>,
    domain_proof: Option<String>,
    base_url: String,
}

#[derive(Deserialize)]
struct Report {
    total: Figures,
    mailboxes: Vec<OfMailbox>,
}

#[derive(Deserialize)]
struct OfMailbox {
    mailbox: String,
    figures: Figures,
}

#[derive(Deserialize)]
struct Figures {
    sent: i64,
    replied: i64,
    clicked: i64,
    opened: i64,
    unsubscribed: i64,
    machine_touches: i64,
}

#[derive(Deserialize)]
struct Mailbox {
    id: String,
    name: String,
}

/// What is known of a mail; nothing for whoever may not see it whole.
pub async fn find(state: &State, signed_in: &SignedIn, id: OutgoingId) -> Result<Option<Tracking>, Failure> {
    match core::read(state, signed_in, &format!("/api/v1/outbox/{id}/tracking")).await {
        Ok(tracking) => Ok(Some(tracking)),
        Err(failure) if failure.status == http::StatusCode::FORBIDDEN => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A mail's part of its page.
pub fn part(tracking: &Tracking) -> Markup {
    html! {
        @if tracking.tracked {
            section.panel aria-label="Tracking" data-live-every=(LOOK_MS) { (inside(tracking)) }
        } @else { p.hint.under { "Not tracked: whether it is opened is not known." } }
    }
}

fn inside(tracking: &Tracking) -> Markup {
    html! {
        h2 { "What came back" }
        @for copy in &tracking.copies { (verdict(tracking, copy)) }
        @if !tracking.touches.is_empty() {
            details #touches {
                summary { "Each time it was asked for, and by whom (" (tracking.touches_seen) ")" }
                (touches(tracking))
            }
        }
    }
}

/// Replies say most, clicks more than opens; machines say nothing.
fn verdict(tracking: &Tracking, copy: &Copy) -> Markup {
    let who = if copy.recipients.len() == 1 { copy.recipients[0].as_str() } else { "Someone" };
    html! {
        @if tracking.apart { p { strong dir="auto" { (copy.recipients.join(", ")) } } }
        @if let Some(replied) = &copy.replied {
            p { span class="tone good" { span.dot aria-hidden="true" {} "Answered" } " by " (replied.from) ", "
                a href={ "/messages/" (replied.message) } { (long(replied.at)) } }
        }
        @for clicked in &copy.clicked {
            p { span class="tone good" { span.dot aria-hidden="true" {} "Followed" } " " (name_of(tracking, clicked.link)) ", by "
                (who) ", first " (long(clicked.first_at)) }
        }
        @match &copy.opened {
            Some(opened) => p { span class="tone good" { span.dot aria-hidden="true" {} "Opened" } " by at least one person ("
                (who) "), first " (long(opened.first_at)) " " span.hint { (sureness(&opened.confidence)) } },
            None => p { span class="tone idle" { span.dot aria-hidden="true" {} "Not known to be opened" } " "
                span.hint { "Many programs load no pictures, so this says little." } },
        }
        @if let Some(at) = copy.unsubscribed_at { p { span class="tone bad" { span.dot aria-hidden="true" {} "Unsubscribed" } " " (long(at)) } }
    }
}

fn sureness(confidence: &str) -> &'static str {
    match confidence {
        "high" => "Sure: a link was followed.",
        "medium" => "Likely: a mail program loaded the picture.",
        _ => "Possible: seen only by way of a proxy.",
    }
}

fn name_of(tracking: &Tracking, number: usize) -> Markup {
    let link = tracking.links.get(number);
    html! { @match link {
        Some(link) => span dir="auto" title=(link.url) { "“" (if link.text.is_empty() { &link.url } else { &link.text }) "”" },
        None => span { "a link" },
    } }
}

fn touches(tracking: &Tracking) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Every touch" { table.ledger {
            caption.hidden { "Requests to the pixel and the links, in order" }
            thead { tr { th scope="col" { "When" } th scope="col" { "What" } th scope="col" { "Who" } th scope="col" { "Why" } th scope="col" { "Program" } } }
            tbody { @for touch in &tracking.touches { tr {
                td.at { (long(touch.at)) }
                td { @match touch.link { Some(link) => (name_of(tracking, link)), None => "the picture" } }
                td { (class(&touch.class)) }
                td { (touch.signs.join(", ").replace('_', " ")) }
                td.hint { (touch.agent) @if let Some(address) = &touch.address { br; (address) } }
            } } }
        } }
    }
}

fn class(name: &str) -> &'static str {
    match name {
        "person" => "A person",
        "own" => "The sender",
        "apple_proxy" => "Apple's privacy proxy",
        "gmail_proxy" => "Gmail's proxy",
        "scanner" => "A scanner",
        _ => "Unknown",
    }
}

/// `GET /tracking`: what came of tracked mail in the last 30 days, and what the workspace wants.
pub async fn report(Given(state): Given<State>, signed_in: SignedIn) -> Result<Html<String>, Failure> {
    let path = "/api/v1/tracking/report";
    let report: Report = core::read(&state, &signed_in, path).await?;
    let wanted: Wanted = core::read(&state, &signed_in, "/api/v1/tracking/settings").await?;
    let mailboxes: Page<Mailbox> = core::read(&state, &signed_in, "/api/v1/mailboxes?limit=200").await?;
    let names: BTreeMap<_, _> = mailboxes.data.iter().map(|mailbox| (mailbox.id.as_str(), mailbox.name.as_str())).collect();
    let main = html! {
        div.heading {
            p.crumb { a href="/outbox" { "Outbox" } }
            h1 { "Tracking" }
            p.summary { "What came of tracked mail of the last 30 days. Each figure counts mails; a reply says most, an open least." }
        }
        @if report.total.sent == 0 {
            div.empty { h2 { "Nothing was tracked" } p { "Mail is tracked where it is switched on while writing, or for the workspace below." } }
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Figures by mailbox" { table.ledger {
                caption.hidden { "Replies, clicks and opens by mailbox" }
                thead { tr { th scope="col" { "Mailbox" } @for word in ["Sent", "Replied", "Followed a link", "Opened", "Unsubscribed", "Looked at by machines"] {
                    th.number scope="col" { (word) } } } }
                tbody {
                    @for one in &report.mailboxes { (row(names.get(one.mailbox.as_str()).unwrap_or(&"Another mailbox"), &one.figures)) }
                    @if report.mailboxes.len() > 1 { (row("All together", &report.total)) }
                }
            } }
            p.hint.under { "Programs that only check a mail (scanners, privacy proxies) are told apart; they count neither as opens nor as clicks." }
        }
        (settings(&wanted, &signed_in))
        (curl::read(&state.settings.base_url, path))
    };
    Ok(Html(frame::signed_in("Tracking", Part::Outbox, &signed_in, &main).into_string()))
}

fn row(name: &str, figures: &Figures) -> Markup {
    let Figures { sent, replied, clicked, opened, unsubscribed, machine_touches } = figures;
    html! { tr {
        td dir="auto" { (name) }
        @for figure in [sent, replied, clicked, opened, unsubscribed, machine_touches] { td.number { (figure) } }
    } }
}

fn settings(wanted: &Wanted, signed_in: &SignedIn) -> Markup {
    let check = |name: &str, on: bool, words: &str, explained: &str| {
        html! { label.check { input type="checkbox" name=(name) value="1" checked[on]; span { (words) br; span.hint { (explained) } } } }
    };
    html! {
        section.panel aria-labelledby="wanted" {
            h2 #wanted { "In this workspace" }
            @if signed_in.is_administrator() {
                form.stack method="post" action="/tracking" {
                    (frame::key(&signed_in.csrf))
                    (check("opens", wanted.opens, "Look for opens", "A picture that cannot be seen in every mail, unless its writer decides otherwise: loading it shows that the mail is open."))
                    (check("clicks", wanted.clicks, "Look for clicks", "Links lead over this server, except those that unsubscribe or sign in."))
                    (check("keeps_addresses", wanted.keeps_addresses, "Keep the addresses of readers", "Network addresses, for 30 days. Opens and clicks are found out without them."))
                    label for="domain" { "Own domain for links" }
                    input #domain type="url" name="domain" value=[wanted.domain.as_deref()] placeholder="https://t.acme.example" maxlength="255";
                    @if let Some(proof) = &wanted.domain_proof {
                        p.hint { "It is used once it was seen to lead here: " a href=(proof) rel="noreferrer" target="_blank" { "open it there" } ", then reload this page." }
                    }
                    p.hint { "Pictures and links lead over " (wanted.base_url) " now." }
                    div.actions { button type="submit" { "Save" } }
                }
            } @else { p { (reason(wanted)) " An administrator can change that." } }
        }
    }
}

/// Why mail is tracked or not, if nobody says otherwise.
pub fn reason(wanted: &Wanted) -> &'static str {
    match (wanted.opens, wanted.clicks) {
        (false, false) => "Off: this workspace tracks no mail unless somebody asks for it.",
        (true, true) => "On: this workspace looks for opens and clicks.",
        (true, false) => "On: this workspace looks for opens.",
        (false, true) => "On: this workspace looks for clicks.",
    }
}

/// `POST /tracking`.
pub async fn set(Given(state): Given<State>, form: OwnForm) -> Result<Response, Failure> {
    let on = |name: &str| form.fields.text(name) == "1";
    let wanted = json!({
        "opens": on("opens"), "clicks": on("clicks"), "keeps_addresses": on("keeps_addresses"), "domain": form.fields.text("domain"),
    });
    let _: Value = core::ask(&state, &form.signed_in, Method::PUT, "/api/v1/tracking/settings", Some(wanted)).await?;
    Ok(Redirect::to("/tracking").into_response())
}
