//! `GET /mailboxes`: all mailboxes, what needs a person first.

use api::access::{Level, Scope};
use axum::extract::State as Given;
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use model::archive::{Archive, ArchiveState};
use model::mailbox::{MailboxKind, MailboxState};
use store::{archive, mailbox};

use crate::console::overview;
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::{counted, grouped};
use crate::view::frame::{self, Part};
use crate::view::mailbox_state::{self, Health};
use crate::view::problem_page::next;
use crate::visitor::Visitor;

/// So many of the latest archives are looked at.
const ARCHIVES: u32 = 50;

/// What the page shows.
struct Shown {
    healths: Vec<Health>,
    /// Archives that a person has to look at.
    troubled: Vec<Archive>,
    now: Timestamp,
}

/// The page.
pub async fn mailboxes(Given(state): Given<State>, visitor: Visitor) -> Result<Html<String>, Failure> {
    let shown = read(&state, &visitor).await?;
    let main = html! {
        div.live data-live="/mailboxes/live" data-live-on="mailbox. message. folder. archive." { (all(&shown, &visitor)) }
    };
    Ok(Html(frame::signed_in("Mailboxes", Part::Mailboxes, &visitor, &main).into_string()))
}

/// `GET /mailboxes/live`: the part that changes.
pub async fn live(Given(state): Given<State>, visitor: Visitor) -> Result<Html<String>, Failure> {
    let shown = read(&state, &visitor).await?;
    Ok(Html(all(&shown, &visitor).into_string()))
}

async fn read(state: &State, by: &Visitor) -> Result<Shown, Failure> {
    let mut seen = mailbox::list(&state.db, by.workspace).await?;
    seen.retain(|mailbox| by.sight.level(mailbox.id) > Level::Nothing);
    let mut healths = overview::of_all(state, seen).await?;
    healths.sort_by_cached_key(|health| {
        let state = match health.mailbox.state {
            MailboxState::Stopped => 0,
            MailboxState::Syncing => 1,
            MailboxState::Live => 2,
            MailboxState::Disconnected => 3,
        };
        (state, health.mailbox.display_name.to_lowercase(), health.mailbox.id)
    });
    let mut troubled = Vec::new();
    if by.asker.may(Scope::Archive).is_ok() {
        troubled = archive::list(&state.db, by.workspace, None, ARCHIVES).await?;
        troubled.retain(|archive| archive.problem.is_some() && (archive.state == ArchiveState::Failed || archive.state.goes_on()));
    }
    Ok(Shown { healths, troubled, now: state.clock.now() })
}

fn all(shown: &Shown, by: &Visitor) -> Markup {
    let Shown { healths, troubled: archives, now } = shown;
    if healths.is_empty() {
        return none();
    }
    let troubled: Vec<&Health> = healths.iter().filter(|health| health.needs_a_person()).collect();
    html! {
        div.heading.of-mailbox {
            div { h1 { "Mailboxes" } p.summary { (summary(healths)) } }
            a.button href="/connect" { "Connect a mailbox" }
        }
        @if !troubled.is_empty() || !archives.is_empty() {
            section.needed aria-labelledby="needed" {
                h2 #needed { "What needs a person" }
                @for health in troubled { (need(health, by)) }
                @for archive in archives { (need_of_archive(archive)) }
            }
        }
        ul.mailboxes { @for health in healths { (row(health, *now)) } }
    }
}

fn none() -> Markup {
    html! {
        div.heading { h1 { "Mailboxes" } }
        section.empty {
            h2 { "No mailbox is connected yet" }
            p { "Connect the first one: its owner signs in at Microsoft and agrees, and its newest mail is here within seconds." }
            p.actions { a.button href="/connect" { "Connect a mailbox" } }
        }
    }
}

fn summary(healths: &[Health]) -> String {
    let of = |state: MailboxState| healths.iter().filter(|health| health.mailbox.state == state).count();
    let parts = [
        (MailboxState::Live, "live"),
        (MailboxState::Syncing, "in first sync"),
        (MailboxState::Stopped, "stopped"),
        (MailboxState::Disconnected, "disconnected"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .map(|(state, word)| (of(*state), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let messages = healths.iter().map(|health| health.here).sum();
    format!("{}, {}", parts.join(", "), counted(messages, "message", "messages"))
}

/// What a person has to do about a mailbox, with the button for those who keep it.
pub fn need(health: &Health, by: &Visitor) -> Markup {
    let mailbox = &health.mailbox;
    html! {
        div.callout {
            p.title { a href={ "/mailboxes/" (mailbox.id) } { (mailbox.address) } ": "
                @match &mailbox.problem {
                    Some(problem) => { (problem.title) },
                    None => { "Stopped, without a reason on record." },
                }
            }
            @if let Some(problem) = &mailbox.problem { p { (problem.detail) " " code { (problem.code) } } (next(problem)) }
            @if by.keeps(mailbox.id) { p.actions { (reconnect(health)) } }
        }
    }
}

fn need_of_archive(archive: &Archive) -> Markup {
    html! {
        div.callout {
            @if let Some(problem) = &archive.problem {
                p.title { a href={ "/archives/" (archive.id) } { "An archive" } ": " (problem.title) }
                p { (problem.detail) " " code { (problem.code) } }
                (next(problem))
            }
        }
    }
}

/// The button that connects a mailbox again.
pub fn reconnect(health: &Health) -> Markup {
    let mailbox = &health.mailbox;
    html! {
        @match mailbox.kind {
            MailboxKind::User => a.button href={ "/auth/microsoft?mailbox=" (encoded(&mailbox.address)) } { "Reconnect" },
            MailboxKind::Shared => a.button href={ "/connect?address=" (encoded(&mailbox.address)) "#shared" } { "Reconnect" },
        }
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn row(health: &Health, now: Timestamp) -> Markup {
    let mailbox = &health.mailbox;
    html! {
        li {
            div.name {
                a data-row href={ "/mailboxes/" (mailbox.id) } { (mailbox.display_name) }
                span.address { (mailbox.address) }
                @if mailbox.kind == MailboxKind::Shared { " " span.tag { "shared" } }
            }
            div.state {
                (mailbox_state::mark(health, now))
                span.sentence { (mailbox_state::sentence(health, now)) }
                (mailbox_state::bar(health))
            }
            dl.facts {
                div.number { dt { "Messages" } dd { (grouped(health.here)) } }
                div.number { dt { "Folders" } dd { (grouped(health.folders)) } }
                div { dt { "Changes" } dd { (mailbox_state::channel(health, now)) } }
            }
        }
    }
}
