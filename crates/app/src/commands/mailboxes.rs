//! `rapport mailboxes`: each mailbox with its health, from the database alone.

use base::{Clock, Problem, Timestamp};
use model::mailbox::{Mailbox, MailboxState};
use serde::Serialize;
use store::{Db, StoreError, due, folder, mailbox, subscription, work};

use crate::config::Settings;
use crate::failure::{Failure, Status};
use crate::screen::{Report, Screen, table};
use crate::wire::{WORKSPACE, database_unusable, open_database};

/// The backlog is counted up to here.
const BACKLOG_MAX: u32 = 10_000;

#[derive(Serialize)]
struct Health {
    mailboxes: Vec<MailboxHealth>,
    #[serde(skip)]
    now: Timestamp,
}

#[derive(Serialize)]
struct MailboxHealth {
    id: String,
    address: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
    last_contact_at: Option<Timestamp>,
    messages_here: i64,
    /// While the first sync runs: about how many there will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages_expected: Option<i64>,
    folders: usize,
    work_due: usize,
    subscription_expires_at: Option<Timestamp>,
    audited_at: Option<Timestamp>,
}

/// Prints the table; status 1 if a mailbox has stopped.
///
/// # Errors
/// When the database cannot be used.
pub async fn list(settings: &Settings, screen: Screen) -> Result<Status, Failure> {
    let db = open_database(settings).await?;
    let health = look(&db, Clock::system().now()).await.map_err(|error| database_unusable(&error))?;
    let stopped = health.mailboxes.iter().any(|mailbox| mailbox.state == MailboxState::Stopped.name());
    screen.result(&health);
    Ok(if stopped { Status::FoundWrong } else { Status::Well })
}

async fn look(db: &Db, now: Timestamp) -> Result<Health, StoreError> {
    let backlog = work::list_due(db, now, BACKLOG_MAX).await?;
    let mut mailboxes = Vec::new();
    for mailbox in mailbox::list(db, WORKSPACE).await? {
        let work_due = backlog.iter().filter(|item| due::mailbox_of(&item.key) == Some(mailbox.id)).count();
        mailboxes.push(health_of(db, mailbox, work_due).await?);
    }
    Ok(Health { mailboxes, now })
}

async fn health_of(db: &Db, mailbox: Mailbox, work_due: usize) -> Result<MailboxHealth, StoreError> {
    let folders = folder::counted(db, mailbox.id).await?;
    let subscription = subscription::find(db, mailbox.id).await?;
    let syncing = mailbox.state == MailboxState::Syncing;
    Ok(MailboxHealth {
        id: mailbox.id.to_string(),
        state: mailbox.state.name(),
        problem: mailbox.problem,
        last_contact_at: mailbox.last_contact_at,
        messages_here: folders.iter().map(|(_, here)| here).sum(),
        messages_expected: syncing.then(|| folders.iter().map(|(folder, _)| folder.total_there).sum()),
        folders: folders.len(),
        work_due,
        subscription_expires_at: subscription.map(|subscription| subscription.expires_at),
        audited_at: folders.iter().map(|(folder, _)| folder.audit.map(|audit| audit.at)).min().flatten(),
        address: mailbox.address,
    })
}

impl Report for Health {
    fn text(&self) -> String {
        if self.mailboxes.is_empty() {
            return "No mailbox is connected yet.\nNext: run `rapport connect`, or choose \"Connect a mailbox\" in the console.".to_owned();
        }
        let ago =
            |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| format!("{} ago", in_words(self.now.since(at).as_secs())));
        let row = |mailbox: &MailboxHealth| {
            let here = mailbox.messages_here.to_string();
            vec![
                mailbox.address.clone(),
                mailbox.state.to_owned(),
                mailbox.messages_expected.map_or_else(|| here.clone(), |expected| format!("{here} of about {expected}")),
                ago(mailbox.last_contact_at),
                mailbox.work_due.to_string(),
                mailbox.subscription_expires_at.map_or_else(|| "polling".to_owned(), |at| format!("until {at}")),
                ago(mailbox.audited_at),
            ]
        };
        let headings = ["mailbox", "state", "messages", "last contact", "due", "notifications", "audited"];
        let mut text = table(&headings, &self.mailboxes.iter().map(row).collect::<Vec<_>>());
        for mailbox in &self.mailboxes {
            if let Some(problem) = &mailbox.problem {
                text += &format!("\n\n{}: {problem}", mailbox.address);
            }
        }
        text
    }
}

/// `42 s`, `7 min`, `3 h`, `12 days`.
fn in_words(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_are_told_in_the_unit_that_people_would_use() {
        assert_eq!([5, 130, 7_300, 200_000].map(super::in_words), ["5 s", "2 min", "2 h", "2 days"]);
    }
}
