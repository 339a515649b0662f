//! `GET /mailboxes/{id}/folders`: the folder ledger: what is there, what is here, and when that was last compared.

use axum::extract::State as Given;
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use model::id::Mailbox as MailboxNoun;
use store::folder::{Folder, FolderAudit};

use crate::console::mailbox::{Tab, find, head, state_line};
use crate::console::named::Named;
use crate::console::overview;
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::{ago, counted, grouped, short};
use crate::view::frame::{self, Part};
use crate::visitor::Visitor;

/// The page.
pub async fn folders(Given(state): Given<State>, visitor: Visitor, Named(id): Named<MailboxNoun>) -> Result<Html<String>, Failure> {
    let (health, folders) = overview::of(&state, find(&state, &visitor, id).await?).await?;
    let now = state.clock.now();
    let main = html! {
        (head(&health.mailbox, &visitor, Tab::Folders))
        (state_line(&health, &visitor, now))
        @if folders.is_empty() {
            div.empty { h2 { "No folders yet" } p { "They are read first, usually within seconds. Reload this page in a moment." } }
        } @else {
            (table(&folders, now))
            @if visitor.keeps(id) { form.below method="post" action={ "/mailboxes/" (id) "/audit" } {
                (frame::key(&visitor.csrf))
                button.quiet type="submit" { "Compare all folders now" }
                p.hint { "Every night each folder's messages are compared with Microsoft's, id by id. What differs is mended at once." }
            } }
        }
    };
    Ok(Html(frame::signed_in(&health.mailbox.display_name, Part::Mailboxes, &visitor, &main).into_string()))
}

fn table(folders: &[(Folder, i64)], now: Timestamp) -> Markup {
    html! {
        div.scroll {
            table.ledger {
                caption.hidden { "Folders: messages here, and how they compare with Microsoft" }
                thead { tr {
                    th scope="col" { "Folder" }
                    th.number scope="col" { "Messages here" }
                    th scope="col" { "Changes" }
                    th scope="col" { "Compared with Microsoft" }
                } }
                tbody { @for (folder, here) in folders { (row(folder, *here, now)) } }
            }
        }
    }
}

fn row(folder: &Folder, here: i64, now: Timestamp) -> Markup {
    html! {
        tr {
            th scope="row" dir="auto" {
                a href={ "/mailboxes/" (folder.mailbox) "?folder=" (folder.id) } { (folder.display_name) }
                @if folder.hidden { " " span.tag { "hidden" } }
            }
            td.number { (grouped(here)) }
            td { (state(folder, here, now)) }
            td { @match &folder.audit { Some(audit) => (proof(audit, now)), None => span.faint { "not yet" } } }
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
