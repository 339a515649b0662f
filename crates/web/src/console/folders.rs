//! `GET /mailboxes/{id}/folders`: the folder ledger: what is there, what is here, and when that was last compared; and the form that
//! makes a folder.

use api::arranging::folders::NAME_LENGTH_MAX;
use axum::extract::State as Given;
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use model::id::{Mailbox as MailboxNoun, MailboxId};
use store::folder::{Folder, FolderAudit};

use crate::console::mailbox::{Tab, find, head, state_line};
use crate::console::named::Named;
use crate::console::overview;
use crate::failure::Failure;
use crate::state::State;
use crate::view::curl;
use crate::view::format::{ago, counted, grouped, short};
use crate::view::frame::{self, Part};
use crate::view::mailbox_state::Health;
use crate::visitor::Visitor;

/// The page.
pub async fn folders(Given(state): Given<State>, visitor: Visitor, Named(id): Named<MailboxNoun>) -> Result<Html<String>, Failure> {
    let shown = read(&state, &visitor, id).await?;
    let (health, folders) = &shown;
    let path = format!("/mailboxes/{id}/folders");
    let main = html! {
        (head(&health.mailbox, &visitor, Tab::Folders))
        div.live data-live={ (path) "/live" } data-live-on="mailbox. folder." { (part(&shown, &visitor, state.clock.now())) }
        @if !folders.is_empty() && visitor.keeps(id) { form.below method="post" action={ "/mailboxes/" (id) "/audit" } {
            (frame::key(&visitor.csrf))
            button.quiet type="submit" { "Compare all folders now" }
            p.hint { "Every night each folder's messages are compared with Microsoft's, id by id. What differs is mended at once." }
        } }
        @if visitor.changes(&health.mailbox) { (making(&path, folders, &visitor.csrf)) }
        (curl::read(&state.settings.base_url, &format!("/api/v1/mailboxes/{id}/folders")))
    };
    Ok(Html(frame::signed_in(&health.mailbox.display_name, Part::Mailboxes, &visitor, &main).into_string()))
}

/// `GET /mailboxes/{id}/folders/live`: the part that changes.
pub async fn live(Given(state): Given<State>, visitor: Visitor, Named(id): Named<MailboxNoun>) -> Result<Html<String>, Failure> {
    Ok(Html(part(&read(&state, &visitor, id).await?, &visitor, state.clock.now()).into_string()))
}

type Shown = (Health, Vec<(Folder, i64)>);

async fn read(state: &State, by: &Visitor, id: MailboxId) -> Result<Shown, Failure> {
    Ok(overview::of(state, find(state, by, id).await?).await?)
}

fn part((health, folders): &Shown, by: &Visitor, now: Timestamp) -> Markup {
    html! {
        (state_line(health, by, now))
        @if folders.is_empty() {
            div.empty { h2 { "No folders yet" } p { "They are read first, usually within seconds. Reload this page in a moment." } }
        } @else {
            (table(folders, by.changes(&health.mailbox), now))
        }
    }
}

fn making(path: &str, folders: &[(Folder, i64)], csrf: &str) -> Markup {
    html! {
        section.panel aria-labelledby="new-folder" {
            h2 #new-folder { "A new folder" }
            form.fields method="post" action=(path) {
                (frame::key(csrf))
                div { label for="name" { "Name" } input #name name="name" required maxlength=(NAME_LENGTH_MAX) autocomplete="off"; }
                div { label for="parent" { "In" } select #parent name="parent" { (places(folders.iter().map(|(folder, _)| folder), None)) } }
                div.actions { button type="submit" { "Make the folder" } }
                p.hint { "It is made at Microsoft at once, and stands above within a moment." }
            }
        }
    }
}

/// Where a folder can be: at the top or in one of these.
pub fn places<'f>(folders: impl Iterator<Item = &'f Folder>, chosen: Option<&str>) -> Markup {
    let shown = folders.filter(|folder| !folder.hidden && folder.well_known.as_deref() != Some("msgfolderroot"));
    html! {
        option value="" { "the top" }
        @for folder in shown { option value=(folder.id) selected[chosen == Some(folder.graph_id.as_str())] { (folder.display_name) } }
    }
}

fn table(folders: &[(Folder, i64)], can_change: bool, now: Timestamp) -> Markup {
    html! {
        div.scroll {
            table.ledger {
                caption.hidden { "Folders: messages here, and how they compare with Microsoft" }
                thead { tr {
                    th scope="col" { "Folder" }
                    th.number scope="col" { "Messages here" }
                    th scope="col" { "Changes" }
                    th scope="col" { "Compared with Microsoft" }
                    @if can_change { th scope="col" { span.hidden { "Change the folder" } } }
                } }
                tbody { @for (folder, here) in folders { (row(folder, *here, can_change, now)) } }
            }
        }
    }
}

fn row(folder: &Folder, here: i64, can_change: bool, now: Timestamp) -> Markup {
    html! {
        tr {
            th scope="row" dir="auto" {
                a href={ "/mailboxes/" (folder.mailbox) "?folder=" (folder.id) } { (folder.display_name) }
                @if folder.hidden { " " span.tag { "hidden" } }
            }
            td.number { (grouped(here)) }
            td { (state(folder, here, now)) }
            td { @match &folder.audit { Some(audit) => (proof(audit, now)), None => span.faint { "not yet" } } }
            @if can_change { td { @if folder.well_known.is_none() {
                a href={ "/folders/" (folder.id) "/change" } aria-label={ "Change " (folder.display_name) } { "Change" }
            } } }
        }
    }
}

fn state(folder: &Folder, here: i64, now: Timestamp) -> Markup {
    let expected = folder.estimate_total.unwrap_or(folder.total_there).max(here);
    html! {
        @match (folder.first_synced_at, folder.last_synced_at) {
            (Some(_), Some(at)) => { "Followed " (ago(at, now)) },
            (Some(at), None) => { "Complete since " (ago(at, now)) },
            (None, _) if expected > 0 => {
                span.faint { (grouped(here)) " of about " (grouped(expected)) }
                progress max=(expected) value=(here) aria-label="First sync" {}
            },
            (None, _) => span.faint { "waiting" },
        }
    }
}

fn proof(audit: &FolderAudit, now: Timestamp) -> Markup {
    html! {
        @if audit.missing == 0 && audit.extra == 0 {
            span.tone.good { span.dot aria-hidden="true" {} (grouped(audit.there)) " there, " (grouped(audit.here)) " here" }
        } @else {
            span.tone.bad {
                span.dot aria-hidden="true" {}
                (counted(audit.missing, "message", "messages"))
                " missing, " (grouped(audit.extra)) " extra"
            }
        }
        span.faint { ", checked " (short(audit.at, now)) }
    }
}
