//! `GET /mailboxes/{id}/settings`: automatic replies, language and formats, working hours, as Microsoft has them; a form for each.
//!
//! What a reply says is HTML of its author's: it is shown cleaned, in a frame. A field for new text is empty, so that saving the
//! rest keeps what is there.

use api::sanitise::{self, RemoteImages};
use api::view::{AutomaticReplies, MailboxSettings, RepliesAudience, RepliesStatus, Weekday, ZonedTime};
use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Method;
use maud::{Markup, PreEscaped, html};
use model::id::{Mailbox as MailboxNoun, MailboxId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::console::body::framed;
use crate::console::core;
use crate::console::mailbox::{Tab, find, head};
use crate::console::named::Named;
use crate::console::outbox::as_html;
use crate::failure::Failure;
use crate::session::{Fields, OwnForm, SignedIn};
use crate::state::State;
use crate::view::frame::{self, Part};
use crate::view::{curl, problem_page};
use crate::visitor::Visitor;

const STATES: [(RepliesStatus, &str, &str); 3] = [
    (RepliesStatus::Disabled, "disabled", "Off"),
    (RepliesStatus::AlwaysEnabled, "always_enabled", "On"),
    (RepliesStatus::Scheduled, "scheduled", "On from a time to another"),
];
const AUDIENCES: [(RepliesAudience, &str, &str); 3] = [
    (RepliesAudience::None, "none", "Colleagues only"),
    (RepliesAudience::ContactsOnly, "contacts_only", "Colleagues, and outside only the mailbox's contacts"),
    (RepliesAudience::All, "all", "Everybody"),
];
const DAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Monday, "monday", "Monday"),
    (Weekday::Tuesday, "tuesday", "Tuesday"),
    (Weekday::Wednesday, "wednesday", "Wednesday"),
    (Weekday::Thursday, "thursday", "Thursday"),
    (Weekday::Friday, "friday", "Friday"),
    (Weekday::Saturday, "saturday", "Saturday"),
    (Weekday::Sunday, "sunday", "Sunday"),
];
/// What Exchange calls a time zone of somebody's own making, which has no name to be set by.
const OWN_ZONE: &str = "Customized Time Zone";

/// The page.
pub async fn settings(
    Given(state): Given<State>,
    visitor: Visitor,
    signed_in: SignedIn,
    Named(id): Named<MailboxNoun>,
) -> Result<Html<String>, Failure> {
    let mailbox = find(&state, &visitor, id).await?;
    let path = format!("/api/v1/mailboxes/{id}/settings");
    let read: Result<MailboxSettings, Failure> = core::read(&state, &signed_in, &path).await;
    let can_change = visitor.changes(&mailbox);
    let main = html! {
        (head(&mailbox, &visitor, Tab::Settings))
        @match read {
            Err(failure) => (problem_page::callout(&failure.problem)),
            Ok(settings) => {
                p.summary {
                    "As Microsoft has them now."
                    @if !can_change { " Only the mailbox's own person can change them here." }
                }
                (replies(id, &settings, &visitor.csrf, can_change))
                (general(id, &settings, &visitor.csrf, can_change))
                (hours(id, &settings, &visitor.csrf, can_change))
            }
        }
        (curl::read(&state.settings.base_url, &path))
    };
    Ok(Html(frame::signed_in("Settings", Part::Mailboxes, &visitor, &main).into_string()))
}

/// A part of the settings with its form, which cannot be used by who may not.
fn part(id: MailboxId, name: &str, title: &str, csrf: &str, can_change: bool, fields: &Markup) -> Markup {
    html! {
        section.panel aria-labelledby=(name) {
            h2 id=(name) { (title) }
            form method="post" action={ "/mailboxes/" (id) "/settings" } {
                (frame::key(csrf)) input type="hidden" name="part" value=(name);
                fieldset.fields disabled[!can_change] {
                    legend.hidden { (title) }
                    (fields)
                    @if can_change { div.actions { button type="submit" { "Save" } } }
                }
            }
        }
    }
}

fn field(name: &str, label: &str, kind: &str, value: Option<&str>, hint: &str) -> Markup {
    html! {
        div { label for=(name) { (label) } input id=(name) name=(name) type=(kind) value=[value] maxlength="100" autocomplete="off" spellcheck="false";
            @if !hint.is_empty() { p.hint { (hint) } } }
    }
}

fn replies(id: MailboxId, settings: &MailboxSettings, csrf: &str, can_change: bool) -> Markup {
    let replies = settings.automatic_replies.clone().unwrap_or_default();
    // As the browser's field for a time takes it.
    let time = |time: &Option<ZonedTime>| time.as_ref().map(|time| time.date_time.chars().take(16).collect::<String>());
    let zone = replies.starts.as_ref().map(|starts| starts.time_zone.as_str());
    let fields = html! {
        div { label for="status" { "They are" }
            select #status name="status" { @for (status, value, words) in STATES { option value=(value) selected[replies.status == Some(status)] { (words) } } } }
        (field("starts", "From", "datetime-local", time(&replies.starts).as_deref(), ""))
        (field("ends", "Until", "datetime-local", time(&replies.ends).as_deref(), ""))
        (field("zone", "In the time zone", "text", zone, "Such as Europe/Berlin or W. Europe Standard Time. From, until and zone count where they are on from a time to another."))
        div { label for="audience" { "Who gets one" }
            select #audience name="audience" { @for (audience, value, words) in AUDIENCES {
                option value=(value) selected[replies.external_audience == Some(audience)] { (words) } } } }
        (message(id, "internal", "What colleagues are told", replies.internal_message.as_deref()))
        (message(id, "external", "What others are told", replies.external_message.as_deref()))
    };
    part(id, "replies", "Automatic replies", csrf, can_change, &fields)
}

fn message(id: MailboxId, to: &str, title: &str, now: Option<&str>) -> Markup {
    let is_there = now.is_some_and(|now| !now.trim().is_empty());
    html! {
        div {
            label for=(to) { (title) }
            @if is_there { iframe.body src={ "/mailboxes/" (id) "/settings/reply?to=" (to) } title={ (title) ", as it is now" } loading="lazy"
                sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" {} }
            textarea id=(to) name=(to) rows="4" {}
            p.hint { @if is_there { "What you write here takes its place. Leave it empty to keep it." } @else { "Nothing yet." } }
        }
    }
}

fn general(id: MailboxId, settings: &MailboxSettings, csrf: &str, can_change: bool) -> Markup {
    let fields = html! {
        (field("time_zone", "Time zone", "text", settings.time_zone.as_deref(), "Such as Europe/Berlin or W. Europe Standard Time"))
        (field("language", "Language", "text", settings.language.as_deref(), "Such as de-DE"))
        (field("date_format", "Dates", "text", settings.date_format.as_deref(), "Such as dd.MM.yyyy"))
        (field("time_format", "Times", "text", settings.time_format.as_deref(), "Such as HH:mm"))
    };
    part(id, "general", "Language and time", csrf, can_change, &fields)
}

fn hours(id: MailboxId, settings: &MailboxSettings, csrf: &str, can_change: bool) -> Markup {
    let hours = settings.working_hours.clone().unwrap_or_default();
    let days = hours.days.unwrap_or_default();
    let zone = hours.time_zone.as_deref().filter(|zone| *zone != OWN_ZONE);
    let clock = |time: &Option<String>| time.as_ref().map(|time| time.chars().take(5).collect::<String>());
    let hint = if zone.is_none() { "A time zone of its own making stays if this is left empty." } else { "" };
    let fields = html! {
        fieldset { legend { "Days" } div.checks { @for (day, value, words) in DAYS {
            label.check { input type="checkbox" name={ "day." (value) } value="yes" checked[days.contains(&day)]; span { (words) } } } } }
        (field("start", "From", "time", clock(&hours.start).as_deref(), ""))
        (field("end", "Until", "time", clock(&hours.end).as_deref(), ""))
        (field("hours_zone", "In the time zone", "text", zone, hint))
    };
    part(id, "hours", "Working hours", csrf, can_change, &fields)
}

/// Which of the replies.
#[derive(Deserialize)]
pub struct Asked {
    to: String,
}

/// `GET /mailboxes/{id}/settings/reply?to=`: what an automatic reply says, cleaned, for the inside of a frame.
pub async fn reply(
    Given(state): Given<State>,
    visitor: Visitor,
    signed_in: SignedIn,
    Named(id): Named<MailboxNoun>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    find(&state, &visitor, id).await?;
    let settings: MailboxSettings = core::read(&state, &signed_in, &format!("/api/v1/mailboxes/{id}/settings")).await?;
    let AutomaticReplies { internal_message, external_message, .. } = settings.automatic_replies.unwrap_or_default();
    let message = if asked.to == "internal" { internal_message } else { external_message };
    let cleaned = sanitise::html(&message.unwrap_or_default(), RemoteImages::Blocked, "/assets/none?cid=").html;
    Ok(framed("Automatic reply", &html! { (PreEscaped(cleaned)) }, RemoteImages::Blocked))
}

/// `POST /mailboxes/{id}/settings`: changes one part.
pub async fn set(Given(state): Given<State>, Named(id): Named<MailboxNoun>, form: OwnForm) -> Result<Response, Failure> {
    let wanted = wanted(&form.fields);
    let _: Value = core::ask(&state, &form.signed_in, Method::PATCH, &format!("/api/v1/mailboxes/{id}/settings"), Some(wanted)).await?;
    Ok(Redirect::to(&format!("/mailboxes/{id}/settings")).into_response())
}

fn wanted(fields: &Fields) -> Value {
    let text = |name: &str| Some(fields.text(name)).filter(|text| !text.is_empty());
    match fields.text("part") {
        "replies" => {
            let is_scheduled = fields.text("status") == "scheduled";
            let zone = text("zone").unwrap_or("UTC");
            let time =
                |name: &str| text(name).filter(|_| is_scheduled).map(|time| json!({"date_time": format!("{time}:00"), "time_zone": zone}));
            let written = |name: &str| text(name).map(as_html);
            json!({"automatic_replies": {
                "status": text("status"), "external_audience": text("audience"), "starts": time("starts"), "ends": time("ends"),
                "internal_message": written("internal"), "external_message": written("external"),
            }})
        }
        "hours" => json!({"working_hours": {
            "days": fields.ticked("day."), "start": text("start"), "end": text("end"), "time_zone": text("hours_zone"),
        }}),
        _ => {
            let names = ["time_zone", "language", "date_format", "time_format"];
            let named = names.into_iter().filter_map(|name| Some((name.to_owned(), json!(text(name)?))));
            Value::Object(named.collect::<Map<_, _>>())
        }
    }
}
